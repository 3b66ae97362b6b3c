# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
# A page preserved in every other GiB costs that GiB, and no more.
title="gigantic pages between preserved pages"
mem=16G
limit=300
append="hugepagesz=1G hugepages=15"

hop0() { gigantic_note kho=on -hugepages test_kho_layout.preserve=0:524288:0; }

hop1()
{
	layout_made
	jump -test_kho_layout.preserve hugepages=15
}

# lost: so many gigabytes have something preserved in them.
lost()
{
	dmesg | grep -v kst: |
		sed -n 's/.*HugeTLB: after .* free; \([0-9]*\) more .*/\1/p'
}

# folios: so many pages were preserved.
folios()
{
	dmesg | grep -v kst: |
		sed -n 's/.*test_kho_layout: restored \([0-9]*\) folios.*/\1/p'
}

hop2()
{
	must "this is a boot with a handover" kho_boot
	comment "$(gigantic) pages, $(word kst.pages) without KHO, $(folios) preserved"
	at_least "the log tells how many gigabytes were lost" "$(lost)" 4
	at_least "not many more than pages were preserved" "$(folios)" $(($(lost) - 1))
	at_least "all others are gigantic pages" "$(gigantic)" \
		$(($(word kst.pages) - $(folios)))
	is "none of them is in scratch" "$(huge_in_scratch)" 0
}
