# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
# How long a jump took, phase by phase: of each jump anew, and of none that was refused.
title="the phases of a jump are shown"

phases="reboot freeze check devices processors kernel setup digest memory core initcalls init"

# adds_up: a number that is known is not less than the one before, and is the sum of
# what each phase took. A counter that this machine does not trust is no error.
adds_up()
{
	awk 'NF != 3 { bad = 1 }
	     $2 != "unknown" && $3 != "unknown" {
		sum += $3
		if ($2 < last || sum - $2 > NR || $2 - sum > NR)
			bad = 1
		last = $2
	     }
	     END { exit bad }' $kho/in/timeline
}

shown()
{
	comment "$(tr '\n' ';' <$kho/in/timeline)"
	is "phases" "$(cut -d' ' -f1 $kho/in/timeline | tr '\n' ' ')" "$phases "
	check "times add up" adds_up
	check "the log has them in one line" logged 'KHO: ms: freeze .* init .* = blackout '
	refused "what was sent makes sense" logged 'previous kernel are unknown'
	is "mode" "$(stat -c %a $kho/in/timeline)" 400
}

hop0()
{
	check "a cold boot has no file" test ! -e $kho/in/timeline
	refused "nor a line" logged 'blackout'

	store_data 24M
	must "load without -s" kexec -c -l $kernel --initrd=/boot/initrd \
		--command-line="$(next_cmdline)"
	refused "jump" kexec -e -x
	kexec -c -u
	jump
}

hop1()
{
	shown
	jump
}

hop2()
{
	shown
	force kho=off
}

hop3()
{
	check "kho=off has no file" test ! -e $kho/in/timeline
	refused "nor a line" logged 'blackout'
}
