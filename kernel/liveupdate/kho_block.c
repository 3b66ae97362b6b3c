// SPDX-License-Identifier: GPL-2.0
/*
 * Kexec HandOver: sets of page-sized blocks that hold fixed-size entries.
 *
 * An incoming chain is checked before a single entry is read or a block taken: it
 * must end, and no block may claim more entries than it can hold. One that claims
 * none is fine; an outgoing chain has such blocks only before it is filled.
 */

#define pr_fmt(fmt) "KHO: " fmt

#include <linux/bug.h>
#include <linux/err.h>
#include <linux/io.h>
#include <linux/kexec_handover.h>
#include <linux/kho_block.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "kho_internal.h"

/* A longer chain is taken for a cycle. */
#define KHO_BLOCK_MAX	10000

static struct kho_block *kho_block_last(struct kho_block_set *bs)
{
	return list_last_entry(&bs->blocks, struct kho_block, list);
}

/* Append a block whose page is there already. */
static int kho_block_append(struct kho_block_set *bs,
			    struct kho_block_header_ser *ser)
{
	struct kho_block *block;

	if (bs->nblocks >= KHO_BLOCK_MAX)
		return -ENOSPC;

	block = kzalloc(sizeof(*block), GFP_KERNEL_ACCOUNT);
	if (!block)
		return -ENOMEM;

	block->ser = ser;
	list_add_tail(&block->list, &bs->blocks);
	bs->nblocks++;
	return 0;
}

static void kho_block_free_page(struct kho_block_set *bs, void *page)
{
	if (bs->incoming)
		folio_put(virt_to_folio(page));
	else
		kho_unpreserve_free(page);
}

/* Free the last block and make the one before it the end of the chain. */
static void kho_block_drop_last(struct kho_block_set *bs)
{
	struct kho_block *block = kho_block_last(bs);

	list_del(&block->list);
	bs->nblocks--;
	if (list_empty(&bs->blocks))
		bs->head_pa = 0;
	else
		kho_block_last(bs)->ser->next = 0;

	kho_block_free_page(bs, block->ser);
	kfree(block);
}

/**
 * kho_block_set_init - make an empty set
 * @bs: the set.
 * @entry_size: bytes of an entry.
 */
void kho_block_set_init(struct kho_block_set *bs, size_t entry_size)
{
	*bs = (struct kho_block_set)KHO_BLOCK_SET_INIT(*bs, entry_size);
	WARN_ON(!bs->count_per_block);
}

static int kho_block_add(struct kho_block_set *bs)
{
	struct kho_block_header_ser *ser;
	int err;

	ser = kho_alloc_preserve(KHO_BLOCK_SIZE);
	if (IS_ERR(ser))
		return PTR_ERR(ser);

	err = kho_block_append(bs, ser);
	if (err) {
		kho_unpreserve_free(ser);
		return err;
	}

	if (bs->nblocks == 1)
		bs->head_pa = virt_to_phys(ser);
	else
		list_prev_entry(kho_block_last(bs), list)->ser->next =
			virt_to_phys(ser);
	return 0;
}

/**
 * kho_block_set_grow - make room
 * @bs: an outgoing set.
 * @count: entries there must be room for.
 *
 * Context: Process context, may sleep.
 * Return: 0; -EINVAL (with a warning) if the set is incoming; -ENOSPC if it
 * would take more than 10000 blocks; -ENOMEM. On error the set is as it was.
 */
int kho_block_set_grow(struct kho_block_set *bs, u64 count)
{
	const long nblocks = bs->nblocks;
	int err = 0;

	if (WARN_ON(bs->incoming))
		return -EINVAL;

	while (!err && bs->nblocks * bs->count_per_block < count)
		err = kho_block_add(bs);
	while (err && bs->nblocks > nblocks)
		kho_block_drop_last(bs);
	return err;
}

/**
 * kho_block_set_shrink - free blocks that are not needed
 * @bs: the set.
 * @count: entries there must still be room for.
 *
 * Context: Process context.
 */
void kho_block_set_shrink(struct kho_block_set *bs, u64 count)
{
	while (bs->nblocks && (bs->nblocks - 1) * bs->count_per_block >= count)
		kho_block_drop_last(bs);
}

/*
 * Look at all blocks of a chain. A mark that is moved up at every power of two
 * is met again if the chain has a cycle.
 */
static int kho_block_check_chain(struct kho_block_set *bs, u64 head_pa)
{
	struct kho_block_header_ser *ser;
	unsigned long n = 0;
	u64 pa, mark = 0;

	for (pa = head_pa; pa; pa = ser->next) {
		if (pa == mark) {
			pr_err("blocks from %#llx on have no end, refused\n",
			       head_pa);
			return -EINVAL;
		}
		if (is_power_of_2(++n))
			mark = pa;
		if (n > 4 * KHO_BLOCK_MAX)
			break;

		if (!kho_is_handed_over(pa, 0)) {
			pr_err("block at %#llx was not handed over, refused\n",
			       pa);
			return -EINVAL;
		}
		ser = phys_to_virt(pa);
		if (ser->count > bs->count_per_block) {
			pr_err("block at %#llx claims %llu entries of at most %llu, refused\n",
			       pa, ser->count, bs->count_per_block);
			return -EINVAL;
		}
	}
	if (n > KHO_BLOCK_MAX) {
		pr_err("more than %u blocks from %#llx on, refused\n",
		       KHO_BLOCK_MAX, head_pa);
		return -ENOSPC;
	}
	return 0;
}

/* Forget the blocks, their pages are not ours. */
static void kho_block_forget(struct kho_block_set *bs)
{
	struct kho_block *block, *next;

	list_for_each_entry_safe(block, next, &bs->blocks, list) {
		list_del(&block->list);
		kfree(block);
	}
	bs->nblocks = 0;
}

/* All blocks or none: what another chain has already, or this one, is refused. */
static int kho_block_take(struct kho_block_set *bs)
{
	struct kho_block *block;

	list_for_each_entry(block, &bs->blocks, list) {
		if (kho_restore_folio(virt_to_phys(block->ser)))
			continue;
		list_for_each_entry_continue_reverse(block, &bs->blocks, list)
			kho_restore_undo(virt_to_page(block->ser), 0);
		return -EINVAL;
	}
	return 0;
}

/**
 * kho_block_set_restore - take over a chain of the previous kernel
 * @bs: an empty set, with the entry size.
 * @head_pa: physical address of the first block; 0 is an empty chain.
 *
 * On error the set is empty and no block is taken: of a chain that makes no sense
 * nobody knows whose they are, and after -ENOMEM it can be asked for again.
 *
 * Context: Process context, may sleep.
 * Return: 0; -EINVAL if a block was not handed over, claims more entries than it
 * can hold, or the chain has no end; -ENOSPC if it has more than 10000 blocks;
 * -ENOMEM.
 */
int kho_block_set_restore(struct kho_block_set *bs, u64 head_pa)
{
	struct kho_block_header_ser *ser;
	u64 pa;
	int err;

	bs->incoming = true;
	err = kho_block_check_chain(bs, head_pa);
	for (pa = head_pa; !err && pa; pa = ser->next) {
		ser = phys_to_virt(pa);
		err = kho_block_append(bs, ser);
	}
	err = err ?: kho_block_take(bs);
	if (err)
		kho_block_forget(bs);
	else
		bs->head_pa = head_pa;
	return err;
}

/**
 * kho_block_set_destroy - free all blocks
 * @bs: the set.
 *
 * Context: Process context.
 */
void kho_block_set_destroy(struct kho_block_set *bs)
{
	while (bs->nblocks)
		kho_block_drop_last(bs);
}

/**
 * kho_block_set_clear - forget all entries, keep the blocks
 * @bs: the set.
 */
void kho_block_set_clear(struct kho_block_set *bs)
{
	struct kho_block *block;

	list_for_each_entry(block, &bs->blocks, list) {
		block->ser->count = 0;
		memset(block->ser + 1, 0, KHO_BLOCK_SIZE - sizeof(*block->ser));
	}
}

/**
 * kho_block_set_it_init - put an iterator at the start of a set
 * @it: the iterator.
 * @bs: the set.
 */
void kho_block_set_it_init(struct kho_block_set_it *it,
			   struct kho_block_set *bs)
{
	it->bs = bs;
	it->block = list_first_entry_or_null(&bs->blocks, struct kho_block,
					     list);
	it->i = 0;
}

static void *kho_block_entry(struct kho_block_set_it *it, u64 i)
{
	return (void *)(it->block->ser + 1) + i * it->bs->entry_size;
}

/* Go to the start of the next block; false if there is none. */
static bool kho_block_it_next(struct kho_block_set_it *it)
{
	if (list_is_last(&it->block->list, &it->bs->blocks))
		return false;

	it->block = list_next_entry(it->block, list);
	it->i = 0;
	return true;
}

/**
 * kho_block_set_it_reserve_entry - take the next free slot
 * @it: the iterator.
 *
 * The count of the slot's block becomes the number of slots taken in it.
 *
 * Return: the slot, or NULL if the set is full.
 */
void *kho_block_set_it_reserve_entry(struct kho_block_set_it *it)
{
	if (!it->block)
		return NULL;
	if (it->i == it->bs->count_per_block && !kho_block_it_next(it))
		return NULL;

	it->block->ser->count = it->i + 1;
	return kho_block_entry(it, it->i++);
}

/**
 * kho_block_set_it_read_entry - read the next entry
 * @it: the iterator.
 *
 * Return: the entry, or NULL if there are no more.
 */
void *kho_block_set_it_read_entry(struct kho_block_set_it *it)
{
	if (!it->block)
		return NULL;
	while (it->i >= it->block->ser->count)
		if (!kho_block_it_next(it))
			return NULL;

	return kho_block_entry(it, it->i++);
}

/**
 * kho_block_set_it_prev - go back one slot
 * @it: the iterator. All blocks before its own are taken to be full.
 *
 * Return: the slot, or NULL at the very start.
 */
void *kho_block_set_it_prev(struct kho_block_set_it *it)
{
	if (!it->block)
		return NULL;
	if (!it->i) {
		if (list_is_first(&it->block->list, &it->bs->blocks))
			return NULL;
		it->block = list_prev_entry(it->block, list);
		it->i = it->bs->count_per_block;
	}
	return kho_block_entry(it, --it->i);
}
