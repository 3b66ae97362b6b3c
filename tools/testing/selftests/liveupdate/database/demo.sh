# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
# The guest's side of the demo: a database that outlives the kernel.

tell() { say "demo kernel $((hop + 1)): $*"; }

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
	write continue 4
}
