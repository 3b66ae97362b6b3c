# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
# The command line of the next kernel can switch the handover off, or take memory
# away.
title="a command line that would lose data is not jumped to"

hop0()
{
	local words cuts=mem=200M
	[ "$(uname -m)" != x86_64 ] ||
		cuts="$cuts memmap=200M memmap=exactmap memmap=1M\$32M"
	must "load without kho=" load -kho
	check "not ready, though nothing is lost yet" grep -q '^not ready: ' $kho/out/ready
	store_data 24M
	stays "no kho=" "load it again with kho=on"
	check "no kho=: everything goes on" ctl verify
	for words in kho=off "kho=on kho=off" "kho=maybe" "-- kho=on"; do
		must "load with $words" load -kho "$words"
		stays "$words" "load it again with kho=on"
	done
	for words in $cuts; do
		must "load with $words" load "$words"
		stays "$words" "load it again without"
	done
	check "everything goes on" ctl verify
	must "load with a large mem=" load mem=64G
	is "a large mem=: ready" "$(head -n 1 $kho/out/ready)" ready
	jump
}

hop1()
{
	take_back
	must "load without kho=" load -kho
	go
	fail "a jump that loses nothing"
}

hop2() { check "a jump that loses nothing" no_handover; }
