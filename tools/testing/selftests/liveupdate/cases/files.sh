# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
# Seals, holes, sizes, positions, executable or not, with small and huge folios.
title="memfds of all kinds come back as they were"
append="kho=on liveupdate=on"
kernels="small debug"

huge=/sys/kernel/mm/transparent_hugepage/shmem_enabled

huge_folios() { ! grep -q '^ShmemHugePages: *0 kB' /proc/meminfo; }

hop0()
{
	must "luofiles put" luofiles put 1
	jump
}

hop1()
{
	check "luofiles get" luofiles get 1
	echo always >$huge
	must "luofiles put, huge folios" luofiles put 2
	check "there are huge folios" huge_folios
	jump
}

hop2()
{
	check "luofiles get, huge folios" luofiles get 2
}
