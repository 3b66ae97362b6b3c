# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
title="reserve_mem= regions are revived"
append="kho=on reserve_mem=4M:4096:kst"

addr() { khomem prop $kho/out/sub_fdts/memblock kst start; }

hop0()
{
	must "the region is registered" addr
	must "fill it" khomem fill "$(addr)" 0x400000 0x6b
	jump "kst.addr=$(addr)"
}

hop1()
{
	is "same address" "$(addr)" "$(word kst.addr)"
	check "all free memory is overwritten" scramble
	check "same bytes" khomem check "$(addr)" 0x400000 0x6b
	jump
}

hop2()
{
	is "same address" "$(addr)" "$(word kst.addr)"
	check "same bytes" khomem check "$(addr)" 0x400000 0x6b
	jump reserve_mem=8M:4096:kst
}

hop3()
{
	check "a region of another size is a new one" \
		[ "$(addr)" != "$(word kst.addr)" ]
	check "with a message" logged 'kst|reserve_mem|reserve-mem'
}
