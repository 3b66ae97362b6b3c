# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
title="thousands of sessions and files"
append="kho=on liveupdate=on"

hop0()
{
	must "luomany put" luomany put 2000 3000
	jump
}

hop1() { check "luomany get" luomany get 2000 3000; }
