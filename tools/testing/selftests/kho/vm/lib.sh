# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Shared by what makes and starts guests: for which architecture, with which
# kernel, and where guests are kept. Sourced, never run.
#
# $top is a kernel tree, or the repository that lays one and builds kernels
# (scripts/build-kernel); of tests that were installed it is neither.

kho=$(dirname "$(dirname "$(realpath "${BASH_SOURCE[0]}")")")
top=$(realpath -m "$kho/../../../..")
tree=$top repository=''
# shellcheck disable=SC2034	# used by those who source this file
if [ -x "$top/scripts/build-kernel" ]; then
	repository=y build=$top/build tree=$top/build/tree
elif [ -n "${OUTPUT:-}" ]; then		# by the Makefiles of selftests
	build=$(dirname "$OUTPUT")/kho/guests
else
	build=$kho/guests
fi

die() { printf '%s: error: %s\n' "${0##*/}" "$*" >&2; exit 1; }
# usage: the comment at the head of a script.
usage() { sed -n '3,/^set/s/^# \{0,1\}//p' "$0" >&2; exit 2; }

# shellcheck disable=SC2034	# used by those who source this file
case ${ARCH:-$(uname -m)} in
x86 | x86_64)
	ARCH=x86_64 machine=x86_64
	image=bzImage image_path=arch/x86/boot/bzImage
	qemu=qemu-system-x86_64 qemu_from="qemu-system-x86 qemu-system-x86-core"
	firmware=(/usr/share/ovmf/OVMF.fd /usr/share/qemu/OVMF.fd
		/usr/share/edk2/ovmf/OVMF_CODE.fd) ;;
arm64 | aarch64)
	ARCH=arm64 machine=aarch64
	image=Image image_path=arch/arm64/boot/Image
	qemu=qemu-system-aarch64 qemu_from="qemu-system-arm qemu-system-aarch64-core"
	firmware=(/usr/share/qemu-efi-aarch64/QEMU_EFI.fd
		/usr/share/edk2/aarch64/QEMU_EFI.fd) ;;
*)	die "ARCH=$ARCH is not supported: x86_64 or arm64" ;;
esac
export ARCH
# What the tools of another architecture than this machine's begin with.
cross=''
[ "$(uname -m)" = $machine ] || cross=$machine-linux-gnu-

# kernel_named KERNEL: its file, if the environment names one.
kernel_named()
{
	local name=KERNEL_$1
	[ "$1" != small ] || : "${KERNEL_small:=${KERNEL:-}}"
	echo "${!name:-}"
}

# kernel_image KERNEL: its file. 'small' is the kernel that was built in this tree;
# others there are only when they are named.
kernel_image()
{
	local named
	named=$(kernel_named "$1")
	if [ -n "$named" ]; then
		realpath -m "$named"
	elif [ -n "$repository" ]; then
		echo "$build/$ARCH/$1/$image_path"
	elif [ "$1" = small ] && [ -f "${O:-${KBUILD_OUTPUT:-$tree}}/Makefile" ]; then
		realpath -m "${O:-${KBUILD_OUTPUT:-$tree}}/$image_path"
	fi
}

# compile OUT SOURCE [OPTION...]: a program of guests.
compile()
{
	"${CC:-${cross}gcc}" -O2 -Wall -static -idirafter "$top/include/uapi" -o "$@"
}

# find_tool NAME: a program of this machine.
find_tool() { PATH=$PATH:/usr/sbin:/sbin command -v "$1"; }

# find_firmware: UEFI for guests.
find_firmware()
{
	local f
	for f in "${firmware[@]}"; do
		[ ! -f "$f" ] || { echo "$f"; return; }
	done
	return 1
}

# missing: what this machine lacks to make and start guests, with the packages of
# Debian and Fedora that have it. Prints nothing when all is there.
missing()
{
	local tool debian fedora
	while read -r tool debian fedora; do
		[ -z "$(find_tool "$tool")" ] || continue
		echo "$tool (Debian: $debian, Fedora: $fedora)"
	done < <(
		echo "$qemu $qemu_from"
		echo "cpio cpio cpio"
		if [ -n "$cross" ]; then
			# The rest is what vm/sysroot gets.
			echo "${cross}readelf binutils-${cross%-} binutils-${cross%-}"
			echo "apt-get apt none"
		else
			echo "busybox busybox-static busybox"
			echo "kexec kexec-tools kexec-tools"
			[ "$ARCH" != arm64 ] || echo "fdtput device-tree-compiler dtc"
		fi
	)
	# Its libraries are not yet there when init starts.
	if [ -z "$cross" ] && tool=$(find_tool busybox) && ldd "$tool" >/dev/null 2>&1; then
		echo "a busybox without shared libraries (Debian: busybox-static, Fedora: busybox)"
	fi
}
