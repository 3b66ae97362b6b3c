# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
title="without KASLR"
append="kho=on nokaslr"

hop0()
{
	store_data 48M
	jump
}

hop1()
{
	take_back
	check "the kernel lies in scratch" kernel_in_scratch
}
