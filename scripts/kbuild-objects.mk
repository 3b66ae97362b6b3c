# SPDX-License-Identifier: GPL-2.0
# Prints which objects of one directory the configuration builds, as its Makefile
# says. Run in the directory that is built in:
#
#   make -s -f scripts/kbuild-objects.mk srctree=... SRCARCH=... CC=... dir=mm
include include/config/auto.conf
include $(srctree)/scripts/Kbuild.include
objtree := .
obj := $(dir)
src := $(srctree)/$(dir)
include $(src)/Makefile

objects := $(obj-y) $(obj-m) $(lib-y) $(vmlinux-objs-y)
objects += $(foreach o,$(objects),$($(o:.o=-y)) $($(o:.o=-objs)))

.PHONY: objects
.DEFAULT_GOAL :=
objects:
	@printf '%s\n' $(addprefix $(obj)/,$(patsubst $(obj)/%,%,$(filter %.o,$(objects))))
