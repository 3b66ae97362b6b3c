// SPDX-License-Identifier: GPL-2.0
/*
 * Threads on one tree, which has no lock. Every thread knows which keys it has
 * in the tree, and looks again and again whether they are still there: a bit
 * that is set in a leaf that somebody unlinks is lost data.
 */

#include <sched.h>
#include <stdlib.h>
#include <time.h>

#include "model.h"

#define THREADS		4
#define KEYS		3	/* that a thread toggles */

static const struct sim_machine machine = {
	.ram = { { .start = MiB(1), .size = MiB(32) } },
};

static struct kho_radix_tree tree;
static long pages_before;
static bool stop;

/* One thread: how it chooses its keys, and which of them it has in the tree. */
struct worker {
	unsigned int nr;
	unsigned long (*key)(unsigned int worker, unsigned int i);
	unsigned long range;	/* keys that go in and out together */
	bool have[KEYS];
	bool shared;		/* others use the same keys */
	unsigned long ops;
};

static void begin(void)
{
	sim_power_on(&machine);
	sim_boot("kho=off");
	pages_before = sim_pages_used();
	must(!kho_radix_init_tree(&tree, NULL));
	stop = false;
}

static long pages(void)
{
	rcu_barrier();
	return sim_pages_used() - pages_before;
}

static bool tree_has(unsigned long key)
{
	struct kho_radix_node *node = tree.root;
	struct kho_radix_leaf *leaf;
	unsigned int level;
	bool has;
	u64 phys;

	rcu_read_lock();
	for (level = KHO_RADIX_ROOT_LEVEL; level > 0; level--) {
		phys = READ_ONCE(node->table[kho_radix_index(key, level)]);
		if (!phys)
			break;
		node = phys_to_virt(phys);
	}
	leaf = (struct kho_radix_leaf *)node;
	has = !level && test_bit(key & KHO_RADIX_LEAF_MASK, leaf->bitmap);
	rcu_read_unlock();
	return has;
}

static void look(struct worker *w, unsigned int i)
{
	unsigned long key = w->key(w->nr, i), n = w->range - 1;

	if (w->shared)
		return;
	if (tree_has(key) != w->have[i] || tree_has(key + n) != w->have[i])
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
			kho_radix_unreserve_range(&tree, key, w->range), err = 1;
	} else if (w->range > 1) {
		err = kho_radix_add_range(&tree, key, w->range);
	} else {
		err = kho_radix_add_key(&tree, key);
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

/* Mostly one key at a time, so that the leaf is empty again and again. */
static void *work(void *data)
{
	struct worker *w = data;
	unsigned int i;

	rnd_seed(w->nr + 100);
	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
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
		w->ops++;
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
	unsigned long walks;
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

	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		s->met = 0;
		s->first = true;
		if (kho_radix_walk_tree(&tree, &cb, s) || s->met != s->nr) {
			tap_fail(__FILE__, __LINE__, "met %lu of %lu keys",
				 s->met, s->nr);
			break;
		}
		__atomic_add_fetch(&s->walks, 1, __ATOMIC_RELAXED);
	}
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

/* Long enough, and longer if the machine is so busy that little happened. */
static void wait_for(struct stable *stable, unsigned int nr)
{
	double until = now() + seconds();
	unsigned int n;

	while (now() < until)
		sched_yield();
	for (n = 0; n < nr; n++)
		while (now() < until + 20 &&
		       __atomic_load_n(&stable[n].walks, __ATOMIC_RELAXED) < 2)
			sched_yield();
}

/* Let them work for a while, then see that nothing is left behind. */
static void run(unsigned long (*key)(unsigned int, unsigned int),
		unsigned long range, bool shared, bool walkers,
		const unsigned long *stable_keys, unsigned int nr_stable)
{
	struct stable stable[2] = {
		{ .nr = nr_stable, .keys = stable_keys },
		{ .nr = nr_stable, .keys = stable_keys },
	};
	struct worker workers[THREADS] = {};
	pthread_t threads[THREADS + 2];
	unsigned int n, i, nr = THREADS;

	for (i = 0; i < nr_stable; i++)
		must(!kho_radix_add_key(&tree, stable_keys[i]));

	sim_perturb(true);
	for (n = 0; n < THREADS; n++) {
		workers[n] = (struct worker) {
			.nr = n, .key = key, .range = range, .shared = shared,
		};
		must(!pthread_create(&threads[n], NULL, work, &workers[n]));
	}
	for (n = 0; walkers && n < 2; n++)
		must(!pthread_create(&threads[nr++], NULL, walk, &stable[n]));
	wait_for(stable, walkers ? 2 : 0);
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	for (n = 0; n < nr; n++)
		pthread_join(threads[n], NULL);
	sim_perturb(false);
	sim_fail_random(0);

	for (n = 0; n < THREADS; n++) {
		expect(workers[n].ops > 0);
		for (i = 0; i < KEYS; i++) {
			look(&workers[n], i);
			del(&workers[n], i);
		}
	}
	for (n = 0; walkers && n < 2; n++)
		expect(stable[n].walks > 0);
	expect_eq(pages(), tree_tables(&tree));
	for (i = 0; i < nr_stable; i++) {
		expect(tree_has(stable_keys[i]));
		kho_radix_del_key(&tree, stable_keys[i]);
	}
	expect_eq(pages(), 1);
	kho_radix_destroy_tree(&tree);
	expect_eq(pages(), 0);
}

#define LEAF(n)	((2UL << 48) + (n) * MODEL_LEAF)

/* Neighbouring leaves, one for each thread; their table comes and goes. */
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
	{ "threads: all in one leaf that comes and goes", test_same_leaf },
	{ "threads: the same keys", test_same_key },
	{ "threads: ranges that interleave", test_interleaved },
	{ "threads: branches at all levels", test_far_apart },
	{ "threads: walks meanwhile", test_walkers },
	{ "threads: a leaf that stays", test_stable },
	{ "threads: memory runs out now and then", test_enomem },
};

TAP_MAIN(cases)
