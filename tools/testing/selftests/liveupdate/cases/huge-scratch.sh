# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
title="huge pages that lie in scratch move before they are preserved"
append="kho=on liveupdate=on"
mem=1G

pool=/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages

hop0()
{
	echo 1000 >$pool
	must "luoscratch put" luoscratch put
	echo 0 >$pool
	jump
}

hop1() { check "luoscratch get" luoscratch get; }
