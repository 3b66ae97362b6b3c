# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
# Blocks of 1 GiB would leave nothing free here.
title="a page in every GiB of an 8 GiB guest"
mem=8G
limit=300
append="kho=on kho_poison=off test_kho_layout.preserve=0:262144:0 test_kho_layout.fill=1"

hop0()
{
	layout_made
	jump
}

hop1()
{
	layout_taken_back
	comment "found $(found_percent) % of MemTotal"
	check "almost all that is free is found early" test "$(found_percent)" -ge 95
}
