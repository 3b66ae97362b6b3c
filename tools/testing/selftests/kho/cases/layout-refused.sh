# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
# The memory map of the next kernel would not fit into scratch.
title="a jump into too little memory is refused"
mem=16G
limit=400
append="kho=on test_kho_layout.preserve=0:512:0"

hop0()
{
	layout_made
	must "kexec -s -l" load
	check "ready says so" grep -q '^not ready: .*too little memory' $kho/out/ready
	comment "$(head -n 1 $kho/out/ready)"
	go
	check "the message names kho_scratch=" logged 'KHO: kexec refused.*kho_scratch='
	comment "$(kho_log)"
	check "the store still works" ctl "fill data mixed 8M"
}
