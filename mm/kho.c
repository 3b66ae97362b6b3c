// SPDX-License-Identifier: GPL-2.0
/*
 * Kexec HandOver: what only mm may do with the struct pages of preserved memory.
 *
 * From boot until they are restored these pages belong to nobody: they are
 * initialised, not reserved, not managed, and the first one of each block
 * carries the block's order.
 */

#include <linux/cacheflush.h>
#include <linux/cma.h>
#include <linux/init.h>
#include <linux/kasan.h>
#include <linux/kmemleak.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/pgalloc_tag.h>
#include <linux/vmalloc.h>

#include "internal.h"
#include "../kernel/liveupdate/kho_internal.h"

/**
 * kho_mm_init_block - prepare the struct pages of a preserved block
 * @pfn: first page frame.
 * @order: log2 of the number of pages.
 *
 * Context: Boot, before memblock is released, from which the block is reserved
 * as MEMBLOCK_RSRV_NOINIT so that nobody else touches its struct pages.
 */
void __init kho_mm_init_block(unsigned long pfn, unsigned int order)
{
	union kho_page_info info = {
		.order = order,
		.magic = KHO_PAGE_MAGIC,
	};
	int nid = early_pfn_to_nid(pfn);
	unsigned long i;

	for (i = 0; i < 1UL << order; i++)
		init_deferred_page(pfn + i, nid);

	pfn_to_page(pfn)->private = info.private;
}

/* Whether the next kernel's firmware map shows a page: hot-added RAM it misses. */
static bool kho_mm_is_boot_memory(struct page *page)
{
#ifdef CONFIG_MEMORY_HOTPLUG
	return early_section(__pfn_to_section(page_to_pfn(page)));
#else
	return true;
#endif
}

/* So many blocks of hot-added memory are put aside before giving up. */
#define KHO_MM_ALLOC_TRIES	32

/**
 * kho_mm_alloc_folio - allocate memory that can be handed over
 * @order: log2 of the number of pages.
 *
 * Context: Process context, may sleep.
 * Return: a zeroed folio, or NULL.
 */
struct folio *kho_mm_alloc_folio(unsigned int order)
{
	struct folio *folio = NULL, *rejected[KHO_MM_ALLOC_TRIES];
	unsigned int nr = 0;

	/* Blocks put aside are not offered again. */
	while (!folio && nr < KHO_MM_ALLOC_TRIES) {
		folio = folio_alloc(GFP_KERNEL | __GFP_ZERO, order);
		if (!folio)
			break;
		if (!kho_mm_is_boot_memory(&folio->page)) {
			rejected[nr++] = folio;
			folio = NULL;
		}
	}

	while (nr)
		folio_put(rejected[--nr]);
	return folio;
}

/**
 * kho_mm_release_pageblock - let movable pages use a reserved pageblock
 * @page: its first page.
 *
 * Context: Boot, after all struct pages are initialised.
 */
void __init kho_mm_release_pageblock(struct page *page)
{
	init_cma_reserved_pageblock(page);
	totalcma_pages += pageblock_nr_pages;
}

/* What a page lacks that did not come from the page allocator. */
static void kho_mm_adopt_pages(struct page *page, unsigned long nr_pages)
{
	unsigned long i;

	for (i = 0; i < nr_pages; i++)
		clear_page_tag_ref(page + i);
	adjust_managed_page_count(page, nr_pages);
}

/**
 * kho_mm_make_folio - make a restored block a folio
 * @page: first page.
 * @order: log2 of the number of pages.
 */
void kho_mm_make_folio(struct page *page, unsigned int order)
{
	unsigned long i;

	kho_mm_adopt_pages(page, 1UL << order);
	for (i = 1; i < 1UL << order; i++)
		set_page_count(page + i, 0);
	set_page_count(page, 1);
	if (order)
		prep_compound_page(page, order);
	kasan_unpoison_pages(page, order, false);
}

/**
 * kho_mm_make_pages - make a restored block order-0 pages
 * @page: first page.
 * @nr_pages: number of pages.
 */
void kho_mm_make_pages(struct page *page, unsigned long nr_pages)
{
	unsigned long i;

	kho_mm_adopt_pages(page, nr_pages);
	for (i = 0; i < nr_pages; i++) {
		set_page_count(page + i, 1);
		kasan_unpoison_pages(page + i, 0, false);
	}
}

/**
 * kho_mm_vmap - make a vmalloc area of pages that are there already
 * @pages: array of kvmalloc(), one entry for each base page. Belongs to the area
 *	afterwards.
 * @nr_pages: number of entries, a multiple of 2^@order.
 * @order: log2 of the base pages in each contiguous, aligned block.
 * @vm_flags: VM_ALLOW_HUGE_VMAP or 0.
 *
 * The area is as if vmalloc() had made it: vfree() frees it with its pages.
 *
 * Return: the address, or NULL; then @pages is still the caller's.
 */
void *kho_mm_vmap(struct page **pages, unsigned int nr_pages,
		  unsigned int order, unsigned long vm_flags)
{
	unsigned long size = (unsigned long)nr_pages << PAGE_SHIFT;
	unsigned int shift = PAGE_SHIFT + order;
	struct vm_struct *area;
	unsigned long addr;

	area = __get_vm_area_node(size, 1UL << shift, shift,
				  VM_ALLOC | VM_UNINITIALIZED | vm_flags,
				  VMALLOC_START, VMALLOC_END, NUMA_NO_NODE,
				  GFP_KERNEL, __builtin_return_address(0));
	if (!area)
		return NULL;

	addr = (unsigned long)area->addr;
	area->page_order = order;
	if (vmap_pages_range_noflush(addr, addr + size, PAGE_KERNEL, pages,
				     shift)) {
		free_vm_area(area);
		return NULL;
	}
	flush_cache_vmap(addr, addr + size);

	area->pages = pages;
	area->nr_pages = nr_pages;
	atomic_long_add(nr_pages, &nr_vmalloc_pages);
	area->addr = kasan_unpoison_vmalloc(area->addr, size,
					    KASAN_VMALLOC_PROT_NORMAL |
					    KASAN_VMALLOC_VM_ALLOC);
	/* Pairs with the smp_rmb() of those who look at other people's areas. */
	smp_wmb();
	area->flags &= ~VM_UNINITIALIZED;
	kmemleak_vmalloc(area, size, GFP_KERNEL);

	return area->addr;
}
