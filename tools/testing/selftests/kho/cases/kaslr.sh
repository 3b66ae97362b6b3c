# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
# The kernel is placed at random, but only in scratch.
archs=x86_64
title="physical KASLR stays in scratch"
# Below 512 MiB, the decompressor goes no lower than where it was loaded.
mem=2G

hop0()
{
	store_data 48M
	jump
}

# Every further hop.
hop()
{
	local seen
	seen="$(word kst.seen),$(kernel_start)"
	take_back
	check "the kernel lies in scratch" kernel_in_scratch
	if [ "$hop" = 5 ]; then
		comment "places: $seen"
		check "not always at the same place" \
			[ "$(echo "$seen" | tr ',' '\n' | sed 1d | sort -u | wc -l)" -gt 1 ]
		return
	fi
	must "preserve again" ctl preserve
	jump "kst.seen=$seen"
}
