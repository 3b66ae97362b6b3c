// SPDX-License-Identifier: GPL-2.0
/*
 * Kexec HandOver: the tracker, a radix tree of keys without a lock.
 *
 * Knows keys, tables and bitmaps, and nothing about what a key stands for. How
 * tables live and die is told in linux/kho_radix_tree.h. Must never lose a key:
 * a bit may only be set in a leaf that is counted, and a counted leaf stays
 * linked.
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
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "kho_internal.h"
#include "kho_radix.h"

/* Tables that a descent needed and did not find. */
struct kho_radix_spare {
	unsigned int nr;
	struct kho_radix_node *node[KHO_TREE_MAX_DEPTH];
};

static_assert(sizeof_field(struct page, private) == sizeof(atomic_long_t));

/* What keeps the table at @phys alive, see linux/kho_radix_tree.h. */
static inline atomic_long_t *kho_radix_count(u64 phys)
{
	return (atomic_long_t *)&pfn_to_page(PHYS_PFN(phys))->private;
}

static inline bool kho_radix_dead(const struct kho_radix_tree *tree, u64 phys)
{
	return tree->counted && !atomic_long_read(kho_radix_count(phys));
}

/* Count @nr more reasons to keep a table, unless it is dead. */
static inline bool kho_radix_get(const struct kho_radix_tree *tree, u64 phys,
				 long nr)
{
	if (!tree->counted)
		return true;
	return atomic_long_add_unless(kho_radix_count(phys), nr, 0);
}

static void kho_radix_free_rcu(struct rcu_head *head)
{
	__free_page(container_of(head, struct page, rcu_head));
}

/* The slot of @key's table at @level in the table above, NULL if none. */
static u64 *kho_radix_find_slot(struct kho_radix_tree *tree, unsigned long key,
				unsigned int level)
{
	struct kho_radix_node *node = tree->root;
	unsigned int l;
	u64 phys;

	for (l = KHO_RADIX_ROOT_LEVEL; l > level + 1; l--) {
		phys = READ_ONCE(node->table[kho_radix_index(key, l)]);
		if (!phys)
			return NULL;
		node = phys_to_virt(phys);
	}
	return &node->table[kho_radix_index(key, l)];
}

/*
 * Drop @nr counts of @key's table at @level. Whoever drops the last one buries
 * the table: unlinks it, unless somebody has put a new one in its place
 * already, and with it drops one count of the table above.
 */
static void kho_radix_put(struct kho_radix_tree *tree, unsigned long key,
			  unsigned int level, u64 phys, long nr)
{
	u64 *slot, old;

	if (!tree->counted)
		return;

	rcu_read_lock();
	while (atomic_long_sub_and_test(nr, kho_radix_count(phys))) {
		slot = kho_radix_find_slot(tree, key, level);
		old = slot ? cmpxchg(slot, phys, 0) : 0;
		call_rcu(&pfn_to_page(PHYS_PFN(phys))->rcu_head,
			 kho_radix_free_rcu);
		if (old != phys)
			break;

		/* The root counts itself: it cannot get here. */
		phys = virt_to_phys((void *)((unsigned long)slot & PAGE_MASK));
		level++;
		nr = 1;
	}
	rcu_read_unlock();
}

/* The leaf of @key, 0 if there is none. Call under rcu_read_lock(). */
static __always_inline u64 kho_radix_find_leaf(const struct kho_radix_tree *tree,
					       unsigned long key)
{
	const struct kho_radix_node *node = tree->root;
	unsigned int level;
	u64 phys = 0;

	/* With the shifts known, a level takes half as many instructions. */
#pragma GCC unroll 8
	for (level = KHO_RADIX_ROOT_LEVEL; level > 0; level--) {
		phys = READ_ONCE(node->table[kho_radix_index(key, level)]);
		if (unlikely(!phys))
			break;
		node = phys_to_virt(phys);
	}
	return phys;
}

/*
 * memblock is there only as long as slab is not, and that early there may be no
 * struct pages: tables go by their address.
 */
static noinline struct kho_radix_node *__ref kho_radix_alloc_table(void)
{
	struct folio *folio;

	if (!slab_is_available())
		return memblock_alloc(PAGE_SIZE, PAGE_SIZE);

	folio = kho_mm_alloc_folio(GFP_KERNEL_ACCOUNT | __GFP_ZERO, 0,
				   NUMA_NO_NODE);
	return folio ? folio_address(folio) : NULL;
}

static noinline void __ref kho_radix_free_table(struct kho_radix_node *node)
{
	if (!slab_is_available())
		memblock_free(node, PAGE_SIZE);
	else if (PageReserved(virt_to_page(node)))	/* from memblock */
		free_reserved_page(virt_to_page(node));
	else
		free_page((unsigned long)node);
}

/*
 * Make a branch of the spare tables 0 .. @level - 1 down to @key's leaf, which
 * starts with @nr counts. Not visible to anybody yet.
 */
static u64 kho_radix_build_branch(const struct kho_radix_tree *tree,
				  struct kho_radix_spare *spare,
				  unsigned long key, unsigned int level,
				  long nr)
{
	struct kho_radix_node *node;
	u64 phys = 0;
	unsigned int l;

	for (l = 0; l < level; l++) {
		node = spare->node[l];
		if (l)
			node->table[kho_radix_index(key, l)] = phys;
		phys = virt_to_phys(node);
		if (tree->counted)
			atomic_long_set(kho_radix_count(phys), l ? 1 : nr);
	}
	return phys;
}

/* Undo kho_radix_build_branch(): the spares are as they came. */
static void kho_radix_undo_branch(const struct kho_radix_tree *tree,
				  struct kho_radix_spare *spare,
				  unsigned long key, unsigned int level)
{
	struct kho_radix_node *node;
	unsigned int l;

	for (l = 0; l < level; l++) {
		node = spare->node[l];
		if (l)
			node->table[kho_radix_index(key, l)] = 0;
		if (tree->counted)
			atomic_long_set(kho_radix_count(virt_to_phys(node)), 0);
	}
}

/* Results of one attempt to reach a leaf, beside "so many tables needed". */
#define KHO_RADIX_REACHED	0
#define KHO_RADIX_RACED		(-1)

/*
 * Reach @key's leaf and count it @nr times, putting the spare tables where
 * there are none. Call under rcu_read_lock().
 *
 * Returns KHO_RADIX_REACHED with the leaf in @leaf, KHO_RADIX_RACED if it is to
 * be tried again, or the number of spare tables without which it cannot go on.
 */
static int kho_radix_try_reach(struct kho_radix_tree *tree, unsigned long key,
			       long nr, struct kho_radix_spare *spare,
			       u64 *leaf)
{
	u64 parent = virt_to_phys(tree->root);
	unsigned int level;
	u64 *slot, child;

	for (level = KHO_RADIX_ROOT_LEVEL; level > 0; level--) {
		struct kho_radix_node *node = phys_to_virt(parent);

		slot = &node->table[kho_radix_index(key, level)];
		child = READ_ONCE(*slot);
		if (!child || kho_radix_dead(tree, child))
			break;
		parent = child;
	}

	if (!level) {
		*leaf = parent;
		return kho_radix_get(tree, parent, nr) ? KHO_RADIX_REACHED :
							 KHO_RADIX_RACED;
	}
	if (spare->nr < level)
		return level;

	/* The parent counts a dead child until it is unlinked or replaced. */
	if (!child && !kho_radix_get(tree, parent, 1))
		return KHO_RADIX_RACED;

	if (cmpxchg(slot, child, kho_radix_build_branch(tree, spare, key, level,
							nr)) == child) {
		*leaf = virt_to_phys(spare->node[0]);
		spare->nr -= level;
		memmove(spare->node, spare->node + level,
			spare->nr * sizeof(spare->node[0]));
		return KHO_RADIX_REACHED;
	}

	kho_radix_undo_branch(tree, spare, key, level);
	if (!child)
		kho_radix_put(tree, key, level, parent, 1);
	return KHO_RADIX_RACED;
}

/* Reach @key's leaf with all that may take. Returns 0 if memory is short. */
static noinline u64 kho_radix_reach(struct kho_radix_tree *tree,
				    unsigned long key, long nr)
{
	struct kho_radix_spare spare = {};
	struct kho_radix_node *node;
	u64 leaf = 0;
	int ret;

	for (;;) {
		rcu_read_lock();
		ret = kho_radix_try_reach(tree, key, nr, &spare, &leaf);
		rcu_read_unlock();
		if (ret == KHO_RADIX_REACHED)
			break;

		while ((int)spare.nr < ret) {
			node = kho_radix_alloc_table();
			if (!node) {
				leaf = 0;
				goto out;
			}
			spare.node[spare.nr++] = node;
		}
	}
out:
	while (spare.nr)
		kho_radix_free_table(spare.node[--spare.nr]);
	return leaf;
}

/* @key's leaf, counted @nr times so that it stays. 0 if memory is short. */
static __always_inline u64 kho_radix_get_leaf(struct kho_radix_tree *tree,
					      unsigned long key, long nr)
{
	u64 leaf;

	rcu_read_lock();
	leaf = kho_radix_find_leaf(tree, key);
	if (likely(leaf) && unlikely(!kho_radix_get(tree, leaf, nr)))
		leaf = 0;
	rcu_read_unlock();

	return likely(leaf) ? leaf : kho_radix_reach(tree, key, nr);
}

/* How many of the @nr keys from @key on lie in @key's leaf. */
static inline unsigned long kho_radix_span(unsigned long key, unsigned long nr)
{
	return min(nr, KHO_RADIX_LEAF_MASK + 1 - (key & KHO_RADIX_LEAF_MASK));
}

/* Set or clear @nr bits from @key's on, word by word. Returns how many changed. */
static long kho_radix_change_bits(u64 leaf, unsigned long key, unsigned long nr,
				  bool set)
{
	struct kho_radix_leaf *l = phys_to_virt(leaf);
	unsigned long bit = key & KHO_RADIX_LEAF_MASK;
	unsigned long end = bit + nr;
	long changed = 0;

	while (bit < end) {
		atomic_long_t *word = (atomic_long_t *)&l->bitmap[BIT_WORD(bit)];
		unsigned long stop = min(end, (bit | (BITS_PER_LONG - 1)) + 1);
		unsigned long mask = GENMASK((stop - 1) % BITS_PER_LONG,
					     bit % BITS_PER_LONG);

		if (set)
			changed += hweight_long(mask &
						~atomic_long_fetch_or(mask, word));
		else
			changed += hweight_long(mask &
						atomic_long_fetch_andnot(mask, word));
		bit = stop;
	}
	return changed;
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
	mutex_init(&tree->lock);
	tree->counted = false;
	tree->root = root ?: kho_radix_alloc_table();
	if (root)
		return 0;
	if (!tree->root)
		return -ENOMEM;

	if (slab_is_available()) {
		tree->counted = true;
		atomic_long_set(kho_radix_count(virt_to_phys(tree->root)), 1);
	}
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
	struct kho_radix_leaf *l;
	u64 leaf;
	int err;

	err = kho_radix_check(tree, key);
	if (unlikely(err))
		return err;

	leaf = kho_radix_get_leaf(tree, key, 1);
	if (unlikely(!leaf))
		return -ENOMEM;

	l = phys_to_virt(leaf);
	if (test_and_set_bit(key & KHO_RADIX_LEAF_MASK, l->bitmap))
		kho_radix_put(tree, key, 0, leaf, 1);
	return 0;
}
EXPORT_SYMBOL_GPL(kho_radix_add_key);

static noinline void kho_radix_warn_missing(unsigned long key)
{
	pr_warn_ratelimited("key %#lx to delete is not in the tree, nothing done\n",
			    key);
}

/**
 * kho_radix_del_key - take a key out of a tree
 * @tree: the tree.
 * @key: the key. One that is too wide is ignored.
 *
 * Tables that become empty are freed. Taking out a key that is not there does
 * nothing, but for a line in the log when not even its leaf is there. It is
 * not a WARN() as in mainline, whose tables are never freed: here the second of
 * two deletions, which is silent there, may find no leaf.
 *
 * Context: Process context. Takes no lock.
 */
void kho_radix_del_key(struct kho_radix_tree *tree, unsigned long key)
{
	struct kho_radix_leaf *l;
	u64 leaf;

	if (unlikely(kho_radix_check(tree, key)))
		return;

	rcu_read_lock();
	leaf = kho_radix_find_leaf(tree, key);
	l = phys_to_virt(leaf);
	if (unlikely(!leaf))
		kho_radix_warn_missing(key);
	else if (test_and_clear_bit(key & KHO_RADIX_LEAF_MASK, l->bitmap))
		kho_radix_put(tree, key, 0, leaf, 1);
	rcu_read_unlock();
}
EXPORT_SYMBOL_GPL(kho_radix_del_key);

/**
 * kho_radix_reserve_range - make sure that keys can be added without failing
 * @tree: the tree.
 * @key: first of the keys.
 * @nr: number of consecutive keys, 1 or more.
 *
 * To be followed by kho_radix_fill_range() or kho_radix_unreserve_range() with
 * the same range.
 *
 * Context: Process context, may sleep. Takes no lock.
 * Return: 0, or an error of kho_radix_add_key(), and then nothing is reserved.
 */
int kho_radix_reserve_range(struct kho_radix_tree *tree, unsigned long key,
			    unsigned long nr)
{
	unsigned long done, span;
	int err;

	err = kho_radix_check(tree, key + nr - 1);
	if (err)
		return err;

	for (done = 0; done < nr; done += span) {
		span = kho_radix_span(key + done, nr - done);
		if (!kho_radix_get_leaf(tree, key + done, span)) {
			kho_radix_unreserve_range(tree, key, done);
			return -ENOMEM;
		}
	}
	return 0;
}

/**
 * kho_radix_unreserve_range - undo kho_radix_reserve_range()
 * @tree: the tree.
 * @key: first of the keys.
 * @nr: number of consecutive keys, may be 0.
 *
 * Context: Any. Takes no lock.
 */
void kho_radix_unreserve_range(struct kho_radix_tree *tree, unsigned long key,
			       unsigned long nr)
{
	unsigned long done, span;
	u64 leaf;

	for (done = 0; done < nr; done += span) {
		span = kho_radix_span(key + done, nr - done);
		rcu_read_lock();
		leaf = kho_radix_find_leaf(tree, key + done);
		kho_radix_put(tree, key + done, 0, leaf, span);
		rcu_read_unlock();
	}
}

/**
 * kho_radix_fill_range - add keys that were reserved
 * @tree: the tree.
 * @key: first of the keys.
 * @nr: number of consecutive keys, the same as reserved.
 *
 * The reservation becomes the keys' own count. Cannot fail.
 *
 * Context: Any. Takes no lock.
 */
void kho_radix_fill_range(struct kho_radix_tree *tree, unsigned long key,
			  unsigned long nr)
{
	unsigned long done, span;
	long surplus;
	u64 leaf;

	for (done = 0; done < nr; done += span) {
		span = kho_radix_span(key + done, nr - done);
		rcu_read_lock();
		leaf = kho_radix_find_leaf(tree, key + done);
		surplus = span - kho_radix_change_bits(leaf, key + done, span,
						       true);
		if (surplus)
			kho_radix_put(tree, key + done, 0, leaf, surplus);
		rcu_read_unlock();
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
	unsigned long done, span;
	long changed;
	u64 leaf;

	if (!nr || kho_radix_check(tree, key + nr - 1))
		return;

	for (done = 0; done < nr; done += span) {
		span = kho_radix_span(key + done, nr - done);
		rcu_read_lock();
		leaf = kho_radix_find_leaf(tree, key + done);
		if (!leaf) {
			kho_radix_warn_missing(key + done);
		} else {
			changed = kho_radix_change_bits(leaf, key + done, span,
							false);
			if (changed)
				kho_radix_put(tree, key + done, 0, leaf,
					      changed);
		}
		rcu_read_unlock();
	}
}

/* The child in @slot, counted so that it stays during the visit; 0 if none. */
static u64 kho_radix_get_child(struct kho_radix_tree *tree, u64 *slot)
{
	u64 phys;

	rcu_read_lock();
	phys = READ_ONCE(*slot);
	if (phys && !kho_radix_get(tree, phys, 1))
		phys = 0;
	rcu_read_unlock();
	return phys;
}

static int kho_radix_walk_table(struct kho_radix_tree *tree, u64 phys,
				unsigned int level, unsigned long key,
				kho_radix_table_fn fn, void *data)
{
	struct kho_radix_node *node = phys_to_virt(phys);
	unsigned long i, child_key;
	u64 child;
	int ret;

	ret = fn(phys, level, key, data);
	if (ret || !level)
		return ret;

	for (i = 0; i <= KHO_RADIX_TABLE_MASK; i++) {
		child = kho_radix_get_child(tree, &node->table[i]);
		if (!child)
			continue;
		child_key = key | i << kho_radix_shift(level);
		ret = kho_radix_walk_table(tree, child, level - 1, child_key,
					   fn, data);
		kho_radix_put(tree, child_key, level - 1, child, 1);
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
	return kho_radix_walk_table(tree, virt_to_phys(tree->root),
				    KHO_RADIX_ROOT_LEVEL, 0, fn, data);
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

static void kho_radix_destroy_table(const struct kho_radix_tree *tree, u64 phys,
				    unsigned int level)
{
	struct kho_radix_node *node = phys_to_virt(phys);
	unsigned long i;

	for (i = 0; level && i <= KHO_RADIX_TABLE_MASK; i++)
		if (node->table[i])
			kho_radix_destroy_table(tree, node->table[i], level - 1);

	if (tree->counted)
		atomic_long_set(kho_radix_count(phys), 0);
	kho_radix_free_table(node);
}

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

	kho_radix_destroy_table(tree, virt_to_phys(tree->root),
				KHO_RADIX_ROOT_LEVEL);
	tree->root = NULL;
}
EXPORT_SYMBOL_GPL(kho_radix_destroy_tree);
