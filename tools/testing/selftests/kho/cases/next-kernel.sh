# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
# What is in the next kernel: one without handover, whose header says nothing of
# that, and one that is damaged. An Image of arm64 is not compressed: refused-jump.
title="a kernel without handover, and a damaged one, are not jumped to"
also=off archs=x86_64

load_other()
{
	kexec -s -l /other/*Image --initrd=/boot/initrd --command-line="$(next_cmdline "$@")"
}

hop0()
{
	store_data 24M
	mkdir /other
	(cd /other && cpio -id </dev/vdb 2>/dev/null)
	must "load a kernel without handover" load_other
	stays "without handover" "; load one with CONFIG_KEXEC_HANDOVER=y"
	check "without handover: everything goes on" ctl verify
	if [ "$(uname -m)" = x86_64 ]; then
		# As any kernel from 6.16 on has it.
		must "a header that promises more" bzpatch /other/bzImage 0x8000000a
		must "load it" load_other
		stays "a header that promises more" "no kho-v4 in .*; load one with"
	fi
	must "load it, vouched for with what is wrong" load_other kho.vouch=12345678
	refused "jump" kexec -e -x

	if [ "$(uname -m)" = x86_64 ]; then
		# In the middle of what is compressed.
		cp $kernel /other/bzImage
		printf "%064d" 0 | dd of=/other/bzImage bs=64 conv=notrunc \
			seek=20000 2>/dev/null
		must "load a damaged kernel" load_other
		stays "damaged" "gzip.*damaged; load another"
		vouch=$(dmesg | sed -n 's/.*\(kho.vouch=[0-9a-f]*\).*/\1/p' | tail -n 1)
		must "load it, vouched for" load_other "$vouch"
		is "vouched for: ready" "$(head -n 1 $kho/out/ready)" ready
	fi
	rm -r /other

	jump
}

hop1() { take_back; }
