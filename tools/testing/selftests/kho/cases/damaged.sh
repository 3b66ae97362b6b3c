# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
# The real outgoing handover is damaged after the image was loaded.
title="a handover damaged in memory"

# Copies of it may lie about: the real one is the one that debugfs shows.
outgoing_fdt()
{
	local addr word changed
	for addr in $(khomem find $kho/out/fdt); do
		word=$(khomem peek "$addr")
		khomem poke "$addr" 0
		changed=$(hexdump -n 8 -e '8/1 "%02x"' $kho/out/fdt)
		khomem poke "$addr" "$word"
		[ "$changed" != 0000000000000000 ] || echo "$addr"
	done
}

armed()
{
	store_data 8M
	must "kexec -s -l" load
	fdt=$(outgoing_fdt)
	must "the outgoing FDT is at $fdt" [ -n "$fdt" ]
	# What debugfs shows is as long as the tree was at first.
	khomem dump "$fdt" 4096 >/tmp/fdt
	map_off=$(khomem propoff /tmp/fdt / preserved-memory-map)
	root=$(khomem prop /tmp/fdt / preserved-memory-map)
	must "it has a tree at $root" [ -n "$root" ]
	echo 1 >/sys/module/kho/parameters/force
}

hop0()
{
	armed
	must "damage the magic number" khomem poke "$fdt" 0
	go
	fail "reboot into the loaded kernel"
}

rejected()
{
	comment "$(kho_log 4)"
	check "no handover" no_handover
	check "and a message" logged 'KHO: '
}

hop1()
{
	rejected
	armed
	must "move the tree out of memory" khomem poke \
		$((fdt + map_off)) 0x100000000000
	go
	fail "reboot into the loaded kernel"
}

hop2()
{
	local i slot
	rejected
	armed
	i=0
	for slot in $(khomem peek "$root" 512); do
		if [ "$slot" != 0x0 ]; then
			must "point the root table to itself" \
				khomem poke $((root + 8 * i)) "$root"
		fi
		i=$((i + 1))
	done
	go
	fail "reboot into the loaded kernel"
}

hop3() { rejected; }
