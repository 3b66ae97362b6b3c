/* SPDX-License-Identifier: GPL-2.0 */
/*
 * memblock after a kexec handover. Comes with linux/memblock.h, which has the
 * flags.
 */
#ifndef _LINUX_MEMBLOCK_KHO_H
#define _LINUX_MEMBLOCK_KHO_H

/* A range of page frames. */
struct kho_piece {
	unsigned long start;
	unsigned long end;
};

static inline bool memblock_is_kho_scratch(struct memblock_region *m)
{
	return m->flags & MEMBLOCK_KHO_SCRATCH;
}

static inline bool memblock_is_kho_unpreserved(struct memblock_region *m)
{
	return m->flags & MEMBLOCK_KHO_UNPRESERVED;
}

#ifdef CONFIG_MEMBLOCK_KHO_SCRATCH

int __memblock_reserve(phys_addr_t base, phys_addr_t size, int nid,
		       enum memblock_flags flags);
phys_addr_t memblock_reserved_kern_size(phys_addr_t limit, int nid);
phys_addr_t memblock_reserved_hugetlb_size(phys_addr_t limit, int nid);
int memblock_mark_kho_scratch(phys_addr_t base, phys_addr_t size);
int memblock_clear_kho_scratch(phys_addr_t base, phys_addr_t size);
unsigned int memblock_mark_kho_pieces(const struct kho_piece *pieces,
				      unsigned int nr);
int memblock_clear_kho_unpreserved(phys_addr_t base, phys_addr_t size);
bool memblock_kho_is_usable(phys_addr_t base, phys_addr_t size);
phys_addr_t memblock_phys_alloc_unpreserved(phys_addr_t size, phys_addr_t align,
					    phys_addr_t start, phys_addr_t end,
					    int nid);
void memblock_set_kho_scratch_only(void);
void memblock_clear_kho_scratch_only(void);

static inline __init_memblock int memblock_reserve_kern(phys_addr_t base,
							phys_addr_t size)
{
	return __memblock_reserve(base, size, NUMA_NO_NODE, MEMBLOCK_RSRV_KERN);
}

#else /* CONFIG_MEMBLOCK_KHO_SCRATCH */

static inline __init_memblock int memblock_reserve_kern(phys_addr_t base,
							phys_addr_t size)
{
	return memblock_reserve(base, size);
}

static inline int memblock_mark_kho_scratch(phys_addr_t base, phys_addr_t size)
{
	return 0;
}

static inline int memblock_clear_kho_scratch(phys_addr_t base, phys_addr_t size)
{
	return 0;
}

static inline bool memblock_kho_is_usable(phys_addr_t base, phys_addr_t size)
{
	return true;
}

static inline phys_addr_t
memblock_phys_alloc_unpreserved(phys_addr_t size, phys_addr_t align,
				phys_addr_t start, phys_addr_t end, int nid)
{
	return 0;
}

static inline void memblock_set_kho_scratch_only(void) { }

static inline void memblock_clear_kho_scratch_only(void) { }

#endif /* CONFIG_MEMBLOCK_KHO_SCRATCH */

#endif /* _LINUX_MEMBLOCK_KHO_H */
