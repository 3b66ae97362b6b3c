# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
# The kernel is placed at random, but only in scratch: on x86 four times when it is
# loaded, then four times by its decompressor, which mainline's kernels jump to.
archs=x86_64
title="KASLR stays in scratch"
# Below 512 MiB, the decompressor goes no lower than where it was loaded.
mem=2G

hop0()
{
	store_data 48M
	jump
}

text() { sed -n 's/ . _text$//p' /proc/kallsyms; }

# moved TEXT LIST: not all of the four are the same.
moved()
{
	comment "$1: $2"
	check "$1: not always the same" \
		[ "$(echo "$2" | tr ',' '\n' | sed 1d | sort -u | wc -l)" -gt 1 ]
}

# Every further hop.
hop()
{
	local start virt
	start="$(word kst.start),$(kernel_start)"
	virt="$(word kst.virt),$(text)"
	take_back
	check "the kernel lies in scratch" kernel_in_scratch
	if [ $((hop % 4)) = 0 ]; then
		moved "places in memory" "$start"
		moved "virtual addresses" "$virt"
		start='' virt=''
		must "kho.unpack=0" sh -c 'echo 0 >/sys/module/kho/parameters/unpack'
	fi
	[ "$hop" -lt 8 ] || return 0
	must "preserve again" ctl preserve
	jump "kst.start=$start" "kst.virt=$virt" \
		kho.unpack=$(($(cat /sys/module/kho/parameters/unpack | tr YN 10)))
}
