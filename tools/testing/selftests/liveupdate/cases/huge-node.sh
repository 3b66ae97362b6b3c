# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
title="huge pages of nodes"
# KASLR knows nothing of pools of nodes. QEMU has both nodes in one package.
allow='topology_sane'
mem=8G
cpus=2
nodes=2
limit=300
append="kho=on liveupdate=on nokaslr"
append="$append hugepagesz=1G hugepages=0:1,1:2 hugepagesz=2M hugepages=0:8,1:12"

# node N SIZE NR FREE: what the counters of the node's pool say.
node()
{
	is "node $1: huge pages of $2, free" "$(huge $2 nr $1) $(huge $2 free $1)" \
		"$3 $4"
}

hop0()
{
	LUOHUGE_NODE=1
	export LUOHUGE_NODE
	must "luohuge put, node 1" luohuge put one 1 2m:7:1 1g:1:1
	LUOHUGE_NODE=0
	must "luohuge put, node 0" luohuge put zero 1 2m:3:1
	jump
}

pools()
{
	node 0 2m 8 "$1"
	node 1 2m 12 "$2"
	node 0 1g 1 1
	node 1 1g 2 "$3"
}

hop1()
{
	pools 5 5 1
	must "luohuge get, node 1" luohuge get one 1 2m:7:1 1g:1:1
	must "luohuge get, node 0" luohuge get zero 1 2m:3:1
	pools 5 5 1
	stop luohuge
	pools 8 12 2
}
