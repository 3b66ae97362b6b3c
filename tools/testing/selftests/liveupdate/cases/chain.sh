# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
# Each kernel compares all files, gives them new content, and hands them on. A
# page that is lost on the way is missing in MemTotal of all later kernels.
title="ten live updates of the same files"
append="kho=on liveupdate=on"
kernels_arm64="small 16k 64k"
limit=300

hop0()
{
	must "luofiles put" luofiles put 0
	jump
}

hop()
{
	local total
	if [ "$hop" = 10 ]; then
		check "luofiles get" luofiles get 9
		check "exec from: count $hop" logged "KHO: exec from: .*count ${hop}[)]"
		check "live update number $hop" logged "luo: .*number: $hop"
		return
	fi
	must "luofiles next" luofiles next $((hop - 1))
	total=$(mem_total_kib)
	comment "hop $hop: MemTotal $total KiB"
	if [ "$hop" = 1 ]; then
		jump "kst.total=$total"
	fi
	no_page_lost "$(word kst.total)"
	jump
}
