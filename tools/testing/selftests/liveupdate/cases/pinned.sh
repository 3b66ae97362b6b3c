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
	jump
}

hop1() { ok "the next kernel boots"; }
