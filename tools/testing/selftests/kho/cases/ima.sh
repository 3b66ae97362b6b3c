# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
# The list of measurements of IMA travels beside a handover, in scratch, where the
# next kernel must not allocate before it knows. On arm64 only the device tree's list
# of reserved memory tells of it.
title="measurements of IMA survive together with what is preserved"
list=/sys/kernel/security/ima/ascii_runtime_measurements

measure()
{
	local i
	mount -t securityfs none /sys/kernel/security &&
		echo "measure func=FILE_CHECK mask=MAY_READ uid=0" \
			>/sys/kernel/security/ima/policy || return 1
	mkdir /tmp/ima
	for i in $(seq 1000); do
		echo $i >/tmp/ima/$i
		cat /tmp/ima/$i >/dev/null
	done
}

# measured: what IMA has of our files, as one hash.
measured() { grep /tmp/ima/ $list | sha256sum | cut -d' ' -f1; }

hop0()
{
	must "measure 1000 files" measure
	is "all of them are in the list" "$(grep -c /tmp/ima/ $list)" 1000
	store_data 24M
	jump "kst.sum=$(measured)"
}

hop1()
{
	mount -t securityfs none /sys/kernel/security
	refused "nothing of the list is lost" logged 'ima: .*[Ff]ailed'
	is "the list is as it was" "$(measured)" "$(word kst.sum)"
	take_back
}
