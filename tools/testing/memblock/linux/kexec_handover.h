/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What memblock asks kexec handover, and tells it and others: the tests answer,
 * and look at what they were told.
 */
#ifndef _MEMBLOCK_LINUX_KEXEC_HANDOVER_H
#define _MEMBLOCK_LINUX_KEXEC_HANDOVER_H

#include <linux/types.h>

struct page;

/* tests/kho_api.c */
unsigned long kho_in_nr_pages(void);
unsigned long kho_scratch_nr_reserved(void);
bool kho_scratch_overlap(phys_addr_t phys, size_t size);

/* tests/kho_alloc_api.c */
bool kho_is_enabled(void);
phys_addr_t kho_reserve_mem_revive(const char *name, phys_addr_t size,
				   phys_addr_t align);
void kho_reserve_mem_track(const char *name, phys_addr_t start,
			   phys_addr_t size);

/* tests/kho_free_api.c */
void kho_memory_init(void);
void kho_memory_release(void);
void kho_test_free_pages(struct page *page, unsigned long pfn,
			 unsigned int order);
void kho_test_add_pages(long pages);

#ifdef _MM_INTERNAL_H
/* memblock.c */
#define memblock_free_pages	kho_test_free_pages
#define totalram_pages_add	kho_test_add_pages

/* Let the tests call what handles a parameter of the kernel. */
#undef __setup
#define __setup(str, fn)	struct obs_kernel_param fn##_param = { str, fn }
#else
/* memblock.c has it from internal.h, which no second file can include. */
void accept_memory(phys_addr_t start, unsigned long size);
#endif

#endif
