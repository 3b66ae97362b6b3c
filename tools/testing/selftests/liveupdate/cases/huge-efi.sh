# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
# What is memory comes from the firmware, again in each kernel.
title="files of huge pages with UEFI firmware"
efi=y
mem=5G
limit=300
append="kho=on liveupdate=on hugepagesz=1G hugepages=2 hugepagesz=2M hugepages=16"

files="1g:1:1 2m:5:2"

pools()
{
	is "pools" "$(huge 1g nr) $(huge 1g free) $(huge 2m nr) $(huge 2m free)" \
		"2 1 16 11"
}

hop0()
{
	check "booted by UEFI" test -d /sys/firmware/efi
	must "luohuge put" luohuge put files 0 $files
	pools
	jump
}

hop1()
{
	pools
	must "luohuge next" luohuge next files 0 $files
	jump
}

hop2()
{
	pools
	must "luohuge get" luohuge get files 1 $files
}
