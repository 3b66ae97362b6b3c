// SPDX-License-Identifier: GPL-2.0
/*
 * Kexec HandOver: the tracker, a radix tree of keys without a lock.
 *
 * Knows keys, tables and bitmaps, and nothing about what a key stands for. Must
 * never lose a key: a table that is in the tree stays there, see
 * linux/kho_radix_tree.h.
 */

#define pr_fmt(fmt) "KHO: " fmt

#include <linux/atomic.h>
#include <linux/bitmap.h>
#include <linux/bitops.h>
#include <linux/export.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/memblock.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/printk.h>
#include <linux/slab.h>

#include "kho_internal.h"
#include "kho_radix.h"

/*
 * memblock is there only as long as slab is not, and that early there may be no
 * struct pages: tables go by their address.
 */
static noinline union kho_radix_page *__ref kho_radix_alloc_page(void)
{
	struct folio *folio;

	if (!slab_is_available())
		return memblock_alloc(PAGE_SIZE, PAGE_SIZE);

	folio = kho_mm_alloc_folio(GFP_KERNEL_ACCOUNT | __GFP_ZERO, 0,
				   NUMA_NO_NODE);
	return folio ? folio_address(folio) : NULL;
}

static noinline void __ref kho_radix_free_page(union kho_radix_page *page)
{
	if (!slab_is_available())
		memblock_free(page, PAGE_SIZE);
	else if (PageReserved(virt_to_page(page)))	/* from memblock */
		free_reserved_page(virt_to_page(page));
	else
		free_page((unsigned long)page);
}

/* Free a table at @level and what is below it. Nobody else may see it. */
static void kho_radix_free_branch(union kho_radix_page *page,
				  unsigned int level)
{
	union kho_radix_page *child;
	unsigned long i;

	for (i = 0; level && i <= KHO_RADIX_TABLE_MASK; i++) {
		child = KHOSER_LOAD_PTR(page->node.child[i]);
		if (child)
			kho_radix_free_branch(child, level - 1);
	}
	kho_radix_free_page(page);
}

/*
 * A table at @level with all that is below it down to @key's leaf. Returns NULL
 * if memory is short.
 */
static union kho_radix_page *kho_radix_new_branch(unsigned long key,
						  unsigned int level)
{
	union kho_radix_page *page = kho_radix_alloc_page(), *child = page;
	unsigned int l;

	for (l = 1; child && l <= level; l++) {
		page = kho_radix_alloc_page();
		if (page)
			KHOSER_STORE_PTR(page->node.child[kho_radix_index(key, l)],
					 child);
		else
			kho_radix_free_branch(child, l - 1);
		child = page;
	}
	return page;
}

/* The leaf of @key, made if there is none. NULL if memory is short. */
static noinline struct kho_radix_leaf *
kho_radix_make_leaf(struct kho_radix_tree *tree, unsigned long key)
{
	union kho_radix_page *page = kho_radix_root(tree), *branch;
	unsigned int level;
	unsigned long i;

	for (level = KHO_RADIX_ROOT_LEVEL; level > 0; level--) {
		struct kho_radix_node *node = &page->node;

		i = kho_radix_index(key, level);
		page = kho_radix_child(node, i);
		if (page)
			continue;

		branch = kho_radix_new_branch(key, level - 1);
		if (!branch)
			return NULL;
		/* Whoever was faster has put one there that is as good. */
		if (cmpxchg(&node->child[i].phys, 0, virt_to_phys(branch)))
			kho_radix_free_branch(branch, level - 1);
		page = kho_radix_child(node, i);
	}
	return &page->leaf;
}

static __always_inline struct kho_radix_leaf *
kho_radix_get_leaf(struct kho_radix_tree *tree, unsigned long key)
{
	struct kho_radix_leaf *leaf = kho_radix_find_leaf(tree, key);

	return likely(leaf) ? leaf : kho_radix_make_leaf(tree, key);
}

/* How many of the @nr keys from @key on lie in @key's leaf. */
static inline unsigned long kho_radix_span(unsigned long key, unsigned long nr)
{
	return min(nr, KHO_RADIX_LEAF_MASK + 1 - kho_radix_bit(key));
}

/* Set or clear @nr bits from @key's on, word by word. */
static void kho_radix_change_bits(struct kho_radix_leaf *leaf,
				  unsigned long key, unsigned long nr, bool set)
{
	unsigned long bit = kho_radix_bit(key), end = bit + nr, stop, mask;
	atomic_long_t *word;

	for (; bit < end; bit = stop) {
		word = (atomic_long_t *)&leaf->bitmap[BIT_WORD(bit)];
		stop = min(end, (bit | (BITS_PER_LONG - 1)) + 1);
		mask = GENMASK((stop - 1) % BITS_PER_LONG, bit % BITS_PER_LONG);

		if (set)
			atomic_long_or(mask, word);
		else
			atomic_long_andnot(mask, word);
	}
}

/**
 * kho_radix_init_tree - make a tree usable
 * @tree: the tree, its content is overwritten.
 * @root: an existing root table to adopt, or NULL for a new, empty tree.
 *
 * An adopted tree is not checked: that is for whoever knows where it came from.
 *
 * Context: Process context, may sleep; or early boot.
 * Return: 0, or -ENOMEM.
 */
int kho_radix_init_tree(struct kho_radix_tree *tree,
			struct kho_radix_node *root)
{
	union kho_radix_page *page;

	mutex_init(&tree->lock);
	tree->root = root;
	if (root)
		return 0;

	page = kho_radix_alloc_page();
	if (!page)
		return -ENOMEM;
	tree->root = &page->node;
	return 0;
}
EXPORT_SYMBOL_GPL(kho_radix_init_tree);

/* Everything that takes a key asks this first. */
static __always_inline int kho_radix_check(const struct kho_radix_tree *tree,
					   unsigned long last_key)
{
	if (WARN_ON_ONCE(!tree->root))
		return -EINVAL;
	if (last_key >> KHO_RADIX_KEY_WIDTH)
		return -ERANGE;
	return 0;
}

/**
 * kho_radix_add_key - put a key into a tree
 * @tree: the tree.
 * @key: the key. Adding one that is there already is a success.
 *
 * Context: Process context, may sleep. Takes no lock.
 * Return: 0; -EINVAL if @tree has no root (warns once); -ERANGE if @key has more
 * than KHO_RADIX_KEY_WIDTH bits; -ENOMEM, and then the tree is as it was.
 */
int kho_radix_add_key(struct kho_radix_tree *tree, unsigned long key)
{
	struct kho_radix_leaf *leaf;
	int err;

	err = kho_radix_check(tree, key);
	if (unlikely(err))
		return err;

	leaf = kho_radix_get_leaf(tree, key);
	if (unlikely(!leaf))
		return -ENOMEM;

	set_bit(kho_radix_bit(key), leaf->bitmap);
	return 0;
}
EXPORT_SYMBOL_GPL(kho_radix_add_key);

static noinline void kho_radix_warn_missing(unsigned long key)
{
	pr_warn_ratelimited("key %#lx to delete was never in the tree, nothing done\n",
			    key);
}

/**
 * kho_radix_del_key - take a key out of a tree
 * @tree: the tree.
 * @key: the key. One that is too wide is ignored.
 *
 * Taking out a key that is not there does nothing, but for a line in the log when
 * not even its leaf is there: then nobody can have added it. It is a line and not
 * a WARN() as in mainline, because the mistake does no harm.
 *
 * Context: Any. Takes no lock.
 */
void kho_radix_del_key(struct kho_radix_tree *tree, unsigned long key)
{
	struct kho_radix_leaf *leaf;

	if (unlikely(kho_radix_check(tree, key)))
		return;

	leaf = kho_radix_find_leaf(tree, key);
	if (likely(leaf))
		clear_bit(kho_radix_bit(key), leaf->bitmap);
	else
		kho_radix_warn_missing(key);
}
EXPORT_SYMBOL_GPL(kho_radix_del_key);

/**
 * kho_radix_reserve_range - make sure that keys can be added without failing
 * @tree: the tree.
 * @key: first of the keys.
 * @nr: number of consecutive keys, 1 or more.
 *
 * Makes the tables that the keys need. They stay, there is nothing to undo.
 *
 * Context: Process context, may sleep. Takes no lock.
 * Return: 0, or an error of kho_radix_add_key().
 */
int kho_radix_reserve_range(struct kho_radix_tree *tree, unsigned long key,
			    unsigned long nr)
{
	unsigned long span;
	int err;

	err = kho_radix_check(tree, key + nr - 1);
	if (err)
		return err;

	for (; nr; key += span, nr -= span) {
		span = kho_radix_span(key, nr);
		if (!kho_radix_get_leaf(tree, key))
			return -ENOMEM;
	}
	return 0;
}

/**
 * kho_radix_fill_range - add keys that were reserved
 * @tree: the tree.
 * @key: first of the keys.
 * @nr: number of consecutive keys; kho_radix_reserve_range() has had all of them.
 *
 * Context: Any. Takes no lock. Cannot fail.
 */
void kho_radix_fill_range(struct kho_radix_tree *tree, unsigned long key,
			  unsigned long nr)
{
	unsigned long span;

	for (; nr; key += span, nr -= span) {
		span = kho_radix_span(key, nr);
		kho_radix_change_bits(kho_radix_find_leaf(tree, key), key, span,
				      true);
	}
}

/**
 * kho_radix_add_range - put consecutive keys into a tree
 * @tree: the tree.
 * @key: first of the keys.
 * @nr: number of consecutive keys, 1 or more.
 *
 * All keys are added or, on error, none.
 *
 * Context: Process context, may sleep. Takes no lock.
 * Return: 0, or an error of kho_radix_add_key().
 */
int kho_radix_add_range(struct kho_radix_tree *tree, unsigned long key,
			unsigned long nr)
{
	int err;

	err = kho_radix_reserve_range(tree, key, nr);
	if (!err)
		kho_radix_fill_range(tree, key, nr);
	return err;
}

/**
 * kho_radix_del_range - take consecutive keys out of a tree
 * @tree: the tree.
 * @key: first of the keys.
 * @nr: number of consecutive keys, may be 0.
 *
 * Like kho_radix_del_key() for each of them.
 *
 * Context: Any. Takes no lock.
 */
void kho_radix_del_range(struct kho_radix_tree *tree, unsigned long key,
			 unsigned long nr)
{
	struct kho_radix_leaf *leaf;
	unsigned long span;

	if (!nr || kho_radix_check(tree, key + nr - 1))
		return;

	for (; nr; key += span, nr -= span) {
		span = kho_radix_span(key, nr);
		leaf = kho_radix_find_leaf(tree, key);
		if (leaf)
			kho_radix_change_bits(leaf, key, span, false);
		else
			kho_radix_warn_missing(key);
	}
}

static int kho_radix_walk_page(union kho_radix_page *page, unsigned int level,
			       unsigned long key, kho_radix_table_fn fn,
			       void *data)
{
	union kho_radix_page *child;
	unsigned long i;
	int ret;

	ret = fn(virt_to_phys(page), level, key, data);
	if (ret || !level)
		return ret;

	for (i = 0; i <= KHO_RADIX_TABLE_MASK; i++) {
		child = kho_radix_child(&page->node, i);
		if (!child)
			continue;
		ret = kho_radix_walk_page(child, level - 1,
					  key | i << kho_radix_shift(level),
					  fn, data);
		if (ret)
			return ret;
	}
	return 0;
}

/**
 * kho_radix_walk_tables - visit all tables of a tree
 * @tree: the tree.
 * @fn: called for each table and each bitmap with its physical address, its
 *	level, and the first key that it stands for.
 * @data: handed to @fn.
 *
 * As kho_radix_walk_tree().
 *
 * Return: 0 when complete, the first non-zero value of @fn, or -EINVAL if @tree
 * has no root (warns once).
 */
int kho_radix_walk_tables(struct kho_radix_tree *tree, kho_radix_table_fn fn,
			  void *data)
{
	if (WARN_ON_ONCE(!tree->root))
		return -EINVAL;

	guard(mutex)(&tree->lock);
	return kho_radix_walk_page(kho_radix_root(tree), KHO_RADIX_ROOT_LEVEL,
				   0, fn, data);
}

/* What kho_radix_walk_tree() was called with. */
struct kho_radix_walk {
	const struct kho_radix_walk_cb *cb;
	void *data;
};

static int kho_radix_walk_keys(u64 phys, unsigned int level, unsigned long key,
			       void *data)
{
	const struct kho_radix_walk *walk = data;
	struct kho_radix_leaf *leaf = phys_to_virt(phys);
	unsigned long bit;
	int ret;

	ret = walk->cb->node ? walk->cb->node(phys, walk->data) : 0;
	if (ret || level || !walk->cb->leaf)
		return ret;

	for_each_set_bit(bit, leaf->bitmap, 1UL << KHO_BITMAP_SIZE_LOG2) {
		ret = walk->cb->leaf(key | bit, walk->data);
		if (ret)
			return ret;
	}
	return 0;
}

/**
 * kho_radix_walk_tree - visit all tables and keys of a tree
 * @tree: the tree.
 * @cb: what to call.
 * @data: handed to the callbacks.
 *
 * Depth first, keys in ascending order. Keys that others add or delete
 * meanwhile may or may not be seen; all others are seen once. Callbacks must
 * not change the same tree, as the mainline API has it.
 *
 * Context: Process context, may sleep. Holds @tree->lock.
 * Return: 0 when complete, the first non-zero value of a callback, or -EINVAL if
 * @tree has no root (warns once).
 */
int kho_radix_walk_tree(struct kho_radix_tree *tree,
			const struct kho_radix_walk_cb *cb, void *data)
{
	struct kho_radix_walk walk = { .cb = cb, .data = data };

	return kho_radix_walk_tables(tree, kho_radix_walk_keys, &walk);
}
EXPORT_SYMBOL_GPL(kho_radix_walk_tree);

/**
 * kho_radix_destroy_tree - free all tables of a tree
 * @tree: the tree; may have no root. Nobody else may use it any more.
 *
 * Context: Process context, or early boot.
 */
void kho_radix_destroy_tree(struct kho_radix_tree *tree)
{
	if (!tree->root)
		return;

	kho_radix_free_branch(kho_radix_root(tree), KHO_RADIX_ROOT_LEVEL);
	tree->root = NULL;
}
EXPORT_SYMBOL_GPL(kho_radix_destroy_tree);
