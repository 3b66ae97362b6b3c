/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Kexec HandOver: key codec and range operations of the tracker, for KHO
 * itself. Clients use linux/kho_radix_tree.h.
 */
#ifndef _KERNEL_LIVEUPDATE_KHO_RADIX_H
#define _KERNEL_LIVEUPDATE_KHO_RADIX_H

#include <linux/bitfield.h>
#include <linux/bitops.h>
#include <linux/bits.h>
#include <linux/bug.h>
#include <linux/compiler.h>
#include <linux/container_of.h>
#include <linux/io.h>
#include <linux/kho/abi/kexec_handover.h>
#include <linux/kho_radix_tree.h>
#include <linux/pfn.h>

/* The level of the root table; the bitmaps are level 0. */
#define KHO_RADIX_ROOT_LEVEL	(KHO_TREE_MAX_DEPTH - 1)

/* The part of a key that is its bit in a bitmap. */
#define KHO_RADIX_LEAF_MASK	GENMASK(KHO_BITMAP_SIZE_LOG2 - 1, 0)

/* Index of a key in a table, after shifting by kho_radix_shift(). */
#define KHO_RADIX_TABLE_MASK	GENMASK(KHO_TABLE_SIZE_LOG2 - 1, 0)

/* The highest order that a key can have. */
#define KHO_RADIX_MAX_ORDER	(KHO_RADIX_KEY_WIDTH - 1)

/* Position of the index bits of a table at @level, 1 or higher. */
static inline unsigned int kho_radix_shift(unsigned int level)
{
	return KHO_BITMAP_SIZE_LOG2 + (level - 1) * KHO_TABLE_SIZE_LOG2;
}

/* Index of @key in its table at @level, 1 or higher. */
static inline unsigned long kho_radix_index(unsigned long key,
					    unsigned int level)
{
	return (key >> kho_radix_shift(level)) & KHO_RADIX_TABLE_MASK;
}

/* The bit of @key in its bitmap. */
static inline unsigned long kho_radix_bit(unsigned long key)
{
	return FIELD_GET(KHO_RADIX_LEAF_MASK, key);
}

/*
 * The child of @node at @i, NULL if there is none. Once there is one, it stays as
 * long as the tree.
 */
static __always_inline union kho_radix_page *
kho_radix_child(const struct kho_radix_node *node, unsigned long i)
{
	const typeof(node->child[0]) child = {
		.phys = READ_ONCE(node->child[i].phys),
	};

	return KHOSER_LOAD_PTR(child);
}

static __always_inline union kho_radix_page *
kho_radix_root(const struct kho_radix_tree *tree)
{
	return container_of(tree->root, union kho_radix_page, node);
}

/* The leaf of @key, NULL if there is none. */
static __always_inline struct kho_radix_leaf *
kho_radix_find_leaf(const struct kho_radix_tree *tree, unsigned long key)
{
	union kho_radix_page *page = kho_radix_root(tree);
	unsigned int level;

	/* With the shifts known, a level takes half as many instructions. */
#pragma GCC unroll 8
	for (level = KHO_RADIX_ROOT_LEVEL; level > 0; level--) {
		const struct kho_radix_node *node = &page->node;
		const typeof(node->child[0]) child = {
			.phys = READ_ONCE(node->child[kho_radix_index(key, level)].phys),
		};

		/* Compared with 0 once: as an address, not as a pointer, too. */
		if (unlikely(!child.phys))
			return NULL;
		page = KHOSER_LOAD_PTR(child);
	}
	return &page->leaf;
}

/*
 * kho_radix_add_key() for a key that has a leaf already, as most have: inline,
 * because the way to the leaf is most of what preserving a page costs.
 */
static __always_inline int kho_radix_add_inline(struct kho_radix_tree *tree,
						unsigned long key)
{
	struct kho_radix_leaf *leaf = NULL;

	if (likely(tree->root))
		leaf = kho_radix_find_leaf(tree, key);
	if (unlikely(!leaf))
		return kho_radix_add_key(tree, key);

	set_bit(kho_radix_bit(key), leaf->bitmap);
	return 0;
}

/* The key of the block of 2^@order pages that starts at @pfn. */
static inline unsigned long kho_key_encode(unsigned long pfn,
					   unsigned int order)
{
	return BIT(KHO_RADIX_MAX_ORDER - order) | (pfn >> order);
}

/*
 * The first page frame of a key's block. Returns -1UL for key 0, which names no
 * block.
 */
static inline unsigned long kho_key_decode(unsigned long key,
					   unsigned int *order)
{
	unsigned int marker;

	if (!key || key >> KHO_RADIX_KEY_WIDTH)
		return -1UL;

	marker = __fls(key);
	*order = KHO_RADIX_MAX_ORDER - marker;
	return (key ^ BIT(marker)) << *order;
}

typedef int (*kho_radix_table_fn)(u64 phys, unsigned int level,
				  unsigned long key, void *data);

int kho_radix_walk_tables(struct kho_radix_tree *tree, kho_radix_table_fn fn,
			  void *data);

int kho_radix_add_range(struct kho_radix_tree *tree, unsigned long key,
			unsigned long nr);
void kho_radix_del_range(struct kho_radix_tree *tree, unsigned long key,
			 unsigned long nr);

int kho_radix_reserve_range(struct kho_radix_tree *tree, unsigned long key,
			    unsigned long nr);
void kho_radix_fill_range(struct kho_radix_tree *tree, unsigned long key,
			  unsigned long nr);

#endif /* _KERNEL_LIVEUPDATE_KHO_RADIX_H */
