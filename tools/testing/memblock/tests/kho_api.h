/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tests of memblock with kexec handover. Most of them describe a machine that does
 * not exist: nothing touches the memory that they allocate.
 */
#ifndef _MEMBLOCK_KHO_API_H
#define _MEMBLOCK_KHO_API_H

#include <errno.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/kexec_handover.h>
#include <linux/pfn.h>

#include "common.h"
#include "../memblock_kho.h"

/* Both kinds of reservations are meant here. */
#undef memblock_reserve

#define RAM			((phys_addr_t)SZ_1G)
#define RAM_SIZE		((phys_addr_t)SZ_4G)
#define SCRATCH			(RAM + SZ_256M)
#define SCRATCH_SIZE		((phys_addr_t)SZ_16M)

/* As ASSERT_EQ(), which evaluates @_seen twice: for what allocates. */
#define ASSERT_ONCE(_expected, _seen) do { \
	typeof(_seen) _once = (_seen); \
	ASSERT_EQ(_expected, _once); \
} while (0)

/* internal.h */
extern bool mirrored_kernelcore;

/* memblock.c: reserve_mem=, and linux/mm.h of the kernel. */
extern struct obs_kernel_param reserve_mem_param;
int reserve_mem_find_by_name(const char *name, phys_addr_t *start,
			     phys_addr_t *size);

#ifdef CONFIG_MEMBLOCK_KHO_SCRATCH
/* One piece of memory, of whole pages. */
static inline int memblock_mark_kho_unpreserved(phys_addr_t base,
						phys_addr_t size)
{
	const struct kho_piece piece = {
		.start = PHYS_PFN(base),
		.end = PHYS_PFN(base + size),
	};

	return memblock_mark_kho_pieces(&piece, 1) ? 0 : -ENOMEM;
}
#endif

void setup_handover(void);
void end_handover(void);
void kho_answer_nr_pages(unsigned long in, unsigned long reserved);
bool inside(phys_addr_t phys, phys_addr_t size, phys_addr_t base,
	    phys_addr_t base_size);
struct memblock_region *reserved_at(phys_addr_t phys);
void catch_output(void);
bool caught_output(const char *text);

int memblock_kho_checks(void);

/* Also without CONFIG_MEMBLOCK_KHO_SCRATCH: */
void kho_cold_checks(void);
void kho_free_checks(void);

/* Only with CONFIG_MEMBLOCK_KHO_SCRATCH: */
void kho_search_checks(void);
void kho_sparing_checks(void);
void kho_reserved_checks(void);
void kho_alloc_checks(void);

#endif
