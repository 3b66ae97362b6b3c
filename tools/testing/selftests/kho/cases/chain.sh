# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
# Ten handovers in a row. Each kernel frees what it got and stores anew; a page
# that is lost on the way is missing in MemTotal of all later kernels.
title="ten handovers lose no page"
kernels_arm64="small 16k"
limit=240

new_data()
{
	store_data 24M
}

hop0()
{
	new_data
	jump
}

hop()
{
	local total
	take_back
	check "exec from: count $hop" logged "KHO: exec from: .*count ${hop}[)]"
	ctl free
	total=$(mem_total_kib)
	comment "hop $hop: MemTotal $total KiB"
	if [ "$hop" = 10 ]; then
		no_page_lost "$(word kst.total)"
		return
	fi
	new_data
	if [ "$hop" = 1 ]; then
		jump "kst.total=$total"
	else
		jump
	fi
}
