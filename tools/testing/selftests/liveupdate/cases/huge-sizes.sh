# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
# Huge pages are contiguous or one entry of a table, gigantic or not: it depends on
# the size of base pages, as do their sizes. A kernel ignores those it has not.
title="files of huge pages of all sizes of arm64"
mem=6G
limit=300
archs=arm64
kernels_arm64="small 16k 64k"
append="kho=on liveupdate=on hugepagesz=1G hugepages=3 hugepagesz=512M hugepages=3"
append="$append hugepagesz=32M hugepages=16 hugepagesz=2M hugepages=16"
append="$append hugepagesz=64K hugepages=16"

sizes()
{
	case $(page_kib) in
	4) echo 1g 32m 2m 64k ;;
	16) echo 1g 32m 2m ;;
	64) echo 512m 2m ;;
	esac
}

# total SIZE: huge pages in the pool.
total()
{
	case $1 in
	1g | 512m) echo 3 ;;
	*) echo 16 ;;
	esac
}

# some SIZE: huge pages of a file; there are two.
some()
{
	case $1 in
	1g | 512m) echo 1 ;;
	*) echo 7 ;;
	esac
}

# pool TEXT SIZE NR FREE SURPLUS: what the counters of the pool say.
pool()
{
	is "$1: huge pages of $2, free, surplus" \
		"$(huge $2 nr) $(huge $2 free) $(huge $2 surplus)" "$3 $4 $5"
}

hop0()
{
	local size n all
	for size in $(sizes); do
		n=$(some $size) all=$(total $size)
		pool "at first" $size $all $all 0
		must "luohuge put" luohuge put $size 1 $size:$n:2 $size:$n:0
		pool "preserved" $size $all $((all - 2 * n)) 0
	done
	jump
}

hop1()
{
	local size n all
	for size in $(sizes); do
		n=$(some $size) all=$(total $size)
		pool "before retrieve" $size $all $((all - 2 * n)) 0
		must "one file of two" luohuge get $size 1 $size:$n:2 -
		pool "the other is free" $size $all $((all - n)) 0
		is "none is reserved" "$(huge $size resv)" 0
		stop luohuge
		pool "closed" $size $all $all 0
	done
	for size in $(sizes); do
		must "luohuge put" luohuge put $size 2 $size:$(some $size):0
	done
	jump -hugepages -hugepagesz
}

# All of them are more than was asked for.
hop2()
{
	local size n
	for size in $(sizes); do
		n=$(some $size)
		pool "handed over" $size $n 0 $n
		must "luohuge get" luohuge get $size 2 $size:$n:0
		stop luohuge
		pool "closed" $size 0 0 0
	done
}
