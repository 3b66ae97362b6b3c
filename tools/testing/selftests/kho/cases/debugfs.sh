# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
# Files and modes of spec section 11.
title="debugfs: content"

hex_lines() { grep -q . "$1" && ! grep -vqE '^0x[0-9a-f]+$' "$1"; }
mode() { stat -c %a "$1"; }

hop0()
{
	check "out/scratch_phys" hex_lines $kho/out/scratch_phys
	check "out/scratch_len" hex_lines $kho/out/scratch_len
	is "as many lengths as addresses" "$(wc -l <$kho/out/scratch_len)" \
		"$(wc -l <$kho/out/scratch_phys)"
	is "out/fdt is a flattened tree" "$(hexdump -n 4 -e '4/1 "%02x"' $kho/out/fdt)" d00dfeed
	is "mode" "$(mode $kho/out/scratch_phys)" 400
	is "kexec-metadata" "$(wc -c <$kho/out/sub_fdts/kexec-metadata)" 73
	is "kho_test" "$(hexdump -n 4 -e '4/1 "%02x"' $kho/out/sub_fdts/kho_test)" d00dfeed
	check "no in/" test ! -e $kho/in
	must "preserve" ctl preserve
	is "a new sub-tree appears" "$(head -c 8 $kho/out/sub_fdts/kho_store)" khostore
	must "unpreserve" ctl unpreserve
	check "and disappears" test ! -e $kho/out/sub_fdts/kho_store
	must "preserve" ctl preserve
	jump
}

hop1()
{
	is "in/fdt is a flattened tree" "$(hexdump -n 4 -e '4/1 "%02x"' $kho/in/fdt)" d00dfeed
	is "mode" "$(mode $kho/in/fdt)" 400
	is "in/sub_fdts" "$(find $kho/in/sub_fdts -type f | sed "s|.*/||" | sort | tr '\n' ' ')" \
		"kexec-metadata kho-timeline kho_store kho_test "
	check "no out/fdt after a handover" test ! -e $kho/out/fdt
	check "out/scratch_phys" hex_lines $kho/out/scratch_phys
	is "kexec-metadata" "$(wc -c <$kho/out/sub_fdts/kexec-metadata)" 73
}
