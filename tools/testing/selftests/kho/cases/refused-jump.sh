# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
# A jump that would lose data is refused, and everything goes on.
title="a jump that would lose data is refused"

still_here()
{
	check "$1: everything goes on" ctl verify
	comment "$(kho_log)"
	check "$1: the log says why" logged "$2"
}

hop0()
{
	store_data 24M

	must "load without -s" kexec -c -l $kernel --initrd=/boot/initrd \
		--command-line="$(next_cmdline)"
	comment "ready: $(head -n 1 $kho/out/ready)"
	check "ready says no" grep -q '^not ready: ' $kho/out/ready
	refused "jump" kexec -e -x
	still_here "loaded without -s" 'KHO: .*(kexec_load|kexec -s|without)'
	check "unload" kexec -c -u

	cp $kernel /tmp/old
	must "make an image without handover support" take_support_out /tmp/old
	if kexec -s -l /tmp/old --initrd=/boot/initrd --command-line="$(next_cmdline)"; then
		comment "ready: $(head -n 1 $kho/out/ready)"
		check "ready says no" grep -q '^not ready: ' $kho/out/ready
		refused "jump" kexec -e -x
	fi
	still_here "image without support" 'KHO: .*(setup_type_max|there is no kho-v4)'
	rm /tmp/old
	kexec -s -u

	jump
}

hop1()
{
	take_back
	must "preserve again" ctl preserve
	must "load without -s" kexec -c -l $kernel --initrd=/boot/initrd \
		--command-line="$(next_cmdline)"
	refused "jump" kexec -e -x
	must "the documented override" sh -c 'echo 1 >/sys/module/kho/parameters/force'
	go
	fail "jump with kho.force=1"
}

hop2() { check "kho.force=1 jumped, without handover" no_handover; }
