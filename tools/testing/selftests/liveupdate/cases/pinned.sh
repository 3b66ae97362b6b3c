# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
title="pages that somebody holds, and pages with a memory error"
append="kho=on liveupdate=on kho_scratch=0,256M,0"
kernels="small debug"
archs=x86_64

hop0()
{
	check "luopin held" luopin held
	check "the log says what is held" logged 'memfd_luo: page .* cannot leave scratch'
	check "luopin bad" luopin bad
	check "the log says what is bad" logged 'page .* has a memory error: not preserved'
	must "luopin later" luopin later
	must "kexec -s -l" load
	refused "jump" kexec -e -x
	check "the log says why" logged 'memfd_luo: page 5 .* has a memory error: close its session'
	stop luopin
	jump
}

hop1() { ok "the next kernel boots"; }
