// SPDX-License-Identifier: GPL-2.0
/*
 * Two threads on the tracker, in every way in which they can take turns with a few
 * changes between them: no key is lost, no table is left over or freed twice.
 */

#include "model.h"

#define MAX_TURNS	3

static const struct sim_machine machine = {
	.ram = { { .start = MiB(1), .size = MiB(32) } },
};

static struct kho_radix_tree tree;

/* What a thread does. */
enum op { ADD, DEL, ADD_RANGE, DEL_RANGE, TOGGLE };

struct action {
	enum op op;
	unsigned long key, nr;
};

/* Two threads on a tree with @before in it; then it has @after, not @gone. */
struct turns {
	unsigned long before[3];
	struct action action[2];
	unsigned long after[4], gone[3];
	unsigned int turns;
};

static const struct turns *turns;
static int error[2];

static void act(unsigned int thread)
{
	const struct action *a = &turns->action[thread];

	switch (a->op) {
	case ADD:
		error[thread] = thread ? kho_radix_add_inline(&tree, a->key) :
					 kho_radix_add_key(&tree, a->key);
		break;
	case DEL:
		kho_radix_del_key(&tree, a->key);
		break;
	case ADD_RANGE:
		error[thread] = kho_radix_add_range(&tree, a->key, a->nr);
		break;
	case DEL_RANGE:
		kho_radix_del_range(&tree, a->key, a->nr);
		break;
	case TOGGLE:
		error[thread] = kho_radix_add_key(&tree, a->key);
		kho_radix_del_key(&tree, a->key);
		break;
	}
}

/* One way. Returns how many places there are at which a turn can change. */
static unsigned int run_once(unsigned int first, const unsigned int *at,
			     unsigned int nr, unsigned long fail)
{
	long pages_before = sim_pages_used();
	unsigned int i, accesses;

	must(!kho_radix_init_tree(&tree, NULL));
	for (i = 0; i < ARRAY_SIZE(turns->before); i++)
		if (turns->before[i])
			must(!kho_radix_add_key(&tree, turns->before[i]));

	memset(error, 0, sizeof(error));
	sim_fail_nth(fail);
	accesses = sim_take_turns(act, first, at, nr);
	sim_fail_nth(0);

	for (i = 0; i < ARRAY_SIZE(turns->after); i++)
		if (turns->after[i] && !error[0] && !error[1])
			must(tree_has(&tree, turns->after[i]));
	for (i = 0; i < ARRAY_SIZE(turns->gone); i++)
		if (turns->gone[i])
			must(!tree_has(&tree, turns->gone[i]));
	/* Whoever had an error has added nothing, whoever had none all. */
	for (i = 0; i < 2; i++) {
		const struct action *a = &turns->action[i], *b = &turns->action[!i];

		if (!fail || a->op != ADD)
			continue;
		must(!error[i] || error[i] == -ENOMEM);
		if (b->op != ADD || b->key != a->key || error[0] == error[1])
			must(tree_has(&tree, a->key) == !error[i]);
	}
	must(expect_eq(sim_pages_used() - pages_before, tree_tables(&tree)));
	kho_radix_destroy_tree(&tree);
	must(expect_eq(sim_pages_used(), pages_before));
	return accesses;
}

/* All ways with @nr changes, of which @done are chosen. */
static void run_from(unsigned int first, unsigned int *at, unsigned int done,
		     unsigned int nr, unsigned long fail)
{
	unsigned int accesses = run_once(first, at, done, fail);

	if (done == nr)
		return;
	at[done] = done ? at[done - 1] + 1 : 0;
	for (; at[done] < accesses; at[done]++)
		run_from(first, at, done + 1, nr, fail);
}

static void run(const struct turns *t)
{
	unsigned int at[MAX_TURNS], first;

	sim_power_on(&machine);
	sim_boot("kho=off");
	turns = t;
	for (first = 0; first < 2; first++)
		run_from(first, at, 0, t->turns, 0);
}

#define LEAF(n)	((2UL << 48) + (n) * MODEL_LEAF)

static void test_same_key(void)
{
	run(&(struct turns) {
		.action = { { ADD, LEAF(1) }, { ADD, LEAF(1) } },
		.after = { LEAF(1) }, .turns = 3,
	});
}

static void test_same_leaf(void)
{
	run(&(struct turns) {
		.action = { { ADD, LEAF(1) }, { ADD, LEAF(1) + 1 } },
		.after = { LEAF(1), LEAF(1) + 1 }, .turns = 3,
	});
	run(&(struct turns) {
		.before = { LEAF(2) },
		.action = { { ADD, LEAF(1) }, { ADD, LEAF(1) + 9999 } },
		.after = { LEAF(1), LEAF(1) + 9999, LEAF(2) }, .turns = 3,
	});
}

static void test_branches(void)
{
	unsigned int level;

	for (level = 1; level <= KHO_RADIX_ROOT_LEVEL; level++) {
		unsigned long other = LEAF(0) ^ BIT(kho_radix_shift(level));

		run(&(struct turns) {
			.action = { { ADD, LEAF(0) }, { ADD, other } },
			.after = { LEAF(0), other }, .turns = 3,
		});
	}
}

static void test_add_del(void)
{
	run(&(struct turns) {
		.before = { LEAF(1), LEAF(1) + 2 },
		.action = { { ADD, LEAF(1) + 1 }, { DEL, LEAF(1) } },
		.after = { LEAF(1) + 1, LEAF(1) + 2 }, .gone = { LEAF(1) },
		.turns = 3,
	});
	run(&(struct turns) {
		.action = { { ADD, LEAF(1) }, { TOGGLE, LEAF(1) + 1 } },
		.after = { LEAF(1) }, .gone = { LEAF(1) + 1 }, .turns = 3,
	});
	run(&(struct turns) {
		.action = { { TOGGLE, LEAF(1) }, { TOGGLE, LEAF(1) + 1 } },
		.gone = { LEAF(1), LEAF(1) + 1 }, .turns = 3,
	});
}

static void test_ranges(void)
{
	run(&(struct turns) {
		.action = { { ADD_RANGE, LEAF(2) - 70, 100 },
			    { ADD_RANGE, LEAF(2) - 30, 100 } },
		.after = { LEAF(2) - 70, LEAF(2) - 1, LEAF(2), LEAF(2) + 69 },
		.turns = 3,
	});
	run(&(struct turns) {
		.before = { LEAF(2) - 1, LEAF(2) - 2, LEAF(2) + 1 },
		.action = { { ADD, LEAF(2) - 3 }, { DEL_RANGE, LEAF(2) - 2, 2 } },
		.after = { LEAF(2) - 3, LEAF(2) + 1 },
		.gone = { LEAF(2) - 1, LEAF(2) - 2 }, .turns = 3,
	});
	run(&(struct turns) {
		.action = { { ADD_RANGE, LEAF(2) - 70, 100 },
			    { ADD, LEAF(2) + 50 } },
		.after = { LEAF(2) - 70, LEAF(2) - 1, LEAF(2), LEAF(2) + 50 },
		.turns = 3,
	});
}

/* Memory runs out in one of them, anywhere. */
static void test_enomem(void)
{
	static const struct turns cases[] = {
		{ .action = { { ADD, LEAF(1) }, { ADD, LEAF(1) } },
		  .after = { LEAF(1) } },
		{ .action = { { ADD, LEAF(1) }, { ADD, LEAF(2) } },
		  .after = { LEAF(1), LEAF(2) } },
	};
	unsigned int at[2], first, i;
	unsigned long fail;

	sim_power_on(&machine);
	sim_boot("kho=off");
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		turns = &cases[i];
		for (fail = 1; fail <= 2 * KHO_RADIX_ROOT_LEVEL; fail++)
			for (first = 0; first < 2; first++)
				run_from(first, at, 0, 2, fail);
	}
}

static const struct tap_case cases[] = {
	{ "turns: the same key", test_same_key },
	{ "turns: the same leaf", test_same_leaf },
	{ "turns: branches at all levels", test_branches },
	{ "turns: one adds, one deletes", test_add_del },
	{ "turns: ranges", test_ranges },
	{ "turns: memory runs out", test_enomem },
};

TAP_MAIN(cases)
