// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests of taking memory over: on blocks that are tagged as boot tags what
 * the previous kernel preserved. Nothing here asks for memory that was not
 * handed over, because that warns, but kho_is_handed_over() does.
 */

#include <kunit/test.h>

#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/kexec_handover.h>
#include <linux/memblock.h>
#include <linux/mm.h>
#include <linux/page_ref.h>
#include <linux/pfn.h>
#include <linux/string.h>

#include "kho_internal.h"
#include "kho_kunit.h"

/* A block of pages of which nobody is the owner any more. */
static struct page *kho_restore_test_block(struct kunit *test,
					   unsigned int order)
{
	struct page *page = alloc_pages(GFP_KERNEL, order);

	KUNIT_ASSERT_NOT_NULL(test, page);
	memset(page_address(page), 0x5a, PAGE_SIZE << order);
	kho_kunit_hand_over(page, order);
	return page;
}

static void kho_restore_test_order(struct kunit *test, struct page *page,
				   unsigned int order, unsigned long managed)
{
	phys_addr_t phys = page_to_phys(page);
	unsigned long i, wrong = 0;
	struct folio *folio;

	KUNIT_EXPECT_TRUE(test, kho_is_handed_over(phys, order));
	KUNIT_EXPECT_FALSE(test, kho_is_handed_over(phys, order + 1));
	KUNIT_EXPECT_FALSE(test, kho_is_handed_over(phys + 1, order));
	if (order)
		KUNIT_EXPECT_FALSE(test, kho_is_handed_over(phys + PAGE_SIZE,
							    0));
	KUNIT_EXPECT_EQ(test, totalram_pages(), managed - BIT(order));

	folio = kho_restore_folio(phys);
	KUNIT_ASSERT_PTR_EQ(test, folio, (struct folio *)page);
	KUNIT_EXPECT_EQ(test, folio_order(folio), order);
	KUNIT_EXPECT_EQ(test, folio_test_large(folio), order > 0);
	KUNIT_EXPECT_EQ(test, folio_ref_count(folio), 1);
	KUNIT_EXPECT_EQ(test, folio_mapcount(folio), 0);
	KUNIT_EXPECT_NULL(test, folio_get_private(folio));
	KUNIT_EXPECT_FALSE(test, kho_is_handed_over(phys, order));
	KUNIT_EXPECT_EQ(test, totalram_pages(), managed);
	for (i = 1; i < BIT(order); i++)
		wrong += page_folio(page + i) != folio ||
			 page_ref_count(page + i) != 0;
	KUNIT_EXPECT_EQ(test, wrong, 0);
	KUNIT_EXPECT_NULL(test, memchr_inv(folio_address(folio), 0x5a,
					   folio_size(folio)));
	folio_put(folio);
}

static void kho_restore_folio_test(struct kunit *test)
{
	unsigned long managed = totalram_pages();
	unsigned int order;

	for (order = 0; order <= MAX_PAGE_ORDER; order++)
		kho_restore_test_order(test,
				       kho_restore_test_block(test, order),
				       order, managed);
}

/* The page allocator gives no larger blocks, but handovers have them. */
static void kho_restore_large_test(struct kunit *test)
{
	unsigned long managed = totalram_pages();
	const unsigned int order = MAX_PAGE_ORDER + 2;
	struct page *page = NULL;

#ifdef CONFIG_CONTIG_ALLOC
	page = alloc_contig_pages(BIT(order), GFP_KERNEL | __GFP_NOWARN,
				  numa_node_id(), NULL);
#endif
	if (!page)
		kunit_skip(test, "no contiguous block of order %u", order);

	KUNIT_EXPECT_FALSE(test, kho_scratch_overlap(page_to_phys(page),
						     PAGE_SIZE << order));
	memset(page_address(page), 0x5a, PAGE_SIZE << order);
	kho_kunit_hand_over(page, order);
	kho_restore_test_order(test, page, order, managed);
}

/* Pages come back one by one, from blocks as they were cut. */
static void kho_restore_pages_test(struct kunit *test)
{
	/* Of 16 pages, those from 3 to 14 (order 0, 2, 2, 1, 0). */
	static const unsigned int orders[] = { 0, 2, 2, 1, 0 };
	unsigned long managed = totalram_pages(), i, pos = 3, wrong = 0;
	struct page *block = alloc_pages(GFP_KERNEL, 4);
	struct page *page;

	KUNIT_ASSERT_NOT_NULL(test, block);
	split_page(block, 4);
	for (i = 0; i < ARRAY_SIZE(orders); i++) {
		kho_kunit_hand_over(block + pos, orders[i]);
		pos += BIT(orders[i]);
	}
	KUNIT_EXPECT_EQ(test, totalram_pages(), managed - 12);

	page = kho_restore_pages(page_to_phys(block + 3), 12);
	KUNIT_EXPECT_PTR_EQ(test, page, block + 3);
	KUNIT_EXPECT_EQ(test, totalram_pages(), managed);
	for (i = 0; i < 16; i++)
		wrong += page_ref_count(block + i) != 1 ||
			 page_private(block + i) || PageCompound(block + i);
	KUNIT_EXPECT_EQ(test, wrong, 0);
	for (i = 0; i < 16; i++)
		__free_page(block + i);
}

/* A range that was cut at the border of two nodes has smaller blocks. */
static void kho_restore_cut_test(struct kunit *test)
{
	struct page *block = alloc_pages(GFP_KERNEL, 3);
	unsigned long i, wrong = 0;

	KUNIT_ASSERT_NOT_NULL(test, block);
	split_page(block, 3);
	kho_kunit_hand_over(block, 2);
	kho_kunit_hand_over(block + 4, 1);
	kho_kunit_hand_over(block + 6, 1);
	KUNIT_EXPECT_PTR_EQ(test, kho_restore_pages(page_to_phys(block), 8),
			    block);
	for (i = 0; i < 8; i++)
		wrong += page_ref_count(block + i) != 1 ||
			 page_private(block + i);
	KUNIT_EXPECT_EQ(test, wrong, 0);
	for (i = 0; i < 8; i++)
		__free_page(block + i);
}

static void kho_restore_free_test(struct kunit *test)
{
	unsigned long managed = totalram_pages();
	struct page *page;

	page = kho_restore_test_block(test, 3);
	kho_restore_free(page_address(page));
	KUNIT_EXPECT_FALSE(test, kho_is_handed_over(page_to_phys(page), 3));
	KUNIT_EXPECT_EQ(test, totalram_pages(), managed);
}

/* There is nothing to restore where there is no memory. */
static void kho_restore_no_memory_test(struct kunit *test)
{
	phys_addr_t phys = PFN_PHYS(roundup_pow_of_two(max_pfn) * 2);

	KUNIT_EXPECT_NULL(test, kho_restore_folio(phys));
	KUNIT_EXPECT_NULL(test, kho_restore_pages(phys, 1));
	KUNIT_EXPECT_FALSE(test, kho_is_handed_over(phys, 0));
}

/* Ordinary pages, even with something in page->private, were not handed over. */
static void kho_restore_ordinary_test(struct kunit *test)
{
	const union kho_page_info too_large = {
		.order = BITS_PER_LONG,
		.magic = KHO_PAGE_MAGIC,
	};
	struct page *page = alloc_page(GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, page);
	KUNIT_EXPECT_FALSE(test, kho_is_handed_over(page_to_phys(page), 0));
	page->private = too_large.private;
	KUNIT_EXPECT_FALSE(test, kho_is_handed_over(page_to_phys(page), 0));
	page->private = 0;
	__free_page(page);
}

static struct kunit_case kho_restore_test_cases[] = {
	KUNIT_CASE(kho_restore_folio_test),
	KUNIT_CASE(kho_restore_large_test),
	KUNIT_CASE(kho_restore_pages_test),
	KUNIT_CASE(kho_restore_cut_test),
	KUNIT_CASE(kho_restore_free_test),
	KUNIT_CASE(kho_restore_no_memory_test),
	KUNIT_CASE(kho_restore_ordinary_test),
	{}
};

static struct kunit_suite kho_restore_test_suite = {
	.name = "kho_restore",
	.test_cases = kho_restore_test_cases,
};

kunit_test_suite(kho_restore_test_suite);
