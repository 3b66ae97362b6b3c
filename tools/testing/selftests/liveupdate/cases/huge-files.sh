# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
title="files of huge pages come back as they were"
mem=6G
limit=300
append="kho=on liveupdate=on hugepagesz=1G hugepages=2 hugepagesz=2M hugepages=64"

files="2m:8:1 2m:5:0 2m:7:3 2m-size:4:1 2m-seal:4:2 2m-write:3:1 2m-fs:6:2"
gigantic_files="1g:1:1 1g-fs:1:0"

mount_all()
{
	mkdir -p /huge-2m /huge-1g
	mount -t hugetlbfs -o pagesize=2M none /huge-2m
	mount -t hugetlbfs -o pagesize=1G none /huge-1g
}

hop0()
{
	mount_all
	must "luohuge put" luohuge put files 1 $files
	must "luohuge put, gigantic" luohuge put gigantic 1 $gigantic_files
	jump
}

hop1()
{
	check "luohuge get" luohuge get files 1 $files
	check "luohuge get, gigantic" luohuge get gigantic 1 $gigantic_files
}
