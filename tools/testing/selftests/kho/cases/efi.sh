# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
title="UEFI firmware"
efi=y
mem=1G
limit=300

hop0()
{
	check "booted by UEFI" test -d /sys/firmware/efi
	store_data 24M
	jump
}

hop1()
{
	take_back
	must "preserve again" ctl preserve
	jump
}

hop2() { take_back; }
