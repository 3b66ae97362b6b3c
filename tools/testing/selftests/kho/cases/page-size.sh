# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
# A kernel with larger pages is refused by the one that jumps; if that is forced,
# nothing tells it of a handover.
archs=arm64
title="a kernel with pages of another size"
mem=4G
also=64k

hop0()
{
	store_data 24M
	mkdir /other
	(cd /other && cpio -id </dev/vdb 2>/dev/null)
	must "load the kernel with pages of 64 KiB" kexec -s -l /other/Image \
		--initrd=/boot/initrd --command-line="$(next_cmdline)"
	check "a message names both sizes" \
		logged 'KHO: .*pages of 65536 bytes, this one of 4096'
	comment "ready: $(head -n 1 $kho/out/ready)"
	check "ready says no" grep -q '^not ready: .*pages of 65536 bytes' $kho/out/ready
	refused "jump" kexec -e -x
	comment "$(kho_log)"
	check "the log says why" logged 'KHO: kexec refused.*pages of 65536 bytes'
	check "everything goes on" ctl verify
	echo 1 >/sys/module/kho/parameters/force
	go
	fail "jump with kho.force=1"
}

hop1()
{
	is "another page size" "$(page_kib)" 64
	comment "$(kho_log 3)"
	check "no handover" no_handover
	check "it was told of none" \
		sh -c "! dmesg | grep -q 'KHO: handover'"
	check "this kernel can hand over" has_scratch
}
