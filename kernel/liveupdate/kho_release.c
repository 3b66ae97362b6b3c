// SPDX-License-Identifier: GPL-2.0
/*
 * Kexec HandOver: memory to the page allocator, around what is preserved.
 *
 * Preserved memory is reserved nowhere. Whoever gives memory to the page
 * allocator at boot asks here for the holes between preserved blocks, and the
 * blocks get their tags on the way. What the handover itself needs is preserved as
 * well, tables until nobody has to ask any more. Must never call a page free that
 * belongs to a key.
 */

#define pr_fmt(fmt) "KHO: " fmt

#include <linux/align.h>
#include <linux/atomic.h>
#include <linux/bitops.h>
#include <linux/init.h>
#include <linux/kexec_handover.h>
#include <linux/memblock.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/pfn.h>
#include <linux/printk.h>
#include <linux/string.h>
#include <linux/timex.h>

#include "kho_hwpoison.h"
#include "kho_internal.h"
#include "kho_radix.h"

/* Orders that a key can have in a tree that was checked, and our own pages. */
#define KHO_MAX_SOURCES	(KHO_RADIX_MAX_ORDER - KHO_BITMAP_SIZE_LOG2 + 2)

/* Blocks of one order in the tree, or the pages of the handover itself. */
static struct kho_source {
	bool own;
	unsigned int order;
} kho_sources[KHO_MAX_SOURCES] __initdata;

static unsigned int kho_nr_sources __initdata;

/* What is preserved. */
static phys_addr_t kho_release_root __initdata;
static unsigned long kho_release_orders __initdata;

/* No memory is left to release: all blocks have their tags. */
bool kho_released __ro_after_init;

/**
 * kho_release_start - set what must not be released
 * @root: root of the tree of what is preserved.
 * @orders: a bit for each order in it.
 *
 * And the pages of kho_own.c.
 */
void __init kho_release_start(phys_addr_t root, unsigned long orders)
{
	unsigned int order = BITS_PER_LONG;

	kho_release_root = root;
	kho_release_orders = orders;
	kho_nr_sources = 0;
	while (order--)
		if (orders & BIT(order))
			kho_sources[kho_nr_sources++] = (struct kho_source) {
				.order = order,
			};
	kho_sources[kho_nr_sources++] = (struct kho_source) { .own = true };
}

/* One walk over a range of memory. */
struct kho_release_walk {
	unsigned long end;
	struct {
		struct kho_tree_cursor cursor;
		unsigned long next;	/* first block that ends after the page */
	} at[KHO_MAX_SOURCES];
};

static void __init kho_release_seek(struct kho_release_walk *walk,
				    unsigned int source, unsigned long pfn)
{
	if (kho_sources[source].own)
		walk->at[source].next = kho_own_find(pfn, walk->end);
	else
		walk->at[source].next = kho_tree_find(&walk->at[source].cursor,
						      pfn, walk->end);
}

/* Where a block ends, and those that follow it. */
static unsigned long __init kho_release_run(struct kho_release_walk *walk,
					    unsigned int source,
					    unsigned long pfn)
{
	if (kho_sources[source].own)
		return pfn + 1;
	return kho_tree_find_end(&walk->at[source].cursor, pfn);
}

static void __init kho_release_begin(struct kho_release_walk *walk,
				     unsigned long pfn, unsigned long end)
{
	unsigned int i;

	walk->end = end;
	for (i = 0; i < kho_nr_sources; i++) {
		walk->at[i].cursor = (struct kho_tree_cursor) {
			.root = kho_release_root,
			.order = kho_sources[i].order,
		};
		kho_release_seek(walk, i, pfn);
	}
}

/*
 * The source with the first block, the largest one if there are several; and
 * where the next block of another source is, at which a run of blocks ends.
 */
static unsigned int __init kho_release_first(struct kho_release_walk *walk,
					     unsigned long *limit)
{
	unsigned int i, first = 0;

	*limit = walk->end;
	for (i = 1; i < kho_nr_sources; i++) {
		if (walk->at[i].next < walk->at[first].next) {
			*limit = walk->at[first].next;
			first = i;
		} else {
			*limit = min(*limit, walk->at[i].next);
		}
	}
	return first;
}

static void __init kho_release_hole(unsigned long pfn, unsigned long end,
				    void (*free)(unsigned long pfn,
						 unsigned long end))
{
	kho_mm_poison(pfn, end);
	free(pfn, end);
}

/*
 * Tag the blocks that start from @pfn on and before @end. One that has a page of
 * our own in it is nobody's.
 */
static void __init kho_release_tag(unsigned long pfn, unsigned long end,
				   unsigned int order)
{
	unsigned long last = ALIGN(end, 1UL << order), own, block;

	while (pfn < end) {
		own = kho_own_find(pfn, last);
		block = own < last ? ALIGN_DOWN(own, 1UL << order) : end;
		kho_mm_tag_blocks(pfn, block, order, KHO_PAGE_MAGIC);
		if (block < end)
			kho_mm_tag_blocks(block, block + 1, order, KHO_OWN_MAGIC);
		pfn = block + (1UL << order);
	}
}

/* And the pages of our own from @pfn on and before @end. */
static void __init kho_release_tag_own(unsigned long pfn, unsigned long end)
{
	for (pfn = kho_own_find(pfn, end); pfn < end;
	     pfn = kho_own_find(pfn + 1, end))
		kho_mm_tag_blocks(pfn, pfn + 1, 0, KHO_OWN_MAGIC);
}

/* Free the holes of a range, tag the blocks that start in it. */
static void __init kho_release_walk(unsigned long pfn, unsigned long end,
				    void (*free)(unsigned long pfn,
						 unsigned long end))
{
	struct kho_release_walk walk;
	unsigned long start, stop, limit;
	unsigned int i, s, order;

	kho_release_begin(&walk, pfn, end);
	while (pfn < end) {
		s = kho_release_first(&walk, &limit);
		start = walk.at[s].next;
		if (start >= end) {
			kho_release_hole(pfn, end, free);
			break;
		}
		if (start > pfn)
			kho_release_hole(pfn, start, free);

		/* Whole blocks, whatever else is in them. */
		order = kho_sources[s].order;
		stop = min(kho_release_run(&walk, s, start),
			   max(limit, start + 1));
		stop = (((stop - 1) >> order) + 1) << order;
		kho_release_tag(start < pfn ? start + (1UL << order) : start,
				min(stop, end), order);
		kho_release_tag_own(max(start, pfn), min(stop, end));

		pfn = stop;
		for (i = 0; i < kho_nr_sources; i++) {
			/* One that has no more blocks here stands at the end. */
			if (walk.at[i].next >= min(pfn, end))
				continue;
			if (i != s && !kho_sources[i].own)
				pr_warn_once("memory at %#llx is preserved twice, only the larger block can be restored\n",
					     (u64)PFN_PHYS(walk.at[i].next));
			kho_release_seek(&walk, i, pfn);
		}
	}
}

static atomic_long_t kho_release_cycles __initdata;

/**
 * kho_release_range - release memory, and prepare what is preserved of it
 * @pfn: first page frame of the range. Struct pages are initialised.
 * @end: the page frame after the range.
 * @free: frees a part of it.
 *
 * Blocks that start in the range can be restored afterwards.
 *
 * Context: Boot, from when memblock is released on. Several threads may work on
 * different ranges.
 */
void __init kho_release_range(unsigned long pfn, unsigned long end,
			      void (*free)(unsigned long pfn,
					   unsigned long end))
{
	cycles_t start = get_cycles();

	kho_hwpoison_mark(pfn, end);
	kho_release_walk(pfn, end, free);
	atomic_long_add(get_cycles() - start, &kho_release_cycles);
}

/**
 * kho_release_count - how much of a range is preserved
 * @pfn: first page frame.
 * @end: the page frame after the range.
 *
 * Return: number of pages, those of tables included, each counted once.
 */
unsigned long __init kho_release_count(unsigned long pfn, unsigned long end)
{
	unsigned long pages, own;

	pages = kho_tree_count(kho_release_root, kho_release_orders, pfn, end);
	for (own = kho_own_find(pfn, end); own < end;
	     own = kho_own_find(own + 1, end))
		if (!kho_tree_any(kho_release_root, kho_release_orders, own,
				  own + 1))
			pages++;
	return pages;
}

/* Blocks of an order that lie in a reserved region only in part. */
static bool __init kho_release_trim(unsigned int order, unsigned long pfn,
				    unsigned long end)
{
	struct kho_tree_cursor cursor = {
		.root = kho_release_root,
		.order = order,
	};
	unsigned long start, stop;
	bool trimmed = false;

	for (start = kho_tree_find(&cursor, pfn, end); start < end;
	     start = kho_tree_find(&cursor, stop, end)) {
		stop = start + (1UL << order);
		if (start < pfn || stop > end) {
			pr_warn("%lu preserved pages at %#llx overlap reserved memory, they are lost\n",
				stop - start, (u64)PFN_PHYS(start));
			kho_tree_forget(&cursor, start);
			trimmed = true;
		}
		if (stop >= end)
			break;
	}
	return trimmed;
}

/**
 * kho_release_check_reserved - forget what overlaps reserved memory
 *
 * Firmware or this kernel owns what is reserved, whoever thought he preserved
 * it. A block that is reserved as a whole, as a reserve_mem= region is, just
 * stays so.
 *
 * Context: Boot, right before memblock is released.
 * Return: true if there was any.
 */
bool __init kho_release_check_reserved(void)
{
	struct memblock_region *r;
	unsigned int order;
	bool trimmed = false;

	for_each_reserved_mem_region(r)
		for_each_set_bit(order, &kho_release_orders, BITS_PER_LONG)
			trimmed |= kho_release_trim(order, PFN_DOWN(r->base),
						    PFN_UP(r->base + r->size));
	return trimmed;
}

static int __init kho_release_block(unsigned long pfn, unsigned int order)
{
	int err = kho_mm_init_block(pfn, order);

	if (err)
		return err;

	kho_hwpoison_mark(pfn, pfn + (1UL << order));
	kho_release_tag(pfn, pfn + (1UL << order), order);
	kho_release_tag_own(pfn, pfn + (1UL << order));
	return 0;
}

/**
 * kho_release_block_early - have a block's tag before its turn
 * @pfn: page frame that somebody wants to restore a block at.
 *
 * With deferred initialisation of struct pages an early initcall can be
 * earlier.
 *
 * Context: Process context, until the deferred initialisation begins.
 * Return: true if the struct page of @pfn can be looked at.
 */
bool __ref kho_release_block_early(unsigned long pfn)
{
	unsigned long start;
	unsigned int i;

	if (!is_kho_boot())
		return true;

	for (i = 0; i < kho_nr_sources; i++) {
		struct kho_tree_cursor cursor = {
			.root = kho_release_root,
			.order = kho_sources[i].order,
		};

		start = kho_sources[i].own ?
			kho_own_find(pfn, pfn + 1) :
			kho_tree_find(&cursor, pfn, pfn + 1);
		if (start > pfn)
			continue;
		/* In a larger one, all there is, or somebody asked before. */
		if (start < pfn || kho_mm_is_init(pfn, 1UL << cursor.order))
			break;
		return memblock_is_region_reserved(PFN_PHYS(pfn), PAGE_SIZE) ||
		       !kho_release_block(pfn, cursor.order);
	}
	return kho_mm_is_init(pfn, 1);
}

/* All struct pages are initialised: nobody has to ask any more. */
static int __init kho_release_finish(void)
{
	if (!is_kho_boot())
		return 0;

	kho_released = true;
	kho_own_free(PHYS_PFN(kho_in.fdt));
	kho_in_note_release(atomic_long_read(&kho_release_cycles));
	return 0;
}
pure_initcall(kho_release_finish);
