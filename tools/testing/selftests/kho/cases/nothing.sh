# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
# Handovers of nothing, of no files, and of one byte.
title="nothing, or next to nothing, survives"

hop0() { jump; }

hop1()
{
	check "a handover without data" kho_boot
	refused "restoring what was never stored" ctl restore
	check "a store without files" ctl preserve
	jump
}

hop2()
{
	take_back
	is "no files" "$(cat $store/list)" ""
	ctl "fill byte folio 1"
	ctl "fill empty mixed 0"
	must "a file of one byte and one of none" ctl preserve
	jump
}

hop3()
{
	take_back
	is "two files" "$(cut -d' ' -f1,2 $store/list | tr '\n' ' ')" "byte 1 empty 0 "
}
