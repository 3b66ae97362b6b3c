# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
# Asking beforehand, and memory preserved after the image was loaded.
title="debugfs: ready"

ready() { head -n 1 $kho/out/ready; }

hop0()
{
	comment "nothing loaded: $(ready)"
	check "nothing loaded: not ready" grep -q '^not ready: ' $kho/out/ready
	must "kexec -s -l" load
	is "loaded: ready" "$(ready)" ready
	store_data 24M
	is "still ready" "$(ready)" ready
	comment "$(sed 1d $kho/out/ready | tr '\n' ';')"
	check "what would be handed over" grep -q kho_store $kho/out/ready
	kexec -s -u
	check "unloaded: not ready" grep -q '^not ready: ' $kho/out/ready
	must "kexec -s -l" load
	go
	fail "reboot into the loaded kernel"
}

hop1() { take_back; }
