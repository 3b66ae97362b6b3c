// SPDX-License-Identifier: GPL-2.0
/*
 * Live update: memfds, and all other shmem files without a name. The sender.
 *
 * Folios never move: the sender pins them where they may stay, lists and
 * preserves them; the receiver (memfd_luo_retrieve.c) puts them into the page
 * cache of a new file. Between the two ends they can be read and written, but
 * must not come or go. The format is drawn in linux/kho/abi/memfd.h.
 */

#define pr_fmt(fmt) "memfd_luo: " fmt

#include <linux/fcntl.h>
#include <linux/fs.h>
#include <linux/highmem.h>
#include <linux/io.h>
#include <linux/kho/abi/memfd.h>
#include <linux/liveupdate.h>
#include <linux/memfd.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/pagemap.h>
#include <linux/pagevec.h>
#include <linux/shmem_fs.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "memfd_luo.h"
#include "../kernel/liveupdate/kho_internal.h"

/* So many folios are pinned at a time: a page full of pointers to them. */
#define MEMFD_LUO_BATCH		(PAGE_SIZE / sizeof(struct folio *))

/* A fallocated page has no content yet, and nobody after us would know. */
static void memfd_luo_fill_folio(struct folio *folio)
{
	if (!folio_test_uptodate(folio)) {
		folio_lock(folio);
		if (!folio_test_uptodate(folio)) {
			folio_zero_range(folio, 0, folio_size(folio));
			flush_dcache_folio(folio);
			folio_mark_uptodate(folio);
		}
		folio_unlock(folio);
	}
	/* Not to be dropped by reclaim, here or there. */
	folio_mark_dirty(folio);
}

/* Undo memfd_luo_pin() of the pages before @end. */
static void memfd_luo_unpin(struct address_space *mapping, pgoff_t end)
{
	struct folio_batch fbatch;
	pgoff_t index = 0;

	folio_batch_init(&fbatch);
	while (end && filemap_get_folios(mapping, &index, end - 1, &fbatch)) {
		kho_unpreserve_folios(fbatch.folios, fbatch.nr);
		unpin_folios(fbatch.folios, fbatch.nr);
		folio_batch_release(&fbatch);
		cond_resched();
	}
}

/*
 * Pin and preserve all folios of a file that is frozen and not empty. Holes get
 * folios, what is swapped out comes back, and what may not stay where it is
 * moves: out of CMA, which includes scratch, and out of movable zones.
 *
 * Returns the number of folios, or an error, and then none is pinned.
 */
static long memfd_luo_pin(struct file *file, loff_t size)
{
	const pgoff_t last = memfd_luo_last_index(size);
	struct folio **folios;
	pgoff_t index = 0, offset;
	long nr, i, total = 0;
	int err;

	folios = kmalloc_array(MEMFD_LUO_BATCH, sizeof(*folios), GFP_KERNEL);
	if (!folios)
		return -ENOMEM;

	while (index <= last) {
		nr = memfd_pin_folios(file, (loff_t)index << PAGE_SHIFT,
				      size - 1, folios, MEMFD_LUO_BATCH,
				      &offset);
		if (nr <= 0) {
			total = nr ?: -EINVAL;
			break;
		}

		for (i = 0; i < nr; i++)
			memfd_luo_fill_folio(folios[i]);

		err = kho_preserve_folios(folios, nr);
		if (err) {
			unpin_folios(folios, nr);
			total = err;
			break;
		}
		index = folio_next_index(folios[nr - 1]);
		total += nr;
		cond_resched();
	}

	if (total < 0)
		memfd_luo_unpin(file->f_mapping, index);
	kfree(folios);
	return total;
}

/* List the pinned folios of a file, which are as many as there is room for. */
static void memfd_luo_list(struct address_space *mapping, loff_t size,
			   struct memfd_luo_folio_ser *entry)
{
	const pgoff_t last = memfd_luo_last_index(size);
	struct folio_batch fbatch;
	pgoff_t index = 0;
	unsigned int i;

	folio_batch_init(&fbatch);
	while (filemap_get_folios(mapping, &index, last, &fbatch)) {
		for (i = 0; i < fbatch.nr; i++, entry++) {
			entry->pfn = folio_pfn(fbatch.folios[i]);
			entry->flags = MEMFD_LUO_FOLIO_DIRTY |
				       MEMFD_LUO_FOLIO_UPTODATE;
			entry->index = fbatch.folios[i]->index;
		}
		folio_batch_release(&fbatch);
		cond_resched();
	}
}

/* All of the content; @entries is set to the list, NULL for an empty file. */
static int memfd_luo_preserve_content(struct file *file,
				      struct memfd_luo_ser *ser,
				      struct memfd_luo_folio_ser **entries)
{
	const loff_t size = ser->size;
	struct kho_vmalloc folios;
	long nr;
	int err;

	*entries = NULL;
	if (!size)
		return 0;

	nr = memfd_luo_pin(file, size);
	if (nr < 0)
		return nr;

	err = -ENOMEM;
	*entries = __vmalloc_array(nr, sizeof(**entries),
				   GFP_KERNEL_ACCOUNT | __GFP_ZERO);
	if (!*entries)
		goto unpin;

	memfd_luo_list(file->f_mapping, size, *entries);
	err = kho_preserve_vmalloc(*entries, &folios);
	if (err)
		goto free;

	ser->nr_folios = nr;
	ser->folios = folios;
	return 0;

free:
	vfree(*entries);
unpin:
	memfd_luo_unpin(file->f_mapping, memfd_luo_last_index(size) + 1);
	return err;
}

/* What is not content; @ser is zeroed. */
static int memfd_luo_preserve_state(struct file *file,
				    struct memfd_luo_ser *ser)
{
	int seals = memfd_get_seals(file);

	if (seals < 0)
		return seals;
	if (seals & ~MEMFD_LUO_ALL_SEALS)
		return -EOPNOTSUPP;

	ser->pos = file->f_pos;
	ser->size = i_size_read(file_inode(file));
	ser->seals = seals;
	if (DIV_ROUND_UP(ser->size, PAGE_SIZE) > UINT_MAX)
		return -EFBIG;
	return 0;
}

static int memfd_luo_preserve(struct liveupdate_file_op_args *args)
{
	struct inode *inode = file_inode(args->file);
	struct memfd_luo_folio_ser *entries;
	struct memfd_luo_ser *ser;
	int err;

	inode_lock(inode);
	shmem_freeze(inode, true);

	ser = kho_alloc_preserve(sizeof(*ser));
	if (IS_ERR(ser)) {
		err = PTR_ERR(ser);
		goto unfreeze;
	}

	err = memfd_luo_preserve_state(args->file, ser);
	if (!err)
		err = memfd_luo_preserve_content(args->file, ser, &entries);
	if (err)
		goto free;

	inode_unlock(inode);
	args->serialized_data = virt_to_phys(ser);
	args->private_data = entries;
	return 0;

free:
	kho_unpreserve_free(ser);
unfreeze:
	shmem_freeze(inode, false);
	inode_unlock(inode);
	return err;
}

static void memfd_luo_unpreserve(struct liveupdate_file_op_args *args)
{
	struct memfd_luo_ser *ser = phys_to_virt(args->serialized_data);
	struct inode *inode = file_inode(args->file);

	inode_lock(inode);
	if (ser->nr_folios) {
		memfd_luo_unpin(inode->i_mapping,
				memfd_luo_last_index(ser->size) + 1);
		kho_unpreserve_vmalloc(&ser->folios);
		vfree(args->private_data);
	}
	shmem_freeze(inode, false);
	inode_unlock(inode);

	kho_unpreserve_free(ser);
}

static int memfd_luo_freeze(struct liveupdate_file_op_args *args)
{
	struct memfd_luo_ser *ser = phys_to_virt(args->serialized_data);

	ser->pos = args->file->f_pos;
	return 0;
}

static bool memfd_luo_can_preserve(struct liveupdate_file_handler *handler,
				   struct file *file)
{
	return shmem_file(file) && !file_inode(file)->i_nlink;
}

/* Two files of the same inode cannot both be preserved. */
static unsigned long memfd_luo_get_id(struct file *file)
{
	return (unsigned long)file_inode(file);
}

static const struct liveupdate_file_ops memfd_luo_ops = {
	.can_preserve	= memfd_luo_can_preserve,
	.preserve	= memfd_luo_preserve,
	.unpreserve	= memfd_luo_unpreserve,
	.freeze		= memfd_luo_freeze,
	.retrieve	= memfd_luo_retrieve,
	.finish		= memfd_luo_finish,
	.get_id		= memfd_luo_get_id,
	.owner		= THIS_MODULE,
};

static struct liveupdate_file_handler memfd_luo_handler = {
	.ops		= &memfd_luo_ops,
	.compatible	= MEMFD_LUO_FH_COMPATIBLE,
};

static int __init memfd_luo_init(void)
{
	int err = liveupdate_register_file_handler(&memfd_luo_handler);

	if (err && err != -EOPNOTSUPP) {
		pr_err("no handler for memfds, error %d\n", err);
		return err;
	}
	return 0;
}
late_initcall(memfd_luo_init);
