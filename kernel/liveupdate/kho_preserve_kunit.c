// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests of preserving real memory: folios and pages into the tracker of
 * this kernel, and what must not get there. Every test leaves the tracker as it
 * was.
 */

#include <kunit/test.h>

#include <linux/cma.h>
#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/kexec_handover.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/page-flags.h>
#include <linux/string.h>

#include "kho_internal.h"
#include "kho_kunit.h"
#include "kho_radix.h"

/* A block whose pages are used one by one. */
#define BLOCK_ORDER	4
#define BLOCK_PAGES	BIT(BLOCK_ORDER)

struct kho_preserve_test {
	struct page *block;
	unsigned long pfn;
	struct kho_kunit_look before;
};

static int kho_preserve_test_init(struct kunit *test)
{
	struct kho_preserve_test *t;

	kho_kunit_need_kho(test);
	t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);
	if (!t)
		return -ENOMEM;
	t->block = alloc_pages(GFP_KERNEL, BLOCK_ORDER);
	if (!t->block)
		return -ENOMEM;

	split_page(t->block, BLOCK_ORDER);
	t->pfn = page_to_pfn(t->block);
	t->before = kho_kunit_look(&kho_out_tree);
	test->priv = t;
	return 0;
}

static void kho_preserve_test_exit(struct kunit *test)
{
	struct kho_preserve_test *t = test->priv;
	unsigned long i;

	if (!t)
		return;
	KUNIT_EXPECT_TRUE(test, kho_kunit_same(&kho_out_tree, &t->before));
	for (i = 0; i < BLOCK_PAGES; i++)
		__free_page(t->block + i);
}

/* One key for each folio, with its own order, however often it is preserved. */
static void kho_preserve_folio_test(struct kunit *test)
{
	struct kho_preserve_test *t = test->priv;
	struct folio *folio;
	unsigned int order;

	for (order = 0; order <= MAX_PAGE_ORDER; order++) {
		folio = folio_alloc(GFP_KERNEL, order);
		KUNIT_ASSERT_NOT_NULL(test, folio);

		KUNIT_EXPECT_EQ(test, kho_preserve_folio(folio), 0);
		KUNIT_EXPECT_TRUE(test, kho_kunit_has_block(folio_pfn(folio),
							    order));
		KUNIT_EXPECT_EQ(test, kho_preserve_folio(folio), 0);
		KUNIT_EXPECT_EQ(test, kho_kunit_look(&kho_out_tree).keys,
				t->before.keys + 1);
		KUNIT_EXPECT_EQ(test, kho_kunit_look(&kho_out_tree).pages,
				t->before.pages + BIT(order));
		KUNIT_EXPECT_EQ(test, folio_ref_count(folio), 1);

		kho_unpreserve_folio(folio);
		KUNIT_EXPECT_TRUE(test, kho_kunit_same(&kho_out_tree,
						       &t->before));
		folio_put(folio);
	}
}

/* A range becomes the largest aligned blocks that are in it, and no others. */
static void kho_preserve_pages_test(struct kunit *test)
{
	struct kho_preserve_test *t = test->priv;
	unsigned long first, nr, pfn, keys;
	unsigned int order;

	for (first = 0; first < BLOCK_PAGES; first++)
		for (nr = 1; nr <= BLOCK_PAGES - first; nr++) {
			if (kho_preserve_pages(t->block + first, nr))
				KUNIT_FAIL_AND_ABORT(test, "%lu pages", nr);

			keys = 0;
			for (pfn = t->pfn + first;
			     pfn < t->pfn + first + nr; pfn += BIT(order)) {
				order = min_t(unsigned int, __ffs(pfn),
					      ilog2(t->pfn + first + nr - pfn));
				if (!kho_kunit_has_block(pfn, order))
					KUNIT_FAIL_AND_ABORT(test, "%lu+%lu",
							     first, nr);
				keys++;
			}
			KUNIT_ASSERT_EQ(test,
					kho_kunit_look(&kho_out_tree).keys,
					t->before.keys + keys);
			KUNIT_ASSERT_EQ(test,
					kho_kunit_look(&kho_out_tree).pages,
					t->before.pages + nr);
			kho_unpreserve_pages(t->block + first, nr);
			KUNIT_ASSERT_TRUE(test, kho_kunit_same(&kho_out_tree,
							       &t->before));
		}
}

/* Whichever allocation fails: what others preserved stays, and only that. */
static void kho_preserve_nomem_test(struct kunit *test)
{
	struct kho_preserve_test *t = test->priv;
	struct kho_kunit_look look;
	unsigned int nth, failed;
	void *mem = NULL;
	int err;

	kho_kunit_fail_init(test);

	/*
	 * The blocks of this range have four orders: a branch for each, unless it
	 * is there from an earlier test.
	 */
	KUNIT_ASSERT_EQ(test, kho_preserve_folio(page_folio(t->block + 1)), 0);
	look = kho_kunit_look(&kho_out_tree);
	for (nth = 1;; nth++) {
		kho_kunit_fail_begin(nth);
		err = kho_preserve_pages(t->block + 1, BLOCK_PAGES - 1);
		if (!kho_kunit_fail_end())
			break;
		if (!err) {
			kho_unpreserve_pages(t->block + 2, BLOCK_PAGES - 2);
			continue;
		}
		KUNIT_EXPECT_EQ(test, err, -ENOMEM);
		KUNIT_EXPECT_TRUE(test, kho_kunit_same(&kho_out_tree, &look));
	}
	KUNIT_EXPECT_EQ(test, err, 0);
	kho_unpreserve_pages(t->block + 1, BLOCK_PAGES - 1);

	for (nth = 1, failed = 0;; nth++) {
		kho_kunit_fail_begin(nth);
		mem = kho_alloc_preserve(PAGE_SIZE << (MAX_PAGE_ORDER - 1));
		if (!kho_kunit_fail_end())
			break;
		if (!IS_ERR(mem)) {
			kho_unpreserve_free(mem);
			continue;
		}
		failed++;
		KUNIT_EXPECT_PTR_EQ(test, mem, ERR_PTR(-ENOMEM));
		KUNIT_EXPECT_TRUE(test, kho_kunit_same(&kho_out_tree,
						       &t->before));
	}
	KUNIT_EXPECT_GT(test, failed, 0);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, mem);
	kho_unpreserve_free(mem);
}

static void kho_preserve_alloc_test(struct kunit *test)
{
	struct kho_preserve_test *t = test->priv;
	const size_t sizes[] = { 1, 73, PAGE_SIZE, PAGE_SIZE + 1,
				 PAGE_SIZE << MAX_PAGE_ORDER };
	struct folio *folio;
	unsigned int i;
	void *mem;

	KUNIT_EXPECT_PTR_EQ(test, kho_alloc_preserve(0), ERR_PTR(-EINVAL));
	KUNIT_EXPECT_PTR_EQ(test,
			    kho_alloc_preserve((PAGE_SIZE << MAX_PAGE_ORDER) + 1),
			    ERR_PTR(-E2BIG));
	KUNIT_EXPECT_PTR_EQ(test, kho_alloc_preserve(SIZE_MAX),
			    ERR_PTR(-E2BIG));

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		mem = kho_alloc_preserve(sizes[i]);
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, mem);
		folio = virt_to_folio(mem);
		KUNIT_EXPECT_PTR_EQ(test, folio_address(folio), mem);
		KUNIT_EXPECT_EQ(test, folio_order(folio), get_order(sizes[i]));
		KUNIT_EXPECT_EQ(test, folio_ref_count(folio), 1);
		KUNIT_EXPECT_NULL(test, memchr_inv(mem, 0, folio_size(folio)));
		KUNIT_EXPECT_TRUE(test,
				  kho_kunit_has_block(folio_pfn(folio),
						      folio_order(folio)));
		kho_unpreserve_free(mem);
		KUNIT_EXPECT_TRUE(test, kho_kunit_same(&kho_out_tree,
						       &t->before));
	}
	kho_unpreserve_free(NULL);
	kho_restore_free(NULL);
}

/* Whether [@start, @end) is an area that no other one adjoins. */
static bool kho_preserve_test_alone(phys_addr_t start, phys_addr_t end)
{
	const struct kho_scratch *area = kho_scratch;
	unsigned int i;

	for (i = 0; i < kho_scratch_cnt; i++, area++)
		if (area->size && (area->addr == end ||
				   area->addr + area->size == start))
			return false;
	return true;
}

/* Nothing that lies in scratch, even in part, is taken. */
static void kho_preserve_scratch_test(struct kunit *test)
{
	struct kho_preserve_test *t = test->priv;
	unsigned int i, areas = 0;
	phys_addr_t start, end;
	struct page *first;
	unsigned long nr;

	for (i = 0; i < kho_scratch_cnt; i++) {
		if (!kho_scratch[i].size)
			continue;
		areas++;
		start = kho_scratch[i].addr;
		end = start + kho_scratch[i].size;
		KUNIT_EXPECT_TRUE(test, IS_ALIGNED(start | end,
						   KHO_SCRATCH_ALIGN));
		KUNIT_EXPECT_TRUE(test, kho_scratch_overlap(start, end - start));
		KUNIT_EXPECT_TRUE(test, kho_scratch_overlap(start, 1));
		KUNIT_EXPECT_TRUE(test, kho_scratch_overlap(end - 1, 1));
		KUNIT_EXPECT_TRUE(test, kho_scratch_overlap(start - 1, 2));
		KUNIT_EXPECT_TRUE(test, kho_scratch_overlap(end - 1, 2));
		KUNIT_EXPECT_TRUE(test, kho_scratch_overlap(start - 1,
							    end - start + 2));
		KUNIT_EXPECT_TRUE(test, kho_scratch_holds(start));
		KUNIT_EXPECT_TRUE(test, kho_scratch_holds(end - 1));
		if (kho_preserve_test_alone(start, end)) {
			KUNIT_EXPECT_FALSE(test,
					   kho_scratch_overlap(start - 1, 1));
			KUNIT_EXPECT_FALSE(test, kho_scratch_overlap(end, 1));
			KUNIT_EXPECT_FALSE(test, kho_scratch_holds(start - 1));
			KUNIT_EXPECT_FALSE(test, kho_scratch_holds(end));
		}

		first = pfn_to_page(PHYS_PFN(start));
		nr = PHYS_PFN(end - start);
		KUNIT_EXPECT_EQ(test, kho_preserve_pages(first, 1), -EINVAL);
		KUNIT_EXPECT_EQ(test, kho_preserve_pages(first + nr - 1, 2),
				-EINVAL);
		KUNIT_EXPECT_EQ(test, kho_preserve_pages(first - 1, nr + 2),
				-EINVAL);
		KUNIT_EXPECT_TRUE(test, kho_kunit_same(&kho_out_tree,
						       &t->before));
	}
	KUNIT_EXPECT_GT(test, areas, 0);
}

/* Scratch is there for movable pages, and counts as such. */
static void kho_preserve_cma_test(struct kunit *test)
{
	unsigned long pfn, end, wrong = 0, scratch = 0, cma = 0;
	struct zone *zone;
	unsigned int i;

	if (is_kho_boot())
		kunit_skip(test, "only after a cold boot");

	for (i = 0; i < kho_scratch_cnt; i++) {
		pfn = PHYS_PFN(kho_scratch[i].addr);
		end = pfn + PHYS_PFN(kho_scratch[i].size);
		scratch += end - pfn;
		for (; pfn < end; pfn += pageblock_nr_pages)
			wrong += get_pageblock_migratetype(pfn_to_page(pfn)) !=
				 MIGRATE_CMA;
	}
	for_each_populated_zone(zone)
		cma += zone_cma_pages(zone);

	KUNIT_EXPECT_EQ(test, wrong, 0);
	KUNIT_EXPECT_GE(test, cma, scratch);
	/* Also in CmaTotal of /proc/meminfo. */
	KUNIT_EXPECT_GE(test, totalcma_pages, scratch);
}

static int kho_preserve_test_page(struct page *page, unsigned long nr)
{
	int err = kho_preserve_pages(page, nr);

	if (!err)
		kho_unpreserve_pages(page, nr);
	return err;
}

/* A page with a hardware error, alone, in a range, and in a folio. */
static void kho_preserve_poison_test(struct kunit *test)
{
	struct kho_preserve_test *t = test->priv;
	struct page *bad = t->block + 5;
	struct folio *folio;

	if (!IS_ENABLED(CONFIG_MEMORY_FAILURE))
		kunit_skip(test, "needs CONFIG_MEMORY_FAILURE");
	folio = folio_alloc(GFP_KERNEL, 2);
	KUNIT_ASSERT_NOT_NULL(test, folio);

	SetPageHWPoison(bad);
	SetPageHWPoison(folio_page(folio, 3));
	num_poisoned_pages_inc(page_to_pfn(bad));

	KUNIT_EXPECT_EQ(test, kho_preserve_test_page(bad, 1), -EHWPOISON);
	KUNIT_EXPECT_EQ(test, kho_preserve_folio(page_folio(bad)), -EHWPOISON);
	KUNIT_EXPECT_EQ(test, kho_preserve_test_page(t->block, BLOCK_PAGES),
			-EHWPOISON);
	KUNIT_EXPECT_EQ(test, kho_preserve_test_page(t->block, 6), -EHWPOISON);
	KUNIT_EXPECT_EQ(test, kho_preserve_test_page(bad, 2), -EHWPOISON);
	KUNIT_EXPECT_EQ(test, kho_preserve_folio(folio), -EHWPOISON);
	KUNIT_EXPECT_TRUE(test, kho_kunit_same(&kho_out_tree, &t->before));

	/* Its neighbours are fine. */
	KUNIT_EXPECT_EQ(test, kho_preserve_test_page(t->block, 5), 0);
	KUNIT_EXPECT_EQ(test, kho_preserve_test_page(bad + 1, 1), 0);

	num_poisoned_pages_sub(page_to_pfn(bad), 1);
	ClearPageHWPoison(folio_page(folio, 3));
	ClearPageHWPoison(bad);
	KUNIT_EXPECT_EQ(test, kho_preserve_test_page(t->block, BLOCK_PAGES), 0);
	folio_put(folio);
}

static struct kunit_case kho_preserve_test_cases[] = {
	KUNIT_CASE(kho_preserve_folio_test),
	KUNIT_CASE(kho_preserve_pages_test),
	KUNIT_CASE(kho_preserve_nomem_test),
	KUNIT_CASE(kho_preserve_alloc_test),
	KUNIT_CASE(kho_preserve_scratch_test),
	KUNIT_CASE(kho_preserve_cma_test),
	KUNIT_CASE(kho_preserve_poison_test),
	{}
};

static struct kunit_suite kho_preserve_test_suite = {
	.name = "kho_preserve",
	.init = kho_preserve_test_init,
	.exit = kho_preserve_test_exit,
	.test_cases = kho_preserve_test_cases,
};

kunit_test_suite(kho_preserve_test_suite);
