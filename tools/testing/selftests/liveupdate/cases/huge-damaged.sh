# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
# What is handed over for files of huge pages is damaged in memory: it costs the
# files, never the pool. There is no room for the gigantic page: its pool looks at
# everything early, which is the point.
title="a damaged file of huge pages costs no more than the file"
mem=1G
limit=300
kernels="small debug"
append="kho=on liveupdate=on hugepagesz=1G hugepages=1 hugepagesz=2M hugepages=80"

rounds=6

pool_is_whole()
{
	is "$1: huge pages, free, reserved, surplus" \
		"$(huge 2m nr) $(huge 2m free) $(huge 2m resv) $(huge 2m surplus)" \
		"80 80 0 0"
}

put_next()
{
	must "luodamage put $hop" luodamage put $hop
	jump
}

hop0() { put_next; }

hop()
{
	check "luodamage get" luodamage get $((hop - 1))
	comment "$(dmesg | grep -c hugetlb_luo:) lines in the log"
	check "and messages" logged 'hugetlb_luo: '
	pool_is_whole "after round $((hop - 1))"
	[ $hop -eq $rounds ] || put_next
	echo 0 >/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages
	is "all can be given back" "$(huge 2m nr)" 0
}
