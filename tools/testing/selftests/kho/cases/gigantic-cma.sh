# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
# Scratch is large enough for the area, which must not be there.
title="hugetlb_cma= on boots with and without a handover"
mem=12G
limit=300
append="nokaslr kho=on kho_scratch=0,4G,0 hugepagesz=1G hugetlb_cma=3G"

area_is_there()
{
	check "the area is reserved" logged 'hugetlb_cma: reserved 3072 MiB'
	is "CmaTotal is scratch and the area" "$(cma_total_kib)" $((7 << 20))
	echo 3 >/sys/kernel/mm/hugepages/hugepages-1048576kB/nr_hugepages
	is "three gigantic pages can be had" "$(gigantic)" 3
	is "none of them is in scratch" "$(huge_in_scratch)" 0
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
	jump hugetlb_cma=11G
}

hop2()
{
	check "no area that large" logged 'cma: No 11264 MiB to spare'
	take_back
}
