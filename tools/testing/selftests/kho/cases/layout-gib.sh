# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
# Blocks of 1 GiB would leave nothing free here.
title="a page in every GiB of an 8 GiB guest"
mem=8G
limit=300
append="kho=on memblock=debug test_kho_layout.preserve=0:262144:0 test_kho_layout.fill=1"

hop0()
{
	layout_made
	jump
}

# page_in_range PFN: it is in one that memblock reserved for the kernel.
page_in_range()
{
	local start end
	while read -r start end; do
		if [ $((start)) -le $(($1 << 12)) ] && [ $(($1 << 12)) -le $((end)) ]; then
			comment "page $1 is in $start-$end"
			return 0
		fi
	done </tmp/ranges
	return 1
}

# apart: no page of the layout is where memblock allocated.
apart()
{
	local nr stride pfn
	dmesg | sed -n 's/.*__memblock_reserve: \[\(0x[0-9a-f]*\)-\(0x[0-9a-f]*\)\].*/\1 \2/p' \
		>/tmp/ranges
	dmesg | grep 'test_kho_layout: .* folios, every' |
		sed 's/.*: \([0-9]*\) f[^0-9]*\([0-9]*\) [^0]*\(0x[0-9a-f]*\) .*/\1 \2 \3/' \
		>/tmp/extents
	comment "$(wc -l </tmp/ranges) ranges, $(wc -l </tmp/extents) extents"
	[ -s /tmp/ranges ] && [ -s /tmp/extents ] || return 1
	while read -r nr stride pfn; do
		while [ $nr -gt 0 ]; do
			! page_in_range $((pfn)) || return 1
			pfn=$((pfn + stride)) nr=$((nr - 1))
		done
	done </tmp/extents
}

hop1()
{
	layout_taken_back
	comment "found $(found_percent) % of MemTotal"
	check "almost all that is free is found early" test "$(found_percent)" -ge 95
	check "memblock=debug: nothing is allocated over what is preserved" apart
}
