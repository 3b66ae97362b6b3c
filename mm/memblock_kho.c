// SPDX-License-Identifier: GPL-2.0
/*
 * memblock after a kexec handover: which memory may be allocated before all is
 * known that the previous kernel preserved, and what memblock tells of its
 * reservations.
 */

#include <linux/kernel.h>
#include <linux/kexec_handover.h>
#include <linux/kmemleak.h>
#include <linux/memblock.h>
#include <linux/mm.h>
#include <linux/sizes.h>

#include "memblock_kho.h"

/*
 * After a kexec handover, until memblock is released, memory is searched for by
 * these rules, and nothing else decides where from:
 *
 *  - choose_memblock_flags() asks for MEMBLOCK_KHO_ANY, whatever is mirrored;
 *  - memblock_find_in_range_node() passes that on to memblock_kho_find(), which
 *    takes what is marked MEMBLOCK_KHO_SCRATCH, and if there is none of it on the
 *    node, what is marked MEMBLOCK_KHO_UNPRESERVED, and of that what breaks the
 *    smallest gigantic pages;
 *  - memblock_phys_alloc_unpreserved() asks for MEMBLOCK_KHO_UNPRESERVED only, and
 *    so does memblock_alloc_hugetlb();
 *  - should_skip_region() leaves out whatever does not have the flag asked for.
 *
 * A search with none of these flags, as others make it to look at all that is
 * free, is not affected: what it finds may be preserved.
 */
bool memblock_kho_scratch_only __initdata_memblock;

/**
 * memblock_set_kho_scratch_only - allocate only what kexec handover cannot need
 *
 * From now on every search for memory to allocate considers only regions that
 * are marked MEMBLOCK_KHO_SCRATCH or MEMBLOCK_KHO_UNPRESERVED, because anything
 * else may hold what the previous kernel preserved.
 */
void __init memblock_set_kho_scratch_only(void)
{
	memblock_kho_scratch_only = true;
}

/**
 * memblock_clear_kho_scratch_only - allocate from everywhere again
 */
void __init memblock_clear_kho_scratch_only(void)
{
	memblock_kho_scratch_only = false;
}

/* Bytes of [@start, @end) that are reserved with all of @flags. */
static phys_addr_t __init memblock_reserved_overlap(phys_addr_t start,
						    phys_addr_t end,
						    enum memblock_flags flags)
{
	struct memblock_region *r;
	phys_addr_t size = 0;

	for_each_reserved_mem_region(r) {
		phys_addr_t from = max(start, r->base);
		phys_addr_t to = min(end, r->base + r->size);

		if ((r->flags & flags) == flags && from < to)
			size += to - from;
	}
	return size;
}

/* Bytes below @limit on node @nid that are reserved with all of @flags. */
static phys_addr_t __init memblock_reserved_flag_size(phys_addr_t limit, int nid,
						      enum memblock_flags flags)
{
	struct memblock_region *m;
	phys_addr_t size = 0;

	if (!numa_valid_node(nid))
		return memblock_reserved_overlap(0, limit, flags);

	/* Only memory is known to be on a node, most reservations are not. */
	for_each_mem_region(m) {
		if (memblock_get_region_node(m) == nid)
			size += memblock_reserved_overlap(m->base,
							  min(limit, m->base +
							      m->size),
							  flags);
	}
	return size;
}

/**
 * memblock_reserved_kern_size - sum of what is reserved for kernel use
 * @limit: count only below this physical address
 * @nid: count only this node, or NUMA_NO_NODE for all
 *
 * Return: the size in bytes.
 */
phys_addr_t __init memblock_reserved_kern_size(phys_addr_t limit, int nid)
{
	return memblock_reserved_flag_size(limit, nid, MEMBLOCK_RSRV_KERN);
}

/**
 * memblock_reserved_hugetlb_size - sum of what is allocated for gigantic pages
 * @limit: count only below this physical address
 * @nid: count only this node, or NUMA_NO_NODE for all
 *
 * Return: the size in bytes.
 */
phys_addr_t __init memblock_reserved_hugetlb_size(phys_addr_t limit, int nid)
{
	return memblock_reserved_flag_size(limit, nid, MEMBLOCK_RSRV_HUGETLB);
}

/**
 * memblock_kho_is_usable - Tell whether nothing can be preserved in a range
 * @base: physical start address in bytes
 * @size: size in bytes
 *
 * For those who reserve memory at an address that was given to them.
 *
 * Return: true without a kexec handover, or if all of the range is marked.
 */
bool __init memblock_kho_is_usable(phys_addr_t base, phys_addr_t size)
{
	phys_addr_t end = base + size;
	struct memblock_region *r;

	if (!memblock_kho_scratch_only)
		return true;

	for_each_mem_region(r) {
		if (base >= end || r->base > base)
			break;
		if ((memblock_is_kho_scratch(r) ||
		     memblock_is_kho_unpreserved(r)) &&
		    r->base + r->size > base)
			base = r->base + r->size;
	}
	return base >= end;
}

static phys_addr_t __init
memblock_find_unpreserved(phys_addr_t size, phys_addr_t align, phys_addr_t start,
			  phys_addr_t end, int nid)
{
	return memblock_find_in_range_node(size, align, start, end, nid,
					   MEMBLOCK_KHO_UNPRESERVED);
}

/* What can still be allocated after a kexec handover, wherever it is. */
static phys_addr_t __init memblock_kho_free_size(void)
{
	phys_addr_t start, end, size = 0;
	u64 i;

	for_each_free_mem_range(i, NUMA_NO_NODE, MEMBLOCK_KHO_SCRATCH, &start,
				&end, NULL)
		size += end - start;
	for_each_free_mem_range(i, NUMA_NO_NODE, MEMBLOCK_KHO_UNPRESERVED,
				&start, &end, NULL)
		size += end - start;
	return size;
}

/**
 * memblock_mark_hugetlb - count reserved memory as that of gigantic pages
 * @base: physical start address in bytes
 * @size: size in bytes
 *
 * The kernel boots without it, as it does without gigantic pages.
 */
void __init memblock_mark_hugetlb(phys_addr_t base, phys_addr_t size)
{
	memblock_setclr_flag(&memblock.reserved, base, size, 1,
			     MEMBLOCK_RSRV_KERN | MEMBLOCK_RSRV_HUGETLB);
}

static unsigned long __init memblock_count_blocks(phys_addr_t start,
						  phys_addr_t end,
						  phys_addr_t size)
{
	start = round_up(start, size);
	end = round_down(end, size);
	return start < end ? (end - start) / size : 0;
}

/**
 * memblock_count_hugetlb - count places for gigantic pages after a kexec handover
 * @size: size of a page in bytes, and its alignment
 * @nid: node of the pages, or NUMA_NO_NODE for any
 * @flags: MEMBLOCK_KHO_UNPRESERVED, or MEMBLOCK_NONE to count as if nothing had
 *	been preserved
 *
 * Return: how many could be allocated outside of scratch.
 */
unsigned long __init memblock_count_hugetlb(phys_addr_t size, int nid,
					    enum memblock_flags flags)
{
	phys_addr_t start = 0, end = 0, this_start, this_end;
	unsigned long nr = 0;
	u64 i;

	/* Free ranges end where flags change: put them together. */
	for_each_free_mem_range(i, nid, flags, &this_start, &this_end, NULL) {
		if (kho_scratch_overlap(this_start, this_end - this_start))
			continue;
		if (this_start != end) {
			nr += memblock_count_blocks(start, end, size);
			start = this_start;
		}
		end = this_end;
	}
	return nr + memblock_count_blocks(start, end, size);
}

/**
 * memblock_phys_alloc_unpreserved - allocate outside of scratch after a handover
 * @size: size in bytes
 * @align: alignment in bytes
 * @start: lower bound of the memory, a physical address
 * @end: upper bound of the memory, a physical address, or one of
 *	MEMBLOCK_ALLOC_ACCESSIBLE and MEMBLOCK_ALLOC_ANYWHERE
 * @nid: node of the memory, or NUMA_NO_NODE for any
 *
 * For memory that is kept for others. The kernel boots without it, and may not
 * boot if it takes what scratch is for, or all there is: as much as two memory
 * maps, and a little, is left.
 *
 * Return: the physical address, or 0 if there is no such memory that is known not
 * to be preserved. Without a kexec handover there never is.
 */
phys_addr_t __init memblock_phys_alloc_unpreserved(phys_addr_t size,
						   phys_addr_t align,
						   phys_addr_t start,
						   phys_addr_t end, int nid)
{
	phys_addr_t left = memblock_phys_mem_size() / 32 + SZ_32M, phys;

	if (memblock_kho_free_size() < size + left)
		return 0;

	phys = memblock_find_unpreserved(size, align, start, end, nid);
	if (!phys || memblock_reserve_kern(phys, size))
		return 0;

	/* As memblock_alloc_range_nid() does, for those who tell to ignore it. */
	kmemleak_alloc_phys(phys, size, 0);
	accept_memory(phys, size);
	return phys;
}

static void * __init memblock_alloc_unpreserved(phys_addr_t size, int nid,
						bool exact_nid)
{
	phys_addr_t phys;

	phys = memblock_find_unpreserved(size, size, 0,
					 MEMBLOCK_ALLOC_ACCESSIBLE, nid);
	if (!phys && !exact_nid && numa_valid_node(nid))
		phys = memblock_find_unpreserved(size, size, 0,
						 MEMBLOCK_ALLOC_ACCESSIBLE,
						 NUMA_NO_NODE);
	if (!phys || memblock_reserve_kern(phys, size))
		return NULL;

	accept_memory(phys, size);
	return phys_to_virt(phys);
}

/**
 * memblock_alloc_hugetlb - allocate a gigantic page for hugetlb
 * @size: size of the page in bytes, and its alignment
 * @nid: node of the page
 * @exact_nid: whether the page must be on @nid
 *
 * Gigantic pages may be preserved by a kexec handover, therefore they must not
 * come from scratch: after a handover, they come from what was not preserved.
 * They are counted by memblock_reserved_hugetlb_size().
 *
 * Return: the address of the page, which is not zeroed, or NULL.
 */
void * __init memblock_alloc_hugetlb(phys_addr_t size, int nid, bool exact_nid)
{
	void *page;

	if (memblock_kho_scratch_only)
		page = memblock_alloc_unpreserved(size, nid, exact_nid);
	else if (exact_nid)
		page = memblock_alloc_exact_nid_raw(size, size, 0,
						    MEMBLOCK_ALLOC_ACCESSIBLE,
						    nid);
	else
		page = memblock_alloc_try_nid_raw(size, size, 0,
						  MEMBLOCK_ALLOC_ACCESSIBLE,
						  nid);
	if (page)
		memblock_setclr_flag(&memblock.reserved, __pa(page), size, 1,
				     MEMBLOCK_RSRV_HUGETLB);
	return page;
}

/*
 * A region that is to be handed over has pages of its own, for only pages can be,
 * and lies outside of scratch.
 */
static phys_addr_t __init memblock_alloc_new_reserve_mem(const char *name,
							 phys_addr_t size,
							 phys_addr_t align)
{
	phys_addr_t start;

	if (!kho_is_enabled())
		return memblock_phys_alloc(size, align);

	size = PAGE_ALIGN(size);
	align = max_t(phys_addr_t, align, PAGE_SIZE);
	if (!memblock_kho_scratch_only)
		return memblock_phys_alloc(size, align);

	start = memblock_phys_alloc_unpreserved(size, align, 0,
						MEMBLOCK_ALLOC_ACCESSIBLE,
						NUMA_NO_NODE);
	if (!start)
		pr_warn("KHO: reserve_mem: no memory outside of scratch for the %#llx bytes of region \"%s\", booting without it\n",
			(u64)size, name);
	return start;
}

/**
 * memblock_alloc_reserve_mem - memory for a region of reserve_mem=
 * @name: label of the region
 * @size: size in bytes
 * @align: alignment in bytes
 *
 * The previous kernel may have handed the region over. If not it is allocated, so
 * that it can be handed over to the next one; with kho=off just so. Memory for
 * others is no sign of how much the kernel itself needs to boot.
 *
 * Return: the physical address, or 0 if there is no memory.
 */
phys_addr_t __init memblock_alloc_reserve_mem(const char *name,
					      phys_addr_t size,
					      phys_addr_t align)
{
	phys_addr_t start = kho_reserve_mem_revive(name, size, align);

	if (!start)
		start = memblock_alloc_new_reserve_mem(name, size, align);
	if (!start || !kho_is_enabled())
		return start;

	memblock_setclr_flag(&memblock.reserved, start, PAGE_ALIGN(size), 0,
			     MEMBLOCK_RSRV_KERN);
	kho_reserve_mem_track(name, start, size);
	return start;
}
