# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
# What is handed over beyond hugepages= leaves the pool when it is freed.
title="more huge pages are handed over than the next kernel asks for"
mem=6G
limit=300
append="kho=on liveupdate=on hugepagesz=1G hugepages=2 hugepagesz=2M hugepages=16"

# pool TEXT SIZE NR FREE SURPLUS: what the counters of the pool say.
pool()
{
	is "$1: huge pages of $2, free, surplus" \
		"$(huge $2 nr) $(huge $2 free) $(huge $2 surplus)" "$3 $4 $5"
}

hop0()
{
	must "luohuge put" luohuge put small 1 2m:12:1
	must "luohuge put, gigantic" luohuge put gigantic 1 1g:2:2
	jump -hugepages -hugepagesz hugepagesz=2M hugepages=4
}

hop1()
{
	pool "handed over" 2m 12 0 8
	pool "handed over" 1g 2 0 2
	must "luohuge get" luohuge get small 1 2m:12:1
	must "luohuge get, gigantic" luohuge get gigantic 1 1g:2:2
	pool "retrieved" 2m 12 0 8
	stop luohuge
	pool "closed" 2m 4 4 0
	pool "closed" 1g 0 0 0
	echo 8 >/sys/kernel/mm/hugepages/hugepages-2048kB/nr_overcommit_hugepages
	must "luohuge put, more than the pool has" luohuge put small 2 2m:10:1
	pool "overcommitted" 2m 10 0 6
	jump
}

hop2()
{
	pool "handed over" 2m 10 0 6
	must "luohuge get" luohuge get small 2 2m:10:1
	stop luohuge
	pool "closed" 2m 4 4 0
}
