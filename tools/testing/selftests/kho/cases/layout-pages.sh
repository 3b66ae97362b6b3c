# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
# Hundreds of MiB of single pages, on several nodes and processors.
title="single pages that follow each other"
mem=2G
cpus=4
nodes=2
append="kho=on kho_poison=on test_kho_layout.preserve=0:1:768M test_kho_layout.fill=1"
kernels="small debug"
allow='WARNING: CPU: .* topology_sane'

hop0()
{
	layout_made
	jump
}

hop1()
{
	layout_taken_back
	check "CmaTotal shows scratch" cma_is_scratch
}
