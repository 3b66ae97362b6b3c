# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
# Struct pages that are not needed are freed, or not, in each kernel as it likes.
title="hugetlb_free_vmemmap=on and off, before and after"
mem=4G
limit=300
append="kho=on liveupdate=on hugetlb_free_vmemmap=on"
append="$append hugepagesz=1G hugepages=1 hugepagesz=2M hugepages=16"

files="2m:8:1 2m:5:2 1g:1:128"

hop0()
{
	must "luohuge put" luohuge put files 0 $files
	jump
}

hop1()
{
	must "luohuge next, on to on" luohuge next files 0 $files
	jump hugetlb_free_vmemmap=off
}

hop2()
{
	must "luohuge next, on to off" luohuge next files 1 $files
	jump hugetlb_free_vmemmap=on
}

hop3()
{
	must "luohuge get, off to on" luohuge get files 2 $files
	stop luohuge
	is "all are free" "$(huge 2m free) $(huge 1g free)" "16 1"
	echo 0 >/sys/kernel/mm/hugepages/hugepages-1048576kB/nr_hugepages
	echo 0 >/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages
	is "all can be given back" "$(huge 2m nr) $(huge 1g nr)" "0 0"
}
