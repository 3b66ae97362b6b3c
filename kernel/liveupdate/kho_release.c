// SPDX-License-Identifier: GPL-2.0
/*
 * Kexec HandOver: memory to the page allocator, around what is preserved.
 *
 * Preserved memory is reserved nowhere. Whoever gives memory to the page
 * allocator at boot asks here for the holes between preserved blocks, and the
 * blocks get their tags on the way. Tables of the tracker are preserved as well,
 * until nobody has to ask any more. Must never call a page free that belongs to
 * a key.
 */

#define pr_fmt(fmt) "KHO: " fmt

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

#include "kho_internal.h"
#include "kho_radix.h"

/* Orders that a key can have in a tree that was checked, and the tables. */
#define KHO_MAX_SOURCES	(KHO_RADIX_MAX_ORDER - KHO_BITMAP_SIZE_LOG2 + 2)

/* Blocks of one order in one tree. */
static struct kho_source {
	phys_addr_t root;
	unsigned int order;
} kho_sources[KHO_MAX_SOURCES] __initdata;

static unsigned int kho_nr_sources __initdata;

/* The tracker's own pages, until they are freed. */
static struct kho_radix_tree *kho_tables __initdata;

/* No memory is left to release: all blocks have their tags. */
bool kho_released __ro_after_init;

/**
 * kho_release_start - set what must not be released
 * @root: root of the tree of what is preserved.
 * @orders: a bit for each order in it.
 * @tables: the pages of its tables, each a key of order 0.
 */
void __init kho_release_start(phys_addr_t root, unsigned long orders,
			      struct kho_radix_tree *tables)
{
	unsigned int order = BITS_PER_LONG;

	kho_nr_sources = 0;
	while (order--)
		if (orders & BIT(order))
			kho_sources[kho_nr_sources++] = (struct kho_source) {
				.root = root,
				.order = order,
			};
	kho_sources[kho_nr_sources++] = (struct kho_source) {
		.root = virt_to_phys(tables->root),
	};
	kho_tables = tables;
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
	walk->at[source].next = kho_tree_find(&walk->at[source].cursor, pfn,
					      walk->end);
}

static void __init kho_release_begin(struct kho_release_walk *walk,
				     unsigned long pfn, unsigned long end)
{
	unsigned int i;

	walk->end = end;
	for (i = 0; i < kho_nr_sources; i++) {
		walk->at[i].cursor = (struct kho_tree_cursor) {
			.root = kho_sources[i].root,
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
		stop = min(kho_tree_find_end(&walk.at[s].cursor, start),
			   max(limit, start + 1));
		stop = (((stop - 1) >> order) + 1) << order;
		if (start < pfn)
			start += 1UL << order;
		kho_mm_tag_blocks(start, min(stop, end), order);

		pfn = stop;
		for (i = 0; i < kho_nr_sources; i++) {
			if (walk.at[i].next >= pfn)
				continue;
			if (i != s)
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

	kho_release_walk(pfn, end, free);
	atomic_long_add(get_cycles() - start, &kho_release_cycles);
}

/**
 * kho_release_count - how much of a range is preserved
 * @pfn: first page frame.
 * @end: the page frame after the range.
 *
 * Return: number of pages, those of tables included.
 */
unsigned long __init kho_release_count(unsigned long pfn, unsigned long end)
{
	unsigned long pages = 0;
	unsigned int i;

	for (i = 0; i < kho_nr_sources; i++)
		pages += kho_tree_count(kho_sources[i].root,
					kho_sources[i].order, pfn, end);
	/* More only if something is preserved twice. */
	return min(pages, end - pfn);
}

/* Blocks of a source that lie in a reserved region only in part. */
static void __init kho_release_trim(const struct kho_source *source,
				    unsigned long pfn, unsigned long end)
{
	struct kho_tree_cursor cursor = {
		.root = source->root,
		.order = source->order,
	};
	unsigned long start, stop;

	for (start = kho_tree_find(&cursor, pfn, end); start < end;
	     start = kho_tree_find(&cursor, stop, end)) {
		stop = start + (1UL << source->order);
		if (start < pfn || stop > end) {
			pr_warn("%lu preserved pages at %#llx overlap reserved memory, they are lost\n",
				stop - start, (u64)PFN_PHYS(start));
			kho_tree_forget(&cursor, start);
		}
		if (stop >= end)
			break;
	}
}

/**
 * kho_release_check_reserved - forget what overlaps reserved memory
 *
 * Firmware or this kernel owns what is reserved, whoever thought he preserved
 * it. A block that is reserved as a whole, as a reserve_mem= region is, just
 * stays so.
 *
 * Context: Boot, right before memblock is released.
 * Return: number of pages that are preserved and reserved.
 */
unsigned long __init kho_release_check_reserved(void)
{
	unsigned long pfn, end, pages = 0;
	struct memblock_region *r;
	unsigned int i;

	for_each_reserved_mem_region(r) {
		pfn = PFN_DOWN(r->base);
		end = PFN_UP(r->base + r->size);
		for (i = 0; i < kho_nr_sources; i++)
			kho_release_trim(&kho_sources[i], pfn, end);
		pages += kho_release_count(pfn, end);
	}
	return pages;
}

static int __init kho_release_block(unsigned long pfn, unsigned int order)
{
	int err;

	/* Whoever initialises the rest of the struct pages skips these. */
	err = __memblock_reserve(PFN_PHYS(pfn), PAGE_SIZE << order,
				 NUMA_NO_NODE, MEMBLOCK_RSRV_NOINIT);
	if (err)
		return err;

	kho_mm_init_pages(pfn, 1UL << order);
	kho_mm_tag_blocks(pfn, pfn + (1UL << order), order);
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
			.root = kho_sources[i].root,
			.order = kho_sources[i].order,
		};

		start = kho_tree_find(&cursor, pfn, pfn + 1);
		if (start > pfn)
			continue;
		/* In a larger one, all there is, or somebody asked before. */
		if (start < pfn ||
		    kho_mm_is_init(pfn + (1UL << cursor.order) - 1))
			break;
		return memblock_is_region_reserved(PFN_PHYS(pfn), PAGE_SIZE) ||
		       !kho_release_block(pfn, cursor.order);
	}
	return kho_mm_is_init(pfn);
}

static int __init kho_release_table(unsigned long key, void *data)
{
	unsigned int order;
	phys_addr_t phys = PFN_PHYS(kho_key_decode(key, &order));
	struct folio *folio;

	/* Somebody else's, if the tree preserves its own tables. */
	if (!kho_is_handed_over(phys, 0))
		return 0;
	folio = kho_restore_folio(phys);
	if (folio)
		folio_put(folio);
	return 0;
}

/* All struct pages are initialised: nobody has to ask any more. */
static int __init kho_release_finish(void)
{
	static const struct kho_radix_walk_cb cb = { .leaf = kho_release_table };

	if (!is_kho_boot())
		return 0;

	kho_released = true;
	kho_radix_walk_tree(kho_tables, &cb, NULL);
	kho_radix_destroy_tree(kho_tables);
	kho_in_note_release(atomic_long_read(&kho_release_cycles));
	return 0;
}
pure_initcall(kho_release_finish);
