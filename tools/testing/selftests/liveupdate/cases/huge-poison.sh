# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
title="a huge page with a memory error costs what hugetlb has it cost"
mem=4G
append="kho=on liveupdate=on hugepagesz=1G hugepages=1 hugepagesz=2M hugepages=4"
archs=x86_64

ready=/sys/kernel/debug/kho/out/ready

corrupted() { sed -n 's/^HardwareCorrupted: *\([0-9]*\) kB/\1/p' /proc/meminfo; }

load_other()
{
	kexec -s -l /tmp/other --initrd=/boot/initrd \
		--command-line="$(next_cmdline)"
}

hop0()
{
	must "luopoison put-huge" luopoison put-huge
	is "HardwareCorrupted" "$(corrupted)" 12

	cp $kernel /tmp/other
	must "an image that knows no list" luomarker /tmp/other hwpoison-v1
	must "load it" load_other
	check "ready says why" grep -q '^not ready: a memfd has a memory error' $ready
	refused "jump" kexec -e -x
	rm /tmp/other

	must "kexec -s -l" load
	is "ready" "$(head -n 1 $ready)" ready
	check "ready says what will happen" \
		grep -q '^memory errors: 3 pages, 3 of memfds, which survive' $ready
	jump
}

hop1()
{
	is "HardwareCorrupted" "$(corrupted)" 12
	is "pools" "$(huge 1g nr) $(huge 1g free) $(huge 2m nr) $(huge 2m free)" \
		"1 0 4 1"
	check "luopoison get-huge" luopoison get-huge
	jump
}

# The one that nobody counted is known as well.
hop2() { is "HardwareCorrupted" "$(corrupted)" 16; }
