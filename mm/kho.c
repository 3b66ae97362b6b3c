// SPDX-License-Identifier: GPL-2.0
/*
 * Kexec HandOver: what only mm may do with the struct pages of preserved memory.
 *
 * From boot until they are restored these pages belong to nobody: they are
 * initialised, not reserved, not managed, and the first one of each block
 * carries the block's order.
 */

#define pr_fmt(fmt) "KHO: " fmt

#include <linux/align.h>
#include <linux/cacheflush.h>
#include <linux/cma.h>
#include <linux/init.h>
#include <linux/irqflags.h>
#include <linux/kasan.h>
#include <linux/kexec_handover.h>
#include <linux/kmemleak.h>
#include <linux/kstrtox.h>
#include <linux/log2.h>
#include <linux/memblock.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/page-isolation.h>
#include <linux/pgalloc_tag.h>
#include <linux/poison.h>
#include <linux/printk.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "internal.h"
#include "kho.h"
#include "memblock_kho.h"
#include "../kernel/liveupdate/kho_internal.h"

#ifdef CONFIG_KEXEC_HANDOVER_DEBUG
/* Overwrite what is not preserved, so that it is missed if it should be. */
static bool kho_poison __initdata;

static int __init kho_poison_setup(char *arg)
{
	if (!arg || kstrtobool(arg, &kho_poison)) {
		pr_err("kho_poison=%s ignored: neither on nor off\n", arg ?: "");
		return -EINVAL;
	}
	return 0;
}
early_param("kho_poison", kho_poison_setup);

/**
 * kho_mm_poison - overwrite memory that is about to be freed, if that is wanted
 * @pfn: first page frame.
 * @end: the page frame after the range.
 */
void __init kho_mm_poison(unsigned long pfn, unsigned long end)
{
	if (!kho_poison)
		return;
	accept_memory(PFN_PHYS(pfn), PFN_PHYS(end - pfn));
	memset(pfn_to_kaddr(pfn), PAGE_POISON, PFN_PHYS(end - pfn));
}
#endif

/*
 * And those of its buddies up to the largest order, which the page allocator
 * looks at when a page is freed. Nobody owns them: they are initialised again
 * when it is their turn. What is reserved has been initialised, or handed out.
 */
static void __init kho_mm_init_pages(unsigned long pfn, unsigned long nr_pages)
{
	unsigned long i = ALIGN_DOWN(pfn, MAX_ORDER_NR_PAGES);
	unsigned long end = pfn + nr_pages;

	for (; i < ALIGN(end, MAX_ORDER_NR_PAGES); i++)
		if ((i >= pfn && i < end) ||
		    (memblock_is_region_memory(PFN_PHYS(i), PAGE_SIZE) &&
		     !memblock_is_region_reserved(PFN_PHYS(i), PAGE_SIZE)))
			init_deferred_page(i, early_pfn_to_nid(i));
}

/**
 * kho_mm_init_block - initialise the struct pages of a preserved block now
 * @pfn: its first page frame.
 * @order: log2 of its number of pages.
 *
 * The block is reserved, so that whoever initialises the rest skips it. That may
 * be deferred_grow_zone() in an interrupt, which goes through memblock's lists,
 * too: so none may come while they change. They get longer before, because that
 * may sleep; the one time that the old list is from memblock, giving it back is a
 * change with interrupts on.
 *
 * Context: Process context, while the boot processor is alone.
 * Return: 0, or -ENOMEM.
 */
int __init kho_mm_init_block(unsigned long pfn, unsigned int order)
{
	unsigned long flags;
	int err;

	/* No other reservation overlaps it, so it is one more at most. */
	if (!memblock_make_room(&memblock.reserved, 1))
		return -ENOMEM;

	local_irq_save(flags);
	err = __memblock_reserve(PFN_PHYS(pfn), PAGE_SIZE << order,
				 NUMA_NO_NODE, MEMBLOCK_RSRV_NOINIT);
	if (!err)
		kho_mm_init_pages(pfn, 1UL << order);
	local_irq_restore(flags);
	return err;
}

/**
 * kho_mm_is_init - tell whether the struct pages of a range are initialised
 * @pfn: first page frame, all of the range in memory, on any nodes.
 * @nr_pages: number of pages.
 *
 * Context: Boot, before the deferred initialisation or after it.
 * Return: true if all of them are.
 */
bool __init kho_mm_is_init(unsigned long pfn, unsigned long nr_pages)
{
	struct memblock_region *r;
	unsigned long start, end;

	for_each_mem_region(r) {
		start = max(pfn, memblock_region_memory_base_pfn(r));
		end = min(pfn + nr_pages, memblock_region_memory_end_pfn(r));
		if (start < end &&
		    end > first_deferred_page(memblock_get_region_node(r)))
			return false;
	}
	return true;
}

/**
 * kho_mm_tag_blocks - tell blocks by their first struct page
 * @pfn: first page frame of the first block.
 * @end: blocks that start there or later are not meant.
 * @order: log2 of the number of pages of each block.
 * @magic: KHO_PAGE_MAGIC, or KHO_OWN_MAGIC so that they cannot be restored.
 */
void __init kho_mm_tag_blocks(unsigned long pfn, unsigned long end,
			      unsigned int order, unsigned int magic)
{
	const union kho_page_info info = {
		.order = order,
		.magic = magic,
	};

	for (; pfn < end; pfn += 1UL << order)
		set_page_private(pfn_to_page(pfn), info.private);
}

/**
 * kho_mm_free_early - release a range that is not reserved in memblock
 * @pfn: first page frame.
 * @end: the page frame after the range, which is on one node.
 * @free: frees a part of it.
 *
 * On a boot without handover that is all of it. Pages whose struct pages are
 * not initialised yet are left to kho_mm_free_deferred().
 *
 * Return: how many pages are free, or will be.
 */
unsigned long __init kho_mm_free_early(unsigned long pfn, unsigned long end,
				       void (*free)(unsigned long pfn,
						    unsigned long end))
{
	unsigned long early_end;

	if (!is_kho_boot()) {
		free(pfn, end);
		return end - pfn;
	}

	early_end = min(end, first_deferred_page(early_pfn_to_nid(pfn)));
	if (pfn < early_end)
		kho_release_range(pfn, early_end, free);
	return end - pfn - kho_release_count(pfn, end);
}

#ifdef CONFIG_DEFERRED_STRUCT_PAGE_INIT
/**
 * kho_init_reserved_pageblock - the type of a pageblock whose start is not free
 * @pfn: its first page frame, whose struct page was just initialised.
 *
 * Nobody gives such a pageblock a type later. Scratch that would be taken for
 * unmovable must not happen.
 *
 * Context: Boot, or memory that is added later.
 */
void __meminit kho_init_reserved_pageblock(unsigned long pfn)
{
	if (is_kho_boot())
		set_pageblock_migratetype(pfn_to_page(pfn),
					  kho_scratch_migratetype(pfn,
								  MIGRATE_MOVABLE));
}

/* In the largest chunks that the hole allows. */
static void __init kho_mm_free_hole(unsigned long pfn, unsigned long end)
{
	unsigned int order;

	accept_memory(PFN_PHYS(pfn), PFN_PHYS(end - pfn));
	for (; pfn < end; pfn += 1UL << order) {
		order = min(MAX_PAGE_ORDER, ilog2(end - pfn));
		if (pfn)
			order = min_t(unsigned int, order, __ffs(pfn));
		__free_pages_core(pfn_to_page(pfn), order, MEMINIT_EARLY);
	}
}

/**
 * kho_mm_free_deferred - release a range whose struct pages were deferred
 * @pfn: first page frame. Struct pages are initialised by now.
 * @end: the page frame after the range.
 *
 * Context: Boot after a handover, several threads.
 */
void __init kho_mm_free_deferred(unsigned long pfn, unsigned long end)
{
	unsigned long block;
	enum migratetype mt;

	/* Preserved ones too: they are ordinary memory once they are freed. */
	for (block = pageblock_align(pfn); block < end;
	     block += pageblock_nr_pages) {
		mt = kho_scratch_migratetype(block, MIGRATE_MOVABLE);
		set_pageblock_migratetype(pfn_to_page(block), mt);
	}
	kho_release_range(pfn, end, kho_mm_free_hole);
}
#endif

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

/**
 * kho_mm_count_pageblock - count a pageblock as CMA that has that type already
 * @page: its first page.
 *
 * Context: Boot, after all struct pages are initialised.
 */
void __init kho_mm_count_pageblock(struct page *page)
{
	page_zone(page)->cma_pages += pageblock_nr_pages;
	totalcma_pages += pageblock_nr_pages;
}

/* What a page lacks that did not come from the page allocator. */
static void kho_mm_adopt_pages(struct page *page, unsigned long nr_pages)
{
	unsigned long i;

	for (i = 0; i < nr_pages; i++)
		clear_page_tag_ref(nth_page(page, i));
	adjust_managed_page_count(page, nr_pages);
}

/**
 * kho_mm_make_folio - make a restored block a folio
 * @page: first page.
 * @order: log2 of the number of pages.
 */
void kho_mm_make_folio(struct page *page, unsigned int order)
{
	struct page *tail;
	unsigned long i;

	kho_mm_adopt_pages(page, 1UL << order);
	set_page_count(page, 1);
	/* prep_compound_page() does not go beyond a section. */
	for (i = 1; i < 1UL << order; i++) {
		tail = nth_page(page, i);
		set_page_count(tail, 0);
		set_page_private(tail, 0);
		tail->mapping = TAIL_MAPPING;
		set_compound_head(tail, page);
	}
	if (order) {
		__SetPageHead(page);
		prep_compound_head(page, order);
	}
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
		set_page_count(nth_page(page, i), 1);
		kasan_unpoison_pages(nth_page(page, i), 0, false);
	}
}

/**
 * kho_mm_unmake_pages - make order-0 pages a block again that can be restored
 * @page: first page; each page has one reference.
 * @order: log2 of the number of pages.
 */
void kho_mm_unmake_pages(struct page *page, unsigned int order)
{
	const union kho_page_info info = {
		.order = order,
		.magic = KHO_PAGE_MAGIC,
	};

	adjust_managed_page_count(page, -(1L << order));
	/* From here on it can be somebody else's. */
	set_page_private(page, info.private);
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
