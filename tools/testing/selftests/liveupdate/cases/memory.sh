# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
# Strict accounting of memory takes the place of memory that is really short.
title="memory that is short, and what nobody wants"
append="kho=on liveupdate=on"

overcommit()
{
	echo "$2" >/proc/sys/vm/overcommit_kbytes
	echo "$1" >/proc/sys/vm/overcommit_memory
}

hop0()
{
	overcommit 2 65536
	check "luomemory strict" luomemory strict
	overcommit 0 0
	must "luomemory drop" luomemory drop
	jump
}

hop1()
{
	check "luomemory dropped" luomemory dropped
	must "luomemory drop" luomemory drop
	jump
}

hop2()
{
	overcommit 2 40960
	check "luomemory short" luomemory short
}
