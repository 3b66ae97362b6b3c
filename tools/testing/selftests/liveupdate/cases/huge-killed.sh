# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
title="who preserves huge pages can be killed"
append="kho=on liveupdate=on"
mem=1G
cpus=2
archs=x86_64

pool=/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages

# all_but_some: huge pages in what is free, but for 48 MiB to live in.
all_but_some() { awk '/^MemFree:/ { print int($2 / 2048) - 24 }' /proc/meminfo; }

hop0()
{
	echo 16384 >/proc/sys/vm/min_free_kbytes
	echo $(all_but_some) >$pool
	check "luoscratch kill" luoscratch kill
}
