# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
title="a file in scratch, and elsewhere no room for it: nobody is killed"
mem=1G
# Where KASLR puts a kernel decides whether there is room for scratch.
append="kho=on liveupdate=on kho_scratch=0,640M,0 nokaslr"
archs=x86_64

hop0()
{
	check "luopin crowded" luopin crowded
	comment "$(dmesg | grep -v kst: | grep 'memfd_luo: ' | tail -n 1)"
}
