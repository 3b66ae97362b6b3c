# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
title="a page with a memory error costs that page, and never comes back"
append="kho=on liveupdate=on"
kernels="small debug"
archs=x86_64

ready=/sys/kernel/debug/kho/out/ready

corrupted() { sed -n 's/^HardwareCorrupted: *\([0-9]*\) kB/\1/p' /proc/meminfo; }

# Nobody can handle some of them: that is an error for whoever asked.
inject() { printf '%#x' $1 >/sys/kernel/debug/hwpoison/corrupt-pfn || :; }

scratch_size()
{
	local len sum=0
	for len in $(cat $kho/out/scratch_len); do
		sum=$((sum + len))
	done
	echo $sum
}

load_other()
{
	kexec -s -l /tmp/other --initrd=/boot/initrd \
		--command-line="$(next_cmdline)"
}

hop0()
{
	echo always >/sys/kernel/mm/transparent_hugepage/shmem_enabled
	must "luopoison put" luopoison put
	is "HardwareCorrupted" "$(corrupted)" 12

	cp $kernel /tmp/other
	must "an image that knows no list" luomarker /tmp/other hwpoison-v1
	must "load it" load_other
	check "ready says why" grep -q '^not ready: a memfd has a memory error' $ready
	refused "jump" kexec -e -x
	check "the log says which page" \
		logged 'KHO: kexec refused: a memfd has a memory error.*pfn 0x'
	rm /tmp/other

	must "kexec -s -l" load
	is "ready" "$(head -n 1 $ready)" ready
	check "ready says what will happen" \
		grep -q '^memory errors: 3 pages, 2 of memfds, which survive' $ready
	jump
}

hop1()
{
	check "the log says how many are known" \
		logged 'KHO: 3 pages with memory errors are known'
	is "HardwareCorrupted" "$(corrupted)" 12
	check "luopoison get" luopoison get
	is "HardwareCorrupted, with one more" "$(corrupted)" 16

	size=$(scratch_size)
	must "kexec -s -l" load
	comment "an error in the first page of scratch"
	inject $(($(head -n 1 $kho/out/scratch_phys) / 4096))
	check "ready says why" grep -q '^not ready: scratch has a memory error' $ready
	refused "jump" kexec -e -x
	jump "kst.scratch=$size"
}

# All are still known, those of files that are closed, too.
hop2()
{
	local page why='a preserved page of no memfd has a memory error'
	is "HardwareCorrupted" "$(corrupted)" 20
	is "4 MiB of scratch are not used any more" \
		$(($(word kst.scratch) - $(scratch_size))) 4194304
	page=$(sed -n 's/^subtree: LUO, .* at //p' $ready)
	page=$(printf '%#x' $((page / 4096)))
	comment "an error in what live update hands over, pfn $page"
	inject $page
	must "kexec -s -l" load
	check "ready says why" grep -q "^not ready: $why" $ready
	refused "jump" kexec -e -x
	check "the log says which page" logged "KHO: kexec refused: $why.*pfn $page"
}
