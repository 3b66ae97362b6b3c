# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
# Purgatory makes no checksum of an image for a handover: the time is that of all
# guests. A byte of the initrd that changes after it was loaded goes unnoticed, which
# shows that nobody looks. With kho.checksum=1 the image is compared.
title="no checksum of an image for a handover, unless asked for"
archs=x86_64

# member NAME-WITH-8-BYTES-AND-NUL DATA: of a cpio archive.
member()
{
	printf '070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x' \
		721 33188 0 0 1 0 ${#2} 0 0 0 0 $((${#1} + 1)) 0
	printf '%s\0' "$1"
	head -c $(((4 - (110 + ${#1} + 1) % 4) % 4)) /dev/zero
	printf '%s' "$2"
}

# A page of its own at the end of the initrd, so that it begins a page in memory, too.
mark_initrd()
{
	{ member kst-tag KST-TAG1; member 'TRAILER!!!' ''; } >/tmp/tag
	truncate -s %4096 /boot/initrd && cat /tmp/tag >>/boot/initrd
}

hop0()
{
	local addr n=0
	must "an initrd with a file more" mark_initrd
	store_data 24M
	must "kexec -s -l" load
	for addr in $(khomem find /tmp/tag); do
		khomem poke $((addr + 120)) 0x324741542d54534b
		n=$((n + 1))
	done
	check "what was loaded was found, and changed" test $n -gt 0
	go
	fail "reboot into the loaded kernel"
}

hop1()
{
	is "it was started all the same" "$(cat /kst-tag)" KST-TAG2
	take_back
	must "kho.checksum=1" sh -c 'echo 1 >/sys/module/kho/parameters/checksum'
	store_data 24M
	jump
}

hop2() { take_back; }
