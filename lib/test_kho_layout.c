// SPDX-License-Identifier: GPL-2.0-only
/*
 * Layouts of preserved memory for tests and measurements of Kexec HandOver.
 *
 *	test_kho_layout.preserve=ORDER:STRIDE:SIZE
 *		at boot, allocate folios of 2^ORDER pages and preserve those that
 *		start at a multiple of STRIDE pages, up to SIZE in all (0: until
 *		there is no more memory). 0:1:48G are single pages that follow
 *		each other, 0:2:1G every other one, 0:512:0 one in every 2 MiB
 *		of memory.
 *	test_kho_layout.fill=1
 *		with a pattern in every word; the successor verifies it.
 *
 * The successor takes all of it back and frees it. Lines that begin with
 * "test_kho_layout:" tell what happened, and what it took per folio in units of
 * get_cycles().
 */

#define pr_fmt(fmt) "test_kho_layout: " fmt

#include <linux/gfp.h>
#include <linux/init.h>
#include <linux/io.h>
#include <linux/kernel.h>
#include <linux/kexec_handover.h>
#include <linux/list.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/timex.h>
#include <linux/vmalloc.h>
#include <linux/vmstat.h>

#include <linux/kho/abi/kexec_handover.h>

#define KHO_LAYOUT_SUBTREE	"kho_layout"

static char *preserve;
module_param(preserve, charp, 0400);
MODULE_PARM_DESC(preserve, "ORDER:STRIDE:SIZE of what to preserve");

static bool fill;
module_param(fill, bool, 0400);
MODULE_PARM_DESC(fill, "Fill what is preserved with a pattern");

/* So many folios, each a stride after the one before. */
struct kho_layout_extent {
	u64 pfn;
	u64 nr;
};

#define KHO_LAYOUT_MAX_EXTENTS	(SZ_16M / sizeof(struct kho_layout_extent))

/* The blob. */
struct kho_layout {
	u64 order;
	u64 stride;
	u64 nr_folios;
	u64 nr_extents;
	u64 filled;
	struct kho_vmalloc extents;
};

static struct kho_layout *layout;
static struct kho_layout_extent *extents;

static u64 kho_layout_word(unsigned long pfn, unsigned long i)
{
	return (pfn * SZ_4K + i) * 0x9e3779b97f4a7c15ULL;
}

static void kho_layout_fill(unsigned long pfn)
{
	u64 *words = pfn_to_kaddr(pfn);
	unsigned long i;

	for (i = 0; i < (PAGE_SIZE << layout->order) / sizeof(u64); i++)
		words[i] = kho_layout_word(pfn, i);
}

static bool kho_layout_verify(unsigned long pfn)
{
	const u64 *words = pfn_to_kaddr(pfn);
	unsigned long i;

	for (i = 0; i < (PAGE_SIZE << layout->order) / sizeof(u64); i++)
		if (words[i] != kho_layout_word(pfn, i))
			return false;
	return true;
}

/* Returns false if there is no room for another extent. */
static bool kho_layout_note(unsigned long pfn)
{
	struct kho_layout_extent *last = extents + layout->nr_extents - 1;

	if (layout->nr_extents && pfn == last->pfn + last->nr * layout->stride) {
		last->nr++;
	} else {
		if (layout->nr_extents == KHO_LAYOUT_MAX_EXTENTS)
			return false;
		extents[layout->nr_extents++] = (struct kho_layout_extent) {
			.pfn = pfn,
			.nr = 1,
		};
	}
	layout->nr_folios++;
	return true;
}

/* Memory that the kernel needs for itself. */
static bool kho_layout_is_short(void)
{
	return global_zone_page_state(NR_FREE_PAGES) < PFN_DOWN(SZ_32M);
}

static int __init kho_layout_allocate(u64 size)
{
	gfp_t gfp = GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN;
	unsigned int order = layout->order;
	struct folio *folio, *next;
	LIST_HEAD(rejected);

	while (!size || layout->nr_folios << order < size >> PAGE_SHIFT) {
		folio = kho_layout_is_short() ? NULL : folio_alloc(gfp, order);
		if (!folio)
			break;
		if (folio_pfn(folio) % layout->stride)
			list_add(&folio->lru, &rejected);
		else if (!kho_layout_note(folio_pfn(folio)))
			break;
		if (need_resched())
			cond_resched();
	}

	list_for_each_entry_safe(folio, next, &rejected, lru) {
		list_del(&folio->lru);
		folio_put(folio);
		cond_resched();
	}
	return size && layout->nr_folios << order < size >> PAGE_SHIFT ?
	       -ENOMEM : 0;
}

static int __init kho_layout_visit(int (*fn)(unsigned long pfn))
{
	unsigned long i, j;
	int err;

	for (i = 0; i < layout->nr_extents; i++) {
		for (j = 0; j < extents[i].nr; j++) {
			err = fn(extents[i].pfn + j * layout->stride);
			if (err)
				return err;
		}
		cond_resched();
	}
	return 0;
}

static int __init kho_layout_preserve_one(unsigned long pfn)
{
	return kho_preserve_folio(pfn_folio(pfn));
}

static int __init kho_layout_fill_one(unsigned long pfn)
{
	kho_layout_fill(pfn);
	return 0;
}

static int __init kho_layout_verify_one(unsigned long pfn)
{
	if (kho_layout_verify(pfn))
		return 0;

	pr_err("pfn %#lx has changed\n", pfn);
	return -EIO;
}

static int __init kho_layout_restore_one(unsigned long pfn)
{
	struct folio *folio = kho_restore_folio(PFN_PHYS(pfn));

	if (folio && folio_order(folio) == layout->order)
		return 0;

	pr_err("pfn %#lx is not what was preserved\n", pfn);
	return -EIO;
}

static int __init kho_layout_free_one(unsigned long pfn)
{
	folio_put(pfn_folio(pfn));
	return 0;
}

/* Do something with every folio, and tell what it took. */
static int __init kho_layout_measure(int (*fn)(unsigned long pfn),
				     const char *what)
{
	cycles_t start = get_cycles(), spent;
	int err = kho_layout_visit(fn);

	spent = get_cycles() - start;
	if (err)
		pr_err("%s failed (error %d)\n", what, err);
	else
		pr_info("%s %llu folios of order %llu in %llu extents, %llu cycles each\n",
			what, layout->nr_folios, layout->order,
			layout->nr_extents,
			div64_u64(spent, max(layout->nr_folios, 1ULL)));
	return err;
}

static int __init kho_layout_make(void)
{
	unsigned long long order, stride;
	char *rest;
	u64 size;
	int err;

	order = memparse(preserve, &rest);
	stride = *rest == ':' ? memparse(rest + 1, &rest) : 0;
	size = *rest == ':' ? memparse(rest + 1, &rest) : 0;
	if (*rest || order > MAX_PAGE_ORDER || !stride)
		return -EINVAL;

	layout = kho_alloc_preserve(PAGE_SIZE);
	if (IS_ERR(layout))
		return PTR_ERR(layout);
	extents = vzalloc(SZ_16M);
	if (!extents)
		return -ENOMEM;

	layout->order = order;
	layout->stride = stride;
	layout->filled = fill;
	err = kho_layout_allocate(size);
	if (err)
		return err;
	if (fill)
		kho_layout_visit(kho_layout_fill_one);

	err = kho_layout_measure(kho_layout_preserve_one, "preserved");
	err = err ?: kho_preserve_vmalloc(extents, &layout->extents);
	return err ?: kho_add_subtree(KHO_LAYOUT_SUBTREE, layout,
				      sizeof(*layout));
}

static int __init kho_layout_take_back(phys_addr_t phys)
{
	unsigned int i;
	int err;

	layout = phys_to_virt(phys);
	extents = kho_restore_vmalloc(&layout->extents);
	if (!extents)
		return -EIO;

	/* For whoever compares it with other messages. */
	for (i = 0; i < layout->nr_extents && layout->nr_extents <= 16; i++)
		pr_info("%llu folios, every %llu pages from pfn %#llx on\n",
			extents[i].nr, layout->stride, extents[i].pfn);

	if (layout->filled) {
		err = kho_layout_visit(kho_layout_verify_one);
		if (err)
			return err;
		pr_info("verified %llu folios\n", layout->nr_folios);
	}
	err = kho_layout_measure(kho_layout_restore_one, "restored");
	err = err ?: kho_layout_measure(kho_layout_free_one, "freed");
	vfree(extents);
	kho_restore_free(layout);
	return err;
}

static int __init kho_layout_init(void)
{
	phys_addr_t phys;
	size_t size;
	int err;

	err = kho_retrieve_subtree(KHO_LAYOUT_SUBTREE, &phys, &size);
	if (!err && size == sizeof(*layout))
		err = kho_layout_take_back(phys);
	else if (kho_is_enabled() && preserve)
		err = kho_layout_make();
	else
		return 0;

	if (err)
		pr_err("failed (error %d)\n", err);
	return err;
}
late_initcall(kho_layout_init);
