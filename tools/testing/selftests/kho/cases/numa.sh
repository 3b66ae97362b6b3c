# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
title="two NUMA nodes"
# QEMU has both nodes in one package.
allow='topology_sane'
mem=1G
cpus=2
nodes=2
kernels="small debug"
kernels_arm64="small 16k"

hop0()
{
	check "two nodes" test -d /sys/devices/system/node/node1
	is "an area per node and two more" "$(wc -l <$kho/out/scratch_phys)" 4
	store_data 96M
	jump
}

hop1()
{
	take_back
	must "preserve again" ctl preserve
	jump
}

hop2() { take_back; }
