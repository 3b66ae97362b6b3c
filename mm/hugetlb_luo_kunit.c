// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests of live update of huge pages: what a pool counts as surplus, and
 * what an image says that it takes over.
 */

#include <kunit/test.h>

#include <linux/hugetlb.h>
#include <linux/kexec.h>
#include <linux/kho/abi/hugetlb.h>
#include <linux/kho/abi/image.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "hugetlb_luo.h"
#include "../kernel/liveupdate/kho_image.h"
#include "../kernel/liveupdate/kho_internal.h"

/* A pool that asked for @asked pages, and has @used and @free ones on node 0. */
static struct hstate *hugetlb_luo_kunit_pool(struct kunit *test,
					     unsigned long asked,
					     unsigned long used,
					     unsigned long free)
{
	struct hstate *h = kunit_kzalloc(test, sizeof(*h), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, h);
	h->order = HUGETLB_PAGE_ORDER;
	h->max_huge_pages = asked;
	h->nr_huge_pages = used + free;
	h->nr_huge_pages_node[0] = used + free;
	h->free_huge_pages = free;
	h->free_huge_pages_node[0] = free;
	return h;
}

static void hugetlb_luo_settle_test(struct kunit *test)
{
	static const struct {
		unsigned long asked, used, free, surplus, max;
	} cases[] = {
		{ 16, 8, 8, 0, 16 },	/* just right */
		{ 4, 8, 0, 4, 4 },	/* more was handed over */
		{ 0, 8, 0, 8, 0 },	/* nothing was asked for */
		{ 16, 8, 4, 0, 12 },	/* memory was short */
		{ 0, 0, 0, 0, 0 },
	};
	struct hstate *h;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		h = hugetlb_luo_kunit_pool(test, cases[i].asked, cases[i].used,
					   cases[i].free);
		hugetlb_luo_settle_pool(h);
		KUNIT_EXPECT_EQ_MSG(test, h->surplus_huge_pages,
				    cases[i].surplus, "case %u", i);
		KUNIT_EXPECT_EQ_MSG(test, h->surplus_huge_pages_node[0],
				    cases[i].surplus, "case %u", i);
		KUNIT_EXPECT_EQ_MSG(test, h->max_huge_pages, cases[i].max,
				    "case %u", i);
		/* What set_max_huge_pages() takes for the size of the pool. */
		KUNIT_EXPECT_EQ_MSG(test, h->nr_huge_pages -
				    h->surplus_huge_pages, cases[i].max,
				    "case %u", i);
	}
}

static void hugetlb_luo_settle_node_test(struct kunit *test)
{
	struct hstate *h;

	/* Two were asked for on this node, three handed over, one is free. */
	h = hugetlb_luo_kunit_pool(test, 2, 3, 1);
	h->max_huge_pages_node[0] = 2;
	hugetlb_luo_settle_pool(h);
	KUNIT_EXPECT_EQ(test, h->surplus_huge_pages, 2);
	KUNIT_EXPECT_EQ(test, h->surplus_huge_pages_node[0], 2);
	KUNIT_EXPECT_EQ(test, h->max_huge_pages, 2);
}

static void hugetlb_luo_marker_test(struct kunit *test)
{
	static const char marker[] = "abc\177KHO\177KHO file handlers: x hugetlb-v1";
	char *buf = kunit_kmalloc(test, 512, GFP_KERNEL);
	const char *names;

	KUNIT_ASSERT_NOT_NULL(test, buf);
	memset(buf, 0xff, 512);
	KUNIT_EXPECT_NULL(test, kho_image_find_names(buf, 512));
	KUNIT_EXPECT_NULL(test, kho_image_find_names(buf, 0));

	memcpy(buf + 100, marker, sizeof(marker));
	names = kho_image_find_names(buf, 512);
	KUNIT_ASSERT_NOT_NULL(test, names);
	KUNIT_EXPECT_STREQ(test, names, "x hugetlb-v1");

	/* Cut off: right before its NUL, in the prefix, after one character. */
	KUNIT_EXPECT_NULL(test, kho_image_find_names(buf, 100 +
						     sizeof(marker) - 1));
	KUNIT_EXPECT_NULL(test, kho_image_find_names(buf, 115));
	KUNIT_EXPECT_NULL(test, kho_image_find_names(buf, 104));

	/* More names than there is room for. */
	memset(buf + 100 + sizeof(marker) - 1, 'x', 100);
	KUNIT_EXPECT_NULL(test, kho_image_find_names(buf, 512));
}

static void hugetlb_luo_names_test(struct kunit *test)
{
	struct kimage *image = kunit_kzalloc(test, sizeof(*image), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, image);
	KUNIT_EXPECT_FALSE(test, kho_image_has_handler(image, "a"));

	strscpy(image->kho.handlers, "ab a-v10 c");
	KUNIT_EXPECT_TRUE(test, kho_image_has_handler(image, "ab"));
	KUNIT_EXPECT_TRUE(test, kho_image_has_handler(image, "a-v10"));
	KUNIT_EXPECT_TRUE(test, kho_image_has_handler(image, "c"));
	KUNIT_EXPECT_FALSE(test, kho_image_has_handler(image, "a"));
	KUNIT_EXPECT_FALSE(test, kho_image_has_handler(image, "a-v1"));
	KUNIT_EXPECT_FALSE(test, kho_image_has_handler(image, "cd"));

	/* This kernel would do. */
	strscpy(image->kho.handlers, KHO_IMAGE_NAMES);
	KUNIT_EXPECT_TRUE(test, kho_image_has_handler(image,
						      HUGETLB_LUO_FH_COMPATIBLE));
}

static struct kunit_case hugetlb_luo_test_cases[] = {
	KUNIT_CASE(hugetlb_luo_settle_test),
	KUNIT_CASE(hugetlb_luo_settle_node_test),
	KUNIT_CASE(hugetlb_luo_marker_test),
	KUNIT_CASE(hugetlb_luo_names_test),
	{}
};

static struct kunit_suite hugetlb_luo_test_suite = {
	.name = "hugetlb_luo",
	.test_cases = hugetlb_luo_test_cases,
};

kunit_test_suite(hugetlb_luo_test_suite);
