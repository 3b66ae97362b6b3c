# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
# Free memory is overwritten as early as can be: when it is given to the page
# allocator (init_on_free), before the first initcalls (the store), and while
# there is nothing but memblock (memtest).
title="early writers of free memory do no harm"
kernels="small debug"

hop0()
{
	store_data 48M
	jump test_kho_store.scramble=1 init_on_free=1
}

hop1()
{
	check "all free memory was overwritten" logged 'test_kho_store: scrambled'
	take_back
	check "test_kho is content" logged 'test_kho: KHO restore succeeded'
	must "preserve again" ctl preserve
	jump -test_kho_store.scramble -init_on_free memtest=1
}

hop2()
{
	check "memtest= was met" logged 'memtest'
	take_back
}
