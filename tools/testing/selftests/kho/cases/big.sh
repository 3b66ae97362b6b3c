# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
# 8 GiB of memory; scratch must not be all there is to boot from.
title="8 GiB of memory, 1 GiB handed over"
mem=8G
cpus=2
limit=300

hop0()
{
	must "store" ctl "fill data mixed 960M"
	must "store: scattered" ctl "fill pages scatter 64M"
	must "preserve" ctl preserve
	jump
}

hop1()
{
	take_back
	check "all of it can be freed" ctl free
}
