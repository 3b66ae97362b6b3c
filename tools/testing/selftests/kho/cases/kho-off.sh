# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
# A successor with kho=off still protects what it got, and hands on nothing.
title="kho=off successor protects, hands nothing on"

hop0()
{
	store_data 48M
	force kho=off
}

hop1()
{
	check "the handover was found" logged 'KHO: found kexec handover data'
	check "nothing for the next kernel" test ! -e $kho/out/fdt
	check "all free memory is overwritten" scramble
	must "the files are restored" ctl restore
	check "every byte is as it was" ctl verify
	check "test_kho is content" logged 'test_kho: KHO restore succeeded'
	refused "preserving" ctl preserve
	check "all of it can be freed" ctl free
	jump kho=on
}

hop2()
{
	check "no handover from a kernel with kho=off" no_handover
	check "the next one would be" has_scratch
}
