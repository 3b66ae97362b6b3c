// SPDX-License-Identifier: GPL-2.0
/*
 * Kexec HandOver: reading a tree that came from elsewhere.
 *
 * Nothing in it is believed: a table must be where a table can be, a key must
 * stand for memory that can be preserved. What is checked first, and what is
 * asked later, costs as much as there are tables, not as there are keys: bits
 * are read a word at a time. The work is bounded by the size of memory even if
 * the tree is garbage, even if tables are in it several times, because no table
 * is entered whose keys could only lie beyond the end of it.
 */

#define pr_fmt(fmt) "KHO: " fmt

#include <linux/bitmap.h>
#include <linux/bits.h>
#include <linux/io.h>
#include <linux/memblock.h>
#include <linux/minmax.h>
#include <linux/mm.h>

#include <asm/early_ioremap.h>

#include "kho_internal.h"
#include "kho_radix.h"

#define KHO_LEAF_BITS	(KHO_RADIX_LEAF_MASK + 1)

static_assert(KHO_RADIX_MAX_ORDER < BITS_PER_LONG);

/*
 * The leaf with the first of the keys from *@key to @last that has one, and
 * sets *@key to the first of its keys that is in the range. Returns NULL if
 * there is none.
 */
static struct kho_radix_leaf *__init kho_tree_leaf(phys_addr_t root,
						   unsigned long *key,
						   unsigned long last)
{
	unsigned int level = KHO_RADIX_ROOT_LEVEL, shift;
	union kho_radix_page *page = phys_to_virt(root);
	unsigned long i, base, end;

	while (*key <= last) {
		shift = kho_radix_shift(level);
		i = kho_radix_index(*key, level);
		if (!page->node.child[i].phys) {
			/* Where this table goes on, or the one after it. */
			base = *key >> shift & ~KHO_RADIX_TABLE_MASK;
			end = min((last >> shift) - base, KHO_RADIX_TABLE_MASK);
			while (++i <= end && !page->node.child[i].phys)
				;
			*key = (base + i) << shift;
			if (i > end) {
				page = phys_to_virt(root);
				level = KHO_RADIX_ROOT_LEVEL;
			}
			continue;
		}
		page = KHOSER_LOAD_PTR(page->node.child[i]);
		if (!--level)
			return &page->leaf;
	}
	return NULL;
}

/**
 * kho_tree_find - the first preserved block of an order that ends after a page
 * @cursor: which tree and order; remembers where it looked last.
 * @pfn: page frame.
 * @end: page frames from here on are not asked for.
 *
 * Return: first page frame of the block, which may be below @pfn; @end or more
 * if there is none that starts before it.
 */
unsigned long __init kho_tree_find(struct kho_tree_cursor *cursor,
				   unsigned long pfn, unsigned long end)
{
	const unsigned int order = cursor->order;
	unsigned long key = kho_key_encode(pfn, order);
	unsigned long last = kho_key_encode(end - 1, order), bit, nr;

	while (key <= last) {
		if (!cursor->leaf || (key ^ cursor->key) >> KHO_BITMAP_SIZE_LOG2) {
			cursor->leaf = kho_tree_leaf(cursor->root, &key, last);
			cursor->key = key;
			if (!cursor->leaf)
				break;
		}
		nr = min(last - (key & ~KHO_RADIX_LEAF_MASK) + 1, KHO_LEAF_BITS);
		bit = find_next_bit(cursor->leaf->bitmap, nr,
				    kho_radix_bit(key));
		key = (key & ~KHO_RADIX_LEAF_MASK) + bit;
		if (bit < nr)
			return (key ^ kho_key_encode(0, order)) << order;
	}
	return end;
}

/**
 * kho_tree_find_end - the end of the blocks of an order that follow each other
 * @cursor: as kho_tree_find() left it.
 * @pfn: first page frame of a preserved block, which that returned.
 *
 * Return: the page frame after the last of them, or after the last that is in
 * the same leaf.
 */
unsigned long __init kho_tree_find_end(const struct kho_tree_cursor *cursor,
				       unsigned long pfn)
{
	unsigned long bit = kho_radix_bit(pfn >> cursor->order), next;

	next = find_next_zero_bit(cursor->leaf->bitmap, KHO_LEAF_BITS, bit);
	return pfn + ((next - bit) << cursor->order);
}

/**
 * kho_tree_forget - take a block out of a tree
 * @cursor: as kho_tree_find() left it.
 * @pfn: first page frame of the block, which that returned.
 */
void __init kho_tree_forget(const struct kho_tree_cursor *cursor,
			    unsigned long pfn)
{
	__clear_bit(kho_radix_bit(pfn >> cursor->order), cursor->leaf->bitmap);
}

/**
 * kho_tree_any - tell whether anything of a range is preserved
 * @root: physical address of the root of a tree that was checked.
 * @orders: a bit for each order that is looked for.
 * @pfn: first page frame of the range.
 * @end: the page frame after the range.
 *
 * Return: true if a page of the range belongs to a key.
 */
bool __init kho_tree_any(phys_addr_t root, unsigned long orders,
			 unsigned long pfn, unsigned long end)
{
	unsigned int order;

	if (pfn >= end)
		return false;

	for_each_set_bit(order, &orders, BITS_PER_LONG) {
		struct kho_tree_cursor cursor = { .root = root, .order = order };

		if (kho_tree_find(&cursor, pfn, end) < end)
			return true;
	}
	return false;
}

/* The pages that one bitmap of order 0 stands for, or blocks of them. */
static unsigned long kho_tree_map[BITS_TO_LONGS(KHO_LEAF_BITS)] __initdata;

/* Each of the lower 32 bits twice. */
static unsigned long __init kho_tree_spread(unsigned long word)
{
	word &= GENMASK(31, 0);
	word = (word | word << 16) & 0x0000ffff0000ffffUL;
	word = (word | word << 8) & 0x00ff00ff00ff00ffUL;
	word = (word | word << 4) & 0x0f0f0f0f0f0f0f0fUL;
	word = (word | word << 2) & 0x3333333333333333UL;
	word = (word | word << 1) & 0x5555555555555555UL;
	return word | word << 1;
}

/* From blocks to their halves. In place: the last ones first. */
static void __init kho_tree_map_split(unsigned long nr_bits)
{
	unsigned long i = BITS_TO_LONGS(nr_bits), word;

	while (i--) {
		word = kho_tree_map[i];
		if (nr_bits >= BITS_PER_LONG)
			kho_tree_map[2 * i + 1] = kho_tree_spread(word >> 32);
		kho_tree_map[2 * i] = kho_tree_spread(word);
	}
}

/* Add the blocks of an order from @pfn on. */
static void __init kho_tree_map_add(phys_addr_t root, unsigned int order,
				    unsigned long pfn, unsigned long nr_bits)
{
	unsigned long key = kho_key_encode(pfn, order), i;
	unsigned long bit = kho_radix_bit(key);
	const struct kho_radix_leaf *leaf;

	leaf = kho_tree_leaf(root, &key, key);
	if (!leaf)
		return;
	if (nr_bits < BITS_PER_LONG) {
		kho_tree_map[0] |= leaf->bitmap[BIT_WORD(bit)] >>
				   bit % BITS_PER_LONG & (BIT(nr_bits) - 1);
		return;
	}
	for (i = 0; i < BIT_WORD(nr_bits); i++)
		kho_tree_map[i] |= leaf->bitmap[BIT_WORD(bit) + i];
}

/*
 * How much of [@pfn, @end) is preserved, which is in the @base of one bitmap of
 * order 0: each page once. Blocks of the highest of @orders are put on a map, those
 * are split, blocks of the next order are added, and so on.
 */
static unsigned long __init kho_tree_count_map(phys_addr_t root,
					       unsigned long orders,
					       unsigned long pfn,
					       unsigned long end)
{
	unsigned long base = pfn & ~KHO_RADIX_LEAF_MASK, nr_bits, pages = 0, i;
	unsigned int order = __fls(orders), lowest = __ffs(orders);

	/* One block is as large, or larger. */
	if (order >= KHO_BITMAP_SIZE_LOG2)
		return end - pfn;

	if (pfn != base || end != base + KHO_LEAF_BITS)
		lowest = 0;
	nr_bits = KHO_LEAF_BITS >> order;
	bitmap_zero(kho_tree_map, nr_bits);
	for (;; order--, nr_bits *= 2) {
		if (orders & BIT(order))
			kho_tree_map_add(root, order, base, nr_bits);
		if (order == lowest)
			break;
		kho_tree_map_split(nr_bits);
	}
	if (!lowest) {
		bitmap_clear(kho_tree_map, 0, pfn - base);
		bitmap_clear(kho_tree_map, end - base,
			     base + KHO_LEAF_BITS - end);
	}
	/* Most words are full, and counting takes its time. */
	for (i = 0; i < BITS_TO_LONGS(nr_bits); i++)
		pages += kho_tree_map[i] == ~0UL ? BITS_PER_LONG :
						   hweight_long(kho_tree_map[i]);
	return pages << lowest;
}

/**
 * kho_tree_count - how much of a range is preserved
 * @root: physical address of the root of a tree that was checked.
 * @orders: a bit for each order that is in the tree.
 * @pfn: first page frame of the range.
 * @end: the page frame after the range.
 *
 * Memory that belongs to several keys counts once.
 *
 * Context: Boot, one caller at a time.
 * Return: number of pages.
 */
unsigned long __init kho_tree_count(phys_addr_t root, unsigned long orders,
				    unsigned long pfn, unsigned long end)
{
	unsigned long next[BITS_PER_LONG] = {}, here, stop, first, pages = 0;
	unsigned int order;

	for (; pfn < end; pfn = stop) {
		first = end;
		for_each_set_bit(order, &orders, BITS_PER_LONG) {
			struct kho_tree_cursor cursor = {
				.root = root,
				.order = order,
			};

			if (next[order] <= pfn)
				next[order] = kho_tree_find(&cursor, pfn, end);
			first = min(first, next[order]);
		}
		pfn = max(pfn, first);
		if (pfn >= end)
			break;

		stop = min(end, (pfn | KHO_RADIX_LEAF_MASK) + 1);
		here = 0;
		for_each_set_bit(order, &orders, BITS_PER_LONG)
			if (next[order] < stop)
				here |= BIT(order);
		pages += kho_tree_count_map(root, here, pfn, stop);
	}
	return pages;
}

/**
 * kho_tree_covers - tell whether all of a range is preserved
 * @root: physical address of the root of a tree that was checked.
 * @orders: a bit for each order that is in the tree.
 * @pfn: first page frame of the range.
 * @end: the page frame after the range.
 *
 * Context: As kho_tree_count().
 * Return: true if every page of the range belongs to a key.
 */
bool __init kho_tree_covers(phys_addr_t root, unsigned long orders,
			    unsigned long pfn, unsigned long end)
{
	return pfn >= end ||
	       kho_tree_count(root, orders, pfn, end) == end - pfn;
}

/* One reading of a tree. */
struct kho_tree_walk {
	unsigned long end_pfn;	/* no memory from here on */
	const struct kho_tree_visitor *visitor;
	struct kho_fault *fault;
};

static int __init kho_tree_check_leaf(struct kho_tree_walk *walk,
				      const struct kho_radix_leaf *leaf,
				      unsigned long key)
{
	/* Blocks of so many orders, and all of them larger than any memory. */
	if (!key) {
		if (bitmap_empty(leaf->bitmap, KHO_LEAF_BITS))
			return 0;
		return kho_fault(walk->fault, "key of an impossible order", key);
	}
	walk->visitor->leaf(leaf, key, walk->visitor->data);
	return 0;
}

/* Tables are opened one at a time: early mappings are few. */
static union kho_radix_page *__init kho_tree_open(struct kho_tree_walk *walk,
						  u64 phys)
{
	void *page = walk->visitor->unmapped ? early_memremap(phys, PAGE_SIZE) :
					       phys_to_virt(phys);

	if (!page)
		kho_fault(walk->fault, "cannot map a table", phys);
	return page;
}

static void __init kho_tree_close(const struct kho_tree_walk *walk,
				  union kho_radix_page *page)
{
	if (walk->visitor->unmapped)
		early_memunmap(page, PAGE_SIZE);
}

/* The first child of a table from entry @i on, 0 if there is none. */
static int __init kho_tree_next_child(struct kho_tree_walk *walk, u64 phys,
				      unsigned long *i, u64 *child)
{
	union kho_radix_page *page = kho_tree_open(walk, phys);

	if (!page)
		return -EINVAL;

	*child = 0;
	while (*i <= KHO_RADIX_TABLE_MASK && !page->node.child[*i].phys)
		++*i;
	if (*i <= KHO_RADIX_TABLE_MASK)
		*child = page->node.child[*i].phys;
	kho_tree_close(walk, page);
	return 0;
}

static int __init kho_tree_check_table(struct kho_tree_walk *walk, u64 phys,
				       unsigned int level, unsigned long key)
{
	unsigned long i, child_key;
	union kho_radix_page *page;
	unsigned int order;
	u64 child;
	int err;

	if (!PAGE_ALIGNED(phys) ||
	    !memblock_is_region_memory(phys, PAGE_SIZE) ||
	    !memblock_is_map_memory(phys))
		return kho_fault(walk->fault, "table outside of memory", phys);
	if (kho_scratch_overlap(phys, PAGE_SIZE))
		return kho_fault(walk->fault, "table in scratch", phys);

	err = walk->visitor->table(phys, walk->visitor->data);
	if (err)
		return kho_fault(walk->fault, err == -EBUSY ?
				 "table in reserved memory" :
				 "no memory to take note of a table", phys);

	if (!level) {
		page = kho_tree_open(walk, phys);
		if (!page)
			return -EINVAL;
		err = kho_tree_check_leaf(walk, &page->leaf, key);
		kho_tree_close(walk, page);
		return err;
	}

	for (i = 0;; i++) {
		err = kho_tree_next_child(walk, phys, &i, &child);
		if (err || !child)
			return err;

		child_key = key | i << kho_radix_shift(level);
		if (child_key &&
		    kho_key_decode(child_key, &order) >= walk->end_pfn)
			return kho_fault(walk->fault,
					 "table for memory beyond the end",
					 child);
		err = kho_tree_check_table(walk, child, level - 1, child_key);
		if (err)
			return err;
	}
}

/**
 * kho_tree_check_tables - tell whether the tables of a tree can be believed
 * @root: physical address of its root.
 * @visitor: what to do with each of them.
 * @fault: set to what is wrong.
 *
 * Context: Boot, with all memory in memblock, with the scratch areas known, and
 * with the linear map unless @visitor says otherwise.
 * Return: 0 or -EINVAL.
 */
int __init kho_tree_check_tables(phys_addr_t root,
				 const struct kho_tree_visitor *visitor,
				 struct kho_fault *fault)
{
	struct kho_tree_walk walk = {
		.end_pfn = PFN_UP(memblock_end_of_DRAM()),
		.visitor = visitor,
		.fault = fault,
	};

	return kho_tree_check_table(&walk, root, KHO_RADIX_ROOT_LEVEL, 0);
}

/**
 * kho_tree_check_keys - tell whether the keys of a tree can be believed
 * @root: physical address of its root, its tables are checked.
 * @orders: a bit for each order that is in the tree.
 * @fault: set to what is wrong.
 *
 * Asks where nothing can be preserved whether something is: in scratch, and
 * where there is no memory.
 *
 * Context: As kho_tree_check_tables(), with the linear map.
 * Return: 0 or -EINVAL.
 */
int __init kho_tree_check_keys(phys_addr_t root, unsigned long orders,
			       struct kho_fault *fault)
{
	unsigned long start, end, prev = 0;
	phys_addr_t mem_start, mem_end;
	unsigned int i;
	u64 n;

	for (i = 0; i < kho_scratch_cnt; i++) {
		start = PHYS_PFN(kho_scratch[i].addr);
		end = start + PHYS_PFN(kho_scratch[i].size);
		if (kho_tree_any(root, orders, start, end))
			return kho_fault(fault, "preserved block in scratch",
					 kho_scratch[i].addr);
	}

	/* Pages that are memory only in part are not preserved by anybody. */
	for_each_mem_range(n, &mem_start, &mem_end) {
		start = PFN_UP(mem_start);
		end = PFN_DOWN(mem_end);
		if (start > prev && kho_tree_any(root, orders, prev, start))
			return kho_fault(fault,
					 "preserved block outside of memory",
					 PFN_PHYS(prev));
		prev = max(prev, end);
	}
	if (kho_tree_any(root, orders, prev, KHO_TREE_END_PFN))
		return kho_fault(fault,
				 "preserved block beyond the end of memory",
				 PFN_PHYS(prev));
	return 0;
}
