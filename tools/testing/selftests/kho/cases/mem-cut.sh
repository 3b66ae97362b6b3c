# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
# mem= takes scratch away, in which the kernel and its initrd lie: these two come
# back, the handover does not.
title="a successor without its scratch boots, but without a handover"
mem=1G

hop0()
{
	store_data 24M
	force mem=200M
}

hop1()
{
	comment "$(kho_log 3)"
	check "no handover" no_handover
	check "a message" logged 'KHO: handover dropped: scratch area beyond mem='
	check "this kernel can hand over" has_scratch
}
