# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
title="a gigantic page that is written to until the old kernel ends"
mem=3G
append="kho=on liveupdate=on hugepagesz=1G hugepages=1"

hop0()
{
	must "luoram new 1" luoram new 1
	jump
}

hop1()
{
	check "luoram continue" luoram continue
	is "pool" "$(huge 1g nr) $(huge 1g free)" "1 1"
}
