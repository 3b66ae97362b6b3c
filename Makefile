# SPDX-License-Identifier: GPL-2.0
# Entry points of the repository; the work is done by scripts/. `make help`.

# Several goals share build/, and kbuild is parallel by itself.
.NOTPARALLEL:
.PHONY: help deps base tree kernel demo check configs bench lint series fuzz canary \
	refresh clean

ARCH ?= x86_64
export ARCH

# prepare N: steps 1 to 3 of N: tools, base, tree.
prepare = @KHO_STEP=1/$(1) scripts/deps && KHO_STEP=2/$(1) scripts/base && \
	KHO_STEP=3/$(1) scripts/tree $(2)

help:
	@sed -n 's/^#: //p' $(firstword $(MAKEFILE_LIST))

#: make kernel     build the small patched kernel: build/x86_64/bzImage
#: make demo       memory that survives a kexec, shown in QEMU
#: make check      all tests; ends in "N passed, N failed, N skipped"
#: make lint       checkpatch, sparse, W=1, clang, shellcheck, kernel-doc, spelling
#: make configs    build what the series touches in all of configs/matrix
#: make bench      instruction counts in QEMU, thread scaling on this machine
#: make fuzz       long runs of the fuzzers (FUZZ_SECONDS=600)
#: make series     the patches as a git-am-able series in build/series/
#:                 (BISECT=1 also builds the kernel after each of them)
#: make tree       the complete patched source tree in build/tree (OUT=dir)
#: make base       ask the Debian mirror again, take the newest tested 6.12.y
#: make canary     try every 6.12.y on offer: apply, build, one jump
#: make refresh    merge the series into the newest tested base (BASE=6.12.N)
#: make deps       install the Debian packages that are missing
#: make clean      remove build/, but keep what was downloaded
#:
#: Variables: KDIR=/path   use this 6.12 tree as the base
#:            KCONFIG_EXTRA="debug /path/fragment"   more configuration
#:            JOBS=2       parallel jobs of the kernel build
#:            ARCH=arm64   (x86_64) of kernel and demo; check tests both

deps:
	@scripts/deps

base:
	@scripts/deps && scripts/base --update

tree:
	$(call prepare,3,$(OUT))

kernel:
	$(call prepare,4)
	@KHO_STEP=4/4 scripts/build-kernel small

demo:
	$(call prepare,5)
	@KHO_STEP=4/5 scripts/build-kernel small
	@KHO_STEP=5/5 scripts/demo

check:
	@scripts/check

lint:
	@scripts/lint

configs:
	$(call prepare,4)
	@KHO_STEP=4/4 scripts/check-configs --all

bench:
	@scripts/bench

series:
	@scripts/series

fuzz:
	@scripts/fuzz

canary:
	@scripts/deps && scripts/canary

refresh:
	@scripts/refresh $(BASE)

clean:
	@scripts/clean
