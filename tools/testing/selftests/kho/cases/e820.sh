# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
# A memory map that boot_params cannot hold would be cut: kernel 1 gets more than
# 128 entries by a node of type SETUP_E820_EXT.
archs=x86_64
title="a truncated memory map is refused"

hop0()
{
	echo 1 >/sys/module/kho/parameters/force
	must "forge a memory map" khoforge $kernel /boot/initrd \
		"$(next_cmdline)" e820-many
	go
	fail "reboot into the loaded kernel"
}

hop1()
{
	check "more than 128 ranges" [ "$(dmesg | grep -c 'extended: \[mem')" -gt 128 ]
	store_data 24M
	if load; then
		comment "ready: $(head -n 1 $kho/out/ready)"
		check "ready says no" grep -q '^not ready: ' $kho/out/ready
		refused "jump" kexec -e -x
	else
		ok "kexec -s -l refuses"
	fi
	comment "$(kho_log)"
	check "the log says why" logged 'KHO: .*(e820|memory map)'
	check "everything goes on" ctl verify
}
