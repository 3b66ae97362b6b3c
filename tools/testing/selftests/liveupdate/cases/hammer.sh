# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
# Some processes make and close sessions all the time while the kernel ends.
title="a live update while others hammer the device"
append="kho=on liveupdate=on"
cpus=2

hop0()
{
	must "luofiles put" luofiles put 1
	must "luomany hammer" luomany hammer 3
	sleep 2
	jump
}

hop1() { check "luofiles get" luofiles get 1; }
