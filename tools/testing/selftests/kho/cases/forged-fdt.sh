# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
# Every damage of khoforge, one hop each: a message and a normal boot.
archs=x86_64
title="forged root FDT: refused"
limit=400

hop0() { forge_next '^fdt-'; }

hop()
{
	forgery_refused
	forge_next '^fdt-'
}
