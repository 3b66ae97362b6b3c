/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A naive set of keys to compare a tree with: one byte for each key of a few
 * windows, which lie at all kinds of places in the key space.
 */
#ifndef _KHO_TEST_MODEL_H
#define _KHO_TEST_MODEL_H

#include "tap.h"

#define MODEL_LEAF	(KHO_RADIX_LEAF_MASK + 1)	/* keys of a leaf */
#define MODEL_WINDOWS	16
#define MODEL_LEAVES	2				/* of a window */
#define MODEL_NR	(MODEL_LEAVES * MODEL_LEAF)	/* keys of a window */

struct model_window {
	unsigned long base;
	unsigned char have[MODEL_NR];
	bool made[MODEL_LEAVES];	/* was needed, and stays */
};

struct model {
	struct model_window window[MODEL_WINDOWS];
};

void model_init(struct model *m);

static inline unsigned long model_key(const struct model *m, unsigned int w,
				      unsigned long i)
{
	return m->window[w].base + i;
}

/* Of keys @i to @i + @nr - 1 of window @w. */
void model_add(struct model *m, unsigned int w, unsigned long i, unsigned long nr);
void model_del(struct model *m, unsigned int w, unsigned long i, unsigned long nr);
void model_reserve(struct model *m, unsigned int w, unsigned long i,
		   unsigned long nr);

/* How many tables the format needs for what is or was in the model. */
unsigned long model_tables(const struct model *m);

/* The tree has these keys and these tables, and no more. */
bool model_matches(const struct model *m, struct kho_radix_tree *tree);

/* Whether a key is in a tree that others may change. */
bool tree_has(const struct kho_radix_tree *tree, unsigned long key);

/* Tables of a tree. */
unsigned long tree_tables(struct kho_radix_tree *tree);

#endif /* _KHO_TEST_MODEL_H */
