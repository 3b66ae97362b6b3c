# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
# Each kernel compares all files, gives them new content, and hands them on.
title="ten live updates of the same files of huge pages"
mem=4G
limit=300
append="kho=on liveupdate=on hugepagesz=1G hugepages=1 hugepagesz=2M hugepages=16"

small="2m:4:1 2m-seal:3:2 2m:5:0"
gigantic="1g:1:64"

hop0()
{
	must "luohuge put" luohuge put small 0 $small $gigantic
	jump
}

hop()
{
	local total
	is "pools" "$(huge 2m nr) $(huge 2m free) $(huge 1g nr) $(huge 1g free)" \
		"16 4 1 0"
	if [ "$hop" = 10 ]; then
		check "luohuge get" luohuge get small 9 $small $gigantic
		check "live update number $hop" logged "luo: .*number: $hop"
		return
	fi
	must "luohuge next" luohuge next small $((hop - 1)) $small $gigantic
	total=$(mem_total_kib)
	comment "hop $hop: MemTotal $total KiB"
	if [ "$hop" = 1 ]; then
		jump "kst.total=$total"
	fi
	no_page_lost "$(word kst.total)"
	jump
}
