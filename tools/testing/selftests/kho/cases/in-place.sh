# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
# An image is written to where it will run when it is loaded, in the second kernel,
# too, which runs in scratch itself. What scratch has no second place for while the
# first image is loaded is copied by the jump, as is any image without a handover.
# That scratch has its pages again shows when they are taken again.
title="an image is loaded to where it will run, and the jump copies nothing"
append="kho=on kho_scratch=0,128M,0"

cma_free_kib() { awk '$1 == "CmaFree:" { print $2 }' /proc/meminfo; }
# At most the list of measurements of IMA is left to copy.
copies_nothing() { comment "to copy: $(copied_kib) KiB" && [ "$(copied_kib)" -le 64 ]; }
copied_kib() { sed -n 's/^copied by the jump: \([0-9]*\) KiB$/\1/p' $kho/out/ready; }

# A member of 56 MiB, which is random, at the end of the initrd.
make_initrd()
{
	local size
	size=$(stat -c %s /boot/initrd)
	mkdir /tmp/member && cd /tmp/member || return 1
	dd if=/dev/urandom of=kst-random bs=1M count=56 2>/dev/null
	{
		cat /boot/initrd
		head -c $(((4 - size % 4) % 4)) /dev/zero
		echo kst-random | cpio -o -H newc
	} >/tmp/initrd
	cd /
}

load_random()
{
	kexec -s -l $kernel --initrd=/tmp/initrd --command-line="$(next_cmdline "$@")"
}

sum() { sha256sum <$1 | cut -d' ' -f1; }

hop0()
{
	local before now
	must "an initrd with 56 MiB more" make_initrd
	before=$(cma_free_kib)
	must "kexec -s -l" load_random
	now=$(cma_free_kib)
	comment "CmaFree: $before KiB, with an image $now KiB"
	check "the image is in scratch" test $((before - now)) -ge $((56 << 10))
	check "nothing is left to copy" copies_nothing

	must "unload" kexec -s -u
	must "kexec -s -l again, where there is no room for two" load_random
	check "nothing is left to copy" copies_nothing
	must "and once more, while it is loaded" load_random kst.sum=$(sum /tmp/member/kst-random)
	comment "$(kho_log)"
	check "the jump has to copy" test "$(copied_kib)" -ge $((56 << 10))
	check "the log says so" logged 'KHO: [0-9]* KiB of the image at 0x[0-9a-f]* will be copied'
	store_data 24M
	go
	fail "reboot into the loaded kernel"
}

hop1()
{
	is "every byte of what was copied is there" "$(sum /kst-random)" "$(word kst.sum)"
	take_back
	must "an initrd with 56 MiB more" make_initrd
	must "kexec -s -l" load_random kst.sum=$(sum /tmp/member/kst-random)
	comment "$(kho_log)"
	check "nothing is left to copy" copies_nothing
	must "preserve again" ctl preserve
	go
	fail "reboot into the loaded kernel"
}

hop2()
{
	is "every byte of what was loaded in place is there" "$(sum /kst-random)" "$(word kst.sum)"
	take_back
}
