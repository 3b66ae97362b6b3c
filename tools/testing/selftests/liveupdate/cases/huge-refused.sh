# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
title="a kernel that cannot take files of huge pages is not jumped to"
append="kho=on liveupdate=on hugepages=16"

load_other()
{
	kexec -s -l /tmp/other --initrd=/boot/initrd \
		--command-line="$(next_cmdline)"
}

hop0()
{
	cp $kernel /tmp/other
	must "an image without the handler" luomarker /tmp/other hugetlb-v1
	must "luohuge put" luohuge put files 1 2m:8:1 2m:3:2
	must "load it" load_other
	comment "ready: $(head -n 1 $kho/out/ready)"
	check "ready says no" grep -q '^not ready: ' $kho/out/ready
	refused "jump" kexec -e -x
	comment "$(kho_log)"
	check "the log says why" logged 'KHO: .*hugetlb'
	is "pages are still preserved" "$(huge 2m nr) $(huge 2m free)" "16 5"
	rm /tmp/other
	jump
}

hop1() { must "luohuge get" luohuge get files 1 2m:8:1 2m:3:2; }
