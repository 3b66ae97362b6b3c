# shellcheck shell=bash
# Shared by the scripts: where things are, messages, steps with a log, checks
# that fail early. Sourced, never run.

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=$top/build
logs=$build/logs
# shellcheck disable=SC2034	# used by the scripts that source this file
arch=${ARCH:-x86_64} jobs=${JOBS:-$(nproc)}
# What makes and starts guests.
# shellcheck disable=SC2034	# used by the scripts that source this file
vm=$top/tools/testing/selftests/kho/vm

# What comes out of a kernel build, and the tools for it, by architecture.
# shellcheck disable=SC2034	# used by the scripts that source this file
case $arch in
x86_64) image=bzImage image_path=arch/x86/boot/bzImage cross='' ;;
arm64)	image=Image image_path=arch/arm64/boot/Image cross=aarch64-linux-gnu- ;;
*)	printf 'ARCH=%s is not supported: x86_64 or arm64\n' "$arch" >&2
	exit 1 ;;
esac

# kbuild must not inherit the variables and options of our own make.
unset MAKEFLAGS MFLAGS MAKEOVERRIDES MAKELEVEL
export LC_ALL=C.UTF-8

say()  { printf '%s\n' "$*" >&2; }
# usage: the comment at the head of a script.
usage() { sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2; exit 2; }
die()  { printf '%s: error: %s\n' "${0##*/}" "$*" >&2; exit 1; }

# A short progress line. KHO_STEP is the place in a longer run, "2/5".
progress() { say "${KHO_STEP:+[$KHO_STEP] }$*"; }

# run_logged LOG 'what to do when it fails' command...
# Runs a command with its output in build/logs/LOG.log. On failure shows the
# end of the log and the advice.
run_logged()
{
	local log=$logs/$1.log advice=$2 rc=0
	shift 2
	mkdir -p "$logs"
	"$@" >"$log" 2>&1 </dev/null || rc=$?
	[ $rc -eq 0 ] && return
	say "--- the last lines of ${log#"$PWD"/}:"
	tail -n 20 "$log" >&2
	say "--- failed (exit code $rc): $*"
	say "    full log: $log"
	say "    $advice"
	return $rc
}

# step LOG 'doing this' 'advice' command...: run_logged with a progress line
# before and the elapsed time after.
step()
{
	local log=$1 what=$2 start=$SECONDS
	progress "$what, log: build/logs/$log.log"
	run_logged "$log" "${@:3}" || return
	progress "done in $((SECONDS - start)) s"
}

# tap 'what is tested' command...: one TAP result. Output of a command that
# fails follows as comments; the whole of it is in build/logs/tap-NAME.log.
# shellcheck disable=SC2034	# the scripts that source this file exit with it
tap_failed=0
tap()
{
	local name=$1 log
	log=$logs/tap-$(printf '%s' "$name" | tr -cs 'A-Za-z0-9.' '-').log
	shift
	mkdir -p "$logs"
	if "$@" >"$log" 2>&1 </dev/null; then
		echo "ok - $name"
		return
	fi
	# shellcheck disable=SC2034
	tap_failed=1
	echo "not ok - $name"
	tail -n "${TAP_LINES:-20}" "$log" | sed 's/^/# /'
	echo "# full log: $log"
}

# need_space DIR GIB: fails early when a file system is too full.
need_space()
{
	local free
	mkdir -p "$1"
	free=$(df -Pk "$1" | awk 'NR == 2 { print int($4 / 1048576) }')
	[ "$free" -ge "$2" ] ||
		die "$1 has $free GiB free, $2 GiB are needed: make room, or run 'make clean'"
}

# Files of this repository, tracked or new, that are not ignored and exist.
repo_files()
{
	if git -C "$top" rev-parse --git-dir >/dev/null 2>&1; then
		git -C "$top" ls-files -co --exclude-standard -- "$@"
	else
		(cd "$top" && find "${@:-.}" -name build -prune -o -type f -print | sed 's|^\./||')
	fi | sort -u | while read -r f; do
		if [ -e "$top/$f" ]; then printf '%s\n' "$f"; fi
	done
}

# Top-level directories of the kernel tree that hold our new files. (scripts/
# is ours: a change there comes as a patch.)
kernel_dirs=(arch block certs crypto Documentation drivers fs include init
	io_uring ipc kernel lib LICENSES mm net rust samples security sound
	tools usr virt)

overlay_files()
{
	local d present=()
	for d in "${kernel_dirs[@]}"; do
		[ -d "$top/$d" ] && present+=("$d")
	done
	[ ! -f "$top/MAINTAINERS" ] || present+=(MAINTAINERS)
	[ ${#present[@]} -eq 0 ] || repo_files "${present[@]}"
}

# The series without comments and empty lines.
series_lines() { sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$top/patches/series"; }

# The patches, in order.
series_patches() { series_lines | sed 's/[[:space:]]*:.*//'; }

# series_files PATCH: the new files that a patch brings. An entry that ends in
# '/' stands for all files below that directory.
series_files()
{
	local entry entries
	entries=$(series_lines | sed -n "s/^[[:space:]]*$1[[:space:]]*://p")
	for entry in $entries; do
		case $entry in
		*/) repo_files "$entry" ;;
		*) [ -f "$top/$entry" ] || die "patches/series: $1 brings $entry, which does not exist"
		   printf '%s\n' "$entry" ;;
		esac
	done
}

# lay_new BASE DEST FILE...: copies new files of ours into a tree that DEST is.
# MAINTAINERS is the one that BASE has, too: our entries are merged into it.
lay_new()
{
	local base=$1 dest=$2 f
	shift 2
	for f; do
		mkdir -p "$dest/$(dirname "$f")"
		case $f in
		MAINTAINERS) "$top/scripts/merge-maintainers" "$base/$f" "$top/$f" >"$dest/$f" ;;
		*) cp "$top/$f" "$dest/$f" ;;
		esac
	done
}

# patch_targets FILE...: the existing kernel files that patches change.
patch_targets()
{
	[ ! -f "$1" ] || sed -n 's|^+++ b/\([^[:space:]]*\).*|\1|p' "$@" | sort -u
}

# Our new files that the series brings into build/tree, but for user space and
# documentation.
kernel_files()
{
	overlay_files | grep -vE '^(tools|samples|Documentation)/|^MAINTAINERS$' | while read -r f; do
		if [ -e "$build/tree/$f" ]; then printf '%s\n' "$f"; fi
	done
}

# our_sources [new|old|all]: the C and assembly files that are compiled into a kernel
# of this architecture: new ones of this repository, existing ones that patches
# change.
our_sources()
{
	{
		[ "${1:-}" = old ] || kernel_files
		[ "${1:-}" = new ] || patch_targets "$top"/patches/*.patch
	} | grep '\.[cS]$' | awk -F/ -v arch="${arch/x86_64/x86}" '
		$1 == "tools" { next }
		$1 == "arch" && $2 != arch { next }
		# Device tree and GIC are not in our configuration of x86.
		/^drivers\/(of|irqchip)\// && arch == "x86" { next }
		# Part of kaslr.c.
		$NF == "kaslr_kho.c" { next }
		# What is read before there is a linear map is read on arm64 only.
		$NF == "kho_unmapped.c" && arch != "arm64" { next }
		# Only the kernel proper of x86 is compressed.
		$NF ~ /^kho_(bzimage|unpack)\.c$/ && arch != "x86" { next }
		{ print }' | sort -u
}

# compile_objects [-t TREE] NAME FRAGMENT... -- make-argument... OBJECT...
# Compiles single objects anew, as many as can be. init/version-timestamp.o
# brings a header that the decompressor's objects include.
compile_objects()
{
	local config=()
	while [ "$1" != -- ]; do config+=("$1"); shift; done
	shift
	"$top/scripts/build-kernel" "${config[@]}" -- init/version-timestamp.o &&
		"$top/scripts/build-kernel" "${config[@]}" -- -k "$@"
}

# kernel_version TREE: 6.12.117
kernel_version()
{
	sed -n -e 's/^VERSION = //p' -e 's/^PATCHLEVEL = //p' -e 's/^SUBLEVEL = //p' \
		"$1/Makefile" | paste -sd.
}
