// SPDX-License-Identifier: GPL-2.0
/*
 * Kexec HandOver: memory that the next kernel sees.
 *
 * Firmware shows the next kernel the memory of boot. What was hot-added later it
 * does not show, so nothing in there can be handed over. The page allocator knows
 * no difference, and whole zones may be hot-added: where it offers such memory, a
 * pageblock of boot memory is emptied, and its pages are taken. What was in it
 * moves, also to hot-added memory. Must never end a process for want of memory.
 */

#include <linux/gfp.h>
#include <linux/kexec_handover.h>
#include <linux/memblock.h>
#include <linux/memcontrol.h>
#include <linux/memory_hotplug.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/page-isolation.h>
#include <linux/pgalloc_tag.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/string.h>
#include <linux/topology.h>

#include "internal.h"
#include "kho.h"
#include "../kernel/liveupdate/kho_internal.h"

/* No OOM killer. Whoever asks says what he cannot preserve. */
#define KHO_MM_NO_OOM		(__GFP_RETRY_MAYFAIL | __GFP_NOWARN)

#ifdef CONFIG_MEMORY_HOTPLUG
/* So much may turn out not to be movable before giving up. */
#define KHO_MM_TRIES		256

/* The last block that was taken, where the search goes on; 0 if there is none. */
static unsigned long kho_mm_taken;

/* Ask for memory of a zone; the page allocator may take a lower one. */
static struct folio *kho_mm_ask_zone(gfp_t gfp, unsigned int order,
				     struct page *page)
{
	enum zone_type type = page_zonenum(page);

	if (type == gfp_zone(__GFP_DMA))
		gfp |= __GFP_DMA;
	else if (type == gfp_zone(__GFP_DMA32))
		gfp |= __GFP_DMA32;
	return __folio_alloc(gfp | __GFP_THISNODE, order, page_to_nid(page),
			     NULL);
}

/*
 * Looks without a lock, to leave out what certainly holds something unmovable. Sets
 * the type that the range is to have again if it cannot be emptied; it may change.
 */
static bool kho_mm_can_empty(unsigned long pfn, unsigned long nr,
			     enum migratetype *mt)
{
	struct page *page = pfn_to_online_page(pfn), *last;
	unsigned long i;

	if (!page)
		return false;
	last = nth_page(page, nr - 1);
	*mt = get_pageblock_migratetype(page);
	if (page_zone(page) != page_zone(last) ||
	    page_zonenum(page) == ZONE_MOVABLE ||
	    (*mt != MIGRATE_MOVABLE && *mt != MIGRATE_UNMOVABLE))
		return false;

	for (i = 0; i < nr; i++) {
		page = pfn_to_page(pfn + i);
		/* All get this type back: no scratch must be among them. */
		if (!(i % pageblock_nr_pages) &&
		    get_pageblock_migratetype(page) != *mt)
			return false;
		if (PageReserved(page) ||
		    ((page_ref_count(page) || PageCompound(page)) &&
		     !PageLRU(page)))
			return false;
	}
	return true;
}

/* Make a folio of the start of a range that was taken, and free the rest. */
static struct folio *kho_mm_keep(unsigned long pfn, unsigned long nr, gfp_t gfp,
				 unsigned int order)
{
	struct page *page = pfn_to_page(pfn);
	struct folio *folio;
	unsigned long i;

	/* The next one who asks like us is offered the rest before anything else. */
	for (i = 0; i + pageblock_nr_pages <= nr; i += pageblock_nr_pages)
		set_pageblock_migratetype(pfn_to_page(pfn + i),
					  MIGRATE_UNMOVABLE);
	free_contig_range(pfn + (1UL << order), nr - (1UL << order));

	for (i = 1; i < 1UL << order; i++) {
		set_page_count(page + i, 0);
		clear_page_tag_ref(page + i);
	}
	if (order)
		prep_compound_page(page, order);
	folio = page_rmappable_folio(page);

	if (gfp & __GFP_ACCOUNT && memcg_kmem_charge_page(page, gfp, order)) {
		folio_put(folio);
		return NULL;
	}
	if (gfp & __GFP_ZERO)
		memset(page_address(page), 0, PAGE_SIZE << order);
	return folio;
}

/* Returns whether the range was taken; what fails counts as one of @tries. */
static bool kho_mm_empty(unsigned long pfn, unsigned long nr, unsigned int *tries)
{
	enum migratetype mt;

	cond_resched();
	if (!*tries || fatal_signal_pending(current) ||
	    !kho_mm_is_boot_memory(pfn) || !kho_mm_can_empty(pfn, nr, &mt))
		return false;
	--*tries;
	return !alloc_contig_range(pfn, pfn + nr, mt,
				   GFP_KERNEL | KHO_MM_NO_OOM);
}

/*
 * Empty a block of boot memory and take it. Downwards, because lower zones are
 * scarce, from the block on that was taken last, and at most once around. What is
 * left of that one comes first, in case that the page allocator does not offer it.
 */
static struct folio *kho_mm_take(gfp_t gfp, unsigned int order)
{
	const unsigned long nr = 1UL << max_t(unsigned int, order, pageblock_order);
	const unsigned long part = 1UL << order;
	unsigned long end = ALIGN(max_pfn, nr), pfn, left;
	unsigned int tries = KHO_MM_TRIES;

	pfn = ALIGN_DOWN(READ_ONCE(kho_mm_taken), nr);
	for (left = pfn ? nr : 0; left; left -= part)
		if (kho_mm_empty(pfn + left - part, part, &tries))
			return kho_mm_keep(pfn + left - part, part, gfp, order);

	tries = KHO_MM_TRIES;
	for (left = end; left && tries; left -= nr) {
		pfn = (pfn ?: end) - nr;
		if (kho_mm_empty(pfn, nr, &tries)) {
			WRITE_ONCE(kho_mm_taken, pfn);
			return kho_mm_keep(pfn, nr, gfp, order);
		}
	}
	return NULL;
}

/* A folio, or NULL if it is hot-added memory, which is freed. */
static struct folio *kho_mm_want_boot_memory(struct folio *folio)
{
	if (!folio || kho_mm_is_boot_memory(folio_pfn(folio)))
		return folio;
	folio_put(folio);
	return NULL;
}

static struct folio *kho_mm_alloc_boot_memory(gfp_t gfp, unsigned int order)
{
	struct page *taken = pfn_to_online_page(READ_ONCE(kho_mm_taken));
	struct folio *folio = NULL;

	/* The first page of all is never taken: it stands for none. */
	if (taken && page_to_pfn(taken))
		folio = kho_mm_ask_zone(gfp, order, taken);
	return kho_mm_want_boot_memory(folio) ?: kho_mm_take(gfp, order);
}
#else
static struct folio *kho_mm_want_boot_memory(struct folio *folio)
{
	return folio;
}

static struct folio *kho_mm_alloc_boot_memory(gfp_t gfp, unsigned int order)
{
	return NULL;
}
#endif

/**
 * kho_mm_alloc_folio - allocate memory that can be handed over
 * @gfp: GFP_KERNEL, GFP_KERNEL_ACCOUNT or GFP_USER, and __GFP_ZERO or not.
 * @order: log2 of the number of pages.
 * @nid: node that is preferred, or NUMA_NO_NODE.
 *
 * Context: Process context, may sleep, but hold no folio locked: folios of others
 * may have to move.
 * Return: a folio in memory of boot and not in scratch, or NULL.
 */
struct folio *kho_mm_alloc_folio(gfp_t gfp, unsigned int order, int nid)
{
	struct folio *folio;

	gfp |= KHO_MM_NO_OOM;
	if (nid == NUMA_NO_NODE)
		nid = numa_mem_id();
	folio = __folio_alloc(gfp, order, nid, NULL);
	/* Memory is short, of whatever kind. */
	if (!folio)
		return NULL;
	return kho_mm_want_boot_memory(folio) ?:
		kho_mm_alloc_boot_memory(gfp, order);
}
