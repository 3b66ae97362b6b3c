# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
# The kernel in a bzImage is unpacked when it is loaded: one starts whose decompressor
# is broken. What cannot be done is left to the decompressor, with a line. The kernel
# is at a virtual address that was drawn, as kaslr shows, or with nokaslr at its own.
title="a bzImage is unpacked when it is loaded, not after the jump"
archs=x86_64

later='the kernel is unpacked after the jump, which takes longer: '
unpack=/sys/module/kho/parameters/unpack

load_copy()
{
	kexec -s -l /tmp/bzImage --initrd=/boot/initrd \
		--command-line="$(next_cmdline "$@")"
}

# overwrite OFFSET: 64 bytes of the copy, from where the decompressor begins.
overwrite()
{
	local sects
	cp $kernel /tmp/bzImage
	sects=$(hexdump -s 497 -n 1 -e '1/1 "%u"' $kernel)
	printf "%064d" 0 | dd of=/tmp/bzImage bs=1 conv=notrunc \
		seek=$(((sects + 1) * 512 + $1)) 2>/dev/null
}

# KASLR_FLAG, which has areas of memory at random addresses, too.
flag() { hexdump -s $((0x211)) -n 1 -e '1/1 "%u"' /sys/kernel/boot_params/data; }
text() { sed -n 's/ . _text$//p' /proc/kallsyms; }

hop0()
{
	store_data 24M
	must "kho.unpack=0" sh -c "echo 0 >$unpack"
	must "load" load
	check "kho.unpack=0: a line" logged "$later.*kho.unpack=0"
	must "kho.unpack=1" sh -c "echo 1 >$unpack"
	must "break what is compressed" overwrite 1000000
	must "load it" load_copy
	check "what is compressed is broken: a line" logged "$later.*damaged"
	must "load with mem_encrypt=on" load mem_encrypt=on
	check "mem_encrypt=on: a line" logged "$later.*encrypted"
	must "load with mem=300M" load mem=300M
	check "mem=300M: a line" logged "$later.*cuts memory off"

	must "break the decompressor" overwrite 512
	dmesg -c >/dev/null
	must "load it" load_copy
	refused "no line" logged "$later"
	go
	fail "reboot into the loaded kernel"
}

hop1()
{
	take_back
	is "areas of memory are at random addresses" $(($(flag) & 2)) 2
	must "preserve again" ctl preserve
	must "break the decompressor" overwrite 512
	must "load it, with nokaslr" load_copy nokaslr
	go
	fail "reboot into the loaded kernel"
}

hop2()
{
	take_back
	is "nokaslr: the kernel is at its own address" "$(text)" ffffffff81000000
	is "nokaslr: so are areas of memory" $(($(flag) & 2)) 0
}
