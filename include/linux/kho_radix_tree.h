/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Kexec HandOver: radix tree of keys, the tracker of preserved memory.
 */
#ifndef _LINUX_KHO_RADIX_TREE_H
#define _LINUX_KHO_RADIX_TREE_H

#include <linux/err.h>
#include <linux/errno.h>
#include <linux/mutex_types.h>
#include <linux/types.h>

struct kho_radix_node;

/**
 * DOC: KHO radix tree
 *
 * A set of keys below 2^KHO_RADIX_KEY_WIDTH in a radix tree of fixed depth
 * whose tables are pages that can be handed to another kernel as they are. The
 * picture of the format is in linux/kho/abi/kexec_handover.h.
 *
 * Adding and deleting take no lock: any number of threads may do both on the
 * same tree, on the same key too. A table counts in its struct page what keeps
 * it alive: its entries (bits in a leaf, children in a table above) and those
 * who are about to add one. The count of a table that is not counted any more
 * by anyone drops to zero exactly once, and from there it never rises again:
 * such a table is dead, is unlinked by whoever saw the zero, or replaced by
 * whoever meets it first, and is freed after an RCU grace period::
 *
 *          empty slot --cmpxchg--> [ alive, count > 0 ] --count 0--> [ dead ]
 *              ^                                                        |
 *              +---------- unlinked, parent's count - 1 ----------------+
 *              |                                                        |
 *          [ new branch ] <--- replaced, parent's count as it was ------+
 *
 * A missing branch is built in private and appears in the tree with a single
 * cmpxchg, so that running out of memory leaves no trace.
 *
 * Tables of a tree that was adopted from elsewhere, or that was begun before
 * the page allocator was there, are not counted. Such a tree never gives a
 * table back before kho_radix_destroy_tree().
 */

/**
 * struct kho_radix_tree - a tree of keys
 * @root: the table at the highest level, NULL before kho_radix_init_tree().
 * @lock: one walk at a time, as users of the mainline API expect. Neither
 *	kho_radix_add_key() nor kho_radix_del_key() takes it.
 * @counted: tables count their entries and are freed when they are empty.
 */
struct kho_radix_tree {
	struct kho_radix_node *root;
	struct mutex lock;	/* of walks only, see above */
	bool counted;
};

/**
 * struct kho_radix_walk_cb - what kho_radix_walk_tree() calls
 * @leaf: called for every key, in ascending order. May be NULL.
 * @node: called for every table and every bitmap, before its content, with its
 *	physical address. May be NULL.
 *
 * Both may sleep. A return value other than 0 stops the walk.
 */
struct kho_radix_walk_cb {
	int (*leaf)(unsigned long key, void *data);
	int (*node)(phys_addr_t phys, void *data);
};

#ifdef CONFIG_KEXEC_HANDOVER

int kho_radix_init_tree(struct kho_radix_tree *tree,
			struct kho_radix_node *root);
int kho_radix_add_key(struct kho_radix_tree *tree, unsigned long key);
void kho_radix_del_key(struct kho_radix_tree *tree, unsigned long key);
int kho_radix_walk_tree(struct kho_radix_tree *tree,
			const struct kho_radix_walk_cb *cb, void *data);
void kho_radix_destroy_tree(struct kho_radix_tree *tree);

#else /* CONFIG_KEXEC_HANDOVER */

static inline int kho_radix_init_tree(struct kho_radix_tree *tree,
				      struct kho_radix_node *root)
{
	return 0;
}

static inline int kho_radix_add_key(struct kho_radix_tree *tree,
				    unsigned long key)
{
	return -EOPNOTSUPP;
}

static inline void kho_radix_del_key(struct kho_radix_tree *tree,
				     unsigned long key)
{
}

static inline int kho_radix_walk_tree(struct kho_radix_tree *tree,
				      const struct kho_radix_walk_cb *cb,
				      void *data)
{
	return -EOPNOTSUPP;
}

static inline void kho_radix_destroy_tree(struct kho_radix_tree *tree)
{
}

#endif /* CONFIG_KEXEC_HANDOVER */

#endif /* _LINUX_KHO_RADIX_TREE_H */
