# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
# Thousands of folios, among them thousands of single pages with free neighbours.
title="thousands of scattered folios survive"
mem=1G
kernels="small debug"

hop0()
{
	must "16384 single pages" ctl "fill pages scatter 64M"
	must "folios of all orders" ctl "fill folios folio 64M"
	must "preserve" ctl preserve
	jump
}

hop1()
{
	take_back
	is "all pages" "$(awk '$1 == "pages" { print $4 }' $store/list)" 16384
	check "all of it can be freed" ctl free
}
