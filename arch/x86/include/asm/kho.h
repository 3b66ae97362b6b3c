/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What early boot of x86 asks of a kexec handover. Without handover nothing of
 * it is left, but for the line that a handover was passed in vain.
 */
#ifndef _ASM_X86_KHO_H
#define _ASM_X86_KHO_H

#include <linux/kexec_handover.h>
#include <linux/printk.h>
#include <linux/types.h>

#ifdef CONFIG_KEXEC_HANDOVER

void kho_parse_setup_data(u64 phys_addr, u32 data_len);
void kho_low_memory_mark(u64 start);
void kho_low_memory_clear(void);
u32 kho_low_memory_limit(u32 size);

#else /* CONFIG_KEXEC_HANDOVER */

static inline void kho_parse_setup_data(u64 phys_addr, u32 data_len)
{
	pr_warn("setup: passed KHO data, but CONFIG_KEXEC_HANDOVER not set, ignoring the handover\n");
}

static inline void kho_low_memory_mark(u64 start) { }

static inline void kho_low_memory_clear(void) { }

static inline u32 kho_low_memory_limit(u32 size)
{
	return size;
}

#endif /* CONFIG_KEXEC_HANDOVER */

#endif /* _ASM_X86_KHO_H */
