# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
title="preserving kills nobody, keeps nobody waiting, and can be killed"
mem=1G
cpus=2
append="kho=on liveupdate=on kho_scratch=0,320M,0"
archs=x86_64

hop0()
{
	check "luopin greedy" luopin greedy
	comment "$(dmesg | grep -v kst: | grep 'memfd_luo: ' | tail -n 1)"
	check "luopin full" luopin full
	check "luopin long" luopin long
	check "the log says what was missing" logged 'memfd_luo: .* holes .* not preserved'
	jump
}

hop1() { ok "the next kernel boots"; }
