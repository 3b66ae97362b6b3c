# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
# The root of what is handed over is of another version, or points nowhere: the
# next kernel says so, has no sessions, and hands over its own.
title="a handover that is not understood costs the sessions, not the machine"
append="kho=on liveupdate=on"
kernels="small debug"

# root OFFSET BYTES: overwrite a part of the root, bytes as printf has them.
root()
{
	local at
	at=$(sed -n 's/^subtree: LUO, 32 bytes at //p' $kho/out/ready)
	[ -n "$at" ] && printf "$2" |
		dd of=/dev/mem bs=1 seek=$((at + $1)) conv=notrunc 2>/dev/null
}

hop0()
{
	must "luofiles put" luofiles put 1
	must "another version" root 0 'luo-v4'
	jump
}

hop1()
{
	check "says so" logged 'luo: the previous kernel speaks "luo-v4", this one "luo-v5"'
	check "all of it is refused" logged 'luo: live update data .* are refused'
	must "luomany put" luomany put 60 70
	must "FLBs nowhere" root 24 '\377\377\377\377\377\377\377\177'
	jump
}

hop2()
{
	check "says so" logged 'luo: page of FLBs at 0x7fffffffffffffff was not handed over'
	check "all of it is refused" logged 'luo: live update data .* are refused'
	must "luomany put" luomany put 60 70
	jump
}

hop3()
{
	check "luomany get" luomany get 60 70
	check "the first update that counts" logged 'live update.* number: 1$'
}
