# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
# A kernel that was handed something can reserve a crash kernel's memory, and the
# crash kernel works.
title="a kdump kernel of a kernel after a handover"
mem=2G
append="kho=on crashkernel=192M"
allow='Kernel panic - not syncing: sysrq triggered crash'

hop0()
{
	store_data 24M
	jump
}

hop1()
{
	take_back
	load_crash
	crash
}

hop2()
{
	crashed
}
