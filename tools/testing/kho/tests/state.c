// SPDX-License-Identifier: GPL-2.0

#include "state.h"

/* FNV-1a */
u64 hash(u64 seed, const void *data, size_t size)
{
	const unsigned char *p = data;
	u64 h = seed ^ 0xcbf29ce484222325;

	while (size--)
		h = (h ^ *p++) * 0x100000001b3;
	return h;
}

static int state_key(unsigned long key, void *data)
{
	struct state *s = data;

	s->nr_keys++;
	s->keys = hash(s->keys, &key, sizeof(key));
	return 0;
}

static int state_table(phys_addr_t phys, void *data)
{
	struct state *s = data;

	s->tables++;
	return 0;
}

struct state state_get(void)
{
	static const struct kho_radix_walk_cb cb = {
		.leaf = state_key,
		.node = state_table,
	};
	struct state s = {};

	if (kho_out_tree.root)
		expect_eq(kho_radix_walk_tree(&kho_out_tree, &cb, &s), 0);
	if (kho_out_fdt_phys())
		s.fdt = hash(0, phys_to_virt(kho_out_fdt_phys()), PAGE_SIZE);
	s.pages = sim_pages_used() - s.tables;
	s.objects = sim_objects_used();
	return s;
}

static int find_key(unsigned long key, void *data)
{
	return key == *(unsigned long *)data;
}

bool is_preserved(unsigned long pfn, unsigned int order)
{
	static const struct kho_radix_walk_cb cb = { .leaf = find_key };
	unsigned long key = kho_key_encode(pfn, order);

	return kho_radix_walk_tree(&kho_out_tree, &cb, &key);
}

unsigned int fail_everywhere(int (*op)(void *arg), void *arg)
{
	const struct state before = state_get();
	unsigned long nth, allocs;
	int err;

	for (nth = 1;; nth++) {
		sim_fail_nth(nth);
		err = op(arg);
		allocs = sim_fail_nth(0);
		if (allocs < nth)
			break;
		must(expect_eq(err, -ENOMEM));
		expect_state(before);
	}
	expect_eq(err, 0);
	return nth - 1;
}
