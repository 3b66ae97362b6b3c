# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
# Every damage of khoforge, one hop each: a message and a normal boot. What is
# preserved twice costs only the block that lies in the other.
archs=x86_64
title="forged preserved-memory tree: refused"
limit=400

hop0() { forge_next '^tree-'; }

hop()
{
	case $(word kst.damage) in
	tree-key-overlap)
		check "tree-key-overlap: the rest is handed over" kho_boot
		check "tree-key-overlap: a message" logged 'KHO: .*preserved twice'
		;;
	*)
		forgery_refused
		;;
	esac
	forge_next '^tree-'
}
