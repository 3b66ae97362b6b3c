# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
# Folios of 2 MiB with holes of 2 MiB between them.
title="every other folio of 2 MiB is preserved"
mem=2G
cpus=2
append="kho=on kho_poison=on test_kho_layout.preserve=9:1024:512M test_kho_layout.fill=1"

hop0()
{
	layout_made
	jump
}

hop1() { layout_taken_back; }
