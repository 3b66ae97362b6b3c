# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2086,SC2154
# What a kernel says of a handover before any jump, as far as every machine can be
# asked. See guest/host.

# cannot: why these tests cannot be run here.
cannot()
{
	if [ ! -d /sys/module/kho ]; then
		echo "this kernel, $(uname -r), has no CONFIG_KEXEC_HANDOVER"
	elif ! grep -q ' /sys/kernel/debug debugfs ' /proc/mounts; then
		echo "debugfs is not mounted: mount -t debugfs none /sys/kernel/debug"
	elif [ ! -d $kho ]; then
		echo "no $kho: boot with kho=on, with CONFIG_KEXEC_HANDOVER_DEBUGFS"
	fi
}

is_tree() { [ "$(head -c 4 "$1" | od -An -tx1 | tr -d ' ')" = d00dfeed ]; }

# in_ram START END: memory of the machine, by /proc/iomem, where what the previous
# kernel passed on divides it.
in_ram()
{
	local at=$1 from to
	sed -n 's/^\([0-9a-f]*\)-\([0-9a-f]*\) : System RAM.*/0x\1 0x\2/p' /proc/iomem | {
		while read -r from to; do
			if [ $((from)) -le "$at" ] && [ "$at" -le $((to)) ]; then
				at=$((to + 1))
			fi
		done
		[ "$at" -ge "$2" ]
	}
}

# scratch_is_memory: every area lies in memory, and none in another.
scratch_is_memory()
{
	local start end last=0
	areas | sort -n | {
		while read -r start end; do
			in_ram "$start" "$end" && [ "$start" -ge "$last" ] || return 1
			last=$end
		done
	}
}

host_tests()
{
	local tree
	check "there is scratch" has_scratch
	is "as many lengths as addresses" "$(wc -l <$kho/out/scratch_len)" \
		"$(wc -l <$kho/out/scratch_phys)"
	check "scratch lies in memory, and not twice" scratch_is_memory
	check "ready answers" grep -qE '^(ready$|not ready: .)' $kho/out/ready
	for tree in $kho/out/fdt $kho/in/fdt; do
		[ ! -e $tree ] || check "$tree is a flattened tree" is_tree $tree
	done
	if kho_boot; then
		check "in/memory counts" grep -q '^unclaimed: [0-9]* pages' $kho/in/memory
	fi
	is "only root reads what is handed over" \
		"$(find $kho/out $kho/in -type f -perm /077 2>/dev/null)" ""
	is "only root forces a jump" "$(stat -c '%a %u' /sys/module/kho/parameters/force)" "600 0"
}
