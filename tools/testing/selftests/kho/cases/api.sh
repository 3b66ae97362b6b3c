# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
# Calls of the in-kernel API that must be refused.
title="misuse of the API is refused"
kernels="small debug"
# Restoring what was not handed over warns once.
allow='WARNING: CPU: .* at .*(kernel/liveupdate|lib/test_kho_refuse)'

results()
{
	cat $store/refuse >/tmp/refuse || not_ok "reading refuse"
	sed 's/^\(not ok\|ok\) /\1 - /' /tmp/refuse | while read -r line; do say "$line"; done
}

hop0()
{
	results
	jump
}

hop1()
{
	must "this is a boot with a handover" kho_boot
	results
}
