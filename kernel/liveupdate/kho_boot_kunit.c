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
#include <linux/memblock.h>
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
	KUNIT_EXPECT_EQ(test, param.low, ALIGN(SZ_16M, KHO_SCRATCH_ALIGN));
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

/* What a successor would find, without its taking note of tables. */
struct kho_kunit_reading {
	struct kho_digest digest;
	unsigned long tables;
	struct kho_fault fault;
	int err;
};

static int __init kho_kunit_table(u64 phys, void *data)
{
	struct kho_kunit_reading *r = data;

	kho_digest_add(&r->digest, PHYS_PFN(phys), PHYS_PFN(phys) + 1);
	r->tables++;
	return 0;
}

static void __init kho_kunit_leaf(const struct kho_radix_leaf *leaf,
				  unsigned long key, void *data)
{
	struct kho_kunit_reading *r = data;

	kho_digest_add_leaf(&r->digest, leaf, key);
}

static void __init kho_kunit_read(struct kunit *test,
				  const struct kho_radix_tree *tree,
				  struct kho_kunit_reading *r)
{
	const struct kho_tree_visitor visitor = {
		.table = kho_kunit_table,
		.leaf = kho_kunit_leaf,
		.data = r,
	};
	phys_addr_t root = virt_to_phys(tree->root);
	unsigned long *busy;
	size_t size;

	*r = (struct kho_kunit_reading) {};
	size = kho_digest_size(&r->digest, PFN_UP(memblock_end_of_DRAM()));
	busy = kunit_kzalloc(test, size, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, busy);
	kho_digest_start(&r->digest, busy);

	r->err = kho_tree_check_tables(root, &visitor, &r->fault);
	r->err = r->err ?: kho_tree_check_keys(root, r->digest.orders,
					       &r->fault);
}

static unsigned long __init kho_tree_believe(struct kunit *test)
{
	phys_addr_t root = virt_to_phys(kho_out_tree.root);
	unsigned long pfn = PHYS_PFN(kho_out_fdt_phys());
	struct kho_kunit_reading r;

	kho_kunit_read(test, &kho_out_tree, &r);
	KUNIT_EXPECT_EQ_MSG(test, r.err, 0, "%s %#llx", r.fault.what ?: "",
			    r.fault.value);
	KUNIT_EXPECT_TRUE(test, kho_tree_covers(root, r.digest.orders, pfn,
						pfn + 1));
	KUNIT_EXPECT_TRUE(test, test_bit(pfn >> r.digest.order, r.digest.busy));
	KUNIT_EXPECT_GE(test, r.tables, KHO_TREE_MAX_DEPTH);
	return r.digest.orders;
}

/* A successor would believe what this kernel hands over. */
static void __init kho_tree_own_test(struct kunit *test)
{
	unsigned long pfn, orders;
	struct folio *folio;
	struct page *page;
	phys_addr_t root;
	unsigned int i;

	kho_kunit_need_kho(test);
	root = virt_to_phys(kho_out_tree.root);
	kho_tree_believe(test);

	folio = folio_alloc(GFP_KERNEL, 3);
	page = alloc_pages(GFP_KERNEL, 5);
	KUNIT_ASSERT_NOT_NULL(test, folio);
	KUNIT_ASSERT_NOT_NULL(test, page);
	split_page(page, 5);
	pfn = page_to_pfn(page);
	KUNIT_EXPECT_EQ(test, kho_preserve_folio(folio), 0);
	KUNIT_EXPECT_EQ(test, kho_preserve_pages(page + 1, 27), 0);
	orders = kho_tree_believe(test);

	KUNIT_EXPECT_TRUE(test, kho_tree_covers(root, orders, folio_pfn(folio),
						folio_pfn(folio) + 8));
	KUNIT_EXPECT_TRUE(test, kho_tree_covers(root, orders, pfn + 1, pfn + 28));
	KUNIT_EXPECT_TRUE(test, kho_tree_covers(root, orders, pfn + 5, pfn + 6));
	KUNIT_EXPECT_FALSE(test, kho_tree_covers(root, orders, pfn, pfn + 2));
	KUNIT_EXPECT_FALSE(test, kho_tree_covers(root, orders, pfn + 1,
						 pfn + 29));

	kho_unpreserve_pages(page + 1, 27);
	kho_unpreserve_folio(folio);
	kho_tree_believe(test);
	for (i = 0; i < 32; i++)
		__free_page(page + i);
	folio_put(folio);
}

/* Keys that no sender may have; an empty table in scratch is none. */
static void __init kho_tree_damaged_test(struct kunit *test)
{
	struct kho_kunit_reading r;
	struct kho_radix_tree tree;
	unsigned long keys[3];
	unsigned int i, nr = 0;

	kho_kunit_need_kho(test);

	/* Scratch, and memory that is not there. */
	for (i = 0; i < kho_scratch_cnt && !kho_scratch[i].size; i++)
		;
	keys[nr++] = kho_key_encode(PHYS_PFN(kho_scratch[i].addr), 0);
	keys[nr++] = kho_key_encode(roundup_pow_of_two(max_pfn), 0);
	keys[nr++] = 0;

	for (i = 0; i < nr; i++) {
		KUNIT_ASSERT_EQ(test, kho_radix_init_tree(&tree, NULL), 0);
		KUNIT_EXPECT_EQ(test, kho_radix_add_key(&tree, keys[i]), 0);
		kho_kunit_read(test, &tree, &r);
		KUNIT_EXPECT_EQ_MSG(test, r.err, -EINVAL, "key %#lx", keys[i]);
		kho_radix_destroy_tree(&tree);
	}

	KUNIT_ASSERT_EQ(test, kho_radix_init_tree(&tree, NULL), 0);
	KUNIT_EXPECT_EQ(test, kho_radix_add_key(&tree, keys[0]), 0);
	kho_radix_del_key(&tree, keys[0]);
	kho_kunit_read(test, &tree, &r);
	KUNIT_EXPECT_EQ(test, r.err, 0);
	kho_radix_destroy_tree(&tree);
}

static struct kunit_case __refdata kho_boot_test_cases[] = {
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
