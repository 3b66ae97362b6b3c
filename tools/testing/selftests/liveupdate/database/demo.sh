# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
# The guest's side of the demo: a database, and the memory of a virtual machine,
# that outlive the kernel.

pool=/sys/kernel/mm/hugepages/hugepages-1048576kB

tell() { say "demo kernel $((hop + 1)): $*"; }

tell_pool()
{
	tell "pool of pages of 1 GiB: $(cat $pool/nr_hugepages)," \
		"$(cat $pool/free_hugepages) of them free; $1"
}

# write MODE SECONDS: let luodb write for some time.
write()
{
	luodb $1 &
	sleep $2
	kill -TERM $!
	wait $! || fail "luodb $1"
}

hop0()
{
	tell "Linux $(uname -r) is up, boot $(cut -c1-8 /proc/sys/kernel/random/boot_id)"
	must "luoram new 2" luoram new 2
	tell_pool "the guest uses them"
	write new 4
	must "kexec -s -l" load
	tell "kexec -s -l took the next kernel; $kho/out/ready says: $(head -n 1 $kho/out/ready)"
	tell "jump"
	go
	fail "reboot into the loaded kernel"
}

hop1()
{
	tell "Linux $(uname -r) is up, boot $(cut -c1-8 /proc/sys/kernel/random/boot_id)"
	must "this is a boot with a handover" kho_boot
	tell "$(dmesg | sed -n 's/.*luo: \(Retrieved.*\)/\1/p')"
	tell_pool "those that were handed over are in use"
	must "luoram continue" luoram continue
	write continue 4
}
