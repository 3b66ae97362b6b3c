# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
# All of ZONE_NORMAL is hot-added, and the next kernel's firmware map does not show
# it. What is preserved is there first, and must move.
title="files in hot-added memory survive"
mem=2G
hot=1G
append="kho=on liveupdate=on memhp_default_state=online"
archs=x86_64

# Memory that is there at boot is 2 GiB.
is_hot_added() { [ "$(mem_total_kib)" -gt 2621440 ]; }

# Other clients of this kernel may ask for it.
refusals() { dmesg | grep -c 'was hot-added'; }

hop0()
{
	local before
	must "memory was hot-added" is_hot_added
	before=$(refusals)
	must "luofiles put" luofiles put 1
	is "nothing is refused" "$(refusals)" "$before"

	comment "huge pages that are made now are hot-added, and stay where they are"
	echo 2 >/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages
	check "luohuge refused: ENOMEM" luohuge refused huge 12 2m:2:1
	check "the log says why" \
		logged 'hugetlb_luo: huge page 0 .* lies in hot-added memory'
	jump
}

hop1()
{
	must "this is a boot with a handover" kho_boot
	must "memory was hot-added" is_hot_added
	check "luofiles get" luofiles get 1
	must "luofiles put, again" luofiles put 2
	jump
}

hop2() { check "luofiles get" luofiles get 2; }
