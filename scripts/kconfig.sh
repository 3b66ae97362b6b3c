# shellcheck shell=bash
# shellcheck disable=SC2154	# set by lib.sh and by those who source this file
# Makes the configuration of a kernel out of fragments, and compares what they ask
# for with what Kconfig made of it. Sourced after lib.sh by those who have set
# tree (the sources) and out (the directory to build in).

kbuild() { make -C "$tree" O="$out" ARCH="$arch" -j"$jobs" "$@"; }

# fragment NAME: a file, or the name of one in configs/ or, of the kernels that the
# tests boot, beside what starts their guests, without '.config'.
fragment()
{
	local f
	for f in "$1" "$top/$1" "$top/configs/$(basename "$1").config" \
		"$vm/$(basename "$1").config"; do
		[ ! -f "$f" ] || { realpath "$f"; return; }
	done
	die "no such configuration fragment: $1"
}

# kconfig_make TARGET FRAGMENT...: with TARGET allnoconfig, what no fragment names
# is off. Makes the configuration beside the one in use, which is replaced only if
# it differs: kbuild then rebuilds nothing without need.
kconfig_make()
{
	local target=$1
	shift
	(cd "$out" && KCONFIG_CONFIG=$out/.config.merged \
		"$tree/scripts/kconfig/merge_config.sh" -m -Q -O "$out" "$@") || return
	kbuild KCONFIG_CONFIG="$out/.config.new" KCONFIG_ALLCONFIG="$out/.config.merged" \
		"$target" || return
	kconfig_check || return
	if cmp -s "$out/.config.new" "$out/.config"; then
		rm "$out/.config.new"
	else
		mv "$out/.config.new" "$out/.config"
	fi
}

kconfig_defined()
{
	grep -rqE --include='Kconfig*' "^[[:space:]]*(menu)?config[[:space:]]+$1\$" "$tree"
}

# Every symbol that a fragment asks for must be in the final configuration. With
# partial=y, when the tree has only a part of the series, our own
# (configs/kho.config) may be defined and not to be had; where they are not
# defined they may always be missing. Those in kconfig_refused must not be there.
kconfig_check()
{
	local symbol line wrong=0
	while read -r line; do
		case $line in
		CONFIG_*=*) symbol=${line%%=*} ;;
		'# CONFIG_'*' is not set')
			symbol=${line#'# '} symbol=${symbol%' is not set'} ;;
		*) continue ;;
		esac
		case " ${kconfig_refused[*]-} " in *" $symbol "*)
			grep -q "^$symbol=" "$out/.config.new" || continue
			echo "wanted: no $symbol, got it"
			wrong=1
			continue ;;
		esac
		grep -qxF "$line" "$out/.config.new" && continue
		case $line in
		'#'*) grep -q "^$symbol=" "$out/.config.new" || continue ;;
		esac
		if grep -qw "$symbol" "$top/configs/kho.config" &&
			{ [ -n "${partial:-}" ] || ! kconfig_defined "${symbol#CONFIG_}"; }; then
			echo "$symbol is not to be had in this tree: left out"
			continue
		fi
		echo "wanted: $line, got: $(grep -w "$symbol" "$out/.config.new" || echo nothing)"
		wrong=1
	done <"$out/.config.merged"
	return $wrong
}
