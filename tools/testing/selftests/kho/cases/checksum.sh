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
	local size
	size=$(stat -c %s /boot/initrd)
	{ member kst-tag KST-TAG1; member 'TRAILER!!!' ''; } >/tmp/tag
	{
		cat /boot/initrd
		head -c $(((4096 - size % 4096) % 4096)) /dev/zero
		cat /tmp/tag
	} >/tmp/initrd
}

load_marked()
{
	kexec -s -l $kernel --initrd=/tmp/initrd --command-line="$(next_cmdline)"
}

hop0()
{
	local addr n=0
	must "an initrd with a file more" mark_initrd
	store_data 24M
	must "kexec -s -l" load_marked
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
	jump
}

hop2() { check "with a checksum it was started, too" kho_boot; }
