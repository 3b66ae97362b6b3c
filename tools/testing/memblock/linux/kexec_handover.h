/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What memblock asks kexec handover: nothing was handed over but what the test
 * of kexec handover says.
 */
#ifndef _MEMBLOCK_LINUX_KEXEC_HANDOVER_H
#define _MEMBLOCK_LINUX_KEXEC_HANDOVER_H

#include <linux/types.h>

/* memblock.c has it from internal.h, which no second file can include. */
#ifndef _MM_INTERNAL_H
static inline void accept_memory(phys_addr_t start, unsigned long size)
{
}
#endif

static inline void kho_memory_init(void)
{
}

static inline void kho_memory_release(void)
{
}

static inline unsigned long kho_in_nr_pages(void)
{
	return 0;
}

static inline unsigned long kho_scratch_nr_reserved(void)
{
	return 0;
}

#ifdef CONFIG_MEMBLOCK_KHO_SCRATCH
/* tests/kho_api.c */
bool kho_scratch_overlap(phys_addr_t phys, size_t size);
phys_addr_t kho_reserve_mem_revive(const char *name, phys_addr_t size,
				   phys_addr_t align);
void kho_reserve_mem_track(const char *name, phys_addr_t start,
			   phys_addr_t size);
#endif

#endif
