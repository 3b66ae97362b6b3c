# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
# The next kernel has no live update: pages stay where they are, protected.
title="huge pages are handed over to a kernel without live update"
mem=5G
limit=300
append="kho=on liveupdate=on hugepagesz=1G hugepages=1 hugepagesz=2M hugepages=16"

hop0()
{
	must "luohuge put" luohuge put files 1 2m:8:1 1g:1:64
	force -liveupdate "kst.total=$(mem_total_kib)"
}

hop1()
{
	check "no device" test ! -e /dev/liveupdate
	is "pools" "$(huge 1g nr) $(huge 2m nr)" "1 16"
	at_least "what was handed over is not free" \
		$(($(word kst.total) - $(mem_total_kib))) $((1 << 20))
	must "use all free memory" ctl "fill data mixed 128M"
	jump liveupdate=on
}

hop2()
{
	is "device" "$(stat -c '%a' /dev/liveupdate)" 600
	is "pools" "$(huge 1g nr) $(huge 2m nr)" "1 16"
	must "luohuge put" luohuge put files 2 2m:8:1 1g:1:64
	jump
}

hop3() { must "luohuge get" luohuge get files 2 2m:8:1 1g:1:64; }
