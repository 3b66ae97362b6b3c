# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
# A crash kernel ignores the handover and leaves it alone.
title="a kdump kernel ignores the handover"
mem=2G
append="kho=on crashkernel=192M"
allow='Kernel panic - not syncing: sysrq triggered crash'

hop0()
{
	store_data 24M
	must "kexec -s -p" kexec -s -p $kernel --initrd=/boot/initrd \
		--command-line="$(next_cmdline -crashkernel)"
	must "kexec -s -l, too" load
	comment "crash"
	echo c >/proc/sysrq-trigger
	fail "crash"
}

hop1()
{
	check "no handover in the crash kernel" no_handover
	check "nothing for a next kernel" test ! -e $kho/out/fdt
	check "/proc/vmcore" test -s /proc/vmcore
	check "it says so" logged 'KHO: .*(kdump|crash)'
}
