# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
# Scratch is sized by what the kernel took to boot, not by what it took for guests.
title="gigantic pages and hugetlb_cma= do not make scratch larger"
mem=8G
limit=300
append="kho=on kho_scratch=200% hugepagesz=1G hugepages=5"

scratch_kib()
{
	sed -n 's/^scratch: \([0-9]*\) KiB.*/\1/p' $kho/out/ready
}

hop0()
{
	is "five gigantic pages" "$(gigantic)" 5
	comment "scratch: $(scratch_kib) KiB"
	check "scratch is below 1 GiB" test "$(scratch_kib)" -lt 1048576
	store_data 24M
	jump
}

hop1()
{
	at_least "gigantic pages" "$(gigantic)" 4
	take_back
	jump -kho -hugepages
}

# To size it anew, on a boot without a handover. A kernel in the wrong place would
# leave no 2 GiB that are aligned.
hop2() { jump kho=on nokaslr hugetlb_cma=2G; }

hop3()
{
	must "no handover" no_handover
	check "the area is reserved" logged 'hugetlb_cma: reserved 2048 MiB'
	comment "scratch: $(scratch_kib) KiB"
	check "scratch is below 1 GiB" test "$(scratch_kib)" -lt 1048576
	store_data 24M
	jump
}

hop4()
{
	check "the area is reserved" logged 'hugetlb_cma: reserved 2048 MiB'
	take_back
}
