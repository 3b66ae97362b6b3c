# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
# The guest's side of the measurement.

hop0()
{
	must "luobench put" luobench put $(word luobench | tr , " ")
	jump
}

hop1() { must "luobench get" luobench get $(word luobench | tr , " "); }
