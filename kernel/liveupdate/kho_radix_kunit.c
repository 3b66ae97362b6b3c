// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests of the tracker, on a tree of their own.
 */

#include <kunit/test.h>

#include <linux/bitmap.h>
#include <linux/container_of.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/kho_radix_tree.h>
#include <linux/mm.h>
#include <linux/prandom.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/swap.h>

#include <linux/kho/abi/kexec_handover.h>

#include "kho_kunit.h"
#include "kho_radix.h"

#define LEAF_BITS	BIT(KHO_BITMAP_SIZE_LOG2)

/* Tables of a branch, from the leaf up to below the root. */
#define BRANCH		KHO_RADIX_ROOT_LEVEL

/* The first key of an order-0 leaf that no other test key shares a table with. */
#define KEY_BASE	(BIT(KHO_RADIX_MAX_ORDER) | PHYS_PFN(1UL << 40))

static int kho_radix_test_init(struct kunit *test)
{
	struct kho_radix_tree *tree;

	tree = kunit_kzalloc(test, sizeof(*tree), GFP_KERNEL);
	if (!tree)
		return -ENOMEM;
	test->priv = tree;
	return kho_radix_init_tree(tree, NULL);
}

static void kho_radix_test_exit(struct kunit *test)
{
	if (test->priv)
		kho_radix_destroy_tree(test->priv);
}

#if PAGE_SHIFT == 12

/* Spec, handover-abi.md 7.4. */
static const struct {
	u64 pa;
	unsigned int order;
	unsigned long key;
	unsigned int index[KHO_TREE_MAX_DEPTH];	/* leaf first */
} kho_radix_vectors[] = {
	{ 0x0, 0, 0x10000000000000, { 0, 0, 0, 0, 0, 2 } },
	{ 0x1000, 0, 0x10000000000001, { 1, 0, 0, 0, 0, 2 } },
	{ 0x100000000, 0, 0x10000000100000, { 0, 32, 0, 0, 0, 2 } },
	{ 0x1234567000, 0, 0x10000001234567, { 17767, 70, 1, 0, 0, 2 } },
	{ 0x200000, 9, 0x80000000001, { 1, 0, 0, 0, 2, 0 } },
	{ 0x140400000, 10, 0x40000000501, { 1281, 0, 0, 0, 1, 0 } },
	{ 0x40000000, 18, 0x400000001, { 1, 0, 0, 2, 0, 0 } },
};

/* Keys and the place in memory where each of them is. */
static void kho_radix_vector_test(struct kunit *test)
{
	struct kho_radix_tree *tree = test->priv;
	unsigned int i, order = ~0U, level;
	union kho_radix_page *page;
	unsigned long key;

	for (i = 0; i < ARRAY_SIZE(kho_radix_vectors); i++) {
		const typeof(kho_radix_vectors[0]) *v = &kho_radix_vectors[i];

		key = kho_key_encode(PHYS_PFN(v->pa), v->order);
		KUNIT_EXPECT_EQ(test, key, v->key);
		KUNIT_EXPECT_EQ(test, kho_key_decode(key, &order),
				PHYS_PFN(v->pa));
		KUNIT_EXPECT_EQ(test, order, v->order);

		KUNIT_ASSERT_EQ(test, kho_radix_add_key(tree, key), 0);
		page = container_of(tree->root, union kho_radix_page, node);
		for (level = KHO_RADIX_ROOT_LEVEL; level; level--) {
			KUNIT_ASSERT_NE(test, page->node.table[v->index[level]], 0);
			page = KHOSER_LOAD_PTR(page->node.child[v->index[level]]);
		}
		KUNIT_EXPECT_TRUE(test, test_bit(v->index[0], page->leaf.bitmap));
	}
}

#endif /* PAGE_SHIFT */

/* A key brings its branch, which stays; a second one is no second key. */
static void kho_radix_add_del_test(struct kunit *test)
{
	struct kho_radix_tree *tree = test->priv;

	KUNIT_EXPECT_EQ(test, kho_kunit_look(tree).tables, 1);

	KUNIT_ASSERT_EQ(test, kho_radix_add_key(tree, KEY_BASE), 0);
	KUNIT_ASSERT_EQ(test, kho_radix_add_key(tree, KEY_BASE), 0);
	KUNIT_EXPECT_TRUE(test, kho_kunit_has(tree, KEY_BASE));
	KUNIT_EXPECT_EQ(test, kho_kunit_look(tree).keys, 1);
	KUNIT_EXPECT_EQ(test, kho_kunit_look(tree).tables, 1 + BRANCH);

	/* A neighbour shares the leaf, the last key of the leaf too. */
	KUNIT_ASSERT_EQ(test, kho_radix_add_key(tree, KEY_BASE + 1), 0);
	KUNIT_ASSERT_EQ(test, kho_radix_add_key(tree, KEY_BASE + LEAF_BITS - 1),
			0);
	KUNIT_EXPECT_EQ(test, kho_kunit_look(tree).tables, 1 + BRANCH);

	/* The next leaf shares all but the leaf. */
	KUNIT_ASSERT_EQ(test, kho_radix_add_key(tree, KEY_BASE + LEAF_BITS), 0);
	KUNIT_EXPECT_EQ(test, kho_kunit_look(tree).tables, 2 + BRANCH);
	kho_radix_del_key(tree, KEY_BASE + LEAF_BITS);

	kho_radix_del_key(tree, KEY_BASE);
	KUNIT_EXPECT_FALSE(test, kho_kunit_has(tree, KEY_BASE));
	KUNIT_EXPECT_EQ(test, kho_kunit_look(tree).keys, 2);
	kho_radix_del_key(tree, KEY_BASE);
	kho_radix_del_key(tree, KEY_BASE + 1);
	kho_radix_del_key(tree, KEY_BASE + LEAF_BITS - 1);
	KUNIT_EXPECT_EQ(test, kho_kunit_look(tree).keys, 0);
	KUNIT_EXPECT_EQ(test, kho_kunit_look(tree).tables, 2 + BRANCH);
}

/* Wider keys than the format has: refused, or ignored. */
static void kho_radix_wide_key_test(struct kunit *test)
{
	const unsigned long wide = 1UL << KHO_RADIX_KEY_WIDTH;
	struct kho_radix_tree *tree = test->priv;
	unsigned int order;

	KUNIT_EXPECT_EQ(test, kho_radix_add_key(tree, wide), -ERANGE);
	KUNIT_EXPECT_EQ(test, kho_radix_add_key(tree, -1UL), -ERANGE);
	KUNIT_EXPECT_EQ(test, kho_radix_add_range(tree, wide - 1, 2), -ERANGE);
	kho_radix_del_key(tree, wide);
	KUNIT_EXPECT_EQ(test, kho_kunit_look(tree).tables, 1);

	KUNIT_EXPECT_EQ(test, kho_key_decode(0, &order), -1UL);
	KUNIT_EXPECT_EQ(test, kho_key_decode(wide, &order), -1UL);

	KUNIT_EXPECT_EQ(test, kho_radix_add_key(tree, wide - 1), 0);
	KUNIT_EXPECT_TRUE(test, kho_kunit_has(tree, wide - 1));
}

#define RANGE_LEAVES	3
#define RANGE_KEYS	(RANGE_LEAVES * LEAF_BITS)
#define RANGE_ROUNDS	300

/* Random ranges, compared with a plain bitmap. */
static void kho_radix_range_test(struct kunit *test)
{
	struct kho_radix_tree *tree = test->priv;
	unsigned long *model, first, nr, wrong = 0, i;
	struct rnd_state rnd;
	unsigned int round;

	model = kvcalloc(BITS_TO_LONGS(RANGE_KEYS), sizeof(long), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, model);
	prandom_seed_state(&rnd, 6);

	for (round = 0; round < RANGE_ROUNDS; round++) {
		first = prandom_u32_state(&rnd) % RANGE_KEYS;
		nr = prandom_u32_state(&rnd) % (round % 3 ? 200 : RANGE_KEYS);
		nr = min(nr + 1, RANGE_KEYS - first);
		if (round % 2) {
			kho_radix_del_range(tree, KEY_BASE + first, nr);
			bitmap_clear(model, first, nr);
		} else {
			if (kho_radix_add_range(tree, KEY_BASE + first, nr))
				wrong++;
			bitmap_set(model, first, nr);
		}
	}

	for (i = 0; i < RANGE_KEYS; i++)
		wrong += kho_kunit_has(tree, KEY_BASE + i) != test_bit(i, model);
	KUNIT_EXPECT_EQ(test, wrong, 0);
	KUNIT_EXPECT_EQ(test, kho_kunit_look(tree).keys,
			bitmap_weight(model, RANGE_KEYS));
	kho_radix_del_range(tree, KEY_BASE, RANGE_KEYS);
	KUNIT_EXPECT_EQ(test, kho_kunit_look(tree).keys, 0);
	kvfree(model);
}

/* A reservation is tables without keys, until it is filled. */
static void kho_radix_reserve_test(struct kunit *test)
{
	const unsigned long first = KEY_BASE + LEAF_BITS - 10, nr = 20;
	struct kho_radix_tree *tree = test->priv;

	KUNIT_ASSERT_EQ(test, kho_radix_reserve_range(tree, first, nr), 0);
	KUNIT_EXPECT_EQ(test, kho_kunit_look(tree).keys, 0);
	KUNIT_EXPECT_EQ(test, kho_kunit_look(tree).tables, 2 + BRANCH);

	/* Keys come and go under a reservation. */
	KUNIT_ASSERT_EQ(test, kho_radix_add_key(tree, first), 0);
	kho_radix_del_key(tree, first);
	KUNIT_ASSERT_EQ(test, kho_radix_add_key(tree, first + 3), 0);
	kho_radix_fill_range(tree, first, nr);
	KUNIT_EXPECT_EQ(test, kho_kunit_look(tree).keys, nr);
	KUNIT_EXPECT_EQ(test, kho_kunit_look(tree).tables, 2 + BRANCH);
}

static void kho_radix_test_new(struct kunit *test, struct kho_radix_tree *tree)
{
	kho_radix_destroy_tree(tree);
	KUNIT_ASSERT_EQ(test, kho_radix_init_tree(tree, NULL), 0);
}

/* Whichever allocation fails, the tree has the same keys. */
static void kho_radix_nomem_test(struct kunit *test)
{
	const unsigned long first = KEY_BASE + LEAF_BITS - 1;
	const unsigned long nr = LEAF_BITS + 2;
	struct kho_radix_tree *tree = test->priv;
	struct kho_kunit_look before;
	unsigned int nth, failed;
	int err;

	kho_kunit_fail_init(test);

	before = kho_kunit_look(tree);
	for (nth = 1, failed = 0;; nth++) {
		kho_kunit_fail_begin(nth);
		err = kho_radix_add_key(tree, KEY_BASE);
		if (!kho_kunit_fail_end())
			break;
		if (!err) {
			kho_radix_test_new(test, tree);
			continue;
		}
		failed++;
		KUNIT_EXPECT_EQ(test, err, -ENOMEM);
		KUNIT_EXPECT_TRUE(test, kho_kunit_same(tree, &before));
		KUNIT_EXPECT_EQ(test, kho_kunit_look(tree).tables, 1);
	}
	KUNIT_EXPECT_EQ(test, err, 0);
	KUNIT_EXPECT_EQ(test, failed, BRANCH);

	/* Three leaves, of which the first one is there. */
	before = kho_kunit_look(tree);
	for (nth = 1, failed = 0;; nth++) {
		kho_kunit_fail_begin(nth);
		err = kho_radix_add_range(tree, first, nr);
		if (!kho_kunit_fail_end())
			break;
		if (!err) {
			kho_radix_del_range(tree, first, nr);
			continue;
		}
		failed++;
		KUNIT_EXPECT_EQ(test, err, -ENOMEM);
		KUNIT_EXPECT_TRUE(test, kho_kunit_same(tree, &before));
	}
	KUNIT_EXPECT_EQ(test, err, 0);
	KUNIT_EXPECT_EQ(test, failed, 2);
	KUNIT_EXPECT_EQ(test, kho_kunit_look(tree).keys, 1 + nr);
}

/* A page that some frees and others allocate is not a leak: what is too much? */
#define KHO_RADIX_TEST_SLACK	512
#define KHO_RADIX_TEST_ROUNDS	1000

static unsigned long kho_radix_test_free_pages(void)
{
	drain_all_pages(NULL);
	return nr_free_pages();
}

/* What did not get into the tree goes back; what did is not allocated again. */
static void kho_radix_pages_test(struct kunit *test)
{
	struct kho_radix_tree *tree = test->priv;
	unsigned long before, round, failed = 0;

	kho_kunit_fail_init(test);
	before = kho_radix_test_free_pages();
	for (round = 0; round < KHO_RADIX_TEST_ROUNDS; round++) {
		kho_kunit_fail_begin(BRANCH);
		if (kho_radix_add_key(tree, KEY_BASE))
			failed++;
		else
			kho_radix_test_new(test, tree);
		kho_kunit_fail_end();
	}
	KUNIT_EXPECT_GT(test, failed, 0);
	KUNIT_EXPECT_EQ(test, kho_kunit_look(tree).tables, 1);
	KUNIT_EXPECT_LT(test, before, kho_radix_test_free_pages() +
			KHO_RADIX_TEST_SLACK);

	for (round = 0, failed = 0; round < KHO_RADIX_TEST_ROUNDS; round++) {
		failed += !!kho_radix_add_key(tree, KEY_BASE);
		kho_radix_del_key(tree, KEY_BASE);
		cond_resched();
	}
	KUNIT_EXPECT_EQ(test, failed, 0);
	KUNIT_EXPECT_EQ(test, kho_kunit_look(tree).tables, 1 + BRANCH);
	KUNIT_EXPECT_LT(test, before, kho_radix_test_free_pages() +
			KHO_RADIX_TEST_SLACK);
}

struct kho_radix_test_walk {
	unsigned long last_key;
	unsigned long keys;
	unsigned long tables;
	unsigned long wrong;
	unsigned long stop_at;	/* key */
};

static int kho_radix_test_walk_table(phys_addr_t phys, void *data)
{
	struct kho_radix_test_walk *walk = data;

	walk->tables++;
	walk->wrong += !PAGE_ALIGNED(phys);
	return 0;
}

static int kho_radix_test_walk_key(unsigned long key, void *data)
{
	struct kho_radix_test_walk *walk = data;

	walk->wrong += key <= walk->last_key || !walk->tables;
	walk->last_key = key;
	walk->keys++;
	return key == walk->stop_at ? -ECANCELED : 0;
}

static const struct kho_radix_walk_cb kho_radix_test_walk_cb = {
	.node = kho_radix_test_walk_table,
	.leaf = kho_radix_test_walk_key,
};

/* In ascending order, until somebody says stop; either callback may be missing. */
static void kho_radix_walk_test(struct kunit *test)
{
	static const unsigned long keys[] = {
		KEY_BASE + 7, 5, KEY_BASE + 5 * LEAF_BITS, KEY_BASE, 1,
		2 * LEAF_BITS,
	};
	static const struct kho_radix_walk_cb nothing;
	struct kho_radix_test_walk walk = {};
	struct kho_radix_tree *tree = test->priv;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(keys); i++)
		KUNIT_ASSERT_EQ(test, kho_radix_add_key(tree, keys[i]), 0);

	KUNIT_EXPECT_EQ(test, kho_radix_walk_tree(tree, &nothing, NULL), 0);
	KUNIT_EXPECT_EQ(test, kho_radix_walk_tree(tree, &kho_radix_test_walk_cb,
						  &walk), 0);
	KUNIT_EXPECT_EQ(test, walk.wrong, 0);
	KUNIT_EXPECT_EQ(test, walk.keys, ARRAY_SIZE(keys));
	/* The root, two branches, a second leaf in each. */
	KUNIT_EXPECT_EQ(test, walk.tables, 1 + 2 * BRANCH + 2);

	walk = (struct kho_radix_test_walk) { .stop_at = KEY_BASE };
	KUNIT_EXPECT_EQ(test, kho_radix_walk_tree(tree, &kho_radix_test_walk_cb,
						  &walk), -ECANCELED);
	KUNIT_EXPECT_EQ(test, walk.keys, 4);
}

/* The tables of an adopted tree are used as they are. */
static void kho_radix_adopt_test(struct kunit *test)
{
	struct kho_radix_tree *tree = test->priv, adopted;

	KUNIT_ASSERT_EQ(test, kho_radix_add_key(tree, KEY_BASE), 0);
	KUNIT_ASSERT_EQ(test, kho_radix_init_tree(&adopted, tree->root), 0);
	tree->root = NULL;

	KUNIT_EXPECT_TRUE(test, kho_kunit_has(&adopted, KEY_BASE));
	KUNIT_EXPECT_EQ(test, kho_radix_add_key(&adopted, KEY_BASE + 1), 0);
	KUNIT_EXPECT_EQ(test, kho_radix_add_key(&adopted, 1), 0);
	KUNIT_EXPECT_EQ(test, kho_kunit_look(&adopted).tables, 1 + 2 * BRANCH);
	kho_radix_del_range(&adopted, KEY_BASE, 2);
	kho_radix_del_key(&adopted, 1);
	KUNIT_EXPECT_EQ(test, kho_kunit_look(&adopted).keys, 0);
	KUNIT_EXPECT_EQ(test, kho_kunit_look(&adopted).tables, 1 + 2 * BRANCH);

	kho_radix_destroy_tree(&adopted);
	KUNIT_EXPECT_NULL(test, adopted.root);
	kho_radix_destroy_tree(&adopted);
}

static struct kunit_case kho_radix_test_cases[] = {
#if PAGE_SHIFT == 12
	KUNIT_CASE(kho_radix_vector_test),
#endif
	KUNIT_CASE(kho_radix_add_del_test),
	KUNIT_CASE(kho_radix_wide_key_test),
	KUNIT_CASE(kho_radix_range_test),
	KUNIT_CASE(kho_radix_reserve_test),
	KUNIT_CASE(kho_radix_nomem_test),
	KUNIT_CASE(kho_radix_pages_test),
	KUNIT_CASE(kho_radix_walk_test),
	KUNIT_CASE(kho_radix_adopt_test),
	{}
};

static struct kunit_suite kho_radix_test_suite = {
	.name = "kho_radix",
	.init = kho_radix_test_init,
	.exit = kho_radix_test_exit,
	.test_cases = kho_radix_test_cases,
};

kunit_test_suite(kho_radix_test_suite);
