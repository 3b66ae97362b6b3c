# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2154
# What cases use in the guest: results, command lines, kexec, the store.
#
# A result is a line "kst: ok - TEXT" or "kst: not ok - TEXT" in the kernel
# log; the host (run-all) makes KTAP of these. "kst: done" ends a case. With
# KST_LOG these lines go to that file instead.

kho=/sys/kernel/debug/kho
store=/sys/kernel/debug/kho_store
kernel=$(echo /boot/*Image)

say() { echo "kst: $*" >>"${KST_LOG:-/dev/kmsg}"; }
comment() { say "# $*"; }
ok() { say "ok - $*"; }
not_ok() { say "not ok - $*"; }

finish()
{
	say "done"
	poweroff -f
}

# fail TEXT: the case cannot go on.
fail()
{
	not_ok "$*"
	finish
}

# check TEXT COMMAND...: the command succeeds.
check()
{
	local text=$1 output
	shift
	if output=$("$@" 2>&1); then
		ok "$text"
		return 0
	fi
	not_ok "$text"
	comment "failed: $*: $output"
	return 1
}

# must TEXT COMMAND...: as check, but the case ends if it fails.
must() { check "$@" || finish; }

# refused TEXT COMMAND...: the command fails.
refused()
{
	local text=$1
	shift
	if "$@" >/dev/null 2>&1; then
		not_ok "$text"
		return 1
	fi
	ok "$text"
}

# is TEXT VALUE EXPECTED
is()
{
	if [ "$2" = "$3" ]; then
		ok "$1"
		return 0
	fi
	not_ok "$1"
	comment "got '$2', expected '$3'"
	return 1
}

# word NAME: the value of NAME=VALUE on the command line.
word() { tr ' ' '\n' </proc/cmdline | sed -n "s/^$1=//p" | tail -n 1; }

# logged REGEX: the kernel said so.
logged() { dmesg | grep -v 'kst:' | grep -qE "$1"; }

# kho_log [N]: its last N (1) lines about KHO, as one.
kho_log()
{
	dmesg | grep -v kst: | grep -i 'KHO: \|early option.*kho' | tail -n "${1:-1}" |
		sed 's/^[^]]*] *//' | tr '\n' ';'
}

# next_cmdline WORD...: this kernel's command line for the next hop. A word
# NAME=VALUE replaces what was said of NAME, -NAME only removes it.
next_cmdline()
{
	local line w name
	line=" $(cat /proc/cmdline) "
	for w in "kst.hop=$((hop + 1))" "$@"; do
		name=${w#-}
		name=${name%%=*}
		line=$(echo "$line" | sed "s/ $name\(=[^ ]*\)\? / /g")
		case $w in
		-*) ;;
		*) line="$line$w " ;;
		esac
	done
	# shellcheck disable=SC2086	# split, to be joined by single spaces
	echo $line
}

# load WORD...: what mainline's users do.
load()
{
	kexec -s -l $kernel --initrd=/boot/initrd \
		--command-line="$(next_cmdline "$@")"
}

# go: jump. Comes back only when the kernel refuses.
go()
{
	comment "jump at $(cut -d' ' -f1 /proc/uptime) s"
	kexec -e -x
}

# jump WORD...: load and go, which must work.
jump()
{
	must "kexec -s -l" load "$@"
	go
	comment "$(dmesg | grep -v kst: | tail -n 3)"
	fail "reboot into the loaded kernel"
}

# force WORD...: jump, although the handover is lost or cannot be found there.
force()
{
	must "kho.force=1" sh -c 'echo 1 >/sys/module/kho/parameters/force'
	jump "$@"
}

# stays TEXT REGEX: the kernel that is loaded is not jumped to, ready and the log say
# why, and nothing is lost.
stays()
{
	comment "ready: $(head -n 1 $kho/out/ready)"
	check "$1: ready says why" grep -qE "^not ready: .*$2" $kho/out/ready
	refused "$1: jump" kexec -e -x
	comment "$(kho_log)"
	check "$1: so does the log, with what to do" \
		logged "KHO: kexec refused.*$2.*\. kho.force=1 jumps all the same"
}

# take_support_out IMAGE: it looks like that of a kernel without handover.
take_support_out()
{
	case $(uname -m) in
	x86_64) bzpatch "$1" 0x80000009 ;;
	aarch64) imgpatch "$1" ;;
	esac
}

# run_host: the tests that need no jump, as on any machine.
run_host()
{
	local rc=0
	host >/tmp/host || rc=$?
	sed -n 's/^\(ok\|not ok\) [0-9]* /\1 - /p; /^# /p' /tmp/host |
		while read -r line; do say "$line"; done
	is "host: exit code" $rc 0
}

kho_boot() { [ -e $kho/in/fdt ]; }
no_handover() { ! kho_boot && ! dmesg | grep -q 'KHO: exec from'; }

ctl() { echo "$*" >$store/ctl; }
scramble() { echo 1 >$store/scramble; }

# store_data SIZE: some memory of every kind, and single pages with free neighbours.
store_data()
{
	must "store $1 in memory of every kind" ctl "fill data mixed $1"
	must "store 4 MiB in scattered pages" ctl "fill pages scatter 4M"
	must "preserve it" ctl preserve
}

# put NAME KIND FILE: a file into the store.
put() { { echo "$1 $2"; cat "$3"; } >$store/put; }

# take_back: overwrite what is free, restore, compare all of it.
take_back()
{
	must "this is a boot with a handover" kho_boot
	check "all free memory is overwritten" scramble
	check "the files are restored" ctl restore
	check "every byte is as it was" ctl verify
}

# load_crash: the crash kernel, and crash: into it.
load_crash()
{
	check "memory for a crash kernel" grep -q 'Crash kernel' /proc/iomem
	must "kexec -s -p" kexec -s -p $kernel --initrd=/boot/initrd \
		--command-line="$(next_cmdline -crashkernel)"
}

crash()
{
	comment "crash"
	echo c >/proc/sysrq-trigger
	fail "crash"
}

# crashed: this is the crash kernel, and it works.
crashed()
{
	check "no handover in the crash kernel" no_handover
	check "nothing for a next kernel" test ! -e $kho/out/fdt
	check "/proc/vmcore" test -s /proc/vmcore
}

# areas: "START END" of each scratch area that is not empty, in decimal.
areas()
{
	local addr len
	exec 3<$kho/out/scratch_phys 4<$kho/out/scratch_len
	while read -r addr <&3 && read -r len <&4; do
		[ $((len)) -eq 0 ] || echo "$((addr)) $((addr + len))"
	done
	exec 3<&- 4<&-
}

has_scratch() { [ -n "$(areas 2>/dev/null)" ]; }

# in_scratch START END: some area contains [START, END).
in_scratch()
{
	local a e
	areas | {
		while read -r a e; do
			if [ "$a" -le $(($1)) ] && [ $(($2)) -le "$e" ]; then
				return 0
			fi
		done
		return 1
	}
}

# outside_scratch START END: no area has a byte of [START, END).
outside_scratch()
{
	local a
	for a in $(areas | tr ' ' ,); do
		if [ "$1" -lt "${a#*,}" ] && [ "${a%,*}" -lt "$2" ]; then
			return 1
		fi
	done
}

# kernel_start: where the running kernel lies.
kernel_start() { sed -n 's/^ *\([0-9a-f]*\)-.*: Kernel code/0x\1/p' /proc/iomem; }

kernel_in_scratch()
{
	# shellcheck disable=SC2046	# two numbers
	set -- $(sed -n 's/^ *\([0-9a-f]*\)-\([0-9a-f]*\) : Kernel code/0x\1 0x\2/p' /proc/iomem)
	in_scratch "$1" "$2"
}

mem_total_kib() { sed -n 's/^MemTotal: *\([0-9]*\).*/\1/p' /proc/meminfo; }
page_kib() { awk '/KernelPageSize/ { print $2; exit }' /proc/self/smaps; }

# no_page_lost KIB: MemTotal is the KIB of an earlier kernel. Where KASLR puts a
# kernel decides how many page tables it and the linear map need: up to three
# more or less were seen, and one per hop is more than eight after ten.
no_page_lost()
{
	check "MemTotal is $1 KiB or less than nine pages below it" \
		[ "$(mem_total_kib)" -ge $(($1 - 8 * $(page_kib))) ]
}

# stop NAME: end all processes of that name. Their files are closed when they are
# zombies.
stop()
{
	local pid pids
	pids=$(pidof "$1")
	must "there is a process $1" kill $pids
	for pid in $pids; do
		while grep -qs '^State:.[^XZ]' "/proc/$pid/status"; do sleep 0.1; done
	done
}

# forge_next REGEX: with the hop-th damage of that name, jump to the next hop.
# Comes back when there are no more.
forge_next()
{
	local name
	name=$(khoforge --list "" | grep "$1" | sed -n "$((hop + 1))p")
	[ -n "$name" ] || return 0
	echo 1 >/sys/module/kho/parameters/force
	must "forge: $name" khoforge $kernel /boot/initrd \
		"$(next_cmdline "kst.damage=$name")" "$name"
	go
	fail "reboot into the loaded kernel"
}

# forgery_refused: the damage is told, and ignored.
forgery_refused()
{
	local damage
	damage=$(word kst.damage)
	comment "$damage: $(kho_log 3)"
	check "$damage: no handover" no_handover
	check "$damage: a message" logged 'KHO: '
	check "$damage: this kernel can hand over" has_scratch
}

# layout_made: the layout client preserved what its parameter says.
layout_made()
{
	must "the layout is preserved" logged 'test_kho_layout: preserved [0-9]* folios'
	comment "$(dmesg | sed -n 's/.*test_kho_layout: //p' | tail -n 1)"
}

# layout_taken_back: this kernel's layout client found all of it unchanged.
layout_taken_back()
{
	must "this is a boot with a handover" kho_boot
	comment "$(dmesg | sed -n 's/.*KHO: \(.*found free.*\)/\1/p')"
	refused "kho_poison= is not unknown to this kernel" \
		logged 'Unknown kernel command line parameters.*kho_poison'
	comment "$(dmesg | sed -n 's/.*test_kho_layout: //p' | tr '\n' ';')"
	check "every byte is as it was" logged 'test_kho_layout: verified [0-9]* folios'
	check "all of it is restored" logged 'test_kho_layout: restored [0-9]* folios'
	check "all of it is freed" logged 'test_kho_layout: freed [0-9]* folios'
	check "nothing is unclaimed but what is kept for ever" unclaimed_few
}

# unclaimed_few: the root FDT, the metadata, the times, and a blob at most.
unclaimed_few()
{
	[ "$(sed -n 's/^unclaimed: \([0-9]*\) pages/\1/p' $kho/in/memory)" -le 4 ]
}

cma_total_kib() { sed -n 's/^CmaTotal: *\([0-9]*\).*/\1/p' /proc/meminfo; }

# cma_is_scratch: CmaTotal shows the scratch areas.
cma_is_scratch()
{
	local a e kib=0
	for a in $(areas | tr ' ' ,); do
		e=${a#*,}
		kib=$((kib + (e - ${a%,*}) / 1024))
	done
	[ "$(cma_total_kib)" = $kib ]
}

# found_percent: how much of memory the digest found free early.
found_percent()
{
	local kib
	kib=$(sed -n 's/^free early: \([0-9]*\) KiB.*/\1/p' $kho/in/memory)
	echo $((kib * 100 / $(mem_total_kib)))
}

# huge SIZE WHAT [NODE]: what the counter WHAT_hugepages of a pool says, on a node.
# SIZE is a number and k, m or g.
huge()
{
	local dir=/sys/kernel/mm kib=${1%?}
	[ -z "$3" ] || dir=/sys/devices/system/node/node$3
	case $1 in
	*m) kib=$((kib << 10)) ;;
	*g) kib=$((kib << 20)) ;;
	esac
	cat "$dir/hugepages/hugepages-${kib}kB/$2_hugepages"
}

# gigantic [NODE]: how many pages of 1 GiB the pool has, on a node.
# shellcheck disable=SC2120	# cases do
gigantic() { huge 1g nr "$1"; }

# huge_in_scratch: how many base pages of scratch are in hugetlb pages.
huge_in_scratch()
{
	local start end sum=0
	for start in $(areas | tr ' ' ,); do
		end=${start#*,}
		sum=$((sum + $(khohuge "${start%,*}" "$end")))
	done
	echo $sum
}

# at_least TEXT VALUE LEAST
at_least()
{
	if [ "$2" -ge "$3" ]; then
		ok "$1"
		return 0
	fi
	not_ok "$1"
	comment "got $2, expected at least $3"
	return 1
}

# about TEXT VALUE EXPECTED: not more than a percent apart.
about()
{
	local apart=$(($2 - $3))
	if [ "${apart#-}" -le $(($3 / 100)) ]; then
		ok "$1"
		return 0
	fi
	not_ok "$1"
	comment "got $2, expected about $3"
	return 1
}

# gigantic_note WORD...: jump to a kernel that compares with this one.
gigantic_note()
{
	jump "kst.pages=$(gigantic)" \
		"kst.threads=$(cat /proc/sys/kernel/threads-max)" "$@"
}

# gigantic_compare: as many pages as were noted less one.
gigantic_compare()
{
	comment "$(gigantic) pages, noted $(word kst.pages)"
	at_least "as many gigantic pages as without KHO, less at most one" \
		"$(gigantic)" $(($(word kst.pages) - 1))
	is "none of them is in scratch" "$(huge_in_scratch)" 0
}

# threads_compare: estimates of free memory are those of the kernel that noted.
threads_compare()
{
	about "threads-max is that without KHO" \
		"$(cat /proc/sys/kernel/threads-max)" "$(word kst.threads)"
}
