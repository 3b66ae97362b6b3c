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
	MEMBLOCK_KHO_UNPRESERVED = 0x100,
};

struct memblock_type;

struct memblock_region {
	phys_addr_t base;
	phys_addr_t size;
	unsigned int flags;
	int nid;
};

/* Lists of regions, sorted. */
struct sim_memblock {
	unsigned int cnt;
	struct memblock_region regions[16384];
};

extern struct sim_memblock sim_memory, sim_reserved;

#define for_each_mem_region(r)						\
	for ((r) = sim_memory.regions;					\
	     (r) < sim_memory.regions + sim_memory.cnt; (r)++)

#define for_each_reserved_mem_region(r)					\
	for ((r) = sim_reserved.regions;				\
	     (r) < sim_reserved.regions + sim_reserved.cnt; (r)++)

bool sim_mem_range(u64 i, phys_addr_t *start, phys_addr_t *end);

#define for_each_mem_range(i, p_start, p_end)				\
	for ((i) = 0; sim_mem_range((i), (p_start), (p_end)); (i)++)

/* The lists that cannot grow before there is a linear map. */
extern const struct sim_lists {
	struct {
		unsigned long cnt, max;
	} memory;
} memblock;

static inline bool memblock_is_kho_scratch(const struct memblock_region *r)
{
	return r->flags & MEMBLOCK_KHO_SCRATCH;
}

static inline bool memblock_is_kho_unpreserved(const struct memblock_region *r)
{
	return r->flags & MEMBLOCK_KHO_UNPRESERVED;
}

/* No firmware of this machine has any. */
static inline bool memblock_is_nomap(const struct memblock_region *r)
{
	return false;
}

static inline unsigned long
memblock_region_memory_base_pfn(const struct memblock_region *r)
{
	return PFN_UP(r->base);
}

static inline unsigned long
memblock_region_memory_end_pfn(const struct memblock_region *r)
{
	return PFN_DOWN(r->base + r->size);
}

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
phys_addr_t memblock_phys_alloc(phys_addr_t size, phys_addr_t align);
phys_addr_t memblock_phys_alloc_unpreserved(phys_addr_t size, phys_addr_t align,
					    phys_addr_t start, phys_addr_t end,
					    int nid);
phys_addr_t memblock_alloc_range_nid(phys_addr_t size, phys_addr_t align,
				     phys_addr_t start, phys_addr_t end,
				     int nid, bool exact_nid);
bool memblock_is_region_memory(phys_addr_t base, phys_addr_t size);
bool memblock_is_region_reserved(phys_addr_t base, phys_addr_t size);
bool memblock_is_map_memory(phys_addr_t addr);
phys_addr_t memblock_end_of_DRAM(void);
phys_addr_t memblock_phys_mem_size(void);

phys_addr_t memblock_reserved_kern_size(phys_addr_t limit, int nid);
phys_addr_t memblock_reserved_hugetlb_size(phys_addr_t limit, int nid);
int memblock_mark_kho_scratch(phys_addr_t base, phys_addr_t size);
int memblock_clear_kho_scratch(phys_addr_t base, phys_addr_t size);
int memblock_mark_kho_unpreserved(phys_addr_t base, phys_addr_t size);
int memblock_clear_kho_unpreserved(phys_addr_t base, phys_addr_t size);
void memblock_set_kho_scratch_only(void);
void memblock_clear_kho_scratch_only(void);

static inline int memblock_reserve_kern(phys_addr_t base, phys_addr_t size)
{
	return __memblock_reserve(base, size, NUMA_NO_NODE, MEMBLOCK_RSRV_KERN);
}

#endif /* _KHO_TEST_LINUX_MEMBLOCK_H */
