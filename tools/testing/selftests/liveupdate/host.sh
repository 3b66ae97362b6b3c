# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
# Sessions and files on one kernel, without a jump: what is preserved here is given
# up again. See kho/guest/host.

# cannot: why these tests cannot be run here.
cannot()
{
	if [ ! -d /sys/module/kho ]; then
		echo "this kernel, $(uname -r), has no CONFIG_KEXEC_HANDOVER"
	elif [ ! -c /dev/liveupdate ]; then
		echo "no /dev/liveupdate: boot with kho=on liveupdate=on, with CONFIG_LIVEUPDATE"
	elif ! (: </dev/liveupdate) 2>/dev/null; then
		echo "/dev/liveupdate cannot be opened: does a process have it open?"
	elif ! command -v luoerr >/dev/null; then
		echo "the programs are not built: run make in tools/testing/selftests"
	fi
}

host_tests()
{
	check "luorights" luorights
	check "luoerr host" luoerr host
	check "luofiles host" luofiles host 1
}
