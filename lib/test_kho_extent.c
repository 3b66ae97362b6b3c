// SPDX-License-Identifier: GPL-2.0-only
/*
 * Test store for Kexec HandOver: memory of every kind that can be preserved.
 *
 * Allocates, preserves, restores and frees one extent at a time. Sizes, orders
 * and offsets are random, so that a store of some length meets all the ways in
 * which the tracker cuts memory into blocks. Knows nothing of what is stored.
 */

#define pr_fmt(fmt) "test_kho_store: " fmt

#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/kexec_handover.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/nodemask.h>
#include <linux/random.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "test_kho_store.h"

#define GFP_STORE	(GFP_KERNEL | __GFP_NOWARN | __GFP_NORETRY)

const char *const kho_store_kind_names[KHO_STORE_KINDS] = {
	[KHO_STORE_FOLIO]	= "folio",
	[KHO_STORE_PAGES]	= "pages",
	[KHO_STORE_VMALLOC]	= "vmalloc",
	[KHO_STORE_HUGE]	= "huge",
	[KHO_STORE_BLOB]	= "blob",
	[KHO_STORE_CONTIG]	= "contig",
	[KHO_STORE_SCATTER]	= "scatter",
	[KHO_STORE_MIXED]	= "mixed",
};

/* Takes turns, so that a store of some size spans all nodes. */
static int next_nid(void)
{
	static int nid = NUMA_NO_NODE;

	nid = next_node_in(nid, node_states[N_MEMORY]);
	return nid;
}

static unsigned long random_between(unsigned long min, unsigned long max)
{
	return min + get_random_u32_below(max - min + 1);
}

static void free_page_range(struct page *page, unsigned long nr_pages)
{
	while (nr_pages--)
		__free_page(nth_page(page, nr_pages));
}

/* Keep @nr_pages of @total single pages at @page, from the second page on. */
static void *keep_odd_range(struct page *page, unsigned long nr_pages,
			    unsigned long total)
{
	__free_page(page);
	free_page_range(nth_page(page, 1 + nr_pages), total - 1 - nr_pages);
	return page_address(page + 1);
}

static void *alloc_folio(unsigned long *nr_pages)
{
	unsigned int order = get_random_u32_below(NR_PAGE_ORDERS);
	struct page *page;

	page = alloc_pages_node(next_nid(), GFP_STORE | __GFP_COMP, order);
	if (!page) {
		order = 0;
		page = alloc_pages_node(next_nid(), GFP_STORE | __GFP_COMP, 0);
	}
	*nr_pages = 1UL << order;
	return page ? page_address(page) : NULL;
}

static void *alloc_odd_pages(unsigned long *nr_pages)
{
	unsigned int order = random_between(2, MAX_PAGE_ORDER);
	struct page *page = alloc_pages_node(next_nid(), GFP_STORE, order);

	if (!page)
		return NULL;
	split_page(page, order);
	*nr_pages = random_between(1, (1UL << order) - 2);
	return keep_odd_range(page, *nr_pages, 1UL << order);
}

static void *alloc_contig(unsigned long *nr_pages)
{
	unsigned long total = MAX_ORDER_NR_PAGES + 2 +
			      get_random_u32_below(2 * MAX_ORDER_NR_PAGES);
	struct page *page;

	page = alloc_contig_pages(total, GFP_STORE, next_nid(), NULL);
	if (!page)
		return alloc_odd_pages(nr_pages);
	*nr_pages = random_between(MAX_ORDER_NR_PAGES, total - 2);
	return keep_odd_range(page, *nr_pages, total);
}

static void *alloc_scattered(unsigned long *nr_pages)
{
	struct page *page = alloc_pages_node(next_nid(), GFP_STORE, 1);

	if (!page)
		return NULL;
	split_page(page, 1);
	__free_page(page + 1);
	*nr_pages = 1;
	return page_address(page);
}

static void *alloc_memory(enum kho_store_kind kind, unsigned long *nr_pages)
{
	void *addr;

	switch (kind) {
	case KHO_STORE_FOLIO:
		return alloc_folio(nr_pages);
	case KHO_STORE_PAGES:
		return alloc_odd_pages(nr_pages);
	case KHO_STORE_CONTIG:
		return alloc_contig(nr_pages);
	case KHO_STORE_SCATTER:
		return alloc_scattered(nr_pages);
	case KHO_STORE_VMALLOC:
		*nr_pages = random_between(1, SZ_8M >> PAGE_SHIFT);
		return vmalloc(*nr_pages << PAGE_SHIFT);
	case KHO_STORE_HUGE:
		*nr_pages = random_between(SZ_2M >> PAGE_SHIFT,
					   SZ_8M >> PAGE_SHIFT);
		return vmalloc_huge(*nr_pages << PAGE_SHIFT, GFP_KERNEL);
	case KHO_STORE_BLOB:
		*nr_pages = random_between(1, 16);
		addr = kho_alloc_preserve(*nr_pages << PAGE_SHIFT);
		return IS_ERR(addr) ? NULL : addr;
	default:
		return NULL;
	}
}

static enum kho_store_kind wire_kind(enum kho_store_kind kind)
{
	switch (kind) {
	case KHO_STORE_CONTIG:
		return KHO_STORE_PAGES;
	case KHO_STORE_SCATTER:
		return KHO_STORE_FOLIO;
	default:
		return kind;
	}
}

/* The kinds of a mixed object in turn. */
static enum kho_store_kind next_kind(void)
{
	static const enum kho_store_kind turns[] = {
		KHO_STORE_FOLIO, KHO_STORE_PAGES, KHO_STORE_BLOB,
		KHO_STORE_VMALLOC, KHO_STORE_FOLIO, KHO_STORE_HUGE,
		KHO_STORE_CONTIG,
	};
	static unsigned int turn;

	return turns[turn++ % ARRAY_SIZE(turns)];
}

/**
 * kho_store_extent_alloc - get memory, not yet preserved
 * @kind: how to get it.
 *
 * Only memory of KHO_STORE_BLOB is preserved from the beginning.
 *
 * Context: may sleep; callers exclude each other.
 * Return: an extent of random size that the caller owns, or NULL.
 */
struct kho_store_extent *kho_store_extent_alloc(enum kho_store_kind kind)
{
	struct kho_store_extent *ext;
	unsigned long nr_pages;

	if (kind == KHO_STORE_MIXED)
		kind = next_kind();
	if (kind == KHO_STORE_BLOB && !kho_is_enabled())
		kind = KHO_STORE_FOLIO;

	ext = kzalloc(sizeof(*ext), GFP_KERNEL);
	if (!ext)
		return NULL;

	ext->addr = alloc_memory(kind, &nr_pages);
	if (!ext->addr) {
		kfree(ext);
		return NULL;
	}
	ext->preserved = kind == KHO_STORE_BLOB;
	ext->ser.kind = wire_kind(kind);
	ext->ser.nr_pages = nr_pages;
	if (!is_vmalloc_addr(ext->addr))
		ext->ser.phys = virt_to_phys(ext->addr);
	return ext;
}

/**
 * kho_store_extent_free - give the memory back
 * @ext: the extent, preserved or not; gone afterwards.
 */
void kho_store_extent_free(struct kho_store_extent *ext)
{
	switch (ext->ser.kind) {
	case KHO_STORE_PAGES:
		kho_store_extent_unpreserve(ext);
		free_page_range(virt_to_page(ext->addr), ext->ser.nr_pages);
		break;
	case KHO_STORE_VMALLOC:
	case KHO_STORE_HUGE:
		kho_store_extent_unpreserve(ext);
		vfree(ext->addr);
		break;
	case KHO_STORE_BLOB:
		if (ext->preserved) {
			kho_unpreserve_free(ext->addr);
			break;
		}
		fallthrough;
	default:
		kho_store_extent_unpreserve(ext);
		folio_put(virt_to_folio(ext->addr));
	}
	kfree(ext);
}

/**
 * kho_store_extent_preserve - tell the tracker
 * @ext: the extent; nothing happens if it is preserved already.
 *
 * Return: 0 or the error of the preserving call.
 */
int kho_store_extent_preserve(struct kho_store_extent *ext)
{
	int err;

	if (ext->preserved)
		return 0;

	switch (ext->ser.kind) {
	case KHO_STORE_PAGES:
		err = kho_preserve_pages(virt_to_page(ext->addr),
					 ext->ser.nr_pages);
		break;
	case KHO_STORE_VMALLOC:
	case KHO_STORE_HUGE:
		err = kho_preserve_vmalloc(ext->addr, &ext->ser.vmalloc);
		break;
	default:
		err = kho_preserve_folio(virt_to_folio(ext->addr));
	}
	ext->preserved = !err;
	return err;
}

/**
 * kho_store_extent_unpreserve - take the memory out of the tracker
 * @ext: the extent; nothing happens if it is not preserved.
 */
void kho_store_extent_unpreserve(struct kho_store_extent *ext)
{
	if (!ext->preserved)
		return;

	switch (ext->ser.kind) {
	case KHO_STORE_PAGES:
		kho_unpreserve_pages(virt_to_page(ext->addr),
				     ext->ser.nr_pages);
		break;
	case KHO_STORE_VMALLOC:
	case KHO_STORE_HUGE:
		kho_unpreserve_vmalloc(&ext->ser.vmalloc);
		break;
	default:
		kho_unpreserve_folio(virt_to_folio(ext->addr));
	}
	ext->preserved = false;
}

static void *restore_memory(const struct kho_store_extent_ser *ser)
{
	struct folio *folio;
	struct page *page;

	switch (ser->kind) {
	case KHO_STORE_PAGES:
		page = kho_restore_pages(ser->phys, ser->nr_pages);
		return page ? page_address(page) : NULL;
	case KHO_STORE_VMALLOC:
	case KHO_STORE_HUGE:
		return kho_restore_vmalloc(&ser->vmalloc);
	case KHO_STORE_BLOB:
	case KHO_STORE_FOLIO:
		folio = kho_restore_folio(ser->phys);
		if (!folio)
			return NULL;
		/* The memory of a blob is rounded up to a whole folio. */
		if (folio_nr_pages(folio) != roundup_pow_of_two(ser->nr_pages)) {
			pr_err("folio came back with %lu pages\n",
			       folio_nr_pages(folio));
			folio_put(folio);
			return NULL;
		}
		return folio_address(folio);
	default:
		return NULL;
	}
}

/**
 * kho_store_extent_restore - take memory back from the previous kernel
 * @ser: as the previous kernel described it.
 *
 * Return: an extent that is not preserved, or NULL; the reason is logged.
 */
struct kho_store_extent *
kho_store_extent_restore(const struct kho_store_extent_ser *ser)
{
	struct kho_store_extent *ext;

	ext = kzalloc(sizeof(*ext), GFP_KERNEL);
	if (!ext)
		return NULL;

	ext->ser = *ser;
	ext->addr = restore_memory(ser);
	if (!ext->addr) {
		pr_err("extent kind %u at %#llx, %llu pages: not restored\n",
		       ser->kind, ser->phys, ser->nr_pages);
		kfree(ext);
		return NULL;
	}
	return ext;
}
