# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
# What khoforge makes without damage is taken; so is a handover with a damaged
# blob, whose user complains.
archs=x86_64
title="forged blobs: only they are refused"

hop0() { forge_next '^valid\|^blob-'; }

hop()
{
	local damage
	damage=$(word kst.damage)
	comment "$damage: $(kho_log 3)"
	check "$damage: a handover" kho_boot
	check "$damage: all free memory is overwritten" scramble
	check "$damage: the preserved page is as it was" khomem check 0x8400000 4096 0xa7
	forge_next '^valid\|^blob-'
}
