// SPDX-License-Identifier: GPL-2.0
/*
 * memblock after a kexec handover: the marks on its memory.
 *
 * There may be a marked region for each gigabyte of memory. So all of them are
 * made in one pass over memblock's list, and taken away in another. Must never
 * mark a byte that was not asked for.
 */

#include <linux/kernel.h>
#include <linux/memblock.h>
#include <linux/pfn.h>
#include <linux/string.h>

#include "memblock_kho.h"

/* Append a part of a region to the list, or to the last one in it. */
static void __init_memblock memblock_kho_put(struct memblock_type *type,
					     const struct memblock_region *r,
					     phys_addr_t start, phys_addr_t end,
					     enum memblock_flags flags)
{
	struct memblock_region *last = &type->regions[type->cnt];

	if (start >= end)
		return;

	if (type->cnt && last[-1].base + last[-1].size == start &&
	    last[-1].flags == flags &&
	    memblock_get_region_node(&last[-1]) == memblock_get_region_node(r)) {
		last[-1].size += end - start;
		return;
	}

	*last = *r;
	last->base = start;
	last->size = end - start;
	last->flags = flags;
	type->cnt++;
}

/*
 * Give memory in @nr sorted @pieces the flags in @set, and take those in @clear
 * away. Each piece makes the list longer by two regions at most, for which there
 * is room. The list is moved to the end of its array, and written again from the
 * start: what is written never reaches what is still to be read.
 */
static void __init_memblock memblock_kho_change(const struct kho_piece *piece,
						unsigned long nr,
						enum memblock_flags set,
						enum memblock_flags clear)
{
	struct memblock_type *type = &memblock.memory;
	const struct kho_piece *last = piece + nr;
	unsigned long i, cnt = type->cnt;
	struct memblock_region *src = type->regions + type->max - cnt;

	memmove(src, type->regions, cnt * sizeof(*src));
	type->cnt = 0;
	for (i = 0; i < cnt; i++) {
		const struct memblock_region r = src[i];
		phys_addr_t pos = r.base, end = r.base + r.size;

		for (; piece < last && PFN_PHYS(piece->start) < end; piece++) {
			phys_addr_t from = max(pos, PFN_PHYS(piece->start));
			phys_addr_t to = min(end, PFN_PHYS(piece->end));

			if (from < to) {
				memblock_kho_put(type, &r, pos, from, r.flags);
				memblock_kho_put(type, &r, from, to,
						 (r.flags | set) & ~clear);
				pos = to;
			}
			/* There is more of it in the next region. */
			if (PFN_PHYS(piece->end) > end)
				break;
		}
		memblock_kho_put(type, &r, pos, end, r.flags);
	}
}

static int __init_memblock memblock_kho_clear(phys_addr_t base,
					      phys_addr_t size,
					      enum memblock_flags flag)
{
	phys_addr_t end = base + min(size, PHYS_ADDR_MAX - base);
	const struct kho_piece piece = {
		.start = PFN_DOWN(base),
		.end = PFN_DOWN(end),
	};

	/* No region is cut if it is all of them. */
	if (memblock.memory.cnt &&
	    (base > memblock_start_of_DRAM() || end < memblock_end_of_DRAM()) &&
	    memblock_make_room(&memblock.memory, 2) < 2)
		return -ENOMEM;

	memblock_kho_change(&piece, 1, 0, flag);
	return 0;
}

/**
 * memblock_mark_kho_scratch - Mark memory that kexec handover preserves nothing
 *	in
 * @base: physical start address in bytes
 * @size: size in bytes
 *
 * Return: 0 on success, -errno on failure.
 */
int __init_memblock memblock_mark_kho_scratch(phys_addr_t base,
					      phys_addr_t size)
{
	memblock_kho_note_scratch(base, size);
	return memblock_setclr_flag(&memblock.memory, base, size, 1,
				    MEMBLOCK_KHO_SCRATCH);
}

/**
 * memblock_clear_kho_scratch - Undo memblock_mark_kho_scratch()
 * @base: physical start address in bytes, of a page
 * @size: size in bytes, of whole pages
 *
 * Return: 0 on success, -errno on failure.
 */
int __init_memblock memblock_clear_kho_scratch(phys_addr_t base,
					       phys_addr_t size)
{
	memblock_kho_forget_scratch(base, size);
	return memblock_kho_clear(base, size, MEMBLOCK_KHO_SCRATCH);
}

/**
 * memblock_mark_kho_pieces - Mark memory of which nothing was preserved
 * @pieces: the memory, sorted by address
 * @nr: number of pieces
 *
 * Return: how many pieces are marked, from the first one on. Fewer than @nr if
 * memblock's list of regions cannot grow.
 */
unsigned int __init memblock_mark_kho_pieces(const struct kho_piece *pieces,
					     unsigned int nr)
{
	unsigned long room = memblock_make_room(&memblock.memory, 2UL * nr);

	nr = min_t(unsigned long, nr, room / 2);
	memblock_kho_change(pieces, nr, MEMBLOCK_KHO_UNPRESERVED, 0);
	return nr;
}

/**
 * memblock_clear_kho_unpreserved - Undo memblock_mark_kho_pieces()
 * @base: physical start address in bytes, of a page
 * @size: size in bytes, of whole pages
 *
 * Return: 0 on success, -errno on failure.
 */
int __init memblock_clear_kho_unpreserved(phys_addr_t base, phys_addr_t size)
{
	return memblock_kho_clear(base, size, MEMBLOCK_KHO_UNPRESERVED);
}

/**
 * memblock_kho_join - leave out regions that only our marks tell apart
 * @region: a region of memory; set to the last one that would be one with it
 *	if nothing had been handed over
 *
 * For those who go through all regions and do something that takes long for
 * each, such as printing a line.
 *
 * Return: the size of all of them.
 */
phys_addr_t __init memblock_kho_join(struct memblock_region **region)
{
	struct memblock_region *r = *region, *first = r;
	struct memblock_region *end = memblock.memory.regions +
				      memblock.memory.cnt;

	/* The pages of each region without a mapping are looked at. */
	while (r + 1 < end && !memblock_is_nomap(r) &&
	       r->base + r->size == r[1].base &&
	       memblock_get_region_node(r) == memblock_get_region_node(r + 1) &&
	       !((r->flags ^ r[1].flags) & ~MEMBLOCK_KHO_ANY))
		r++;
	*region = r;
	return r->base + r->size - first->base;
}

/**
 * memblock_kho_join_pfn - the same in a loop of for_each_mem_pfn_range()
 * @i: index of a region; set to that of the last one
 * @end_pfn: set to the page frame after it
 */
void __init memblock_kho_join_pfn(int *i, unsigned long *end_pfn)
{
	struct memblock_region *r = &memblock.memory.regions[*i];
	phys_addr_t start = r->base;

	*end_pfn = PFN_DOWN(start + memblock_kho_join(&r));
	*i = r - memblock.memory.regions;
}
