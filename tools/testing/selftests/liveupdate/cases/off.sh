# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2034,SC2086,SC2154
title="without liveupdate= there is no device"
append="kho=on"

hop0()
{
	check "no device" test ! -e /dev/liveupdate
	jump liveupdate=on
}

hop1()
{
	is "device" "$(stat -c '%a %u %g' /dev/liveupdate)" "600 0 0"
	must "luofiles put" luofiles put 1
	force -liveupdate
}

hop2()
{
	check "no device" test ! -e /dev/liveupdate
	force -kho liveupdate=on
}

hop3()
{
	check "no device without kho=on" test ! -e /dev/liveupdate
	check "a message" logged 'luo: '
}
