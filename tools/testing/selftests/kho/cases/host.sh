# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
# What run-host does on machines: skipped, on a cold boot, and after a jump.
title="tests that need no jump"
append=
kernels="small debug"

hop0()
{
	is "without kho=on it is said why they are skipped" \
		"$(host | sed -n 's/^1..0 # SKIP \(no [^:]*: boot with [^,]*\),.*/\1/p')" \
		"no $kho: boot with kho=on"
	jump kho=on
}

hop1()
{
	run_host
	jump
}

hop2() { run_host; }
