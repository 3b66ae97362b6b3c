# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
# The second node, from 7 to 13 GiB, has a page preserved at 9 GiB, and some more in
# one gigabyte. Its memory map must go there, and not break another one.
title="gigantic pages of nodes, and early allocations that spare them"
# QEMU has both nodes in one package.
allow='topology_sane'
mem=12G
cpus=2
nodes=2
limit=300
append="nokaslr kho=on default_hugepagesz=1G hugepagesz=1G hugepages=0:2,1:4 hugepagesz=2M hugepages=64"

pools()
{
	is "default_hugepagesz" "$(sed -n 's/^Hugepagesize: *//p' /proc/meminfo)" \
		"1048576 kB"
	is "two gigantic pages on node 0" "$(gigantic 0)" 2
	is "four gigantic pages on node 1" "$(gigantic 1)" 4
	is "64 small ones" "$(huge 2m nr)" 64
	is "no hugetlb page is in scratch" "$(huge_in_scratch)" 0
}

hop0()
{
	pools
	jump -hugepages -hugepagesz test_kho_layout.preserve=0:2359296:0
}

hop1()
{
	layout_made
	jump -test_kho_layout.preserve hugepagesz=1G hugepages=0:2,1:4
}

hop2()
{
	check "a page is preserved at 9 GiB" logged 'test_kho_layout: .*pfn 0x240000'
	is "two gigantic pages on node 0" "$(gigantic 0)" 2
	is "four gigantic pages on node 1" "$(gigantic 1)" 4
	is "none of them is in scratch" "$(huge_in_scratch)" 0
}
