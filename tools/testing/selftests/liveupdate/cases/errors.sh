# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
title="every error of /dev/liveupdate"
append="kho=on liveupdate=on"

hop0()
{
	check "luorights" luorights
	check "luoerr here" luoerr here
	jump
}

hop1() { check "luoerr incoming" luoerr incoming; }
