# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
# Sessions need liveupdate=on in the next kernel; and who asked whether it is ready
# is told if they are gone at the jump.
title="sessions that the next kernel would lose, or that are gone"
append="kho=on liveupdate=on"

hop0()
{
	must "load without liveupdate=" load -liveupdate
	is "no session: ready" "$(head -n 1 $kho/out/ready)" ready
	must "luofiles put" luofiles put 3
	stays "no liveupdate=" "load it again with liveupdate=on"
	must "load" load
	is "ready" "$(head -n 1 $kho/out/ready)" ready
	comment "$(grep sessions $kho/out/ready)"
	check "it counts sessions" grep -q '^sessions: [1-9]' $kho/out/ready
	jump
}

hop1()
{
	check "luofiles get" luofiles get 3
	must "luofiles put" luofiles put 4
	must "fill the store" ctl "fill data mixed 8M"
	must "preserve it" ctl preserve
	must "load" load
	is "ready" "$(head -n 1 $kho/out/ready)" ready
	must "load without kho=" load -kho
	refused "jump" kexec -e -x
	check "all is there" sh -c "! dmesg | grep -q 'less is handed over'"
	stop luofiles
	refused "jump" kexec -e -x
	comment "$(kho_log 2)"
	check "sessions are gone, and that is said" \
		logged 'KHO: less is handed over.*[1-9] sessions .* then, 0 '
}
