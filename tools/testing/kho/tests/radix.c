// SPDX-License-Identifier: GPL-2.0
/*
 * The tracker against a naive set, one thread. See radix_threads.c for many.
 */

#include "model.h"

#define MAX_RESERVED	64

/* Larger pages have larger bitmaps, and one model is as good as the other. */
#define RANDOM_OPS	(PAGE_SHIFT == 12 ? 2400000U : 2400U)
#define CHECKS		(PAGE_SHIFT == 12 ? 120 : 16)

static const struct sim_machine machine = {
	.ram = { { .start = MiB(1), .size = MiB(64) } },
};

static struct model model;
static struct kho_radix_tree tree;
static long pages_before;

/* Ranges that are reserved and neither filled nor given up yet. */
static struct reserved {
	unsigned int w;
	unsigned long i, nr;
} reserved[MAX_RESERVED];

static unsigned int nr_reserved;

static void begin(void)
{
	sim_power_on(&machine);
	sim_boot("kho=off");
	model_init(&model);
	nr_reserved = 0;
	pages_before = sim_pages_used();
	must(!kho_radix_init_tree(&tree, NULL));
}

static long pages(void)
{
	return sim_pages_used() - pages_before;
}

/* As the format has it: same keys, as many tables as they need. */
static void check(void)
{
	must(model_matches(&model, &tree));
	must(expect_eq(pages(), model_tables(&model)));
}

static void end(void)
{
	kho_radix_destroy_tree(&tree);
	expect(!tree.root);
	expect_eq(pages(), 0);
}

static void test_empty(void)
{
	struct kho_radix_tree none = {};
	const struct kho_radix_walk_cb cb = {};

	begin();
	check();
	expect_eq(pages(), 1);
	end();
	kho_radix_destroy_tree(&tree);

	expect_eq(kho_radix_add_key(&none, 1), -EINVAL);
	expect_eq(sim_warnings(), 1);
	expect_eq(kho_radix_walk_tree(&none, &cb, NULL), -EINVAL);
	expect_eq(sim_warnings(), 1);
	kho_radix_del_key(&none, 1);
	expect_eq(sim_warnings(), 1);
}

static void test_width(void)
{
	unsigned long wide = 1UL << KHO_RADIX_KEY_WIDTH;

	begin();
	expect_eq(kho_radix_add_key(&tree, wide), -ERANGE);
	expect_eq(kho_radix_add_key(&tree, ~0UL), -ERANGE);
	expect_eq(kho_radix_add_range(&tree, wide - 1, 2), -ERANGE);
	expect_eq(kho_radix_reserve_range(&tree, wide - 5, 10), -ERANGE);
	kho_radix_del_key(&tree, wide);
	kho_radix_del_key(&tree, ~0UL);
	expect_eq(sim_log_lines(), 0);
	check();
	expect_eq(kho_radix_add_key(&tree, wide - 1), 0);
	model_add(&model, MODEL_WINDOWS - 1, MODEL_NR - 1, 1);
	check();
	end();
}

static void test_idempotent(void)
{
	begin();
	model_add(&model, 0, 7, 1);
	must(!kho_radix_add_key(&tree, model_key(&model, 0, 7)));
	check();
	must(!kho_radix_add_key(&tree, model_key(&model, 0, 7)));
	must(!kho_radix_add_key(&tree, model_key(&model, 0, 7)));
	check();
	model_del(&model, 0, 7, 1);
	kho_radix_del_key(&tree, model_key(&model, 0, 7));
	check();

	/* Nothing but silence if there was something once. */
	kho_radix_del_key(&tree, model_key(&model, 0, 7));
	kho_radix_del_key(&tree, model_key(&model, 0, 8));
	kho_radix_del_range(&tree, model_key(&model, 0, 7), 100);
	expect_eq(sim_log_lines(), 0);
	check();

	/* One line tells that there was not even a leaf. */
	kho_radix_del_key(&tree, model_key(&model, 3, 7));
	expect_eq(sim_log_lines(), 1);
	kho_radix_del_range(&tree, model_key(&model, 3, 7), 100);
	expect_eq(sim_log_lines(), 2);
	check();
	end();
}

/* Every key of a leaf alone: first and last bits of words, of the leaf. */
static void test_every_bit(void)
{
	unsigned int w = MODEL_WINDOWS - 1;
	unsigned long i;

	begin();
	for (i = 0; i < MODEL_LEAF; i += PAGE_SHIFT == 12 ? 1 : 61) {
		must(!kho_radix_add_key(&tree, model_key(&model, w, i)));
		if (i % (PAGE_SHIFT == 12 ? 61 : 2989) == 0) {
			model_add(&model, w, i, 1);
			check();
			model_del(&model, w, i, 1);
		}
		kho_radix_del_key(&tree, model_key(&model, w, i));
	}
	check();
	for (i = 0; i < MODEL_LEAF; i++)
		must(!kho_radix_add_key(&tree, model_key(&model, w, i)));
	model_add(&model, w, 0, MODEL_LEAF);
	check();
	end();
}

/* Ranges that begin and end at all places of words and leaves. */
static void test_range_ends(void)
{
	static const unsigned long lens[] = { 1, 2, 63, 64, 65, 127, 128, 129,
					      MODEL_LEAF - 1, MODEL_LEAF };
	const unsigned int long_lens = ARRAY_SIZE(lens) - 2;
	unsigned long mid = MODEL_LEAF, i, n;

	begin();
	for (i = mid - 130; i <= mid + 2; i++)
		for (n = 0; n < ARRAY_SIZE(lens); n++) {
			if (i + lens[n] > MODEL_NR)
				continue;
			/* Whole leaves take long to look at. */
			if (n >= long_lens && i % (PAGE_SHIFT == 12 ? 4 : 60))
				continue;
			must(!kho_radix_add_range(&tree, model_key(&model, 4, i),
						  lens[n]));
			model_add(&model, 4, i, lens[n]);
			check();
			/* Leave an edge of one key at each side. */
			if (lens[n] > 2) {
				kho_radix_del_range(&tree,
						    model_key(&model, 4, i + 1),
						    lens[n] - 2);
				model_del(&model, 4, i + 1, lens[n] - 2);
				check();
			}
			kho_radix_del_range(&tree, model_key(&model, 4, i),
					    lens[n]);
			model_del(&model, 4, i, lens[n]);
		}
	check();
	kho_radix_del_range(&tree, model_key(&model, 4, 0), 0);
	check();
	end();
}

static void random_range(unsigned int *w, unsigned long *i, unsigned long *nr)
{
	*w = rnd_below(MODEL_WINDOWS);
	switch (rnd_below(8)) {
	case 0:		/* the same few places again and again */
		*i = rnd_below(4);
		*nr = 1 + rnd_below(4);
		break;
	case 1:		/* around the border between leaves */
		*i = MODEL_LEAF - 1 - rnd_below(100);
		*nr = 1 + rnd_below(200);
		break;
	case 2:		/* everything */
		*i = 0;
		*nr = MODEL_NR;
		break;
	default:
		*i = rnd_below(MODEL_NR);
		*nr = 1 + rnd_below(rnd_below(16) ? 100 : MODEL_NR);
	}
	*nr = min(*nr, MODEL_NR - *i);
}

static void end_reservation(unsigned int n, bool fill)
{
	struct reserved r = reserved[n];
	unsigned long key = model_key(&model, r.w, r.i);

	reserved[n] = reserved[--nr_reserved];
	if (fill) {
		kho_radix_fill_range(&tree, key, r.nr);
		model_add(&model, r.w, r.i, r.nr);
	}
}

static void random_op(unsigned int adds)
{
	unsigned int w = rnd_below(MODEL_WINDOWS);
	unsigned long i = rnd_below(MODEL_NR), nr = 1;

	switch (rnd_below(100)) {
	case 0 ... 4:
		random_range(&w, &i, &nr);
		if (rnd_below(100) < adds) {
			must(!kho_radix_add_range(&tree, model_key(&model, w, i),
						  nr));
			model_add(&model, w, i, nr);
		} else {
			kho_radix_del_range(&tree, model_key(&model, w, i), nr);
			model_del(&model, w, i, nr);
		}
		break;
	case 5:
		if (nr_reserved == MAX_RESERVED)
			break;
		random_range(&w, &i, &nr);
		must(!kho_radix_reserve_range(&tree, model_key(&model, w, i), nr));
		model_reserve(&model, w, i, nr);
		reserved[nr_reserved++] = (struct reserved) { w, i, nr };
		break;
	case 6:
		if (nr_reserved)
			end_reservation(rnd_below(nr_reserved),
					rnd_below(100) < adds);
		break;
	default:
		if (rnd_below(2))
			i = rnd_below(3);
		if (rnd_below(100) < adds) {
			must(!kho_radix_add_key(&tree, model_key(&model, w, i)));
			model_add(&model, w, i, 1);
		} else {
			kho_radix_del_key(&tree, model_key(&model, w, i));
			model_del(&model, w, i, 1);
		}
	}
}

/* Phases that fill the tree and phases that empty it, and all of it back. */
static void test_random(void)
{
	static const unsigned int adds[] = { 90, 50, 10, 2, 50, 100, 0, 30 };
	unsigned int phase, n, w;

	begin();
	for (phase = 0; phase < ARRAY_SIZE(adds); phase++)
		for (n = 0; n < RANDOM_OPS / ARRAY_SIZE(adds); n++) {
			random_op(adds[phase]);
			if (n % (RANDOM_OPS / CHECKS) == 0)
				check();
		}
	while (nr_reserved)
		end_reservation(0, false);
	check();
	for (w = 0; w < MODEL_WINDOWS; w++) {
		kho_radix_del_range(&tree, model_key(&model, w, 0), MODEL_NR);
		model_del(&model, w, 0, MODEL_NR);
	}
	check();
	end();
}

static int stop_at(unsigned long key, void *data)
{
	unsigned long *stop = data;

	if (key < *stop)
		return 0;
	*stop = key;
	return 42;
}

static int stop_at_table(phys_addr_t phys, void *data)
{
	unsigned long *stop = data;

	return phys && !--*stop ? 43 : 0;
}

static void test_walk_stops(void)
{
	const struct kho_radix_walk_cb by_key = { .leaf = stop_at };
	const struct kho_radix_walk_cb by_table = { .node = stop_at_table };
	const struct kho_radix_walk_cb nothing = {};
	unsigned long n, stop;

	begin();
	for (n = 0; n < 100; n++)
		must(!kho_radix_add_key(&tree, model_key(&model, 3, n * 600)));
	stop = model_key(&model, 3, 601);
	expect_eq(kho_radix_walk_tree(&tree, &by_key, &stop), 42);
	expect_eq(stop, model_key(&model, 3, 1200));
	stop = 3;
	expect_eq(kho_radix_walk_tree(&tree, &by_table, &stop), 43);
	expect_eq(kho_radix_walk_tree(&tree, &nothing, NULL), 0);
	end();
}

/* Trees of others are used as they are. */
static void test_adopted(void)
{
	struct kho_radix_tree adopted;
	unsigned long n;

	begin();
	for (n = 0; n < 10; n++) {
		must(!kho_radix_add_key(&tree, model_key(&model, n, n)));
		model_add(&model, n, n, 1);
	}
	expect_eq(kho_radix_init_tree(&adopted, tree.root), 0);
	expect(adopted.root == tree.root);
	must(model_matches(&model, &adopted));
	must(!kho_radix_add_range(&adopted, model_key(&model, 9, 60), 10));
	kho_radix_del_range(&adopted, model_key(&model, 9, 61), 9);
	model_add(&model, 9, 60, 1);
	must(model_matches(&model, &adopted));
	kho_radix_del_key(&adopted, model_key(&model, 3, 3));
	kho_radix_del_key(&adopted, model_key(&model, 0, 0));
	model_del(&model, 3, 3, 1);
	model_del(&model, 0, 0, 1);
	must(model_matches(&model, &adopted));
	kho_radix_destroy_tree(&adopted);
	expect_eq(pages(), 0);
}

static void test_early(void)
{
	struct kho_radix_tree early;
	unsigned long n;

	sim_power_on(&machine);
	sim_add_memory();
	model_init(&model);
	must(!kho_radix_init_tree(&early, NULL));
	for (n = 0; n < MODEL_WINDOWS; n++)
		must(!kho_radix_add_range(&early, model_key(&model, n, n), 100));
	for (n = 0; n < MODEL_WINDOWS; n++)
		model_add(&model, n, n, 100);
	expect(model_matches(&model, &early));
	kho_radix_destroy_tree(&early);
	expect_eq(memblock_reserved_kern_size(PHYS_ADDR_MAX, NUMA_NO_NODE), 0);

	sim_fail_nth(1);
	expect_eq(kho_radix_init_tree(&early, NULL), -ENOMEM);
}

/* Tables come from anywhere; a table for one key at least costs a page each. */
static void test_tables(void)
{
	begin();
	must(!kho_radix_add_key(&tree, kho_key_encode(0x40000, 0)));
	expect_eq(pages(), KHO_TREE_MAX_DEPTH);
	must(!kho_radix_add_key(&tree, kho_key_encode(0x40001, 0)));
	expect_eq(pages(), KHO_TREE_MAX_DEPTH);
	expect_eq(tree_tables(&tree), KHO_TREE_MAX_DEPTH);
	kho_radix_del_key(&tree, kho_key_encode(0x40000, 0));
	kho_radix_del_key(&tree, kho_key_encode(0x40001, 0));
	expect_eq(tree_tables(&tree), KHO_TREE_MAX_DEPTH);
	expect_eq(pages(), KHO_TREE_MAX_DEPTH);
	end();
}

/* Memory, in leaves of order 0. */
#define BOUND_LEAVES	64UL
#define BOUND_PFNS	(BOUND_LEAVES * MODEL_LEAF)
#define BOUND_ORDERS	(ilog2(BOUND_PFNS) + 1)

/*
 * Whatever comes and goes, again and again in all of the memory: tables are no
 * more than two for each leaf of order 0, and a branch for each order.
 */
static void test_bound(void)
{
	unsigned int order, round;
	unsigned long pfn, n;
	long most;

	begin();
	for (round = 0; round < 3; round++)
		for (order = 0; order < BOUND_ORDERS; order++)
			for (n = 0; n < 1000; n++) {
				pfn = rnd_below(BOUND_PFNS >> order) << order;
				must(!kho_radix_add_key(&tree,
							kho_key_encode(pfn, order)));
				kho_radix_del_key(&tree,
						  kho_key_encode(pfn, order));
			}
	expect_eq(pages(), tree_tables(&tree));
	most = 2 * BOUND_LEAVES + BOUND_ORDERS * KHO_RADIX_ROOT_LEVEL + 1;
	expect(pages() <= most);

	/* Once all are there, nothing more is allocated. */
	kho_radix_add_range(&tree, kho_key_encode(0, 0), BOUND_PFNS);
	kho_radix_del_range(&tree, kho_key_encode(0, 0), BOUND_PFNS);
	sim_fail_nth(1);
	for (n = 0; n < 1000; n++)
		must(!kho_radix_add_key(&tree,
					kho_key_encode(rnd_below(BOUND_PFNS), 0)));
	expect_eq(sim_fail_nth(0), 0);
	end();
}

static const struct tap_case cases[] = {
	{ "radix: empty, and without a root", test_empty },
	{ "radix: too wide keys", test_width },
	{ "radix: twice is once", test_idempotent },
	{ "radix: tables of one key", test_tables },
	{ "radix: tables that stay are bounded", test_bound },
	{ "radix: every key of a leaf", test_every_bit },
	{ "radix: ranges that end anywhere", test_range_ends },
	{ "radix: random operations", test_random },
	{ "radix: walks that stop", test_walk_stops },
	{ "radix: an adopted tree", test_adopted },
	{ "radix: a tree of early boot", test_early },
};

TAP_MAIN(cases)
