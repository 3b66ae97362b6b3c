# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
# What was preserved, restored and freed leaves no trace in the page counts.
title="MemTotal after restoring and freeing everything"
mem=1G
kernels="small debug"

hop0()
{
	check "CmaTotal shows scratch" cma_is_scratch
	jump
}

hop1()
{
	must "this is a boot with a handover" kho_boot
	check "CmaTotal shows scratch" cma_is_scratch
	jump "kst.total=$(mem_total_kib)" test_kho_layout.preserve=0:2:128M \
		test_kho_layout.fill=1
}

hop2()
{
	layout_made
	jump -test_kho_layout.preserve
}

hop3()
{
	layout_taken_back
	comment "MemTotal $(mem_total_kib) KiB, $(word kst.total) KiB expected"
	no_page_lost "$(word kst.total)"
}
