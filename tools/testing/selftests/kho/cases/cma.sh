# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
# Scratch is large enough for the area of cma=, which must not be there, and which
# must not take what is preserved.
title="cma= on boots with and without a handover"
mem=1G
append="kho=on kho_scratch=0,256M,0 cma=96M"

# area: "START END" of the area, from "cma: Reserved 96 MiB at 0x...".
area()
{
	local start
	start=$(dmesg | sed -n 's/.*cma: Reserved 96 MiB at \(0x[0-9a-f]*\).*/\1/p')
	[ -n "$start" ] && echo $((start)) $((start + (96 << 20)))
}

area_is_there()
{
	must "the area is reserved" area
	check "it is not in scratch" outside_scratch $(area)
	is "CmaTotal is scratch and the area" "$(cma_total_kib)" $(((256 + 96) << 10))
}

hop0()
{
	area_is_there
	store_data 24M
	jump
}

hop1()
{
	take_back
	area_is_there
	must "preserve again" ctl preserve
	jump cma=800M
}

hop2()
{
	check "no area that large" logged 'cma: No 800 MiB to spare'
	check "CmaTotal shows scratch" cma_is_scratch
	take_back
}
