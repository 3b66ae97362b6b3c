# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
# Nodes of /reserved-memory without an address get a place in each kernel. It must be
# neither in scratch, of which nothing would be left, nor where something is
# preserved. The old system call takes the tree that it is given, so the kernel that
# comes after the first one has the nodes and no handover.
archs=arm64
title="reserved memory that has no address in the device tree"
append="kho=on kho_scratch=0,128M,0"
limit=300

# node NAME SIZE PROPERTY...: SIZE is in cells.
node()
{
	local name=/reserved-memory/$1 size=$2 property
	shift 2
	fdtput -c /tmp/dtb $name && fdtput -t x /tmp/dtb $name size $size || return 1
	for property; do
		fdtput /tmp/dtb $name $property || return 1
	done
}

nodes()
{
	cp /sys/firmware/fdt /tmp/dtb
	fdtput -c /tmp/dtb /reserved-memory &&
		fdtput -t x /tmp/dtb /reserved-memory '#address-cells' 2 &&
		fdtput -t x /tmp/dtb /reserved-memory '#size-cells' 2 &&
		fdtput /tmp/dtb /reserved-memory ranges &&
		node unmapped "0 1000000" no-map &&
		node large "0 6000000" &&
		node low "0 800000" &&
		fdtput -t x /tmp/dtb /reserved-memory/low alloc-ranges \
			0 40000000 0 40000000
}

# place NAME: "START END" from "OF: reserved mem: 0x...bf..0x...bf (16384 KiB) ...".
place()
{
	local range
	range=$(dmesg | sed -n "s/.*reserved mem: \([^ ]*\) .* $1\$/\1/p")
	[ -n "$range" ] && echo $((${range%..*})) $((${range#*..} + 1))
}

all_have_places()
{
	local name
	for name in unmapped large low; do
		must "$name has a place" place $name
		check "$name is not in scratch" outside_scratch $(place $name)
	done
}

hop0()
{
	must "make the tree" nodes
	echo 1 >/sys/module/kho/parameters/force
	must "kexec -c -l" kexec -c -i -l $kernel --initrd=/boot/initrd \
		--dtb=/tmp/dtb --command-line="$(next_cmdline)"
	go
	fail "reboot into the loaded kernel"
}

hop1()
{
	check "no handover" no_handover
	all_have_places
	store_data 24M
	jump
}

hop2()
{
	take_back
	all_have_places
	must "preserve again" ctl preserve
	jump
}

hop3()
{
	take_back
	all_have_places
}
