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
	load_crash
	must "kexec -s -l, too" load
	crash
}

hop1()
{
	crashed
	check "it says so" logged 'KHO: .*(kdump|crash)'
}
