# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
# Pages that were handed over count towards hugepages=, for both sizes.
title="16 huge pages, 8 of them handed over, are 16 huge pages"
mem=8G
limit=300
append="kho=on liveupdate=on hugepagesz=1G hugepages=3 hugepagesz=2M hugepages=16"

# pool TEXT SIZE NR FREE SURPLUS: what the counters of the pool say.
pool()
{
	is "$1: huge pages of $2, free, surplus" \
		"$(huge $2 nr) $(huge $2 free) $(huge $2 surplus)" "$3 $4 $5"
}

hop0()
{
	pool "at first" 2m 16 16 0
	must "luohuge put" luohuge put small 1 2m:8:1
	must "luohuge put, gigantic" luohuge put gigantic 1 1g:1:1
	pool "preserved" 2m 16 8 0
	pool "preserved" 1g 3 2 0
	jump
}

hop1()
{
	pool "before retrieve" 2m 16 8 0
	pool "before retrieve" 1g 3 2 0
	must "luohuge get" luohuge get small 1 2m:8:1
	must "luohuge get, gigantic" luohuge get gigantic 1 1g:1:1
	pool "retrieved" 2m 16 8 0
	pool "retrieved" 1g 3 2 0
	is "none is reserved" "$(huge 2m resv) $(huge 1g resv)" "0 0"
	stop luohuge
	pool "closed" 2m 16 16 0
	pool "closed" 1g 3 3 0
	must "luohuge put, all of them" luohuge put small 2 2m:16:4
	pool "preserved" 2m 16 0 0
	jump
}

hop2()
{
	pool "before retrieve" 2m 16 0 0
	pool "nothing was handed over" 1g 3 3 0
	must "luohuge get" luohuge get small 2 2m:16:4
	stop luohuge
	pool "closed" 2m 16 16 0
}
