// SPDX-License-Identifier: GPL-2.0
/*
 * Kexec HandOver: reading a tree that came from elsewhere.
 *
 * Nothing in it is believed: a table must be where a table can be, a key must
 * stand for memory that can be preserved, and no memory may be preserved twice.
 * The work is bounded by the size of memory even if the tree is garbage,
 * because no table is entered whose keys could only lie beyond the end of it.
 */

#define pr_fmt(fmt) "KHO: " fmt

#include <linux/bitmap.h>
#include <linux/bits.h>
#include <linux/io.h>
#include <linux/memblock.h>
#include <linux/mm.h>

#include "kho_internal.h"
#include "kho_radix.h"

/* One reading of a tree. */
struct kho_tree_walk {
	phys_addr_t root;
	unsigned long end_pfn;	/* no memory from here on */
	u64 path[KHO_TREE_MAX_DEPTH];
	unsigned long orders;	/* that any key had so far */
	struct kho_fault *fault;
};

static_assert(KHO_RADIX_MAX_ORDER < BITS_PER_LONG);

/* The leaf of @key in a tree that nobody changes, NULL if there is none. */
static struct kho_radix_leaf *__init kho_tree_leaf(phys_addr_t root,
						   unsigned long key)
{
	struct kho_radix_node *node = phys_to_virt(root);
	unsigned int level;
	u64 phys;

	for (level = KHO_RADIX_ROOT_LEVEL; level > 0; level--) {
		phys = node->table[kho_radix_index(key, level)];
		if (!phys)
			return NULL;
		node = phys_to_virt(phys);
	}
	return (struct kho_radix_leaf *)node;
}

/* Tell whether any key of @order in [@first, @last], counted in blocks, is set. */
static bool __init kho_tree_any(phys_addr_t root, unsigned int order,
				unsigned long first, unsigned long last)
{
	unsigned long key = kho_key_encode(first << order, order);
	unsigned long nr = last - first + 1, bit, span;
	struct kho_radix_leaf *leaf;

	for (; nr; nr -= span, key += span) {
		bit = key & KHO_RADIX_LEAF_MASK;
		span = min(nr, KHO_RADIX_LEAF_MASK + 1 - bit);
		leaf = kho_tree_leaf(root, key);
		if (leaf && find_next_bit(leaf->bitmap, bit + span, bit) <
			    bit + span)
			return true;
	}
	return false;
}

/**
 * kho_tree_covers - tell whether all of a range is preserved
 * @root: physical address of a tree that was checked.
 * @phys: physical start address of the range.
 * @size: size of the range in bytes.
 *
 * Return: true if every page of the range belongs to a key.
 */
bool __init kho_tree_covers(phys_addr_t root, phys_addr_t phys, u64 size)
{
	unsigned long pfn = PHYS_PFN(phys);
	unsigned long end = PHYS_PFN(phys + size - 1) + 1;
	unsigned int order;

	while (pfn < end) {
		for (order = 0; order < BITS_PER_LONG - PAGE_SHIFT; order++)
			if (kho_tree_any(root, order, pfn >> order,
					 pfn >> order))
				break;
		if (order == BITS_PER_LONG - PAGE_SHIFT)
			return false;
		pfn = ((pfn >> order) + 1) << order;
	}
	return true;
}

/*
 * Whether a range is all memory. memblock looks at one region at a time, but
 * regions that touch may differ in attributes only.
 */
static bool __init kho_tree_is_memory(phys_addr_t start, phys_addr_t size)
{
	phys_addr_t half = ALIGN_DOWN(size / 2, PAGE_SIZE);

	if (memblock_is_region_memory(start, size))
		return true;
	return half && kho_tree_is_memory(start, half) &&
	       kho_tree_is_memory(start + half, size - half);
}

/* A run of consecutive keys: blocks that follow each other in memory. */
static int __init kho_tree_check_run(struct kho_tree_walk *walk,
				     unsigned long key, unsigned long nr)
{
	unsigned long pfn, end, higher;
	unsigned int order, o;

	pfn = kho_key_decode(key, &order);
	if (pfn == -1UL)
		return kho_fault(walk->fault, "invalid key", key);

	end = pfn + (nr << order);
	if (end > walk->end_pfn || end < pfn)
		return kho_fault(walk->fault,
				 "preserved block beyond the end of memory",
				 PFN_PHYS(pfn));
	if (kho_scratch_overlap(PFN_PHYS(pfn), PFN_PHYS(end - pfn)))
		return kho_fault(walk->fault, "preserved block in scratch",
				 PFN_PHYS(pfn));

	/* Keys ascend, orders descend: all higher ones are known by now. */
	higher = walk->orders & ~GENMASK(order, 0);
	for_each_set_bit(o, &higher, BITS_PER_LONG)
		if (kho_tree_any(walk->root, o, pfn >> o, (end - 1) >> o))
			return kho_fault(walk->fault,
					 "block that is preserved twice",
					 PFN_PHYS(pfn));

	walk->orders |= BIT(order);

	if (!kho_tree_is_memory(PFN_PHYS(pfn), PFN_PHYS(end - pfn)))
		return kho_fault(walk->fault,
				 "preserved block outside of memory",
				 PFN_PHYS(pfn));
	return 0;
}

static int __init kho_tree_check_leaf(struct kho_tree_walk *walk,
				      const struct kho_radix_leaf *leaf,
				      unsigned long key)
{
	const unsigned long nr_bits = KHO_RADIX_LEAF_MASK + 1;
	unsigned long bit, end;
	int err;

	for (bit = find_first_bit(leaf->bitmap, nr_bits); bit < nr_bits;
	     bit = find_next_bit(leaf->bitmap, nr_bits, end)) {
		end = find_next_zero_bit(leaf->bitmap, nr_bits, bit);

		/* The keys of the leaf that holds key 1 have many orders. */
		if (!key)
			end = min(end, BIT(bit ? __fls(bit) + 1 : 0));

		err = kho_tree_check_run(walk, key | bit, end - bit);
		if (err)
			return err;
	}
	return 0;
}

static int __init kho_tree_check_table(struct kho_tree_walk *walk, u64 phys,
				       unsigned int level, unsigned long key)
{
	unsigned long i, child_key;
	struct kho_radix_node *node;
	unsigned int order, l;
	int err;

	if (!PAGE_ALIGNED(phys) || !memblock_is_region_memory(phys, PAGE_SIZE))
		return kho_fault(walk->fault, "table outside of memory", phys);
	if (kho_scratch_overlap(phys, PAGE_SIZE))
		return kho_fault(walk->fault, "table in scratch", phys);
	for (l = KHO_RADIX_ROOT_LEVEL; l > level; l--)
		if (walk->path[l] == phys)
			return kho_fault(walk->fault, "cycle of tables", phys);

	node = phys_to_virt(phys);
	if (!level)
		return kho_tree_check_leaf(walk, (void *)node, key);

	walk->path[level] = phys;
	for (i = 0; i <= KHO_RADIX_TABLE_MASK; i++) {
		if (!node->table[i])
			continue;

		child_key = key | i << kho_radix_shift(level);
		if (child_key &&
		    kho_key_decode(child_key, &order) >= walk->end_pfn)
			return kho_fault(walk->fault,
					 "table for memory beyond the end",
					 node->table[i]);
		err = kho_tree_check_table(walk, node->table[i], level - 1,
					   child_key);
		if (err)
			return err;
	}
	return 0;
}

/**
 * kho_tree_check - tell whether a tree can be believed
 * @root: physical address of its root.
 * @fault: set to what is wrong with it.
 *
 * Context: Boot, with all memory in memblock and in the linear map, and with
 * the scratch areas known.
 * Return: 0 or -EINVAL.
 */
int __init kho_tree_check(phys_addr_t root, struct kho_fault *fault)
{
	struct kho_tree_walk walk = {
		.root = root,
		.end_pfn = PFN_UP(memblock_end_of_DRAM()),
		.fault = fault,
	};

	return kho_tree_check_table(&walk, root, KHO_RADIX_ROOT_LEVEL, 0);
}

static int __init kho_tree_visit(u64 phys, unsigned int level,
				 unsigned long key,
				 int (*fn)(unsigned long pfn,
					   unsigned int order))
{
	struct kho_radix_node *node = phys_to_virt(phys);
	struct kho_radix_leaf *leaf = (void *)node;
	unsigned long i, pfn;
	unsigned int order;
	int err;

	if (!level) {
		for_each_set_bit(i, leaf->bitmap, KHO_RADIX_LEAF_MASK + 1) {
			pfn = kho_key_decode(key | i, &order);
			err = fn(pfn, order);
			if (err)
				return err;
		}
		return 0;
	}

	for (i = 0; i <= KHO_RADIX_TABLE_MASK; i++) {
		if (!node->table[i])
			continue;
		err = kho_tree_visit(node->table[i], level - 1,
				     key | i << kho_radix_shift(level), fn);
		if (err)
			return err;
	}
	return 0;
}

/**
 * kho_tree_for_each - visit all preserved blocks
 * @root: physical address of a tree that was checked.
 * @fn: called for each block, in ascending order of keys: those of the largest
 *	order first. A return value other than 0 stops.
 *
 * Return: 0, or what @fn returned last.
 */
int __init kho_tree_for_each(phys_addr_t root,
			     int (*fn)(unsigned long pfn, unsigned int order))
{
	return kho_tree_visit(root, KHO_RADIX_ROOT_LEVEL, 0, fn);
}
