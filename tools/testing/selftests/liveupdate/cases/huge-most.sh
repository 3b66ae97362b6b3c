# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
title="most of memory is handed over in huge pages"
mem=6G
limit=400
append="kho=on liveupdate=on hugepagesz=1G hugepages=3 hugepagesz=2M hugepages=500"

hop0()
{
	must "luohuge put" luohuge put files 1 1g:3:1 2m:490:1
	jump
}

hop1()
{
	is "pools" "$(huge 1g nr) $(huge 1g free) $(huge 2m nr) $(huge 2m free)" \
		"3 0 500 10"
	must "luohuge get" luohuge get files 1 1g:3:1 2m:490:1
}
