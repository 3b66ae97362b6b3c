# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
# The worst there is for whoever frees memory: holes of one page.
title="every other page is preserved"
mem=1G
cpus=2
append="kho=on kho_poison=on test_kho_layout.preserve=0:2:128M test_kho_layout.fill=1"
kernels="small debug"
kernels_arm64="small 16k 64k"

hop0()
{
	layout_made
	jump
}

hop1() { layout_taken_back; }
