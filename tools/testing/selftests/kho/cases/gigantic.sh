# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
# Gigantic pages are found on a boot after a handover too, and never in scratch.
title="gigantic pages of the command line"
mem=5G
append="kho=on hugepagesz=1G hugepages=2"
# There are gigantic pages of two sizes on arm64.
[ "${ARCH:-}" != arm64 ] || append="$append hugepagesz=32M hugepages=8"

# medium: those of 32 MiB, if there are any.
medium()
{
	local pages=/sys/kernel/mm/hugepages/hugepages-32768kB/nr_hugepages
	[ ! -e $pages ] || is "and eight of 32 MiB" "$(cat $pages)" 8
}

hop0()
{
	is "two pages after a cold boot" "$(gigantic)" 2
	medium
	store_data 24M
	jump
}

hop1()
{
	is "two pages after a handover" "$(gigantic)" 2
	medium
	check "CmaTotal shows scratch" cma_is_scratch
	take_back
}
