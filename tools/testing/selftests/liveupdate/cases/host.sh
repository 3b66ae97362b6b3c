# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
# What run-host does on machines: skipped, on a cold boot, and after a jump.
title="tests that need no jump"
append="kho=on"

hop0()
{
	is "without liveupdate=on it is said why they are skipped" \
		"$(host | sed -n 's/^1..0 # SKIP \(no [^:]*: boot with [^,]*\),.*/\1/p')" \
		"no /dev/liveupdate: boot with kho=on liveupdate=on"
	jump kho=on liveupdate=on
}

hop1()
{
	run_host
	jump
}

hop2() { run_host; }
