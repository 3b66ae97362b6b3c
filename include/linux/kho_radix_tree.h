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
 * same tree, on the same key too. An entry of a table changes once, from 0 to a
 * child. Bits of a leaf are set and cleared with atomic operations::
 *
 *          empty slot --cmpxchg--> [ table ] --kho_radix_destroy_tree()--> freed
 *
 * A missing branch is built in private, down to the leaf, and appears in the tree
 * with a single cmpxchg. Whoever loses that race frees his branch and takes the
 * one that is there. So no key can be put into a leaf that nobody finds, and
 * running out of memory leaves no trace.
 *
 * Tables that have become empty stay, for those who come next. They are never
 * more than the memory that was ever preserved needs: a bitmap for each 128 MiB
 * of single pages, for each 256 MiB of pairs, and so on, which is one page in
 * 16384 for all orders together. The next kernel begins with a new tree.
 */

/**
 * struct kho_radix_tree - a tree of keys
 * @root: the table at the highest level, NULL before kho_radix_init_tree().
 * @lock: one walk at a time, as users of the mainline API expect. Neither
 *	kho_radix_add_key() nor kho_radix_del_key() takes it.
 */
struct kho_radix_tree {
	struct kho_radix_node *root;
	struct mutex lock;	/* of walks only, see above */
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
