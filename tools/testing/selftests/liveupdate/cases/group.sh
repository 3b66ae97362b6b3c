# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
# A low limit costs no file, and nobody; nor does who was killed for another reason.
title="memfds are retrieved in a cgroup that may have less"
archs=x86_64
kernels=debug
limit=300
append="kho=on liveupdate=on"

group=/cg/test

group_made()
{
	mkdir -p /cg
	must "mount cgroup2" mount -t cgroup2 none /cg
	must "controller" sh -c 'echo +memory >/cg/cgroup.subtree_control'
	must "group" mkdir $group
}

hop0()
{
	must "luogroup put" luogroup put
	jump
}

hop1()
{
	group_made
	check "luogroup limited" luogroup limited $group
	stop luogroup
	must "luogroup put" luogroup put
	jump
}

hop2()
{
	group_made
	check "luogroup killed" luogroup killed $group
}
