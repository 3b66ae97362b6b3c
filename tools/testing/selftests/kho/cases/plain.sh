# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
# Without kho=on: kexec is as it always was.
title="kexec without kho=on"
append=

hop0()
{
	is "nothing is reserved" "$(cat $kho/out/scratch_phys 2>/dev/null)" ""
	jump
}

hop1()
{
	check "no handover" no_handover
	jump kho=on
}

hop2()
{
	check "no handover from a kernel without kho=on" no_handover
	check "but scratch for the next" has_scratch
	load
	check "a loaded image can be unloaded" kexec -s -u
}
