# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
title="kdump kernels before and after a handover, with UEFI firmware"
efi=y
mem=2G
append="kho=on crashkernel=192M"
allow='Kernel panic - not syncing: sysrq triggered crash'

# A crash kernel that is loaded does not get in the way.
hop0()
{
	store_data 24M
	load_crash
	jump
}

hop1()
{
	take_back
	must "preserve again" ctl preserve
	load_crash
	crash
}

hop2()
{
	crashed
}
