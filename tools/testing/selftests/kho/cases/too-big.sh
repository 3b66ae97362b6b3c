# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
# An image that scratch cannot hold can be loaded and started like any other one, if
# nothing is preserved. With as much scratch as is named then, it hands over.
title="an image that scratch is too small for"
append="kho=on kho_scratch=64M,0,0 initcall_blacklist=kho_test_init"

load_big()
{
	dd if=/dev/zero of=/tmp/big bs=1M count=56 2>/dev/null &&
		cat /boot/initrd >>/tmp/big &&
		kexec -s -l $kernel --initrd=/tmp/big --command-line="$(next_cmdline "$@")"
}

hop0()
{
	local named
	must "kexec -s -l with an initrd of 56 MiB" load_big
	named=$(sed -n 's/^not ready: .*kho_scratch=\([0-9]*,[0-9]*M,0\)$/\1/p' $kho/out/ready)
	must "ready names a kho_scratch=" test -n "$named"
	store_data 24M
	stays "with something preserved" "does not fit into scratch.*kho_scratch=0,"
	check "everything goes on" ctl verify
	must "preserve nothing" ctl unpreserve
	kexec -s -u
	must "the same for a kernel with kho_scratch=$named" load_big kho_scratch=$named
	go
	fail "reboot into the loaded kernel"
}

hop1()
{
	check "it was started, without a handover" no_handover
	comment "$(kho_log)"
	must "kexec -s -l with an initrd of 56 MiB" load_big
	store_data 24M
	is "ready" "$(head -n 1 $kho/out/ready)" ready
	go
	fail "reboot into the loaded kernel"
}

hop2() { take_back; }
