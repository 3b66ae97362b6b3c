# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
# Page tables of the linear map, 128 MiB with rodata=full, are far more than
# scratch: they come from what was found free before there was a linear map. The
# kernel, which does not move, and its initrd are what is in scratch.
archs=arm64
title="a linear map larger than scratch, a page in every GiB of 64 GiB"
mem=64G
limit=300
append="kho=on rodata=full kho_scratch=48M,0,0"
append="$append test_kho_layout.preserve=0:262144:0 test_kho_layout.fill=1"

hop0()
{
	layout_made
	check "scratch has 48 MiB" grep -qx '0x3000000' $kho/out/scratch_len
	jump
}

hop1()
{
	layout_taken_back
	comment "found $(found_percent) % of MemTotal"
	check "almost all that is free is found early" test "$(found_percent)" -ge 95
	is "System RAM is in one piece" "$(grep -c 'System RAM' /proc/iomem)" 1
	jump -test_kho_layout.preserve
}

hop2() { must "this is a boot with a handover" kho_boot; }
