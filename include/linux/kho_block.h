/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Kexec HandOver: sets of page-sized blocks that hold fixed-size entries.
 */
#ifndef _LINUX_KHO_BLOCK_H
#define _LINUX_KHO_BLOCK_H

#include <linux/list.h>
#include <linux/types.h>

#include <linux/kho/abi/block.h>

/**
 * DOC: KHO block sets
 *
 * A chain of preserved pages, each a header with a count and that many entries
 * of one size. The sender grows a set and fills it through an iterator; the
 * receiver restores it from the physical address of its head, reads it through
 * an iterator, and destroys it::
 *
 *   head_pa -> [ next | count | e0 e1 ... ] -> [ next=0 | count | e0 ... ]
 *
 * The caller provides all locking.
 */

/**
 * struct kho_block - one block of a set
 * @list: in kho_block_set::blocks.
 * @ser: the page.
 */
struct kho_block {
	struct list_head list;
	struct kho_block_header_ser *ser;
};

/**
 * struct kho_block_set - a set of blocks
 * @blocks: all blocks in the order of the chain.
 * @nblocks: their number.
 * @head_pa: physical address of the first block, 0 if there is none.
 * @entry_size: bytes of an entry.
 * @count_per_block: entries that fit into a block.
 * @incoming: the set was handed over by the previous kernel.
 */
struct kho_block_set {
	struct list_head blocks;
	long nblocks;
	u64 head_pa;
	size_t entry_size;
	u64 count_per_block;
	bool incoming;
};

/**
 * struct kho_block_set_it - a position in a set
 * @bs: the set.
 * @block: the current block, NULL if the set is empty.
 * @i: index of the next entry in it.
 */
struct kho_block_set_it {
	struct kho_block_set *bs;
	struct kho_block *block;
	u64 i;
};

/* How many entries of a size fit into a block. */
#define KHO_BLOCK_CAPACITY(_entry_size)					\
	((_entry_size) ?						\
	 (KHO_BLOCK_SIZE - sizeof(struct kho_block_header_ser)) /	\
		 (_entry_size) : 0)

/**
 * KHO_BLOCK_SET_INIT - initialiser of an empty set
 * @_name: the variable.
 * @_entry_size: bytes of an entry.
 */
#define KHO_BLOCK_SET_INIT(_name, _entry_size) {		\
	.blocks = LIST_HEAD_INIT((_name).blocks),		\
	.entry_size = (_entry_size),				\
	.count_per_block = KHO_BLOCK_CAPACITY(_entry_size),	\
}

void kho_block_set_init(struct kho_block_set *bs, size_t entry_size);
int kho_block_set_grow(struct kho_block_set *bs, u64 count);
void kho_block_set_shrink(struct kho_block_set *bs, u64 count);
int kho_block_set_restore(struct kho_block_set *bs, u64 head_pa);
void kho_block_set_destroy(struct kho_block_set *bs);
void kho_block_set_clear(struct kho_block_set *bs);

/**
 * kho_block_set_head_pa - what to hand over
 * @bs: the set.
 *
 * Return: physical address of the first block, 0 if there is none.
 */
static inline u64 kho_block_set_head_pa(struct kho_block_set *bs)
{
	return bs->head_pa;
}

/**
 * kho_block_set_is_empty - tell whether a set has no blocks
 * @bs: the set.
 *
 * Return: true if it has none.
 */
static inline bool kho_block_set_is_empty(struct kho_block_set *bs)
{
	return list_empty(&bs->blocks);
}

void kho_block_set_it_init(struct kho_block_set_it *it,
			   struct kho_block_set *bs);
void *kho_block_set_it_reserve_entry(struct kho_block_set_it *it);
void *kho_block_set_it_read_entry(struct kho_block_set_it *it);
void *kho_block_set_it_prev(struct kho_block_set_it *it);

#endif /* _LINUX_KHO_BLOCK_H */
