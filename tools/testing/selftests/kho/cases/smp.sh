# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
title="four processors"
mem=1G
cpus=4

hop0()
{
	store_data 96M
	jump
}

hop1()
{
	is "processors" "$(grep -c ^processor /proc/cpuinfo)" 4
	take_back
}
