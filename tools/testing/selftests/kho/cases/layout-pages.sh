# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
# Hundreds of MiB of single pages, on several nodes and processors.
title="single pages that follow each other"
mem=2G
cpus=4
nodes=2
append="kho=on kho_poison=on test_kho_layout.preserve=0:1:768M test_kho_layout.fill=1"
kernels="small debug"
allow='WARNING: CPU: .* topology_sane'

threads() { cat /proc/sys/kernel/threads-max; }

# threads_fit: as many threads as go with what was free, within 1 %.
threads_fit()
{
	local total preserved want
	total=$(word kst.total)
	preserved=$(sed -n 's/^preserved: \([0-9]*\) pages.*/\1/p' $kho/in/memory)
	want=$(($(word kst.threads) * (total - preserved * 4) / total))
	comment "threads-max $(threads), $want expected"
	[ $((($(threads) - want) * 100)) -le $want ] &&
		[ $(((want - $(threads)) * 100)) -le $want ]
}

hop0()
{
	layout_made
	jump "kst.threads=$(threads)" "kst.total=$(mem_total_kib)"
}

hop1()
{
	layout_taken_back
	check "CmaTotal shows scratch" cma_is_scratch
	check "threads-max goes by what was free" threads_fit
}
