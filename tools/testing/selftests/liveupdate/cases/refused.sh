# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
# A jump that fails late leaves everything usable: it is tried twice, changes are
# made in between, and the third one takes them along.
title="a jump that fails leaves everything usable"
append="kho=on liveupdate=on"

hop0()
{
	must "luofiles put" luofiles put 3
	must "load without -s" kexec -c -l $kernel --initrd=/boot/initrd \
		--command-line="$(next_cmdline)"
	refused "jump" kexec -e -x
	must "luomany put" luomany put 60 70
	refused "jump again" kexec -e -x
	comment "$(kho_log)"
	check "unload" kexec -c -u
	jump
}

hop1()
{
	check "luomany get" luomany get 60 70
	check "luofiles get" luofiles get 3
}
