# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
# What /chosen says of a handover is nonsense in many ways, one hop each: a message
# and a normal boot. The old system call takes the tree that it is given.
archs=arm64
title="a device tree with nonsense about a handover: refused"
limit=400

# Cells of linux,kho-fdt, of linux,kho-scratch, and what the kernel says. There is
# memory at 0x48000000, and a device at 0x9000000.
damages()
{
	cat <<EOF
0 48000000 0 1000:-:no linux,kho-scratch
-:0 48000000 0 10:no linux,kho-fdt
0 48000000 0:0 48000000 0 10:linux,kho-fdt has 12 bytes instead of 16
0 48000000 0 1000 0 48000000 0 1000:0 48000000 0 10:linux,kho-fdt has 32 bytes
0 48000000 0 1000:0 48000000:linux,kho-scratch has 8 bytes instead of 16
0 48000000 0 1000:0 48000000 0 10 0 48000000 0 10:linux,kho-scratch has 32 bytes
0 0 0 0:0 0 0 0:pages of 0 bytes
0 48000000 0 2000:0 48000000 0 10:pages of 8192 bytes
0 48000000 ffffffff ffffffff:0 48000000 0 10:pages of 18446744073709551615 bytes
0 0 0 1000:0 48000000 0 10:FDT not at a page of memory
0 48000008 0 1000:0 48000000 0 10:FDT not at a page of memory
0 9000000 0 1000:0 48000000 0 10:FDT not at a page of memory
ffffffff fffff000 0 1000:0 48000000 0 10:FDT not at a page of memory
0 48000000 0 1000:0 48000000 0 10:no FDT
EOF
}

# property NAME CELLS: as it is in the damaged tree, '-' for not at all.
property()
{
	[ "$2" = - ] || fdtput -t x /tmp/dtb /chosen $1 $2
}

next_damage()
{
	local damage
	damage=$(damages | sed -n "$((hop + 1))p")
	[ -n "$damage" ] || return 0
	cp /sys/firmware/fdt /tmp/dtb
	property linux,kho-fdt "$(echo "$damage" | cut -d: -f1)"
	property linux,kho-scratch "$(echo "$damage" | cut -d: -f2)"
	echo 1 >/sys/module/kho/parameters/force
	must "kexec -c -l" kexec -c -i -l $kernel --initrd=/boot/initrd \
		--dtb=/tmp/dtb --command-line="$(next_cmdline)"
	go
	fail "reboot into the loaded kernel"
}

kho_in_tree() { ls /proc/device-tree/chosen | grep -q kho; }

hop0() { next_damage; }

hop()
{
	local damage
	damage=$(damages | sed -n "${hop}p")
	comment "$damage: $(dmesg | grep -v kst: | grep 'handover ignored\|the handover')"
	check "$damage: no handover" no_handover
	check "$damage: a message" logged "${damage##*:}"
	check "$damage: this kernel can hand over" has_scratch
	refused "$damage: not in the tree any more" kho_in_tree
	next_damage
}
