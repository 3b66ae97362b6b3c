# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2046,SC2086,SC2154
# The area of the next kernel lies elsewhere; the page is one of its pool all the
# same, and leaves it when it is freed: hugepages= asks for none.
title="a gigantic page of hugetlb_cma= is handed over"
mem=12G
limit=300
append="nokaslr kho=on liveupdate=on hugepagesz=1G hugetlb_cma=2G"

pool=/sys/kernel/mm/hugepages/hugepages-1048576kB/nr_hugepages

# pool_is TEXT NR FREE SURPLUS: what the counters of the pool say.
pool_is()
{
	is "$1: huge pages, free, reserved, surplus" \
		"$(huge 1g nr) $(huge 1g free) $(huge 1g resv) $(huge 1g surplus)" \
		"$2 $3 0 $4"
}

# area: "START END" of the area, from "cma: Reserved 2048 MiB at 0x...".
area()
{
	local start
	start=$(dmesg | grep -v kst: |
		sed -n 's/.*cma: Reserved 2048 MiB at \(0x[0-9a-f]*\).*/\1/p')
	[ -n "$start" ] && echo $((start)) $((start + (2 << 30)))
}

cma_free_kib() { sed -n 's/^CmaFree: *\([0-9]*\).*/\1/p' /proc/meminfo; }

area_is_there()
{
	comment "$(dmesg | grep -v kst: | sed -n 's/.*\(cma: .*\)/\1/p' | tr '\n' ';')"
	check "it has its size" logged 'hugetlb_cma: reserved 2048 MiB'
	must "the area is reserved" area
	check "it is not in scratch" outside_scratch $(area)
}

# put_one VERSION: a file with a page of the area.
put_one()
{
	local before
	before=$(cma_free_kib)
	echo 1 >$pool
	pool_is "allocated" 1 1 0
	at_least "it is in the area" $((before - $(cma_free_kib))) $((1 << 20))
	must "luohuge put" luohuge put files $1 1g:1:16
	pool_is "preserved" 1 0 0
}

# take_page_back VERSION: the file, and all there is beside it.
take_page_back()
{
	pool_is "before retrieve" 1 0 1
	must "luohuge get" luohuge get files $1 1g:1:16
	pool_is "retrieved" 1 0 1
	echo 3 >$pool
	pool_is "with all of the area" 3 2 0
	stop luohuge
	pool_is "closed" 3 3 0
	echo 0 >$pool
	pool_is "given back" 0 0 0
}

hop0()
{
	area_is_there
	put_one 1
	jump
}

hop1()
{
	area_is_there
	take_page_back 1
	put_one 2
	jump
}

hop2()
{
	area_is_there
	take_page_back 2
}
