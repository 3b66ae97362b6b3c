// SPDX-License-Identifier: GPL-2.0-only
/*
 * Test store for Kexec HandOver: calls that must be refused.
 *
 * Reading /sys/kernel/debug/kho_store/refuse makes each of them once, with
 * live kernel state around it, and prints one "ok" or "not ok" line per call.
 * The first read also leaves a small folio for the next kernel, which uses it
 * to restore what it must not: a page inside the folio, and the folio twice.
 * Some refusals come with a warning in the log, once.
 */

#define pr_fmt(fmt) "test_kho_store: " fmt

#include <linux/debugfs.h>
#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/kernel.h>
#include <linux/kexec_handover.h>
#include <linux/memblock.h>
#include <linux/mm.h>
#include <linux/seq_file.h>
#include <linux/vmalloc.h>

#include "test_kho_store.h"

#define KHO_REFUSE_SUBTREE	"kho_store_refuse"
#define KHO_REFUSE_ORDER	2

/* More pages than there is room for names in the root FDT. */
#define KHO_REFUSE_NAMES_ORDER	7

static void *refuse_blob;

static void expect(struct seq_file *m, bool good, const char *what)
{
	seq_printf(m, "%s %s\n", good ? "ok" : "not ok", what);
}

static void refuse_alloc(struct seq_file *m)
{
	expect(m, kho_alloc_preserve(0) == ERR_PTR(-EINVAL),
	       "kho_alloc_preserve() of nothing is refused");
	expect(m, kho_alloc_preserve((PAGE_SIZE << MAX_PAGE_ORDER) + 1) ==
	       ERR_PTR(-E2BIG),
	       "kho_alloc_preserve() beyond the largest order is refused");
}

static void refuse_vmalloc(struct seq_file *m)
{
	struct page *page = alloc_page(GFP_KERNEL);
	struct kho_vmalloc desc;
	void *addr;

	if (!page)
		return;
	expect(m, kho_preserve_vmalloc(page_address(page), &desc) == -EINVAL,
	       "kho_preserve_vmalloc() of a linear address is refused");

	addr = vmap(&page, 1, VM_MAP, PAGE_KERNEL);
	if (addr) {
		expect(m, kho_preserve_vmalloc(addr, &desc) == -EOPNOTSUPP,
		       "kho_preserve_vmalloc() of a vmap() area is refused");
		vunmap(addr);
	}
	__free_page(page);
}

/* The first page frame of a scratch area, or 0. */
static unsigned long find_scratch(void)
{
	unsigned long pfn;

	for (pfn = MAX_ORDER_NR_PAGES; pfn < max_pfn; pfn += MAX_ORDER_NR_PAGES)
		if (kho_scratch_overlap(PFN_PHYS(pfn), PAGE_SIZE))
			return pfn;
	return 0;
}

static void refuse_scratch(struct seq_file *m)
{
	unsigned long pfn = find_scratch();

	expect(m, pfn, "there is scratch memory");
	if (!pfn)
		return;
	expect(m, kho_preserve_pages(pfn_to_page(pfn), 1) < 0,
	       "kho_preserve_pages() of scratch is refused");
	expect(m, kho_preserve_pages(pfn_to_page(pfn - 1), 2) < 0,
	       "kho_preserve_pages() of a range that runs into scratch is refused");
	expect(m, kho_preserve_folio(page_folio(pfn_to_page(pfn))) < 0,
	       "kho_preserve_folio() of scratch is refused");
}

/* Fill the root FDT until it takes no more. */
static void refuse_subtree(struct seq_file *m)
{
	size_t size = PAGE_SIZE << KHO_REFUSE_NAMES_ORDER;
	void *blob = kho_alloc_preserve(size);
	void *last = blob;
	int err = 0;

	expect(m, !IS_ERR(blob), "kho_alloc_preserve() of many pages works");
	if (IS_ERR(blob))
		return;

	for (; !err && last < blob + size; last += PAGE_SIZE) {
		char name[32];

		snprintf(name, sizeof(name), "refuse-%lx",
			 (last - blob) / PAGE_SIZE);
		err = kho_add_subtree(name, last, PAGE_SIZE);
	}
	expect(m, err == -ENOMEM && last > blob + 32 * PAGE_SIZE,
	       "kho_add_subtree() is refused when the root FDT is full");
	expect(m, kho_add_subtree("refuse-0", blob, PAGE_SIZE) == -EEXIST,
	       "kho_add_subtree() of a name in use is refused");

	while (last > blob) {
		last -= PAGE_SIZE;
		kho_remove_subtree(last);
	}
	kho_unpreserve_free(blob);
}

static void refuse_restore(struct seq_file *m)
{
	struct page *page = alloc_pages(GFP_KERNEL | __GFP_COMP, 1);
	phys_addr_t phys;

	if (!page)
		return;
	phys = page_to_phys(page);
	expect(m, !kho_restore_folio(phys),
	       "kho_restore_folio() of an ordinary folio is refused");
	expect(m, !kho_restore_pages(phys, 2),
	       "kho_restore_pages() of ordinary pages is refused");
	expect(m, page_count(page) == 1, "the ordinary folio is as it was");
	__free_pages(page, 1);

	expect(m, !kho_restore_folio(PFN_PHYS(max_pfn + MAX_ORDER_NR_PAGES)),
	       "kho_restore_folio() beyond the end of memory is refused");
	expect(m, kho_retrieve_subtree("no such name", &phys, NULL) == -ENOENT,
	       "kho_retrieve_subtree() of an unknown name is refused");
}

/* What the previous kernel left: an order-2 folio. */
static void refuse_incoming(struct seq_file *m)
{
	struct folio *folio;
	phys_addr_t phys;
	size_t size;

	if (kho_retrieve_subtree(KHO_REFUSE_SUBTREE, &phys, &size))
		return;

	expect(m, !kho_restore_folio(phys + PAGE_SIZE),
	       "kho_restore_folio() of a page inside a folio is refused");
	folio = kho_restore_folio(phys);
	expect(m, folio && folio_order(folio) == KHO_REFUSE_ORDER &&
	       folio_ref_count(folio) == 1,
	       "kho_restore_folio() gives the folio back");
	expect(m, !kho_restore_folio(phys),
	       "kho_restore_folio() of a restored folio is refused");
	expect(m, !kho_restore_pages(phys, 1),
	       "kho_restore_pages() of a restored folio is refused");
	expect(m, folio && folio_ref_count(folio) == 1,
	       "the restored folio is as it was");
	if (folio)
		folio_put(folio);
	expect(m, !kho_restore_folio(phys),
	       "kho_restore_folio() of a freed folio is refused");
}

/* Leave the same for the next kernel. */
static void refuse_outgoing(struct seq_file *m)
{
	size_t size = PAGE_SIZE << KHO_REFUSE_ORDER;
	void *blob;

	if (refuse_blob)
		return;
	blob = kho_alloc_preserve(size);
	expect(m, !IS_ERR(blob), "kho_alloc_preserve() works");
	if (IS_ERR(blob))
		return;
	refuse_blob = blob;
	expect(m, !kho_add_subtree(KHO_REFUSE_SUBTREE, blob, size),
	       "kho_add_subtree() works");
}

static int refuse_show(struct seq_file *m, void *unused)
{
	if (!kho_is_enabled())
		return -EOPNOTSUPP;

	refuse_alloc(m);
	refuse_vmalloc(m);
	refuse_scratch(m);
	refuse_subtree(m);
	refuse_restore(m);
	if (!refuse_blob)
		refuse_incoming(m);
	refuse_outgoing(m);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(refuse);

/**
 * kho_store_refuse_debugfs - create the file refuse
 * @dir: directory of the store.
 */
void kho_store_refuse_debugfs(struct dentry *dir)
{
	debugfs_create_file("refuse", 0400, dir, NULL, &refuse_fops);
}
