/* SPDX-License-Identifier: GPL-2.0 */
/* See sim/memblock.c. */
#ifndef _KHO_TEST_LINUX_MEMBLOCK_H
#define _KHO_TEST_LINUX_MEMBLOCK_H

#include <linux/kernel.h>
#include <linux/mmzone.h>
#include <linux/types.h>

enum memblock_flags {
	MEMBLOCK_NONE		= 0x0,
	MEMBLOCK_RSRV_NOINIT	= 0x10,
	MEMBLOCK_RSRV_KERN	= 0x20,
	MEMBLOCK_KHO_SCRATCH	= 0x40,
	MEMBLOCK_RSRV_HUGETLB	= 0x80,
};

struct memblock_region {
	phys_addr_t base;
	phys_addr_t size;
	unsigned int flags;
	int nid;
};

#define ARCH_LOW_ADDRESS_LIMIT		0xffffffffUL
#define MEMBLOCK_ALLOC_ACCESSIBLE	0

/* The end of the memory that the kernel uses, see sim_mem_limit. */
extern unsigned long max_pfn;

int memblock_add(phys_addr_t base, phys_addr_t size);
int memblock_remove(phys_addr_t base, phys_addr_t size);
int memblock_add_node(phys_addr_t base, phys_addr_t size, int nid);
int memblock_reserve(phys_addr_t base, phys_addr_t size);
int __memblock_reserve(phys_addr_t base, phys_addr_t size, int nid,
		       enum memblock_flags flags);
int memblock_phys_free(phys_addr_t base, phys_addr_t size);
void memblock_free(void *ptr, size_t size);
void *memblock_alloc(phys_addr_t size, phys_addr_t align);
phys_addr_t memblock_alloc_range_nid(phys_addr_t size, phys_addr_t align,
				     phys_addr_t start, phys_addr_t end,
				     int nid, bool exact_nid);
bool memblock_is_region_memory(phys_addr_t base, phys_addr_t size);
bool memblock_is_region_reserved(phys_addr_t base, phys_addr_t size);
phys_addr_t memblock_end_of_DRAM(void);

int memblock_reserved_clear_kern(phys_addr_t base, phys_addr_t size);
phys_addr_t memblock_reserved_kern_size(phys_addr_t limit, int nid);
phys_addr_t memblock_reserved_hugetlb_size(phys_addr_t limit, int nid);
int memblock_mark_kho_scratch(phys_addr_t base, phys_addr_t size);
int memblock_clear_kho_scratch(phys_addr_t base, phys_addr_t size);
void memblock_set_kho_scratch_only(void);
void memblock_clear_kho_scratch_only(void);

static inline int memblock_reserve_kern(phys_addr_t base, phys_addr_t size)
{
	return __memblock_reserve(base, size, NUMA_NO_NODE, MEMBLOCK_RSRV_KERN);
}

#endif /* _KHO_TEST_LINUX_MEMBLOCK_H */
