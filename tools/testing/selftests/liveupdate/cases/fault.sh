# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
# A file that is not retrieved for lack of memory can be asked for again.
title="every allocation fails once"
mem=1G
append="kho=on liveupdate=on hugepagesz=2M hugepages=64"
archs=x86_64
kernels="debug"

hop0()
{
	check "luofault here" luofault here
	jump
}

hop1() { check "luofault incoming" luofault incoming; }
