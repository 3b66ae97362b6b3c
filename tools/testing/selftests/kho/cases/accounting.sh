# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
# What was preserved, restored and freed leaves no trace in the page counts.
title="MemTotal after restoring and freeing everything"
mem=1G
kernels="small debug"
# Where a kernel lies decides over a page of tables: no KASLR, and what is compared are
# kernels that were both placed by one that lies in scratch itself.
append="kho=on nokaslr"

# In a device tree the command line can take another page, in the tree itself
# and in what is made of it.
slack=0
[ ! -e /sys/firmware/fdt ] || slack=8

hop0()
{
	check "CmaTotal shows scratch" cma_is_scratch
	jump
}

hop1()
{
	must "this is a boot with a handover" kho_boot
	check "CmaTotal shows scratch" cma_is_scratch
	jump test_kho_layout.preserve=0:2:128M test_kho_layout.fill=1
}

hop2()
{
	layout_made
	jump -test_kho_layout.preserve "kst.total=$(mem_total_kib)"
}

hop3()
{
	layout_taken_back
	comment "MemTotal $(mem_total_kib) KiB, $(word kst.total) KiB expected"
	check "MemTotal is that of a kexec with nothing preserved" \
		[ "$(mem_total_kib)" -ge $(($(word kst.total) - slack)) ]
}
