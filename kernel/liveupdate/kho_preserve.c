// SPDX-License-Identifier: GPL-2.0
/*
 * Kexec HandOver: folios and pages into the tracker.
 *
 * Refuses what cannot survive. Never leaves a range half preserved.
 */

#define pr_fmt(fmt) "KHO: " fmt

#include <kunit/test-bug.h>

#include <linux/export.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/page-flags.h>
#include <linux/printk.h>

#include "kho_internal.h"
#include "kho_radix.h"

/*
 * The first page frame of a range whose memory the next kernel's firmware map
 * does not show, because it was hot-added; @end if there is none.
 */
static unsigned long kho_find_hot_added(unsigned long pfn, unsigned long end)
{
#ifdef CONFIG_MEMORY_HOTPLUG
	for (; pfn < end; pfn = SECTION_ALIGN_DOWN(pfn) + PAGES_PER_SECTION)
		if (!early_section(__pfn_to_section(pfn)))
			return pfn;
#endif
	return end;
}

/**
 * kho_find_poisoned - find a page with a memory error
 * @pfn: first page frame of a range.
 * @end: the page frame after the range.
 *
 * Return: the first such page frame, or @end if there is none.
 */
unsigned long kho_find_poisoned(unsigned long pfn, unsigned long end)
{
#ifdef CONFIG_MEMORY_FAILURE
	if (likely(!atomic_long_read(&num_poisoned_pages)))
		return end;
	for (; pfn < end; pfn++)
		if (PageHWPoison(pfn_to_page(pfn)))
			return pfn;
#endif
	return end;
}

/* Say why memory would not survive. Returns the error. */
static noinline int kho_refuse(unsigned long pfn, unsigned long nr_pages)
{
	unsigned long end = pfn + nr_pages, bad;

	if (kho_scratch_overlap(PFN_PHYS(pfn), PFN_PHYS(nr_pages))) {
		/* A bug of the caller, but where a test asks for it. */
		WARN_ON_ONCE(IS_ENABLED(CONFIG_KEXEC_HANDOVER_DEBUG) &&
			     !kunit_get_current_test());
		pr_err_ratelimited("%lu pages at pfn %#lx lie in scratch, not preserved\n",
				   nr_pages, pfn);
		return -EINVAL;
	}

	bad = kho_find_hot_added(pfn, end);
	if (bad < end) {
		pr_err_ratelimited("pfn %#lx was hot-added and the next kernel will not see it, not preserved\n",
				   bad);
		return -EINVAL;
	}

	pr_err_ratelimited("a page of the %lu at pfn %#lx has a hardware error, not preserved\n",
			   nr_pages, pfn);
	return -EHWPOISON;
}

static bool kho_survives(unsigned long pfn, unsigned long end)
{
	return !kho_scratch_overlap(PFN_PHYS(pfn), PFN_PHYS(end - pfn)) &&
	       kho_find_hot_added(pfn, end) == end &&
	       kho_find_poisoned(pfn, end) == end;
}

/**
 * kho_check_preservable - refuse memory that would not survive
 * @pfn: first page frame.
 * @nr_pages: number of pages.
 *
 * Return: 0; -EINVAL for scratch or hot-added memory; -EHWPOISON for memory
 * that holds a page with a hardware error.
 */
int kho_check_preservable(unsigned long pfn, unsigned long nr_pages)
{
	if (unlikely(!kho_survives(pfn, pfn + nr_pages)))
		return kho_refuse(pfn, nr_pages);
	return 0;
}

/*
 * The same for a naturally aligned block. Up to the largest order of the page
 * allocator, which scratch is aligned to, it is enough to look at its start.
 */
static __always_inline bool kho_block_survives(unsigned long pfn,
					       unsigned int order)
{
	unsigned long end = pfn + (1UL << order);

	if (unlikely(order > MAX_PAGE_ORDER))
		return kho_survives(pfn, end);

	return !kho_scratch_holds(PFN_PHYS(pfn)) &&
	       kho_find_hot_added(pfn, end) == end &&
	       kho_find_poisoned(pfn, end) == end;
}

static __always_inline int kho_preserve_block(unsigned long pfn,
					      unsigned int order)
{
	if (unlikely(!kho_block_survives(pfn, order)))
		return kho_refuse(pfn, 1UL << order);

	return kho_radix_add_inline(&kho_out_tree, kho_key_encode(pfn, order));
}

static noinline int kho_preserve_large(struct folio *folio)
{
	return kho_preserve_block(folio_pfn(folio), folio_order(folio));
}

/**
 * kho_preserve_folio - hand a folio over to the next kernel
 * @folio: the folio. Must be in RAM of the linear map, must not be movable, and
 *	stays allocated by the caller until the jump or kho_unpreserve_folio().
 *
 * Takes no reference. Preserving a folio twice is a success, and one
 * kho_unpreserve_folio() undoes both.
 *
 * Context: Process context, may sleep. Takes no lock.
 * Return: 0; -EINVAL if KHO is off (warns once) or the folio is in scratch or in
 * hot-added memory; -EHWPOISON if it has a hardware error; -ENOMEM, and then
 * nothing has changed.
 */
int kho_preserve_folio(struct folio *folio)
{
	/* Most folios are single pages; the order is a constant for them. */
	if (unlikely(folio_test_large(folio)))
		return kho_preserve_large(folio);

	return kho_preserve_block(folio_pfn(folio), 0);
}
EXPORT_SYMBOL_GPL(kho_preserve_folio);

/**
 * kho_unpreserve_folio - do not hand a folio over after all
 * @folio: the folio, with the start and order it was preserved with.
 *
 * Context: Process context. Takes no lock.
 */
void kho_unpreserve_folio(struct folio *folio)
{
	kho_radix_del_key(&kho_out_tree, kho_key_encode(folio_pfn(folio),
							folio_order(folio)));
}
EXPORT_SYMBOL_GPL(kho_unpreserve_folio);

/* How many folios from @folios on have keys that follow each other. */
static unsigned long kho_folio_run(struct folio **folios, unsigned long nr)
{
	const unsigned int order = folio_order(folios[0]);
	const unsigned long pfn = folio_pfn(folios[0]);
	unsigned long n;

	for (n = 1; n < nr; n++)
		if (folio_pfn(folios[n]) != pfn + (n << order) ||
		    folio_order(folios[n]) != order)
			break;
	return n;
}

/**
 * kho_unpreserve_folios - do not hand folios over after all
 * @folios: the folios, see kho_unpreserve_folio().
 * @nr: their number, may be 0.
 *
 * Context: Process context. Takes no lock.
 */
void kho_unpreserve_folios(struct folio **folios, unsigned long nr)
{
	unsigned long done, run;

	for (done = 0; done < nr; done += run) {
		run = kho_folio_run(folios + done, nr - done);
		kho_radix_del_range(&kho_out_tree,
				    kho_key_encode(folio_pfn(folios[done]),
						   folio_order(folios[done])),
				    run);
	}
}

/**
 * kho_preserve_folios - hand folios over to the next kernel
 * @folios: the folios, see kho_preserve_folio(). None of them may be preserved
 *	already.
 * @nr: their number, may be 0.
 *
 * Folios of the same order that follow each other in memory share the way
 * through the tracker.
 *
 * Context: Process context, may sleep. Takes no lock.
 * Return: 0, or an error of kho_preserve_folio(), and then none of them is
 * preserved.
 */
int kho_preserve_folios(struct folio **folios, unsigned long nr)
{
	unsigned long done, run, pfn;
	unsigned int order;
	int err;

	for (done = 0; done < nr; done += run) {
		run = kho_folio_run(folios + done, nr - done);
		pfn = folio_pfn(folios[done]);
		order = folio_order(folios[done]);

		err = kho_check_preservable(pfn, run << order);
		if (!err)
			err = kho_radix_add_range(&kho_out_tree,
						  kho_key_encode(pfn, order),
						  run);
		if (err) {
			kho_unpreserve_folios(folios, done);
			return err;
		}
	}
	return 0;
}

/*
 * Cut the next block off the range [@pfn, @end): as large as alignment and
 * length allow, but never across two nodes, because the next kernel gives all
 * struct pages of a block the node of the first one (ABI 7.5). Sets the block's
 * key and returns the page frame after it.
 */
static unsigned long kho_cut(unsigned long pfn, unsigned long end,
			     unsigned long *key)
{
	unsigned int order = ilog2(end - pfn);

	if (pfn)
		order = min_t(unsigned int, order, __ffs(pfn));
	while (pfn_to_nid(pfn) != pfn_to_nid(pfn + (1UL << order) - 1))
		order--;

	*key = kho_key_encode(pfn, order);
	return pfn + (1UL << order);
}

/**
 * kho_preserve_pages - hand contiguous pages over to the next kernel
 * @page: first page. See kho_preserve_folio() for what the caller must keep to.
 * @nr_pages: number of pages; they are restored as order-0 pages.
 *
 * Context: Process context, may sleep. Takes no lock.
 * Return: 0, or an error of kho_preserve_folio(), and then nothing has changed:
 * what others preserved in the same range stays.
 */
int kho_preserve_pages(struct page *page, unsigned long nr_pages)
{
	const unsigned long start = page_to_pfn(page), end = start + nr_pages;
	unsigned long pfn, next, key;
	int err;

	err = kho_check_preservable(start, nr_pages);
	if (err)
		return err;

	for (pfn = start; pfn < end; pfn = next) {
		next = kho_cut(pfn, end, &key);
		err = kho_radix_reserve_range(&kho_out_tree, key, 1);
		if (err)
			return err;
	}

	/* From here on nothing fails. */
	for (pfn = start; pfn < end; pfn = next) {
		next = kho_cut(pfn, end, &key);
		kho_radix_fill_range(&kho_out_tree, key, 1);
	}
	return 0;
}
EXPORT_SYMBOL_GPL(kho_preserve_pages);

/**
 * kho_unpreserve_pages - do not hand pages over after all
 * @page: first page, the same as at kho_preserve_pages().
 * @nr_pages: number of pages, the same as at kho_preserve_pages().
 *
 * Context: Process context. Takes no lock.
 */
void kho_unpreserve_pages(struct page *page, unsigned long nr_pages)
{
	unsigned long pfn = page_to_pfn(page), end = pfn + nr_pages, key;

	while (pfn < end) {
		pfn = kho_cut(pfn, end, &key);
		kho_radix_del_key(&kho_out_tree, key);
	}
}
EXPORT_SYMBOL_GPL(kho_unpreserve_pages);

/**
 * kho_alloc_preserve - allocate memory that is handed over
 * @size: bytes, 1 or more.
 *
 * Context: Process context, may sleep.
 * Return: the address of a zeroed folio of get_order(@size), to be freed with
 * kho_unpreserve_free(), or in the successor with kho_restore_free(). On error
 * an ERR_PTR(): -EINVAL if @size is 0; -E2BIG if it is more than the largest
 * folio; -ENOMEM; or an error of kho_preserve_folio().
 */
void *kho_alloc_preserve(size_t size)
{
	struct folio *folio;
	unsigned int order;
	int err;

	if (!size)
		return ERR_PTR(-EINVAL);

	order = get_order(size);
	if (order > MAX_PAGE_ORDER)
		return ERR_PTR(-E2BIG);

	folio = kho_mm_alloc_folio(GFP_KERNEL_ACCOUNT | __GFP_ZERO, order,
				   NUMA_NO_NODE);
	if (!folio)
		return ERR_PTR(-ENOMEM);

	err = kho_preserve_folio(folio);
	if (err) {
		folio_put(folio);
		return ERR_PTR(err);
	}
	return folio_address(folio);
}
EXPORT_SYMBOL_GPL(kho_alloc_preserve);

/**
 * kho_unpreserve_free - free memory of kho_alloc_preserve() in the same kernel
 * @mem: its address, NULL does nothing.
 *
 * Context: Process context.
 */
void kho_unpreserve_free(void *mem)
{
	struct folio *folio;

	if (!mem)
		return;

	folio = virt_to_folio(mem);
	kho_unpreserve_folio(folio);
	folio_put(folio);
}
EXPORT_SYMBOL_GPL(kho_unpreserve_free);
