# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
# An image that scratch cannot hold is refused when it is loaded.
title="an image that does not fit is refused"
mem=1G
append="kho=on kho_scratch=80M,0,0"

hop0()
{
	dd if=/dev/zero of=/tmp/big bs=1M count=100 2>/dev/null
	cat /boot/initrd >>/tmp/big
	refused "kexec -s -l with an initrd of 100 MiB" \
		kexec -s -l $kernel --initrd=/tmp/big --reuse-cmdline
	comment "$(kho_log)"
	check "the message names kho_scratch=" logged 'KHO:.*kho_scratch'
	rm /tmp/big
	store_data 24M
	jump
}

hop1() { take_back; }
