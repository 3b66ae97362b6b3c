# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
# What a kernel took to boot is never preserved, so that the next one finds as
# much; but here that is said to be larger.
title="a jump into too little memory is refused"
mem=2G
append="kho=on test_kho_layout.preserve=0:512:0 test_kho_layout.fill=1"

hop0()
{
	layout_made
	must "kexec -s -l" load
	check "the image can be jumped to" grep -q '^ready' $kho/out/ready
	comment "$(tr '\n' ';' <$kho/out/ready)"
	echo 900 >/sys/module/kho/parameters/boot_mib
	check "ready says no to a larger one" \
		grep -q '^not ready: .*too little memory' $kho/out/ready
	comment "$(tr '\n' ';' <$kho/out/ready)"
	kexec -e -x
	check "the message names kho_scratch=" logged 'KHO: kexec refused.*kho_scratch='
	comment "$(kho_log)"
	echo 0 >/sys/module/kho/parameters/boot_mib
	go
	fail "reboot into the loaded kernel"
}

hop1() { layout_taken_back; }
