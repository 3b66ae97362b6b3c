# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
# More gigantic pages are asked for than there can be: most of memory is in them,
# and kexec handover works all the same, with no fewer of them.
title="7 gigantic pages of 8 GiB"
mem=8G
limit=300
append="hugepagesz=1G hugepages=7"

hop0()
{
	at_least "most of memory is in gigantic pages" $(($(gigantic) * 2)) 8
	gigantic_note kho=on
}

hop1()
{
	must "no handover yet" no_handover
	gigantic_compare
	threads_compare
	store_data 24M
	jump
}

hop2()
{
	take_back
	check "all of it can be freed" ctl free
	gigantic_compare
	check "a shortfall is explained" logged \
		'HugeTLB: after a kexec handover [0-9]* aligned places'
	jump -hugepages
}

# A pool that grows from one kernel to the next.
hop3()
{
	is "no gigantic pages" "$(gigantic)" 0
	jump hugepages=7
}

hop4()
{
	gigantic_compare
	threads_compare
}
