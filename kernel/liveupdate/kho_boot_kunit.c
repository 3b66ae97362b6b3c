// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests of what is there during boot only: the kho_scratch= parameter,
 * and whether a kernel would believe its own handover.
 */

#include <kunit/test.h>

#include <linux/gfp.h>
#include <linux/init.h>
#include <linux/io.h>
#include <linux/kexec_handover.h>
#include <linux/mm.h>
#include <linux/sizes.h>

#include <linux/kho/abi/kexec_handover.h>

#include "kho_internal.h"
#include "kho_kunit.h"
#include "kho_radix.h"

static void __init kho_scratch_parse_test(struct kunit *test)
{
	static const char * const wrong[] = {
		"", "1", "1M", "1M,", "1M,1M", "1M,1M,", "1M,1M,1M,", ",,",
		"1M,1M,1M,1M", "1M,,1M", "1M, 1M,1M", " 1M,1M,1M", "-1,1M,1M",
		"+1M,1M,1M", "1M,1M,1M ", "1M;1M;1M", "1X,1M,1M", "0,0,0",
		"%", "10", "-10%", "10%%", "10 %", "12345678901%", "0x10%",
		"1M,1M,10%", "18446744073709551615,0,0",
	};
	const struct kho_scratch_param before = {
		.percent = 42,
		.low = 1,
	};
	struct kho_scratch_param param;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		param = before;
		KUNIT_EXPECT_EQ_MSG(test, kho_scratch_parse(wrong[i], &param),
				    -EINVAL, "\"%s\"", wrong[i]);
		KUNIT_EXPECT_EQ(test, param.percent, 42);
		KUNIT_EXPECT_EQ(test, param.low, 1);
	}

	KUNIT_EXPECT_EQ(test, kho_scratch_parse("16M,512M,256M", &param), 0);
	KUNIT_EXPECT_TRUE(test, param.explicit);
	KUNIT_EXPECT_EQ(test, param.low, SZ_16M);
	KUNIT_EXPECT_EQ(test, param.global, SZ_512M);
	KUNIT_EXPECT_EQ(test, param.node, SZ_256M);

	KUNIT_EXPECT_EQ(test, kho_scratch_parse("0,1,1G", &param), 0);
	KUNIT_EXPECT_TRUE(test, param.explicit);
	KUNIT_EXPECT_EQ(test, param.low, 0);
	KUNIT_EXPECT_EQ(test, param.global, KHO_SCRATCH_ALIGN);
	KUNIT_EXPECT_EQ(test, param.node, SZ_1G);

	KUNIT_EXPECT_EQ(test, kho_scratch_parse("150%", &param), 0);
	KUNIT_EXPECT_FALSE(test, param.explicit);
	KUNIT_EXPECT_EQ(test, param.percent, 150);
	KUNIT_EXPECT_EQ(test, kho_scratch_parse("9999999999%", &param), 0);
	KUNIT_EXPECT_EQ(test, param.percent, 9999999999ULL);
}

static void __init kho_scratch_check_test(struct kunit *test)
{
	struct kho_scratch areas[] = {
		{ .addr = 4 * KHO_SCRATCH_ALIGN, .size = KHO_SCRATCH_ALIGN },
		{ .addr = 12345, .size = 0 },
		{ .addr = 6 * KHO_SCRATCH_ALIGN, .size = 2 * KHO_SCRATCH_ALIGN },
	};
	const unsigned int nr = ARRAY_SIZE(areas);
	struct kho_fault fault;

	KUNIT_EXPECT_EQ(test, kho_scratch_check(areas, nr, &fault), 0);
	KUNIT_EXPECT_EQ(test, kho_scratch_check(areas, 0, &fault), -EINVAL);
	KUNIT_EXPECT_EQ(test, kho_scratch_check(areas + 1, 1, &fault), -EINVAL);

	areas[0].size++;
	KUNIT_EXPECT_EQ(test, kho_scratch_check(areas, nr, &fault), -EINVAL);
	areas[0].size = 3 * KHO_SCRATCH_ALIGN;
	KUNIT_EXPECT_EQ(test, kho_scratch_check(areas, nr, &fault), -EINVAL);
	areas[0].size = -KHO_SCRATCH_ALIGN;
	KUNIT_EXPECT_EQ(test, kho_scratch_check(areas, nr, &fault), -EINVAL);

	/* The areas that this kernel has. */
	if (kho_is_enabled())
		KUNIT_EXPECT_EQ(test, kho_scratch_check(kho_scratch,
							kho_scratch_cnt,
							&fault), 0);
}

static void __init kho_tree_believe(struct kunit *test)
{
	phys_addr_t root = virt_to_phys(kho_out_tree.root);
	struct kho_fault fault = {};

	KUNIT_EXPECT_EQ_MSG(test, kho_tree_check(root, &fault), 0, "%s %#llx",
			    fault.what ?: "", fault.value);
	KUNIT_EXPECT_TRUE(test, kho_tree_covers(root, kho_out_fdt_phys(),
						PAGE_SIZE));
}

/* A successor would believe what this kernel hands over. */
static void __init kho_tree_own_test(struct kunit *test)
{
	phys_addr_t root, phys;
	struct folio *folio;
	struct page *page;
	unsigned int i;

	kho_kunit_need_kho(test);
	root = virt_to_phys(kho_out_tree.root);
	kho_tree_believe(test);

	folio = folio_alloc(GFP_KERNEL, 3);
	page = alloc_pages(GFP_KERNEL, 5);
	KUNIT_ASSERT_NOT_NULL(test, folio);
	KUNIT_ASSERT_NOT_NULL(test, page);
	split_page(page, 5);
	phys = page_to_phys(page);
	KUNIT_EXPECT_EQ(test, kho_preserve_folio(folio), 0);
	KUNIT_EXPECT_EQ(test, kho_preserve_pages(page + 1, 27), 0);
	kho_tree_believe(test);

	KUNIT_EXPECT_TRUE(test, kho_tree_covers(root, PFN_PHYS(folio_pfn(folio)),
						folio_size(folio)));
	KUNIT_EXPECT_TRUE(test, kho_tree_covers(root, phys + PAGE_SIZE,
						27 * PAGE_SIZE));
	KUNIT_EXPECT_TRUE(test, kho_tree_covers(root, phys + 5 * PAGE_SIZE + 7,
						1));
	KUNIT_EXPECT_FALSE(test, kho_tree_covers(root, phys, PAGE_SIZE + 1));
	KUNIT_EXPECT_FALSE(test, kho_tree_covers(root, phys + PAGE_SIZE,
						 27 * PAGE_SIZE + 1));

	kho_unpreserve_pages(page + 1, 27);
	kho_unpreserve_folio(folio);
	kho_tree_believe(test);
	for (i = 0; i < 32; i++)
		__free_page(page + i);
	folio_put(folio);
}

/* Keys of the outgoing tree that no sender may have. */
static void __init kho_tree_damaged_test(struct kunit *test)
{
	struct kho_fault fault;
	phys_addr_t root;
	struct page *page;
	unsigned long keys[4];
	unsigned int i, nr = 0;

	kho_kunit_need_kho(test);
	root = virt_to_phys(kho_out_tree.root);
	page = alloc_page(GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, page);

	/* Scratch, memory that is not there, and the FDT a second time. */
	for (i = 0; i < kho_scratch_cnt && !kho_scratch[i].size; i++)
		;
	keys[nr++] = kho_key_encode(PHYS_PFN(kho_scratch[i].addr), 0);
	keys[nr++] = kho_key_encode(roundup_pow_of_two(max_pfn), 0);
	keys[nr++] = kho_key_encode(PHYS_PFN(kho_out_fdt_phys()) & ~1UL, 1);
	keys[nr++] = 0;

	for (i = 0; i < nr; i++) {
		KUNIT_EXPECT_EQ(test, kho_radix_add_key(&kho_out_tree, keys[i]),
				0);
		KUNIT_EXPECT_EQ_MSG(test, kho_tree_check(root, &fault), -EINVAL,
				    "key %#lx", keys[i]);
		kho_radix_del_key(&kho_out_tree, keys[i]);
		kho_tree_believe(test);
	}
	__free_page(page);
}

static struct kunit_case kho_boot_test_cases[] = {
	KUNIT_CASE(kho_scratch_parse_test),
	KUNIT_CASE(kho_scratch_check_test),
	KUNIT_CASE(kho_tree_own_test),
	KUNIT_CASE(kho_tree_damaged_test),
	{}
};

static struct kunit_suite kho_boot_test_suite = {
	.name = "kho_boot",
	.test_cases = kho_boot_test_cases,
};

kunit_test_init_section_suite(kho_boot_test_suite);
