// SPDX-License-Identifier: GPL-2.0
/*
 * Live update: memfds. The receiver.
 *
 * What was handed over is taken first (memfd_luo_in.c), which needs no memory.
 * Then it is accounted for, charged, and put into the page cache of a new file. If
 * that fails everything is undone but the taking, and the file can be asked for
 * again. Only what is wrong with the data itself costs the file.
 */

#define pr_fmt(fmt) "memfd_luo: " fmt

#include <linux/err.h>
#include <linux/fcntl.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kho/abi/memfd.h>
#include <linux/liveupdate.h>
#include <linux/memcontrol.h>
#include <linux/memfd.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/sched/signal.h>
#include <linux/shmem_fs.h>
#include <linux/slab.h>
#include <linux/swap.h>
#include <linux/xarray.h>
#include <uapi/linux/memfd.h>

#include "internal.h"
#include "memfd_luo.h"

/* So many folios go into the page cache under one lock. */
#define MEMFD_LUO_BATCH		512

/* No OOM killer for what can be asked for again. */
#define MEMFD_LUO_GFP		(GFP_KERNEL | __GFP_RETRY_MAYFAIL | __GFP_NOWARN)

static void memfd_luo_uncharge(const struct memfd_luo_in *in)
{
	struct memfd_luo_it it;
	struct folio *folio;

	memfd_luo_it_init(&it, in);
	while ((folio = memfd_luo_it_next(&it))) {
		mem_cgroup_uncharge(folio);
		cond_resched();
	}
}

/* Charge the caller for all folios, or for none. */
static int memfd_luo_charge(const struct memfd_luo_in *in)
{
	struct memfd_luo_it it;
	struct folio *folio;
	int err;

	memfd_luo_it_init(&it, in);
	while ((folio = memfd_luo_it_next(&it))) {
		err = fatal_signal_pending(current) ? -EINTR :
			mem_cgroup_charge(folio, NULL, MEMFD_LUO_GFP);
		if (err) {
			memfd_luo_uncharge(in);
			return err;
		}
		cond_resched();
	}
	return 0;
}

/* Go to the place of @folio in the page cache. Returns whether it is free. */
static bool memfd_luo_seek(struct xa_state *xas, struct folio *folio,
			   const struct folio *prev)
{
	/* From one single page to the next there is no descent. */
	if (prev && !folio_test_large(prev) && !folio_test_large(folio) &&
	    folio->index == prev->index + 1)
		return !xas_next(xas);

	xas_set_order(xas, folio->index, folio_order(folio));
	return !xas_find_conflict(xas);
}

/* Nobody else knows the folio: there is no need for its lock, nor for atomic bits. */
static void memfd_luo_dress(struct folio *folio, const struct memfd_luo_it *it)
{
	__folio_set_swapbacked(folio);
	if (it->entry->flags & MEMFD_LUO_FOLIO_UPTODATE)
		folio_mark_uptodate(folio);
	if (it->entry->flags & MEMFD_LUO_FOLIO_DIRTY)
		folio_set_dirty(folio);
	folio->index = memfd_luo_it_index(it);
}

/*
 * Put the folios from @folio on, which is where @it is, into the page cache, some
 * of them under one lock. Returns the next one.
 */
static struct folio *memfd_luo_insert_batch(struct xa_state *xas,
					    struct address_space *mapping,
					    struct memfd_luo_it *it,
					    struct folio *folio)
{
	struct folio *prev = NULL;
	unsigned int nr;

	xas_lock_irq(xas);
	for (nr = 0; folio && nr < MEMFD_LUO_BATCH; nr++) {
		memfd_luo_dress(folio, it);
		if (!memfd_luo_seek(xas, folio, prev)) {
			xas_set_err(xas, -EEXIST);
			break;
		}
		xas_store(xas, folio);
		if (xas_error(xas))
			break;

		folio_ref_add(folio, folio_nr_pages(folio));
		folio->mapping = mapping;
		shmem_update_stats(folio, folio_nr_pages(folio));
		mapping->nrpages += folio_nr_pages(folio);
		prev = folio;
		folio = memfd_luo_it_next(it);
	}
	xas_unlock_irq(xas);
	return folio;
}

/*
 * Put all folios into the page cache, but not where reclaim finds them: until all
 * are there they may have to leave again.
 */
static int memfd_luo_insert(struct address_space *mapping,
			    const struct memfd_luo_in *in)
{
	XA_STATE(xas, &mapping->i_pages, 0);
	struct memfd_luo_it it;
	struct folio *folio;

	memfd_luo_it_init(&it, in);
	folio = memfd_luo_it_next(&it);
	while (folio) {
		if (fatal_signal_pending(current))
			return -EINTR;
		folio = memfd_luo_insert_batch(&xas, mapping, &it, folio);
		if (!xas_nomem(&xas, MEMFD_LUO_GFP) && xas_error(&xas))
			break;
		cond_resched();
	}
	if (xas_error(&xas) != -EEXIST)
		return xas_error(&xas);

	pr_err("two folios at page %lu, file lost\n", folio->index);
	return -EINVAL;
}

/* Undo memfd_luo_insert(), also in part: the folios are only ours again. */
static void memfd_luo_empty_file(struct inode *inode)
{
	shmem_truncate_range(inode, 0, (loff_t)-1);
}

/* On success the folios are the file's as well, on error only ours. */
static int memfd_luo_fill_file(struct file *file, const struct memfd_luo_in *in)
{
	struct inode *inode = file_inode(file);
	int err;

	err = shmem_inode_acct_blocks(inode, in->nr_pages);
	if (err)
		return err;

	err = memfd_luo_charge(in);
	if (!err)
		err = memfd_luo_insert(file->f_mapping, in);

	/* Gives back what was accounted for and did not get there. */
	shmem_recalc_inode(inode, in->nr_pages, 0);
	if (err) {
		memfd_luo_empty_file(inode);
		memfd_luo_uncharge(in);
	}
	return err;
}

/* The file is complete: reclaim may have its folios, and we have none any more. */
static void memfd_luo_let_go(struct memfd_luo_in *in)
{
	struct memfd_luo_it it;
	struct folio *folio;

	memfd_luo_it_init(&it, in);
	while ((folio = memfd_luo_it_next(&it))) {
		folio_throttle_swaprate(folio, GFP_KERNEL);
		/* As memory_failure() leaves it: reclaim must not touch it. */
		if (!folio_test_hwpoison(folio))
			folio_add_lru(folio);
		folio_put(folio);
		cond_resched();
	}
	memfd_luo_free_list(in);
}

static struct file *memfd_luo_make_file(const struct memfd_luo_ser *ser)
{
	struct file *file;
	int err;

	file = memfd_alloc_file("", memfd_luo_is_executable(ser->seals) ?
				MFD_ALLOW_SEALING : MFD_NOEXEC_SEAL);
	if (IS_ERR(file))
		return file;

	/* Before there are pages: nobody can have a reference to them. */
	err = memfd_add_seals(file, ser->seals);
	if (err) {
		fput(file);
		return ERR_PTR(err);
	}

	i_size_write(file_inode(file), ser->size);
	file->f_pos = ser->pos;
	return file;
}

static int memfd_luo_try_retrieve(struct memfd_luo_in *in, struct file **filep)
{
	struct file *file;
	int err;

	err = memfd_luo_take_folios(in);
	if (err)
		return err;

	file = memfd_luo_make_file(in->ser);
	if (IS_ERR(file))
		return PTR_ERR(file);

	err = memfd_luo_fill_file(file, in);
	if (err) {
		fput(file);
		return err;
	}
	memfd_luo_let_go(in);
	*filep = file;
	return 0;
}

/* What is wrong with the data itself will be wrong the next time, too. */
static bool memfd_luo_is_final(int err)
{
	return err == -EINVAL || err == -EIO || err == -EOPNOTSUPP;
}

/**
 * memfd_luo_retrieve - make a file of what the previous kernel handed over
 * @args: serialized_data is what its preserve() gave; file is set. private_data is
 *	what is taken already, from one attempt to the next.
 *
 * All that was handed over is consumed, or freed on error, but not on -EAGAIN.
 *
 * Context: Process context, may sleep. The folios are charged to the caller.
 * Return: 0; -EAGAIN if a limit of the caller's, memory that is short, or a signal
 * that ends the caller is in the way, and then nothing is lost; -EINVAL if the data
 * contradicts itself; -EIO if a part of it was not handed over; -EOPNOTSUPP for
 * unknown seals or flags.
 */
int memfd_luo_retrieve(struct liveupdate_file_op_args *args)
{
	struct memfd_luo_in *in = args->private_data;
	int err;

	if (!in) {
		in = kmalloc(sizeof(*in), MEMFD_LUO_GFP | __GFP_ACCOUNT);
		if (!in)
			return -EAGAIN;
		err = memfd_luo_take(in, args->serialized_data);
		if (err) {
			kfree(in);
			return err;
		}
		args->private_data = in;
	}

	err = memfd_luo_try_retrieve(in, &args->file);
	if (err && !memfd_luo_is_final(err))
		return -EAGAIN;
	if (err)
		memfd_luo_discard(in);
	kfree(in);
	args->private_data = NULL;
	return err;
}

/**
 * memfd_luo_finish - free what was handed over and nobody wanted
 * @args: serialized_data, private_data and retrieve_status.
 *
 * Context: Process context, may sleep.
 */
void memfd_luo_finish(struct liveupdate_file_op_args *args)
{
	struct memfd_luo_in *in = args->private_data;
	struct memfd_luo_in untouched;

	/* Otherwise nothing is left, whether it became a file or not. */
	if (args->retrieve_status)
		return;

	if (in)
		memfd_luo_discard(in);
	else if (!memfd_luo_take(&untouched, args->serialized_data))
		memfd_luo_discard(&untouched);
	kfree(in);
}
