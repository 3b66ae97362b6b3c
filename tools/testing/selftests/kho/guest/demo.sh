# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
# The guest's side of the demo: a case whose files come from a second disk.
# Lines "kst: demo TEXT" are shown by the host.

tell() { say "demo kernel $((hop + 1)): $*"; }
mib() { echo $(($1 / 1048576)) MiB; }
stored_bytes() { awk '{ n += $2 } END { print n }' $store/list; }
free_kib() { sed -n 's/^MemFree: *\([0-9]*\).*/\1/p' /proc/meminfo; }

hop0()
{
	local f scratch parts
	scratch=$(areas | awk '{ n += $2 - $1 } END { print n }')
	tell "Linux $(uname -r) is up; $(mib "$scratch") are scratch for the next kernel"

	mkdir /data
	(cd /data && cpio -id </dev/vdb 2>/dev/null)
	cd /data || fail "no data"
	must "the files are as on the host" sha256sum -c SHA256SUMS
	tell "read $(wc -l <SHA256SUMS) files of kernel source from disk, sha256 is right"
	for f in *; do
		must "store $f" put $f mixed $f
	done
	cd /
	rm -r /data
	must "preserve" ctl preserve
	parts=$(awk '{ n += $4 } END { print n }' $store/list)
	tell "$(mib "$(stored_bytes)") now lie in preserved memory:" \
		"$parts folios, page ranges, vmalloc areas and blobs"
	must "kexec -s -l" load
	tell "kexec -s -l took the next kernel; $kho/out/ready says: $(head -n 1 $kho/out/ready)"
	rm -f /boot/*
	tell "jump"
	go
	fail "reboot into the loaded kernel"
}

hop1()
{
	local before
	tell "Linux $(uname -r) is up"
	must "this is a boot with a handover" kho_boot
	tell "$(dmesg | sed -n 's/.*KHO: \(exec from\)/\1/p');" \
		"$(dmesg | sed -n 's/.*test_kho: \(KHO restore.*\)/\1/p')"
	before=$(free_kib)
	must "overwrite free memory" scramble
	tell "overwrote all memory that it believes free, $((before / 1024)) MiB," \
		"to prove that nothing of ours is among it"
	must "restore" ctl restore
	tell "took back $(wc -l <$store/list) files, $(mib "$(stored_bytes)"), in place"
	cd $store/get || fail "no files"
	must "every byte is as it was" sha256sum -c SHA256SUMS
	tell "read every byte: sha256 of all $(wc -l <SHA256SUMS) files is right"
	say "demo-sums $(sha256sum <SHA256SUMS | cut -d' ' -f1)"
	cd /
	must "free" ctl free
	tell "gave the memory back: $((($(free_kib) - before) / 1024)) MiB more are free"
}
