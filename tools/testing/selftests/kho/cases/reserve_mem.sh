# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
title="reserve_mem= regions are revived, new ones are handed on"
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
	check "who adopts a region has claimed it" unclaimed_few
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
	must "a region of another size is handed on" addr
	check "it is a new one" [ "$(addr)" != "$(word kst.addr)" ]
	check "outside of scratch" outside_scratch $(($(addr))) \
		$(($(addr) + 0x800000))
	check "with a message" logged 'reserve_mem: region "kst" .* reserving a new one'
	must "fill it" khomem fill "$(addr)" 0x800000 0x6c
	jump "kst.addr=$(addr)"
}

hop4()
{
	is "same address" "$(addr)" "$(word kst.addr)"
	check "all free memory is overwritten" scramble
	check "same bytes" khomem check "$(addr)" 0x800000 0x6c
}
