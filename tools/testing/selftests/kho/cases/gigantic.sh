# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
# Gigantic pages are found on a boot after a handover too, and never in scratch.
title="gigantic pages of the command line"
mem=5G
append="kho=on hugepagesz=1G hugepages=2"

hop0()
{
	is "two pages after a cold boot" "$(gigantic)" 2
	store_data 24M
	jump
}

hop1()
{
	is "two pages after a handover" "$(gigantic)" 2
	check "CmaTotal shows scratch" cma_is_scratch
	take_back
}
