# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
title="huge pages that lie in scratch move before they are preserved"
append="kho=on liveupdate=on"
mem=1G
kernels_arm64="small 16k"

pool=/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages

# all_but_some: huge pages in what is free, but for 48 MiB to live in.
all_but_some() { awk '/^MemFree:/ { print int($2 / 2048) - 24 }' /proc/meminfo; }

hop0()
{
	# khugepaged makes that nearly 48 MiB with large base pages.
	echo 16384 >/proc/sys/vm/min_free_kbytes
	echo $(all_but_some) >$pool
	must "luoscratch put" luoscratch put
	echo 0 >$pool
	jump
}

hop1() { check "luoscratch get" luoscratch get; }
