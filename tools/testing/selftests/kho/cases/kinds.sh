# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
# Memory of every kind that can be preserved, and a real file.
title="memory of every kind survives"
kernels="small debug"
kernels_arm64="small 16k 64k"

hop0()
{
	for kind in folio pages vmalloc huge blob contig scatter; do
		must "store: $kind" ctl "fill $kind $kind 3M"
	done
	must "store: all kinds in one file" ctl "fill all mixed 20M"
	must "store: busybox" put busybox mixed /bin/busybox
	must "preserve" ctl preserve
	check "nothing changed by that" ctl verify
	jump
}

hop1()
{
	take_back
	is "the file is the same by sha256sum" \
		"$(sha256sum <$store/get/busybox)" "$(sha256sum </bin/busybox)"
	check "test_kho is content" logged 'test_kho: KHO restore succeeded'
	check "the previous kernel is known" logged "KHO: exec from: $(uname -r) .count 1."
	refused "restoring twice" ctl restore
	check "all of it can be freed" ctl free
	check "and the memory be used" scramble
}
