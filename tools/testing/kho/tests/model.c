// SPDX-License-Identifier: GPL-2.0

#include <stdlib.h>

#include "model.h"

/*
 * In ascending order: neighbours of one another at every level, the first and
 * the last keys, and keys as real memory has them.
 */
void model_init(struct model *m)
{
	const unsigned int root = KHO_RADIX_ROOT_LEVEL;
	unsigned long end = 1UL << KHO_RADIX_KEY_WIDTH;
	unsigned int w = 0, level;

	memset(m, 0, sizeof(*m));
	m->window[w++].base = 0;
	for (level = 2; level <= root; level++) {
		/* The last leaves of one table and the first of the next. */
		m->window[w++].base = BIT(kho_radix_shift(level)) - MODEL_NR;
		m->window[w++].base = BIT(kho_radix_shift(level));
	}
	m->window[w++].base = kho_key_encode(0x40000, 0) & ~KHO_RADIX_LEAF_MASK;
	m->window[w++].base = kho_key_encode(0x140000, 0) & ~KHO_RADIX_LEAF_MASK;
	for (; w < MODEL_WINDOWS; w++)
		m->window[w].base = end - (MODEL_WINDOWS - w) * MODEL_NR;
	for (w = 1; w < MODEL_WINDOWS; w++)
		if (m->window[w].base < m->window[w - 1].base + MODEL_NR)
			abort();
}

void model_add(struct model *m, unsigned int w, unsigned long i, unsigned long nr)
{
	memset(m->window[w].have + i, 1, nr);
	model_reserve(m, w, i, nr);
}

void model_del(struct model *m, unsigned int w, unsigned long i, unsigned long nr)
{
	memset(m->window[w].have + i, 0, nr);
}

void model_reserve(struct model *m, unsigned int w, unsigned long i,
		   unsigned long nr)
{
	unsigned long leaf;

	for (leaf = i / MODEL_LEAF; leaf <= (i + nr - 1) / MODEL_LEAF; leaf++)
		m->window[w].made[leaf] = true;
}

unsigned long model_tables(const struct model *m)
{
	unsigned long key, prefix[KHO_TREE_MAX_DEPTH], tables = 1;
	unsigned int w, leaf, level;

	memset(prefix, 0xff, sizeof(prefix));
	for (w = 0; w < MODEL_WINDOWS; w++)
		for (leaf = 0; leaf < MODEL_LEAVES; leaf++) {
			if (!m->window[w].made[leaf])
				continue;
			key = model_key(m, w, leaf * MODEL_LEAF);
			for (level = 0; level < KHO_RADIX_ROOT_LEVEL; level++) {
				unsigned long p = key >> kho_radix_shift(level + 1);

				tables += p != prefix[level];
				prefix[level] = p;
			}
		}
	return tables;
}

/* Goes through the model as the tree is walked. */
struct model_walk {
	const struct model *m;
	unsigned int w;
	unsigned long i;
	unsigned long tables;
};

static bool model_next(struct model_walk *walk, unsigned long *key)
{
	const struct model_window *win;
	const unsigned char *p;
	unsigned long end;

	for (; walk->w < MODEL_WINDOWS; walk->w++, walk->i = 0) {
		win = &walk->m->window[walk->w];
		for (; walk->i < MODEL_NR; walk->i = end) {
			end = (walk->i | (MODEL_LEAF - 1)) + 1;
			if (!win->made[walk->i / MODEL_LEAF])
				continue;
			p = win->have + walk->i;
			if (!*p)
				p = memchr(p, 1, end - walk->i);
			if (!p)
				continue;
			walk->i = p - win->have + 1;
			*key = model_key(walk->m, walk->w, p - win->have);
			return true;
		}
	}
	return false;
}

static int model_see_key(unsigned long key, void *data)
{
	unsigned long want;

	if (!model_next(data, &want)) {
		tap_fail(__FILE__, __LINE__, "key %#lx is one too many", key);
		return 1;
	}
	if (key != want) {
		tap_fail(__FILE__, __LINE__, "key %#lx instead of %#lx", key, want);
		return 1;
	}
	return 0;
}

static int model_see_table(phys_addr_t phys, void *data)
{
	struct model_walk *walk = data;

	(void)phys;
	walk->tables++;
	return 0;
}

bool model_matches(const struct model *m, struct kho_radix_tree *tree)
{
	static const struct kho_radix_walk_cb cb = {
		.leaf = model_see_key,
		.node = model_see_table,
	};
	struct model_walk walk = { .m = m };
	unsigned long key;

	if (kho_radix_walk_tree(tree, &cb, &walk))
		return false;
	if (model_next(&walk, &key)) {
		tap_fail(__FILE__, __LINE__, "key %#lx is missing", key);
		return false;
	}
	return expect_eq(walk.tables, model_tables(m));
}

bool tree_has(const struct kho_radix_tree *tree, unsigned long key)
{
	const union kho_radix_page *page;
	unsigned int level;

	page = container_of(tree->root, union kho_radix_page, node);
	for (level = KHO_RADIX_ROOT_LEVEL; page && level > 0; level--)
		page = kho_radix_child(&page->node, kho_radix_index(key, level));
	return page && test_bit(kho_radix_bit(key), page->leaf.bitmap);
}

unsigned long tree_tables(struct kho_radix_tree *tree)
{
	static const struct kho_radix_walk_cb cb = { .node = model_see_table };
	struct model_walk walk = {};

	expect_eq(kho_radix_walk_tree(tree, &cb, &walk), 0);
	return walk.tables;
}
