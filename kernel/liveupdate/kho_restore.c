// SPDX-License-Identifier: GPL-2.0
/*
 * Kexec HandOver: preserved memory back to its owner in the successor.
 *
 * A block can be taken only once, only at its start, and only if it was really
 * handed over: its first page carries a tag until then.
 */

#define pr_fmt(fmt) "KHO: " fmt

#include <linux/bug.h>
#include <linux/export.h>
#include <linux/io.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/pfn.h>

#include "kho_internal.h"
#include "kho_radix.h"

static DEFINE_PER_CPU(unsigned long, kho_restored_pages);

/**
 * kho_restored - how much was restored so far
 *
 * Return: number of pages, the tracker's own included.
 */
unsigned long kho_restored(void)
{
	unsigned long pages = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		pages += per_cpu(kho_restored_pages, cpu);
	return pages;
}

/**
 * kho_restore_block - take the block that starts at an address
 * @phys: physical address.
 * @max_order: highest order that will do.
 * @order: set to the order the block was preserved with.
 *
 * Its pages are still as boot left them; the caller makes a folio or pages of
 * them.
 *
 * Return: the first page, or NULL if nothing preserved starts at @phys, or not
 * any more (warns once), or if pages of the handover itself are in it (one line).
 */
struct page *kho_restore_block(phys_addr_t phys, unsigned int max_order,
			       unsigned int *order)
{
	union kho_page_info info;
	struct page *page;

	page = pfn_to_online_page(PHYS_PFN(phys));
	if (!page || !PAGE_ALIGNED(phys))
		return NULL;

	if (WARN_ON_ONCE(!kho_release_early(PHYS_PFN(phys))))
		return NULL;

	/* Whoever clears the tag owns the block. */
	info.private = READ_ONCE(page->private);
	if (info.magic == KHO_OWN_MAGIC) {
		pr_err("block at %#llx of order %u is not restored: the handover itself is in it\n",
		       (u64)phys, info.order);
		return NULL;
	}
	if (WARN_ON_ONCE(info.magic != KHO_PAGE_MAGIC ||
			 info.order > max_order) ||
	    WARN_ON_ONCE(!try_cmpxchg(&page->private, &info.private, 0)))
		return NULL;

	*order = info.order;
	this_cpu_add(kho_restored_pages, 1UL << info.order);
	return page;
}

/**
 * kho_free_own - free a page of the handover itself
 * @pfn: its page frame.
 *
 * Context: Boot, when all struct pages are initialised.
 */
void __init kho_free_own(unsigned long pfn)
{
	struct page *page = pfn_to_page(pfn);
	union kho_page_info info = { .private = page->private };

	/* Somebody has reserved it since: his it is. */
	if (info.magic != KHO_OWN_MAGIC)
		return;

	set_page_private(page, 0);
	this_cpu_add(kho_restored_pages, 1);
	kho_mm_make_folio(page, 0);
	folio_put(page_folio(page));
}

/**
 * kho_handed_over_order - the order of a block that can be restored
 * @phys: physical address.
 *
 * To look before taking: what a foreign kernel says need not be true.
 *
 * Return: the order of the block that starts at @phys; -ENOENT if none does, or
 * not any more.
 */
int kho_handed_over_order(phys_addr_t phys)
{
	struct page *page = pfn_to_online_page(PHYS_PFN(phys));
	union kho_page_info info;

	if (!page || !PAGE_ALIGNED(phys))
		return -ENOENT;

	if (!kho_release_early(PHYS_PFN(phys)))
		return -ENOENT;

	info.private = READ_ONCE(page->private);
	return info.magic == KHO_PAGE_MAGIC ? info.order : -ENOENT;
}

/**
 * kho_is_handed_over - tell whether a block can be restored
 * @phys: physical address.
 * @order: order the block must have been preserved with.
 *
 * Return: true if a block of @order starts at @phys and nobody took it yet.
 */
bool kho_is_handed_over(phys_addr_t phys, unsigned int order)
{
	int found = kho_handed_over_order(phys);

	return found >= 0 && (unsigned int)found == order;
}

/**
 * kho_restore_folio - take a folio over from the previous kernel
 * @phys: physical address of the start of a preserved folio.
 *
 * Context: From early initcalls on.
 * Return: the folio, with the order it had and one reference, which is the
 * caller's. NULL if there is none at @phys, or not any more (warns once).
 */
struct folio *kho_restore_folio(phys_addr_t phys)
{
	unsigned int order;
	struct page *page;

	page = kho_restore_block(phys, KHO_RADIX_MAX_ORDER, &order);
	if (!page)
		return NULL;

	kho_mm_make_folio(page, order);
	return page_folio(page);
}
EXPORT_SYMBOL_GPL(kho_restore_folio);

/**
 * kho_restore_pages - take pages over from the previous kernel
 * @phys: physical address of the first page.
 * @nr_pages: number of pages; both as they were preserved.
 *
 * Blocks are followed by the order that each was preserved with, which is not
 * always the one that @phys and @nr_pages suggest: ranges across NUMA nodes are
 * cut.
 *
 * Context: From early initcalls on.
 * Return: the first page; each page has one reference, which is the caller's.
 * NULL if one of the blocks is not there (warns once) or reaches beyond the
 * range; what came before it stays restored.
 */
struct page *kho_restore_pages(phys_addr_t phys, unsigned long nr_pages)
{
	unsigned long pfn = PHYS_PFN(phys), end = pfn + nr_pages;
	unsigned int order;
	struct page *page;

	while (pfn < end) {
		page = kho_restore_block(PFN_PHYS(pfn), ilog2(end - pfn),
					 &order);
		if (!page)
			return NULL;

		kho_mm_make_pages(page, 1UL << order);
		pfn += 1UL << order;
	}
	return pfn_to_online_page(PHYS_PFN(phys));
}
EXPORT_SYMBOL_GPL(kho_restore_pages);

/**
 * kho_restore_undo - let a block be restored again
 * @page: first page of a block of kho_restore_pages(), or a folio of one page.
 *	The caller's reference is the only one, and is given up.
 * @order: the order it was preserved with.
 */
void kho_restore_undo(struct page *page, unsigned int order)
{
	this_cpu_add(kho_restored_pages, -(1UL << order));
	kho_mm_unmake_pages(page, order);
}

/**
 * kho_restore_free - free memory that the previous kernel got from
 *	kho_alloc_preserve()
 * @mem: its address in the linear map, NULL does nothing.
 *
 * Context: From early initcalls on.
 */
void kho_restore_free(void *mem)
{
	struct folio *folio;

	if (!mem)
		return;

	folio = kho_restore_folio(virt_to_phys(mem));
	if (!WARN_ON(!folio))
		folio_put(folio);
}
EXPORT_SYMBOL_GPL(kho_restore_free);
