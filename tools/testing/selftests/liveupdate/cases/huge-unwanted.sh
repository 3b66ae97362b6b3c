# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
title="huge pages that nobody retrieves go to the pool"
mem=6G
limit=300
append="kho=on liveupdate=on hugepagesz=1G hugepages=2 hugepagesz=2M hugepages=20"

# pool TEXT SIZE NR FREE SURPLUS: what the counters of the pool say.
pool()
{
	is "$1: huge pages of $2, free, surplus" \
		"$(huge $2 nr) $(huge $2 free) $(huge $2 surplus)" "$3 $4 $5"
}

hop0()
{
	must "luohuge put" luohuge put some 1 2m:3:1 2m:5:1 2m:4:2
	must "luohuge put" luohuge put none 1 2m:6:1
	must "luohuge put, gigantic" luohuge put gigantic 1 1g:1:0 1g:1:1
	pool "preserved" 2m 20 2 0
	jump
}

hop1()
{
	pool "before retrieve" 2m 20 2 0
	must "one file of three" luohuge get some 1 - 2m:5:1 -
	pool "the others are free" 2m 20 9 0
	must "no file" luohuge finish none
	pool "they are free" 2m 20 15 0
	must "one file of two, gigantic" luohuge get gigantic 1 - 1g:1:1
	pool "the other is free" 1g 2 1 0
	stop luohuge
	pool "closed" 2m 20 20 0
	pool "closed" 1g 2 2 0
	must "all of them can be used" luohuge have all 2 2m:20:1
	must "luodamage claim" luodamage claim
	jump
}

# Two were asked for. The one that was handed over cannot be 255.
hop2()
{
	check "the log says so" \
		logged 'hugetlb_luo: file at .* claims 255 huge pages of order 18'
	pool "what cannot be does not count" 1g 3 2 1
}
