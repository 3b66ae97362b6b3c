// SPDX-License-Identifier: GPL-2.0
/*
 * memblock after a kexec handover: where memory is taken from.
 *
 * memblock's list of memory may have a region for each gigabyte then. So no
 * search may go through all of it again and again: one begins where its bounds
 * say, goes through the regions once, and ends as soon as it can. Must never
 * find what is not marked.
 */

#include <linux/kernel.h>
#include <linux/kmemleak.h>
#include <linux/memblock.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/string.h>

#include "memblock_kho.h"

/* More than a block of a gigantic page: nothing is spared. */
#define MEMBLOCK_KHO_SPARE_NONE	(SZ_16G << 1)

/*
 * Where scratch can be, the highest area first: a search need not go through
 * all memory for it. Whether it is there is told by the flags of the regions. A
 * predecessor has at most KHO_SCRATCH_MAX_USED areas; x86 adds the lowest MiB.
 */
static struct memblock_kho_area {
	phys_addr_t start;
	phys_addr_t end;
} memblock_kho_areas[128] __initdata_memblock;

static unsigned int __initdata_memblock memblock_kho_nr_areas;

/**
 * memblock_kho_note_scratch - remember where scratch is
 * @base: physical start address in bytes
 * @size: size in bytes
 */
void __init_memblock memblock_kho_note_scratch(phys_addr_t base,
					       phys_addr_t size)
{
	phys_addr_t end = base + size;
	unsigned int i = 0;

	while (i < memblock_kho_nr_areas && memblock_kho_areas[i].start > base)
		i++;

	if (memblock_kho_nr_areas == ARRAY_SIZE(memblock_kho_areas)) {
		/* What lies between them is looked at, too. */
		i = min(i, memblock_kho_nr_areas - 1);
		base = min(base, memblock_kho_areas[i].start);
		end = max(end, memblock_kho_areas[i].end);
	} else {
		memmove(&memblock_kho_areas[i + 1], &memblock_kho_areas[i],
			(memblock_kho_nr_areas - i) *
			sizeof(memblock_kho_areas[0]));
		memblock_kho_nr_areas++;
	}
	memblock_kho_areas[i].start = base;
	memblock_kho_areas[i].end = end;
}

/**
 * memblock_kho_forget_scratch - undo memblock_kho_note_scratch()
 * @base: physical start address in bytes
 * @size: size in bytes
 *
 * An area that is outside of the range in part is kept.
 */
void __init_memblock memblock_kho_forget_scratch(phys_addr_t base,
						 phys_addr_t size)
{
	phys_addr_t end = base + min(size, PHYS_ADDR_MAX - base);
	unsigned int i, n = 0;

	for (i = 0; i < memblock_kho_nr_areas; i++)
		if (memblock_kho_areas[i].start < base ||
		    memblock_kho_areas[i].end > end)
			memblock_kho_areas[n++] = memblock_kho_areas[i];
	memblock_kho_nr_areas = n;
}

/* How many regions of a list start below @end. */
static u64 __init_memblock memblock_kho_nr_below(const struct memblock_type *type,
						 phys_addr_t end)
{
	unsigned long low = 0, high = type->cnt;

	while (low < high) {
		unsigned long mid = low + (high - low) / 2;

		if (type->regions[mid].base < end)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* An index for memblock_kho_prev() that begins with what is free below @end. */
static u64 __init_memblock memblock_kho_seek(phys_addr_t end)
{
	return (u32)(memblock_kho_nr_below(&memblock.memory, end) - 1) |
	       memblock_kho_nr_below(&memblock.reserved, end) << 32;
}

/* The next free range, downwards, unless it and all after it is below @start. */
static bool __init_memblock memblock_kho_prev(u64 *i, int nid,
					      enum memblock_flags flags,
					      phys_addr_t start,
					      phys_addr_t *this_start,
					      phys_addr_t *this_end)
{
	int idx = (u32)*i;
	const struct memblock_region *r = &memblock.memory.regions[idx];

	if (idx < 0 || r->base + r->size <= start)
		return false;

	__next_mem_range_rev(i, nid, flags, &memblock.memory,
			     &memblock.reserved, this_start, this_end, NULL);
	return *i != ULLONG_MAX && *this_end > start;
}

/* The highest place for @size bytes in [@start, @end), 0 if there is none. */
static phys_addr_t __init_memblock
memblock_place_top_down(phys_addr_t start, phys_addr_t end, phys_addr_t size,
			phys_addr_t align)
{
	phys_addr_t cand;

	if (start >= end || end - start < size)
		return 0;

	cand = round_down(end - size, align);
	return cand >= start ? cand : 0;
}

/* Where the memory of each node ends: there a search for it begins. */
static phys_addr_t memblock_kho_node_end[MAX_NUMNODES] __initdata_memblock;

static void __init_memblock memblock_kho_find_nodes(void)
{
	struct memblock_region *r;
	int nid;

	for_each_mem_region(r) {
		nid = memblock_get_region_node(r);
		if (numa_valid_node(nid))
			memblock_kho_node_end[nid] = r->base + r->size;
	}
}

/* Where to begin: at the end of the node, if that is known, or at @end. */
static phys_addr_t __init_memblock memblock_kho_top(int nid, phys_addr_t end)
{
	if (!numa_valid_node(nid))
		return end;
	if (!memblock_kho_node_end[nid])
		memblock_kho_find_nodes();
	if (!memblock_kho_node_end[nid])
		return end;
	return min(end, memblock_kho_node_end[nid]);
}

/* What is searched for: the same for each free range. */
struct memblock_kho_wish {
	phys_addr_t size;
	phys_addr_t align;
	phys_addr_t start;
	phys_addr_t end;
	int nid;
};

/* The highest place in a free range that touches no aligned @block within it. */
static phys_addr_t __init_memblock
memblock_place_beside(const struct memblock_kho_wish *wish,
		      phys_addr_t this_start, phys_addr_t this_end,
		      phys_addr_t block)
{
	phys_addr_t first = this_start, last = this_start, found;

	if (block < MEMBLOCK_KHO_SPARE_NONE &&
	    round_up(this_start, block) < round_down(this_end, block)) {
		first = round_up(this_start, block);
		last = round_down(this_end, block);
	}

	found = memblock_place_top_down(max(last, wish->start),
					min(this_end, wish->end), wish->size,
					wish->align);
	if (found)
		return found;
	return memblock_place_top_down(max(this_start, wish->start),
				       min(first, wish->end), wish->size,
				       wish->align);
}

/**
 * memblock_find_sparing - find free area, spare gigantic pages
 * @wish: what is searched for
 * @least: the smallest block that is spared
 * @most: the largest block that is spared, if need be
 *
 * Gigantic pages are wanted after most other early allocations, and each needs a
 * free, aligned block of its size; the sizes depend on the architecture. Take
 * what is outside of all such blocks of @least bytes. If there is no such place,
 * take what is outside of those of twice the size, and so on up to @most.
 *
 * Return: Found address on success, 0 on failure.
 */
static phys_addr_t __init_memblock
memblock_find_sparing(const struct memblock_kho_wish *wish, phys_addr_t least,
		      phys_addr_t most)
{
	phys_addr_t best = most << 1, found = 0, place, block;
	phys_addr_t this_start, this_end;
	u64 i = memblock_kho_seek(memblock_kho_top(wish->nid, wish->end));

	while (best > least &&
	       memblock_kho_prev(&i, wish->nid, MEMBLOCK_KHO_UNPRESERVED,
				 wish->start, &this_start, &this_end)) {
		for (block = least; block < best; block <<= 1) {
			place = memblock_place_beside(wish, this_start,
						      this_end, block);
			if (place) {
				found = place;
				best = block;
			}
		}
	}
	return found;
}

static phys_addr_t __init_memblock
memblock_find_scratch(const struct memblock_kho_wish *wish)
{
	phys_addr_t this_start, this_end, found;
	unsigned int n;
	u64 i;

	for (n = 0; n < memblock_kho_nr_areas; n++) {
		phys_addr_t start = max(wish->start, memblock_kho_areas[n].start);
		phys_addr_t end = min(wish->end, memblock_kho_areas[n].end);

		i = memblock_kho_seek(end);
		while (memblock_kho_prev(&i, wish->nid, MEMBLOCK_KHO_SCRATCH,
					 start, &this_start, &this_end)) {
			/* Areas may touch: a place can lie in two. */
			found = memblock_place_top_down(max(this_start, wish->start),
							min(this_end, wish->end),
							wish->size, wish->align);
			if (found)
				return found;
		}
	}
	return 0;
}

/**
 * memblock_kho_find - find a free area that cannot be preserved
 * @size: size of free area to find
 * @align: alignment of free area to find
 * @start: start of candidate range
 * @end: end of candidate range, can be %MEMBLOCK_ALLOC_ANYWHERE or
 *       %MEMBLOCK_ALLOC_ACCESSIBLE
 * @nid: nid of the free area to find, %NUMA_NO_NODE for any node
 *
 * Return: Found address on success, 0 on failure.
 */
phys_addr_t __init_memblock memblock_kho_find(phys_addr_t size,
					      phys_addr_t align,
					      phys_addr_t start,
					      phys_addr_t end, int nid)
{
	struct memblock_kho_wish wish = {
		.size = size,
		.align = align,
		.nid = nid,
	};
	phys_addr_t found;

	/* The bounds are those of memblock_find_in_range_node(). */
	if (end == MEMBLOCK_ALLOC_ACCESSIBLE ||
	    end == MEMBLOCK_ALLOC_NOLEAKTRACE)
		end = memblock.current_limit;
	wish.start = max_t(phys_addr_t, start, PAGE_SIZE);
	wish.end = max(wish.start, end);

	if (memblock_bottom_up())
		found = memblock_find_in_range_node(size, align, start, end,
						    nid, MEMBLOCK_KHO_SCRATCH);
	else
		found = memblock_find_scratch(&wish);
	if (found)
		return found;

	found = memblock_find_sparing(&wish, SZ_32M, MEMBLOCK_KHO_SPARE_NONE);
	if (found)
		return found;

	/* Memory may have got to another node meanwhile. */
	memset(memblock_kho_node_end, 0, sizeof(memblock_kho_node_end));
	return memblock_find_sparing(&wish, SZ_32M, MEMBLOCK_KHO_SPARE_NONE);
}

/*
 * The memory map of a node, of which no hole is large enough for all. It is put
 * together of pieces. First of those that lie beside all free gigabytes, the
 * largest ones that there are: from half a gigabyte down, but not so small that
 * there are too many. Then of any, from a gigabyte down. For each size memory is
 * gone through once, downwards.
 */
static struct {
	int nid;
	bool any;
	phys_addr_t size;	/* of the pieces that are searched for now */
	phys_addr_t end;	/* there are none above it */
} memblock_kho_memmap __initdata = { .nid = NUMA_NO_NODE };

#define MEMBLOCK_KHO_MEMMAP_PIECES	SZ_1K

/* The largest size of whole sections that is not above @limit, or one section. */
static phys_addr_t __init memblock_kho_memmap_size(phys_addr_t section,
						   phys_addr_t limit)
{
	phys_addr_t size = section;

	while (size << 1 <= limit)
		size <<= 1;
	return size;
}

/* Go on with the next smaller pieces; false if there are none. */
static bool __init memblock_kho_memmap_next(phys_addr_t section, phys_addr_t all)
{
	phys_addr_t size = memblock_kho_memmap.size >> 1, least = section;

	if (!memblock_kho_memmap.any)
		least = max(least, all / MEMBLOCK_KHO_MEMMAP_PIECES);

	if (size < least) {
		if (memblock_kho_memmap.any) {
			memblock_kho_memmap.end = 0;
			return false;
		}
		memblock_kho_memmap.any = true;
		size = memblock_kho_memmap_size(section, min_t(phys_addr_t, all, SZ_1G));
	}
	memblock_kho_memmap.size = size;
	memblock_kho_memmap.end = memblock.current_limit;
	return true;
}

/**
 * memblock_kho_alloc_memmap - allocate a part of a memory map after a handover
 * @start: lower bound of the memory, a physical address
 * @section: size of the memory map of one section
 * @nid: node of the memory map
 * @size: size of all of it; set to the size of the part
 *
 * For a node whose memory map could not be allocated at once. Nodes come one
 * after the other.
 *
 * Return: the physical address of a part, of whole sections, or 0 if there is no
 * more memory that is known not to be preserved, other than scratch.
 */
phys_addr_t __init memblock_kho_alloc_memmap(phys_addr_t start,
					     phys_addr_t section, int nid,
					     phys_addr_t *size)
{
	struct memblock_kho_wish wish = {
		.align = section & -section,
		.start = start,
		.nid = nid,
	};
	phys_addr_t phys, block;

	if (memblock_kho_memmap.nid != nid) {
		memblock_kho_memmap.nid = nid;
		memblock_kho_memmap.any = false;
		memblock_kho_memmap.end = memblock.current_limit;
		memblock_kho_memmap.size =
			memblock_kho_memmap_size(section, min_t(phys_addr_t, *size, SZ_512M));
	}

	do {
		block = memblock_kho_memmap.any ? MEMBLOCK_KHO_SPARE_NONE : SZ_1G;
		wish.size = memblock_kho_memmap.size;
		wish.end = memblock_kho_memmap.end;
		phys = memblock_find_sparing(&wish, block, block);
	} while (!phys && memblock_kho_memmap_next(section, *size));

	if (!phys || memblock_reserve_kern(phys, wish.size))
		return 0;

	memblock_kho_memmap.end = phys;
	*size = wish.size;
	kmemleak_alloc_phys(phys, wish.size, 0);
	accept_memory(phys, wish.size);
	return phys;
}
