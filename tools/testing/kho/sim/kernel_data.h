/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Included before every kernel source: its variables go to sections of their
 * own, which sim/boot.c resets when a kernel starts.
 */
#pragma clang section bss = "kho_bss" data = "kho_data"
