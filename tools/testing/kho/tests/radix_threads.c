// SPDX-License-Identifier: GPL-2.0
/*
 * Threads on one tree, which has no lock. Every thread knows which keys it has
 * in the tree, and looks again and again whether they are still there: a bit
 * that is set in a leaf that nobody finds is lost data. Tables are made only
 * once, so there is a new tree every few operations. See radix_turns.c for all
 * the ways in which two threads can take turns.
 */

#include <sched.h>
#include <stdlib.h>
#include <time.h>

#include "model.h"

#define THREADS		4
#define KEYS		3	/* that a thread toggles */
#define OPS		30	/* of a thread, on one tree */
#define MIN_ROUNDS	20	/* however slow the machine is */

static const struct sim_machine machine = {
	.ram = { { .start = MiB(1), .size = MiB(32) } },
};

static struct kho_radix_tree tree;
static long pages_before;
static unsigned int ready;
static bool go, stop;

/* One thread: how it chooses its keys, and which of them it has in the tree. */
struct worker {
	unsigned int nr;
	unsigned long (*key)(unsigned int worker, unsigned int i);
	unsigned long range;	/* keys that go in and out together */
	bool have[KEYS];
	bool shared;		/* others use the same keys */
	unsigned int seed;
};

static void begin(void)
{
	sim_power_on(&machine);
	sim_boot("kho=off");
	pages_before = sim_pages_used();
}

static long pages(void)
{
	return sim_pages_used() - pages_before;
}

static void look(struct worker *w, unsigned int i)
{
	unsigned long key = w->key(w->nr, i), n = w->range - 1;

	if (w->shared)
		return;
	if (tree_has(&tree, key) != w->have[i] ||
	    tree_has(&tree, key + n) != w->have[i])
		tap_fail(__FILE__, __LINE__, "thread %u: key %#lx %s", w->nr, key,
			 w->have[i] ? "is lost" : "is still there");
}

static void add(struct worker *w, unsigned int i)
{
	unsigned long key = w->key(w->nr, i);
	int err;

	if (w->range > 1 && rnd_below(4) == 0) {
		err = kho_radix_reserve_range(&tree, key, w->range);
		if (!err && rnd_below(2))
			kho_radix_fill_range(&tree, key, w->range);
		else if (!err)
			err = 1;
	} else if (w->range > 1) {
		err = kho_radix_add_range(&tree, key, w->range);
	} else {
		err = rnd_below(2) ? kho_radix_add_key(&tree, key) :
				     kho_radix_add_inline(&tree, key);
	}
	if (err < 0)
		expect_eq(err, -ENOMEM);
	w->have[i] |= !err;
}

static void del(struct worker *w, unsigned int i)
{
	kho_radix_del_range(&tree, w->key(w->nr, i), w->range);
	w->have[i] = false;
}

/* All at once. */
static void wait_for_others(void)
{
	__atomic_add_fetch(&ready, 1, __ATOMIC_SEQ_CST);
	while (!__atomic_load_n(&go, __ATOMIC_ACQUIRE))
		sched_yield();
}

static void *work(void *data)
{
	struct worker *w = data;
	unsigned int i, n;

	rnd_seed(w->seed);
	wait_for_others();
	for (n = 0; n < OPS; n++) {
		i = rnd_below(KEYS);
		if (w->have[i] || w->shared)
			del(w, i);
		look(w, i);
		if (rnd_below(3))
			add(w, i);
		look(w, i);
		i = rnd_below(KEYS);
		look(w, i);
		if (w->have[i] && rnd_below(2))
			del(w, i);
	}
	for (i = 0; i < KEYS; i++)
		look(w, i);
	return NULL;
}

/* Keys that were there before and stay, and which every walk must meet. */
struct stable {
	unsigned long nr;
	const unsigned long *keys;
	unsigned long met, last;
	bool first;
};

static int see_key(unsigned long key, void *data)
{
	struct stable *s = data;

	if (!s->first && key <= s->last)
		tap_fail(__FILE__, __LINE__, "key %#lx after %#lx", key, s->last);
	s->first = false;
	s->last = key;
	if (s->met < s->nr && s->keys[s->met] == key)
		s->met++;
	return 0;
}

static void *walk(void *data)
{
	static const struct kho_radix_walk_cb cb = { .leaf = see_key };
	struct stable *s = data;

	wait_for_others();
	do {
		s->met = 0;
		s->first = true;
		if (kho_radix_walk_tree(&tree, &cb, s) || s->met != s->nr) {
			tap_fail(__FILE__, __LINE__, "met %lu of %lu keys",
				 s->met, s->nr);
			break;
		}
	} while (!__atomic_load_n(&stop, __ATOMIC_RELAXED));
	return NULL;
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static double seconds(void)
{
	return getenv("KHO_SECONDS") ? atof(getenv("KHO_SECONDS")) : 1.2;
}

/* Let them work on a new tree, then see that nothing is lost or left behind. */
static void run_once(unsigned long (*key)(unsigned int, unsigned int),
		     unsigned long range, bool shared, bool walkers,
		     const unsigned long *stable_keys, unsigned int nr_stable,
		     unsigned int seed)
{
	struct stable stable[2] = {
		{ .nr = nr_stable, .keys = stable_keys },
		{ .nr = nr_stable, .keys = stable_keys },
	};
	struct worker workers[THREADS] = {};
	pthread_t threads[THREADS + 2];
	unsigned int n, i, nr = THREADS + (walkers ? 2 : 0);

	ready = 0;
	go = false;
	stop = false;
	for (i = 0; i < nr_stable; i++)
		while (kho_radix_add_key(&tree, stable_keys[i]))
			;
	for (n = 0; n < THREADS; n++) {
		workers[n] = (struct worker) {
			.nr = n, .key = key, .range = range, .shared = shared,
			.seed = seed * THREADS + n,
		};
		must(!pthread_create(&threads[n], NULL, work, &workers[n]));
	}
	for (; n < nr; n++)
		must(!pthread_create(&threads[n], NULL, walk,
				     &stable[n - THREADS]));
	while (__atomic_load_n(&ready, __ATOMIC_ACQUIRE) < nr)
		sched_yield();
	__atomic_store_n(&go, true, __ATOMIC_RELEASE);
	for (n = 0; n < nr; n++) {
		if (n == THREADS)
			__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
		pthread_join(threads[n], NULL);
	}

	for (n = 0; n < THREADS; n++)
		for (i = 0; i < KEYS; i++)
			look(&workers[n], i);
	for (i = 0; i < nr_stable; i++)
		expect(tree_has(&tree, stable_keys[i]));
	expect_eq(pages(), tree_tables(&tree));
}

static void run(unsigned long (*key)(unsigned int, unsigned int),
		unsigned long range, bool shared, bool walkers,
		const unsigned long *stable_keys, unsigned int nr_stable)
{
	double until = now() + seconds();
	unsigned int round;

	for (round = 0; round < MIN_ROUNDS || now() < until; round++) {
		while (kho_radix_init_tree(&tree, NULL))
			;
		sim_perturb(true);
		run_once(key, range, shared, walkers, stable_keys, nr_stable,
			 round);
		sim_perturb(false);
		kho_radix_destroy_tree(&tree);
		must(expect_eq(pages(), 0));
	}
	sim_fail_random(0);
}

#define LEAF(n)	((2UL << 48) + (n) * MODEL_LEAF)

/* Neighbouring leaves, one for each thread. */
static unsigned long own_leaf(unsigned int worker, unsigned int i)
{
	return LEAF(worker) + i * 5000;
}

/* All in one leaf, in one word. */
static unsigned long same_leaf(unsigned int worker, unsigned int i)
{
	return LEAF(7) + i * THREADS + worker;
}

/* The same keys for all. */
static unsigned long same_key(unsigned int worker, unsigned int i)
{
	return LEAF(9) + i;
}

/* Ranges that interleave in the words around the border of two leaves. */
static unsigned long interleaved(unsigned int worker, unsigned int i)
{
	return LEAF(4) - 100 + (i * THREADS + worker) * 17;
}

/* Different branches below tables of all levels. */
static unsigned long far_apart(unsigned int worker, unsigned int i)
{
	unsigned int n = i * THREADS + worker;

	return BIT(kho_radix_shift(1 + n % KHO_RADIX_ROOT_LEVEL)) + n;
}

static void test_own_leaf(void)
{
	begin();
	run(own_leaf, 1, false, false, NULL, 0);
}

static void test_same_leaf(void)
{
	begin();
	run(same_leaf, 1, false, false, NULL, 0);
}

static void test_same_key(void)
{
	begin();
	run(same_key, 1, true, false, NULL, 0);
}

static void test_interleaved(void)
{
	begin();
	run(interleaved, 17, false, false, NULL, 0);
}

static void test_far_apart(void)
{
	begin();
	run(far_apart, 1, false, false, NULL, 0);
}

static void test_walkers(void)
{
	const unsigned long keys[] = {
		1, LEAF(3), LEAF(7) - 1, LEAF(9) - 9, LEAF(200),
	};

	begin();
	run(same_leaf, 1, false, true, keys, ARRAY_SIZE(keys));
	begin();
	run(own_leaf, 1, false, true, NULL, 0);
}

static void test_stable(void)
{
	const unsigned long keys[] = { LEAF(7) + 1000, LEAF(7) + 9999 };

	begin();
	run(same_leaf, 3, true, true, keys, ARRAY_SIZE(keys));
}

static void test_enomem(void)
{
	begin();
	sim_fail_random(3);
	run(same_leaf, 1, false, false, NULL, 0);
	begin();
	sim_fail_random(3);
	run(interleaved, 17, false, false, NULL, 0);
}

static const struct tap_case cases[] = {
	{ "threads: a leaf for each", test_own_leaf },
	{ "threads: all in one leaf", test_same_leaf },
	{ "threads: the same keys", test_same_key },
	{ "threads: ranges that interleave", test_interleaved },
	{ "threads: branches at all levels", test_far_apart },
	{ "threads: walks meanwhile", test_walkers },
	{ "threads: a leaf that stays", test_stable },
	{ "threads: memory runs out now and then", test_enomem },
};

TAP_MAIN(cases)
