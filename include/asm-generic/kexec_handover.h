/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The one structure of Kexec HandOver that the x86 decompressor shares with
 * the kernel proper. Nothing but linux/types.h may be needed here.
 */
#ifndef _ASM_GENERIC_KEXEC_HANDOVER_H
#define _ASM_GENERIC_KEXEC_HANDOVER_H

#include <linux/types.h>

/**
 * struct kho_scratch - one area that never holds preserved memory
 * @addr: physical start address in bytes.
 * @size: length in bytes; 0 is valid and means "no area".
 *
 * Wire format: the scratch array handed from kernel to kernel is a plain array
 * of these, without header or terminator.
 */
struct kho_scratch {
	phys_addr_t addr;
	phys_addr_t size;
};

#endif /* _ASM_GENERIC_KEXEC_HANDOVER_H */
