// SPDX-License-Identifier: GPL-2.0
/*
 * What the simulated machine adds to mm/memblock.c: failures on request, and what
 * tests want to know. The linker puts these functions before those of the same
 * name for all callers but memblock itself, see the Makefile.
 */

#include <linux/irqflags.h>
#include <linux/kexec_handover.h>
#include <linux/memory_hotplug.h>
#include <linux/slab.h>

#include "sim.h"

bool mirrored_kernelcore;

/* Lists that cannot grow, and no memory, are what fails in the kernel. */
#define sim_wrap(type, failed, fn, params, args)			\
	type __real_##fn params;					\
	type __wrap_##fn params;					\
	type __wrap_##fn params						\
	{								\
		return sim_should_fail() ? (failed) : __real_##fn args;	\
	}

sim_wrap(int, -ENOMEM, memblock_add, (phys_addr_t base, phys_addr_t size),
	 (base, size))
sim_wrap(int, -ENOMEM, memblock_reserve, (phys_addr_t base, phys_addr_t size),
	 (base, size))
sim_wrap(int, -ENOMEM, memblock_mark_kho_scratch,
	 (phys_addr_t base, phys_addr_t size), (base, size))
sim_wrap(unsigned int, 0, memblock_mark_kho_pieces,
	 (const struct kho_piece *pieces, unsigned int nr), (pieces, nr))
sim_wrap(phys_addr_t, 0, memblock_alloc_range_nid,
	 (phys_addr_t size, phys_addr_t align, phys_addr_t start,
	  phys_addr_t end, int nid, bool exact_nid),
	 (size, align, start, end, nid, exact_nid))
sim_wrap(phys_addr_t, 0, memblock_phys_alloc_range,
	 (phys_addr_t size, phys_addr_t align, phys_addr_t start, phys_addr_t end),
	 (size, align, start, end))
sim_wrap(void *, NULL, memblock_alloc_try_nid,
	 (phys_addr_t size, phys_addr_t align, phys_addr_t min_addr,
	  phys_addr_t max_addr, int nid),
	 (size, align, min_addr, max_addr, nid))

int __real___memblock_reserve(phys_addr_t base, phys_addr_t size, int nid,
			      enum memblock_flags flags);
int __wrap___memblock_reserve(phys_addr_t base, phys_addr_t size, int nid,
			      enum memblock_flags flags);
int __wrap___memblock_reserve(phys_addr_t base, phys_addr_t size, int nid,
			      enum memblock_flags flags)
{
	/* An interrupt that allocates goes through the list, too. */
	sim_never(slab_is_available() && !sim_irqs_off);

	return sim_should_fail() ? -ENOMEM :
	       __real___memblock_reserve(base, size, nid, flags);
}

bool sim_is_reserved(phys_addr_t base, phys_addr_t size)
{
	phys_addr_t end = base + size;
	struct memblock_region *r;

	for_each_reserved_mem_region(r)
		if (base < end && r->base <= base && r->base + r->size > base)
			base = r->base + r->size;
	return base >= end;
}

u64 sim_regions(const struct memblock_type *type)
{
	const u64 *p = (const u64 *)type->regions;
	u64 hash = type->cnt;
	size_t i;

	for (i = 0; i < type->cnt * sizeof(*type->regions) / sizeof(*p); i++)
		hash = (hash ^ p[i]) * 0x9e3779b97f4a7c15;
	return hash;
}
