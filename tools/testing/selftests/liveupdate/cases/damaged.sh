# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
# What is handed over for a file is damaged in memory: it costs the file.
title="a damaged memfd costs no more than the memfd"
append="kho=on liveupdate=on"
kernels="small debug"

hop0()
{
	must "luomemory damage" luomemory damage
	jump
}

hop1()
{
	check "luomemory damaged" luomemory damaged
	comment "$(dmesg | grep -c memfd_luo:) lines in the log"
	check "and messages" logged 'memfd_luo: '
}
