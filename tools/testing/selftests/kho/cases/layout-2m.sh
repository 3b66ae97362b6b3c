# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
# Nothing but scratch to boot from: a page in every 2 MiB of memory.
title="every 2 MiB of a 2 GiB guest hold a preserved page"
mem=2G
append="kho=on kho_poison=on test_kho_layout.preserve=0:512:0 test_kho_layout.fill=1"
kernels="small"

hop0()
{
	layout_made
	check "CmaTotal shows scratch" cma_is_scratch
	jump
}

hop1()
{
	layout_taken_back
	check "CmaTotal shows scratch" cma_is_scratch
}
