# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
# Who retrieves a file is charged for its huge pages, until it is closed.
title="huge pages are charged to the cgroup that retrieves them"
mem=1G
limit=300
archs=x86_64
kernels=debug
append="kho=on liveupdate=on hugepages=16"

group=/cg/test

# charged: bytes that are charged to the group.
charged() { cat $group/hugetlb.2MB.current; }

# run COMMAND...: in the group.
run() { sh -c "echo \$\$ >$group/cgroup.procs; exec \"\$@\"" sh "$@"; }

group_made()
{
	mkdir -p /cg
	must "mount cgroup2" mount -t cgroup2 none /cg
	must "controller" sh -c 'echo +hugetlb >/cg/cgroup.subtree_control'
	must "group" mkdir $group
}

hop0()
{
	group_made
	must "luohuge put" run luohuge put files 1 2m:6:1 2m:4:2
	is "charged for ten pages" "$(charged)" $((10 << 21))
	jump
}

hop1()
{
	group_made
	is "charged for nothing" "$(charged)" 0
	must "limit" sh -c "echo $((4 << 21)) >$group/hugetlb.2MB.max"
	export LUOHUGE_LIMIT=$group/hugetlb.2MB.max
	must "luohuge get" run luohuge get files 1 2m:6:1 2m:4:2
	is "charged for ten pages" "$(charged)" $((10 << 21))
	stop luohuge
	is "charged for nothing" "$(charged)" 0
	is "pool" "$(huge 2m nr) $(huge 2m free)" "16 16"
}
