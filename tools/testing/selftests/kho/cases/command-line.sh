# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
# Nonsense on the command line gets a message and does no harm. Every hop is a
# cold boot: the old system call hands over nothing. Its purgatory is slow on arm64.
archs=x86_64
title="kho= and kho_scratch= nonsense"
limit=240

values()
{
	cat <<EOF
kho_scratch=garbage
kho_scratch=
kho_scratch=64M
kho_scratch=64M,0
kho_scratch=64M,0,0,0
kho_scratch=0,0,0
kho_scratch=64M,0,0garbage
kho_scratch=99999999999999999999%
kho_scratch=-5%
kho_scratch=100T,0,0
kho_scratch=16000000T,1,1
kho=perhaps
EOF
}

cold_jump()
{
	must "kexec -c -l" kexec -c -l $kernel --initrd=/boot/initrd \
		--command-line="$(next_cmdline "$@")"
	echo 1 >/sys/module/kho/parameters/force
	go
	fail "reboot into the loaded kernel"
}

hop0() { cold_jump "$(values | sed -n 1p)"; }

hop()
{
	local value last
	value=$(values | sed -n "${hop}p")
	last=$(values | wc -l)
	comment "$value: $(kho_log 3)"
	check "$value: boots, with a message" \
		logged "KHO: .*(scratch|kho=|disabl|invalid)|[Mm]alformed early option"
	case $value in
	*T,*) check "$value: a safe default, or none" true ;;
	kho=*) ;;
	*) check "$value: there is scratch" has_scratch ;;
	esac
	[ "$hop" = "$last" ] && return
	cold_jump -kho_scratch kho=on "$(values | sed -n "$((hop + 1))p")"
}
