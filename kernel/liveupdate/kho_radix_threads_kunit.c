// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests of the tracker with several threads, which must neither lose a
 * key nor make a table twice. On one CPU they only meet where one is preempted; run
 * kunit.py with --qemu_args='-smp 4'.
 */

#include <kunit/test.h>

#include <linux/atomic.h>
#include <linux/bitmap.h>
#include <linux/gfp.h>
#include <linux/kho_radix_tree.h>
#include <linux/mm.h>
#include <linux/prandom.h>
#include <linux/sched.h>

#include <linux/kho/abi/kexec_handover.h>

#include "kho_kunit.h"
#include "kho_radix.h"

#define NR_THREADS	4
#define NR_ROUNDS	3000
#define LEAF_BITS	BIT(KHO_BITMAP_SIZE_LOG2)
#define BRANCH		KHO_RADIX_ROOT_LEVEL

/* All threads work in the leaf that begins here. */
#define KEY_BASE	(BIT(KHO_RADIX_MAX_ORDER) | PHYS_PFN(1UL << 40))

/* Keys of each thread, beside those of the others in the same words. */
#define NR_KEYS		32

struct kho_radix_threads {
	struct kho_radix_tree tree;
	atomic_t errors;
	atomic_t running;
};

static int kho_radix_threads_init(struct kunit *test)
{
	struct kho_radix_threads *threads;

	threads = kunit_kzalloc(test, sizeof(*threads), GFP_KERNEL);
	if (!threads)
		return -ENOMEM;
	test->priv = threads;
	return kho_radix_init_tree(&threads->tree, NULL);
}

static void kho_radix_threads_exit(struct kunit *test)
{
	struct kho_radix_threads *threads = test->priv;

	if (threads)
		kho_radix_destroy_tree(&threads->tree);
}

static unsigned long kho_radix_thread_key(unsigned int thread, unsigned int i)
{
	return KEY_BASE + i * NR_THREADS + thread;
}

/* Add and delete keys of my own; the even ones stay in the end. */
static void kho_radix_thread_own(void *arg, unsigned int thread)
{
	struct kho_radix_threads *threads = arg;
	struct rnd_state rnd;
	unsigned int i, round;
	unsigned long key;

	prandom_seed_state(&rnd, thread);
	for (round = 0; round < NR_ROUNDS; round++) {
		i = prandom_u32_state(&rnd) % NR_KEYS;
		key = kho_radix_thread_key(thread, i);
		if (kho_radix_add_key(&threads->tree, key) ||
		    !kho_kunit_has(&threads->tree, key))
			atomic_inc(&threads->errors);
		kho_radix_del_key(&threads->tree, key);
		if (!(round % 64))
			cond_resched();
	}
	for (i = 0; i < NR_KEYS; i += 2)
		if (kho_radix_add_key(&threads->tree,
				      kho_radix_thread_key(thread, i)))
			atomic_inc(&threads->errors);
}

/* Of the keys of all threads, just the even ones of each are in the tree. */
static void kho_radix_threads_check(struct kunit *test)
{
	struct kho_radix_threads *threads = test->priv;
	unsigned int thread, i, wrong = 0;

	KUNIT_EXPECT_EQ(test, atomic_read(&threads->errors), 0);
	for (thread = 0; thread < NR_THREADS; thread++)
		for (i = 0; i < NR_KEYS; i++)
			wrong += kho_kunit_has(&threads->tree,
					       kho_radix_thread_key(thread, i)) ==
				 i % 2;
	KUNIT_EXPECT_EQ(test, wrong, 0);
	KUNIT_EXPECT_EQ(test, kho_kunit_look(&threads->tree).keys,
			NR_THREADS * NR_KEYS / 2);

	kho_radix_del_range(&threads->tree, KEY_BASE, NR_THREADS * NR_KEYS);
	KUNIT_EXPECT_EQ(test, kho_kunit_look(&threads->tree).keys, 0);
}

/* The leaf is there, and has some other key. */
static void kho_radix_threads_bits_test(struct kunit *test)
{
	struct kho_radix_threads *threads = test->priv;
	const unsigned long other = KEY_BASE + LEAF_BITS - 1;

	KUNIT_ASSERT_EQ(test, kho_radix_add_key(&threads->tree, other), 0);
	kho_kunit_run_threads(test, NR_THREADS, kho_radix_thread_own, threads);
	KUNIT_EXPECT_TRUE(test, kho_kunit_has(&threads->tree, other));
	kho_radix_del_key(&threads->tree, other);
	kho_radix_threads_check(test);
}

/* The leaf is not there yet. */
static void kho_radix_threads_leaf_test(struct kunit *test)
{
	struct kho_radix_threads *threads = test->priv;
	const unsigned long other = KEY_BASE + LEAF_BITS;

	KUNIT_ASSERT_EQ(test, kho_radix_add_key(&threads->tree, other), 0);
	kho_kunit_run_threads(test, NR_THREADS, kho_radix_thread_own, threads);
	KUNIT_EXPECT_TRUE(test, kho_kunit_has(&threads->tree, other));
	kho_radix_del_key(&threads->tree, other);
	kho_radix_threads_check(test);
}

/* The whole branch is not there yet. */
static void kho_radix_threads_branch_test(struct kunit *test)
{
	struct kho_radix_threads *threads = test->priv;

	kho_kunit_run_threads(test, NR_THREADS, kho_radix_thread_own, threads);
	kho_radix_threads_check(test);
	KUNIT_EXPECT_EQ(test, kho_kunit_look(&threads->tree).tables, 1 + BRANCH);
}

#define NR_BRANCHES	128

/* A key of each thread in every branch. */
static unsigned long kho_radix_branch_key(unsigned int thread, unsigned int i)
{
	return KEY_BASE + i * BIT(kho_radix_shift(2)) + thread;
}

static void kho_radix_thread_branches(void *arg, unsigned int thread)
{
	struct kho_radix_threads *threads = arg;
	unsigned int i;

	for (i = 0; i < NR_BRANCHES; i++)
		if (kho_radix_add_key(&threads->tree,
				      kho_radix_branch_key(thread, i)))
			atomic_inc(&threads->errors);
}

/* All threads need the same new tables at the same time, again and again. */
static void kho_radix_threads_branches_test(struct kunit *test)
{
	struct kho_radix_threads *threads = test->priv;
	unsigned int thread, i, missing = 0;

	kho_kunit_run_threads(test, NR_THREADS, kho_radix_thread_branches,
			      threads);
	KUNIT_EXPECT_EQ(test, atomic_read(&threads->errors), 0);
	for (thread = 0; thread < NR_THREADS; thread++)
		for (i = 0; i < NR_BRANCHES; i++)
			missing += !kho_kunit_has(&threads->tree,
						  kho_radix_branch_key(thread, i));
	KUNIT_EXPECT_EQ(test, missing, 0);
	KUNIT_EXPECT_EQ(test, kho_kunit_look(&threads->tree).keys,
			NR_THREADS * NR_BRANCHES);
}

static void kho_radix_thread_same(void *arg, unsigned int thread)
{
	struct kho_radix_threads *threads = arg;
	unsigned int round;

	for (round = 0; round < NR_ROUNDS; round++) {
		if (kho_radix_add_key(&threads->tree, KEY_BASE))
			atomic_inc(&threads->errors);
		kho_radix_del_key(&threads->tree, KEY_BASE);
		if (!(round % 64))
			cond_resched();
	}
	if (kho_radix_add_key(&threads->tree, KEY_BASE))
		atomic_inc(&threads->errors);
}

/* All threads add and delete one and the same key: it is there once. */
static void kho_radix_threads_same_test(struct kunit *test)
{
	struct kho_radix_threads *threads = test->priv;

	kho_kunit_run_threads(test, NR_THREADS, kho_radix_thread_same, threads);
	KUNIT_EXPECT_EQ(test, atomic_read(&threads->errors), 0);
	KUNIT_EXPECT_TRUE(test, kho_kunit_has(&threads->tree, KEY_BASE));
	KUNIT_EXPECT_EQ(test, kho_kunit_look(&threads->tree).tables, 1 + BRANCH);

	kho_radix_del_key(&threads->tree, KEY_BASE);
	KUNIT_EXPECT_EQ(test, kho_kunit_look(&threads->tree).keys, 0);
}

/* Add and delete ranges that overlap those of the others, across two leaves. */
static void kho_radix_thread_ranges(void *arg, unsigned int thread)
{
	struct kho_radix_threads *threads = arg;
	unsigned long first, nr;
	struct rnd_state rnd;
	unsigned int round;

	prandom_seed_state(&rnd, thread);
	for (round = 0; round < NR_ROUNDS / 4; round++) {
		first = KEY_BASE + LEAF_BITS - prandom_u32_state(&rnd) % 1000;
		nr = 1 + prandom_u32_state(&rnd) % 2000;
		if (kho_radix_add_range(&threads->tree, first, nr))
			atomic_inc(&threads->errors);
		kho_radix_del_range(&threads->tree, first, nr);
		if (!(round % 64))
			cond_resched();
	}
}

static void kho_radix_threads_ranges_test(struct kunit *test)
{
	struct kho_radix_threads *threads = test->priv;

	kho_kunit_run_threads(test, NR_THREADS, kho_radix_thread_ranges,
			      threads);
	KUNIT_EXPECT_EQ(test, atomic_read(&threads->errors), 0);

	/* Every thread deleted what it added. */
	KUNIT_EXPECT_EQ(test, kho_kunit_look(&threads->tree).keys, 0);
	KUNIT_EXPECT_EQ(test, kho_kunit_look(&threads->tree).tables, 2 + BRANCH);
}

/* Keys that nobody touches, in other leaves than those that change. */
static const unsigned long kho_radix_still[] = {
	1, KEY_BASE - 1, KEY_BASE + 2 * LEAF_BITS, KEY_BASE + 3 * LEAF_BITS,
};

struct kho_radix_still_walk {
	unsigned long last_key;
	unsigned long found;
	bool wrong;
};

static int kho_radix_still_key(unsigned long key, void *data)
{
	struct kho_radix_still_walk *walk = data;
	unsigned int i;

	walk->wrong |= key <= walk->last_key;
	walk->last_key = key;
	for (i = 0; i < ARRAY_SIZE(kho_radix_still); i++)
		walk->found += key == kho_radix_still[i];
	return 0;
}

/* The first thread walks for as long as the others change the tree. */
static void kho_radix_thread_walk(void *arg, unsigned int thread)
{
	static const struct kho_radix_walk_cb cb = {
		.leaf = kho_radix_still_key,
	};
	struct kho_radix_threads *threads = arg;
	struct kho_radix_still_walk walk;

	if (thread) {
		kho_radix_thread_own(threads, thread);
		atomic_dec(&threads->running);
		return;
	}

	do {
		walk = (struct kho_radix_still_walk) {};
		if (kho_radix_walk_tree(&threads->tree, &cb, &walk) ||
		    walk.wrong || walk.found != ARRAY_SIZE(kho_radix_still))
			atomic_inc(&threads->errors);
		cond_resched();
	} while (atomic_read(&threads->running));
	kho_radix_thread_own(threads, thread);
}

static void kho_radix_threads_walk_test(struct kunit *test)
{
	struct kho_radix_threads *threads = test->priv;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(kho_radix_still); i++)
		KUNIT_ASSERT_EQ(test, kho_radix_add_key(&threads->tree,
							kho_radix_still[i]), 0);

	atomic_set(&threads->running, NR_THREADS - 1);
	kho_kunit_run_threads(test, NR_THREADS, kho_radix_thread_walk, threads);

	for (i = 0; i < ARRAY_SIZE(kho_radix_still); i++)
		kho_radix_del_key(&threads->tree, kho_radix_still[i]);
	kho_radix_threads_check(test);
}

static struct kunit_case kho_radix_threads_cases[] = {
	KUNIT_CASE(kho_radix_threads_bits_test),
	KUNIT_CASE(kho_radix_threads_leaf_test),
	KUNIT_CASE(kho_radix_threads_branch_test),
	KUNIT_CASE(kho_radix_threads_branches_test),
	KUNIT_CASE(kho_radix_threads_same_test),
	KUNIT_CASE(kho_radix_threads_ranges_test),
	KUNIT_CASE(kho_radix_threads_walk_test),
	{}
};

static struct kunit_suite kho_radix_threads_suite = {
	.name = "kho_radix_threads",
	.init = kho_radix_threads_init,
	.exit = kho_radix_threads_exit,
	.test_cases = kho_radix_threads_cases,
};

kunit_test_suite(kho_radix_threads_suite);
