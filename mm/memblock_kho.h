/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Kexec handover: what memblock and its parts share, and what hugetlb asks of it.
 */
#ifndef _MM_MEMBLOCK_KHO_H
#define _MM_MEMBLOCK_KHO_H

#include <linux/kexec_handover.h>
#include <linux/memblock.h>

/* memblock.c, for memblock_kho*.c */
unsigned long memblock_make_room(struct memblock_type *type, unsigned long nr);
int memblock_setclr_flag(struct memblock_type *type, phys_addr_t base,
			 phys_addr_t size, int set, int flag);
phys_addr_t memblock_find_in_range_node(phys_addr_t size, phys_addr_t align,
					phys_addr_t start, phys_addr_t end,
					int nid, enum memblock_flags flags);

/* All that can be allocated after a handover; a search takes scratch first. */
#define MEMBLOCK_KHO_ANY	(MEMBLOCK_KHO_SCRATCH | MEMBLOCK_KHO_UNPRESERVED)

#ifdef CONFIG_MEMBLOCK_KHO_SCRATCH

extern bool memblock_kho_scratch_only;

/* memblock_kho_find.c */
void memblock_kho_note_scratch(phys_addr_t base, phys_addr_t size);
void memblock_kho_forget_scratch(phys_addr_t base, phys_addr_t size);
phys_addr_t memblock_kho_find(phys_addr_t size, phys_addr_t align,
			      phys_addr_t start, phys_addr_t end, int nid);
phys_addr_t memblock_kho_alloc_memmap(phys_addr_t start, phys_addr_t section,
				      int nid, phys_addr_t *size);
/* memblock_kho_mark.c */
phys_addr_t memblock_kho_join(struct memblock_region **region);
void memblock_kho_join_pfn(int *i, unsigned long *end_pfn);
/* memblock_kho.c */
void *memblock_alloc_hugetlb(phys_addr_t size, int nid, bool exact_nid);
void memblock_mark_hugetlb(phys_addr_t base, phys_addr_t size);
unsigned long memblock_count_hugetlb(phys_addr_t size, int nid,
				     enum memblock_flags flags);
phys_addr_t memblock_alloc_reserve_mem(const char *name, phys_addr_t size,
				       phys_addr_t align);

/*
 * Adding a range without flags to regions that have some keeps theirs: firmware
 * memory over the scratch areas of a kexec handover, or a reservation that
 * reaches into one for kernel use. Two different sets of flags are a conflict.
 */
static inline bool memblock_flags_conflict(enum memblock_flags a,
					   enum memblock_flags b)
{
	return a && b && a != b;
}

static inline bool memblock_kho_any(enum memblock_flags flags)
{
	return (flags & MEMBLOCK_KHO_ANY) == MEMBLOCK_KHO_ANY;
}

/* Skip what may be preserved if only other memory is wanted. */
static inline bool memblock_kho_skip(struct memblock_region *m, int flags)
{
	return flags & MEMBLOCK_KHO_ANY & ~m->flags;
}

#else /* CONFIG_MEMBLOCK_KHO_SCRATCH */

#define memblock_kho_scratch_only	false

static inline phys_addr_t memblock_kho_find(phys_addr_t size, phys_addr_t align,
					    phys_addr_t start, phys_addr_t end,
					    int nid)
{
	return 0;
}

static inline phys_addr_t
memblock_kho_alloc_memmap(phys_addr_t start, phys_addr_t section, int nid,
			  phys_addr_t *size)
{
	return 0;
}

static __always_inline phys_addr_t
memblock_kho_join(struct memblock_region **region)
{
	return (*region)->size;
}

static inline void memblock_kho_join_pfn(int *i, unsigned long *end_pfn) { }

static __always_inline void *memblock_alloc_hugetlb(phys_addr_t size, int nid,
						    bool exact_nid)
{
	if (exact_nid)
		return memblock_alloc_exact_nid_raw(size, size, 0,
						    MEMBLOCK_ALLOC_ACCESSIBLE,
						    nid);
	return memblock_alloc_try_nid_raw(size, size, 0,
					  MEMBLOCK_ALLOC_ACCESSIBLE, nid);
}

static inline void memblock_mark_hugetlb(phys_addr_t base, phys_addr_t size) { }

static inline unsigned long memblock_count_hugetlb(phys_addr_t size, int nid,
						   enum memblock_flags flags)
{
	return 0;
}

static __always_inline phys_addr_t
memblock_alloc_reserve_mem(const char *name, phys_addr_t size, phys_addr_t align)
{
	return memblock_phys_alloc(size, align);
}

static inline bool memblock_flags_conflict(enum memblock_flags a,
					   enum memblock_flags b)
{
	return a != b;
}

static inline bool memblock_kho_any(enum memblock_flags flags)
{
	return false;
}

static inline bool memblock_kho_skip(struct memblock_region *m, int flags)
{
	return false;
}

#endif /* CONFIG_MEMBLOCK_KHO_SCRATCH */

/* What was handed over is not free, and scratch will be. */
static inline unsigned long kho_nr_free_pages(unsigned long nr_pages)
{
	return nr_pages - min(nr_pages, kho_in_nr_pages()) +
	       kho_scratch_nr_reserved();
}

#ifdef CONFIG_KEXEC_HANDOVER
/* mm/kho.c */
unsigned long kho_mm_free_early(unsigned long pfn, unsigned long end,
				void (*free)(unsigned long pfn,
					     unsigned long end));
#else
static __always_inline unsigned long
kho_mm_free_early(unsigned long pfn, unsigned long end,
		  void (*free)(unsigned long pfn, unsigned long end))
{
	free(pfn, end);
	return end - pfn;
}
#endif

#endif /* _MM_MEMBLOCK_KHO_H */
