# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
# Gigantic pages are found on a boot after a handover too, and never in scratch.
title="gigantic pages of the command line"
mem=5G
kernels_arm64="small 16k"
append="kho=on hugepagesz=1G hugepages=2"
# Those of 32 MiB are gigantic with base pages of 4 KiB.
[ "${ARCH:-}" != arm64 ] || append="$append hugepagesz=32M hugepages=8"

# medium: those of 32 MiB, if there are any.
medium()
{
	[ "$(uname -m)" != aarch64 ] || is "and eight of 32 MiB" "$(huge 32m nr)" 8
}

hop0()
{
	is "two pages after a cold boot" "$(gigantic)" 2
	medium
	store_data 24M
	jump
}

hop1()
{
	is "two pages after a handover" "$(gigantic)" 2
	medium
	check "CmaTotal shows scratch" cma_is_scratch
	take_back
}
