// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests of block sets.
 */

#include <kunit/test.h>

#include <linux/io.h>
#include <linux/kexec_handover.h>
#include <linux/kho_block.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "kho_internal.h"
#include "kho_kunit.h"
#include "kho_radix.h"

/* An entry that leaves room at the end of the block. */
struct kho_block_test_entry {
	u64 value[10];
};

#define ENTRY_SIZE	sizeof(struct kho_block_test_entry)
#define PER_BLOCK	KHO_BLOCK_CAPACITY(ENTRY_SIZE)

static int kho_block_test_init(struct kunit *test)
{
	struct kho_kunit_look *before;

	kho_kunit_need_kho(test);
	before = kunit_kzalloc(test, sizeof(*before), GFP_KERNEL);
	if (!before)
		return -ENOMEM;
	*before = kho_kunit_look(&kho_out_tree);
	test->priv = before;
	return 0;
}

static void kho_block_test_exit(struct kunit *test)
{
	if (test->priv)
		KUNIT_EXPECT_TRUE(test, kho_kunit_same(&kho_out_tree,
						       test->priv));
}

/* The chain in memory is the list of blocks, and all of it is preserved. */
static void kho_block_test_check(struct kunit *test, struct kho_block_set *bs)
{
	struct kho_block *block;
	u64 pa = kho_block_set_head_pa(bs);
	long nblocks = 0;

	list_for_each_entry(block, &bs->blocks, list) {
		KUNIT_ASSERT_EQ(test, pa, virt_to_phys(block->ser));
		KUNIT_EXPECT_TRUE(test, kho_kunit_has_block(PHYS_PFN(pa), 0));
		pa = block->ser->next;
		nblocks++;
	}
	KUNIT_EXPECT_EQ(test, pa, 0);
	KUNIT_EXPECT_EQ(test, nblocks, bs->nblocks);
	KUNIT_EXPECT_EQ(test, kho_block_set_is_empty(bs), !nblocks);
}

/* Put @nr entries into an empty set. */
static void kho_block_test_fill(struct kunit *test, struct kho_block_set *bs,
				u64 nr)
{
	struct kho_block_test_entry *entry;
	struct kho_block_set_it it;
	u64 i;

	KUNIT_ASSERT_EQ(test, kho_block_set_grow(bs, nr), 0);
	kho_block_set_it_init(&it, bs);
	for (i = 0; i < nr; i++) {
		entry = kho_block_set_it_reserve_entry(&it);
		KUNIT_ASSERT_NOT_NULL(test, entry);
		entry->value[0] = i;
		entry->value[9] = ~i;
	}
}

/* Read the entries of kho_block_test_fill(). Returns how many there are. */
static u64 kho_block_test_read(struct kunit *test, struct kho_block_set *bs)
{
	struct kho_block_test_entry *entry;
	struct kho_block_set_it it;
	u64 i, wrong = 0;

	kho_block_set_it_init(&it, bs);
	for (i = 0; (entry = kho_block_set_it_read_entry(&it)); i++)
		wrong += entry->value[0] != i || entry->value[9] != ~i;
	KUNIT_EXPECT_EQ(test, wrong, 0);
	return i;
}

static void kho_block_grow_test(struct kunit *test)
{
	static const u64 counts[] = {
		0, 1, PER_BLOCK, PER_BLOCK + 1, 5 * PER_BLOCK, PER_BLOCK, 0,
	};
	struct kho_block_set bs = KHO_BLOCK_SET_INIT(bs, ENTRY_SIZE);
	unsigned int i;

	KUNIT_EXPECT_EQ(test, bs.count_per_block, PER_BLOCK);
	for (i = 0; i < ARRAY_SIZE(counts); i++) {
		KUNIT_EXPECT_EQ(test, kho_block_set_grow(&bs, counts[i]), 0);
		kho_block_set_shrink(&bs, counts[i]);
		KUNIT_EXPECT_EQ(test, bs.nblocks,
				DIV_ROUND_UP(counts[i], PER_BLOCK));
		kho_block_test_check(test, &bs);
	}
	KUNIT_EXPECT_EQ(test, kho_block_set_head_pa(&bs), 0);
}

static void kho_block_iterate_test(struct kunit *test)
{
	const u64 nr = 2 * PER_BLOCK + 3;
	struct kho_block_set_it it;
	struct kho_block_set bs;
	u64 i;

	kho_block_set_init(&bs, ENTRY_SIZE);
	kho_block_set_it_init(&it, &bs);
	KUNIT_EXPECT_NULL(test, kho_block_set_it_reserve_entry(&it));
	KUNIT_EXPECT_NULL(test, kho_block_set_it_read_entry(&it));
	KUNIT_EXPECT_NULL(test, kho_block_set_it_prev(&it));

	kho_block_test_fill(test, &bs, nr);
	KUNIT_EXPECT_EQ(test, kho_block_test_read(test, &bs), nr);

	/* To the end of the last block, no further, and back to the start. */
	kho_block_set_it_init(&it, &bs);
	for (i = 0; kho_block_set_it_reserve_entry(&it); i++)
		;
	KUNIT_EXPECT_EQ(test, i, 3 * PER_BLOCK);
	for (i = 0; kho_block_set_it_prev(&it); i++)
		;
	KUNIT_EXPECT_EQ(test, i, 3 * PER_BLOCK);

	kho_block_set_clear(&bs);
	KUNIT_EXPECT_EQ(test, bs.nblocks, 3);
	kho_block_test_check(test, &bs);
	KUNIT_EXPECT_EQ(test, kho_block_test_read(test, &bs), 0);
	kho_block_set_destroy(&bs);
	KUNIT_EXPECT_TRUE(test, kho_block_set_is_empty(&bs));
}

/* On error the set is as it was. */
static void kho_block_nomem_test(struct kunit *test)
{
	struct kho_block_set bs = KHO_BLOCK_SET_INIT(bs, ENTRY_SIZE);
	unsigned int nth, failed = 0;
	u64 head;
	int err;

	kho_kunit_fail_init(test);
	kho_block_test_fill(test, &bs, 2 * PER_BLOCK);
	head = kho_block_set_head_pa(&bs);

	for (nth = 1;; nth++) {
		kho_kunit_fail_begin(nth);
		err = kho_block_set_grow(&bs, 6 * PER_BLOCK);
		if (!kho_kunit_fail_end())
			break;
		if (!err) {
			kho_block_set_shrink(&bs, 2 * PER_BLOCK);
			continue;
		}
		failed++;
		KUNIT_EXPECT_EQ(test, err, -ENOMEM);
		KUNIT_EXPECT_EQ(test, bs.nblocks, 2);
		KUNIT_EXPECT_EQ(test, kho_block_set_head_pa(&bs), head);
		kho_block_test_check(test, &bs);
	}
	KUNIT_EXPECT_EQ(test, err, 0);
	KUNIT_EXPECT_GE(test, failed, 4);
	KUNIT_EXPECT_EQ(test, kho_block_test_read(test, &bs), 2 * PER_BLOCK);
	kho_block_set_destroy(&bs);
}

static void kho_block_too_many_test(struct kunit *test)
{
	struct kho_block_set bs = KHO_BLOCK_SET_INIT(bs, ENTRY_SIZE);

	KUNIT_ASSERT_EQ(test, kho_block_set_grow(&bs, 1), 0);
	KUNIT_EXPECT_EQ(test, kho_block_set_grow(&bs, 10000 * PER_BLOCK + 1),
			-ENOSPC);
	KUNIT_EXPECT_EQ(test, bs.nblocks, 1);
	kho_block_test_check(test, &bs);
	KUNIT_EXPECT_EQ(test, kho_block_set_grow(&bs, 10000 * PER_BLOCK), 0);
	KUNIT_EXPECT_EQ(test, bs.nblocks, 10000);
	kho_block_set_destroy(&bs);
}

/*
 * Make an outgoing set look as it would in the next kernel. Returns the address
 * of its chain; @bs is empty then.
 */
static u64 kho_block_test_jump(struct kho_block_set *bs)
{
	u64 head = kho_block_set_head_pa(bs);
	struct kho_block *block, *next;
	struct page *page;

	list_for_each_entry_safe(block, next, &bs->blocks, list) {
		page = virt_to_page(block->ser);
		kho_unpreserve_folio(page_folio(page));
		kho_kunit_hand_over(page, 0);
		list_del(&block->list);
		kfree(block);
	}
	kho_block_set_init(bs, ENTRY_SIZE);
	return head;
}

static struct kho_block_header_ser *kho_block_test_ser(u64 pa, unsigned int i)
{
	struct kho_block_header_ser *ser = phys_to_virt(pa);

	while (i--)
		ser = phys_to_virt(ser->next);
	return ser;
}

static void kho_block_restore_test(struct kunit *test)
{
	const u64 nr = 3 * PER_BLOCK + 1;
	unsigned long managed = totalram_pages();
	struct kho_block_set bs;
	u64 head;

	kho_block_set_init(&bs, ENTRY_SIZE);
	KUNIT_EXPECT_EQ(test, kho_block_set_restore(&bs, 0), 0);
	KUNIT_EXPECT_TRUE(test, kho_block_set_is_empty(&bs));

	kho_block_set_init(&bs, ENTRY_SIZE);
	kho_block_test_fill(test, &bs, nr);
	/* An empty block at the end is no error, mainline makes such chains. */
	KUNIT_ASSERT_EQ(test, kho_block_set_grow(&bs, 4 * PER_BLOCK + 1), 0);

	head = kho_block_test_jump(&bs);
	KUNIT_ASSERT_EQ(test, kho_block_set_restore(&bs, head), 0);
	KUNIT_EXPECT_EQ(test, bs.nblocks, 5);
	KUNIT_EXPECT_TRUE(test, bs.incoming);
	KUNIT_EXPECT_EQ(test, kho_block_set_head_pa(&bs), head);
	KUNIT_EXPECT_EQ(test, kho_block_test_read(test, &bs), nr);

	kho_block_set_shrink(&bs, 2 * PER_BLOCK);
	KUNIT_EXPECT_EQ(test, kho_block_test_read(test, &bs), 2 * PER_BLOCK);
	kho_block_set_destroy(&bs);
	KUNIT_EXPECT_EQ(test, totalram_pages(), managed);
}

/* The same chain, mended: all of it was left where it is. */
static void kho_block_test_mended(struct kunit *test, u64 head,
				  unsigned long managed)
{
	struct kho_block_set bs;

	kho_block_set_init(&bs, ENTRY_SIZE);
	KUNIT_ASSERT_EQ(test, kho_block_set_restore(&bs, head), 0);
	kho_block_set_destroy(&bs);
	KUNIT_EXPECT_EQ(test, totalram_pages(), managed);
}

/* Nothing is taken of a chain that makes no sense, and nothing of it is freed. */
static void kho_block_damaged_test(struct kunit *test)
{
	unsigned long managed = totalram_pages();
	struct kho_block_set bs;
	u64 head, rest;

	/* More entries than there is room for. */
	kho_block_set_init(&bs, ENTRY_SIZE);
	kho_block_test_fill(test, &bs, 4 * PER_BLOCK);
	head = kho_block_test_jump(&bs);
	kho_block_test_ser(head, 2)->count = PER_BLOCK + 1;
	KUNIT_EXPECT_EQ(test, kho_block_set_restore(&bs, head), -EINVAL);
	KUNIT_EXPECT_TRUE(test, kho_block_set_is_empty(&bs));
	KUNIT_EXPECT_EQ(test, totalram_pages(), managed - 4);
	kho_block_test_ser(head, 2)->count = 0;
	kho_block_test_mended(test, head, managed);

	/* A block that was not handed over: its owner has freed it already. */
	kho_block_set_init(&bs, ENTRY_SIZE);
	kho_block_test_fill(test, &bs, 3 * PER_BLOCK);
	head = kho_block_test_jump(&bs);
	rest = kho_block_test_ser(head, 1)->next;
	kho_restore_free(phys_to_virt(rest));
	KUNIT_EXPECT_EQ(test, kho_block_set_restore(&bs, head), -EINVAL);
	KUNIT_EXPECT_EQ(test, totalram_pages(), managed - 2);
	kho_block_test_ser(head, 1)->next = 0;
	kho_block_test_mended(test, head, managed);

	/* An address that is none. */
	kho_block_set_init(&bs, ENTRY_SIZE);
	KUNIT_EXPECT_EQ(test, kho_block_set_restore(&bs, ~0ULL), -EINVAL);
	KUNIT_EXPECT_EQ(test, kho_block_set_restore(&bs, 8), -EINVAL);
}

/* A chain without an end is left alone. */
static void kho_block_cycle_test(struct kunit *test)
{
	unsigned long managed = totalram_pages();
	struct kho_block_set bs;
	unsigned int to;
	u64 head;

	for (to = 0; to < 4; to++) {
		kho_block_set_init(&bs, ENTRY_SIZE);
		kho_block_test_fill(test, &bs, 4 * PER_BLOCK);
		head = kho_block_test_jump(&bs);
		kho_block_test_ser(head, 3)->next =
			virt_to_phys(kho_block_test_ser(head, to));
		KUNIT_EXPECT_EQ(test, kho_block_set_restore(&bs, head),
				-EINVAL);
		KUNIT_EXPECT_TRUE(test, kho_block_set_is_empty(&bs));
		KUNIT_EXPECT_EQ(test, totalram_pages(), managed - 4);

		kho_block_test_ser(head, 3)->next = 0;
		kho_block_set_init(&bs, ENTRY_SIZE);
		KUNIT_ASSERT_EQ(test, kho_block_set_restore(&bs, head), 0);
		kho_block_set_destroy(&bs);
		KUNIT_EXPECT_EQ(test, totalram_pages(), managed);
	}
}

static struct kunit_case kho_block_test_cases[] = {
	KUNIT_CASE(kho_block_grow_test),
	KUNIT_CASE(kho_block_iterate_test),
	KUNIT_CASE(kho_block_nomem_test),
	KUNIT_CASE(kho_block_too_many_test),
	KUNIT_CASE(kho_block_restore_test),
	KUNIT_CASE(kho_block_damaged_test),
	KUNIT_CASE(kho_block_cycle_test),
	{}
};

static struct kunit_suite kho_block_test_suite = {
	.name = "kho_block",
	.init = kho_block_test_init,
	.exit = kho_block_test_exit,
	.test_cases = kho_block_test_cases,
};

kunit_test_suite(kho_block_test_suite);
