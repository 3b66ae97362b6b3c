// SPDX-License-Identifier: GPL-2.0
/*
 * Live update: memfds of huge pages, and files of hugetlbfs without a name. The
 * sender.
 *
 * Huge pages never move: the sender pins, lists and preserves them; the pool of
 * the next kernel adopts them (hugetlb_luo_pool.c) and a new file gets them
 * (hugetlb_luo_retrieve.c). They may be mapped and written to all the time, but
 * must not come or go. The format is drawn in linux/kho/abi/hugetlb.h.
 */

#define pr_fmt(fmt) "hugetlb_luo: " fmt

#include <linux/err.h>
#include <linux/fcntl.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <linux/hugetlb.h>
#include <linux/io.h>
#include <linux/kexec_handover.h>
#include <linux/kho/abi/hugetlb.h>
#include <linux/liveupdate.h>
#include <linux/magic.h>
#include <linux/memfd.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/pagemap.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "internal.h"
#include "hugetlb_luo.h"
#include "kho.h"
#include "luo_rights.h"
#include "../kernel/liveupdate/kho_internal.h"

/*
 * Holes that are punched while they are filled are filled again so often, and
 * pages that somebody else moves are waited for so long.
 */
#define HUGETLB_LUO_TRIES	10
#define HUGETLB_LUO_WAIT_MS	20

/**
 * struct hugetlb_luo_out - a file that is preserved
 * @list: in hugetlb_luo_files.
 * @ser: what is handed over.
 * @blocks: the list of its huge pages, which are pinned and preserved.
 */
struct hugetlb_luo_out {
	struct list_head list;
	struct hugetlb_luo_ser *ser;
	struct kho_block_set blocks;
};

/* All files that are preserved, as the next kernel finds them. */
static DEFINE_MUTEX(hugetlb_luo_lock);
static LIST_HEAD(hugetlb_luo_files);
static struct hugetlb_kho_ser *hugetlb_luo_root;

static int hugetlb_luo_add_root(void)
{
	struct hugetlb_kho_ser *root;
	int err;

	root = kho_alloc_preserve(sizeof(*root));
	if (IS_ERR(root))
		return PTR_ERR(root);

	strscpy_pad(root->compatible, HUGETLB_LUO_FH_COMPATIBLE);
	err = kho_add_subtree(HUGETLB_KHO_NODE_NAME, root, sizeof(*root));
	if (err) {
		kho_unpreserve_free(root);
		return err;
	}
	hugetlb_luo_root = root;
	return 0;
}

static int hugetlb_luo_link(struct hugetlb_luo_out *out)
{
	int err;

	guard(mutex)(&hugetlb_luo_lock);
	if (!hugetlb_luo_root) {
		err = hugetlb_luo_add_root();
		if (err)
			return err;
	}

	out->ser->next = hugetlb_luo_root->files;
	hugetlb_luo_root->files = virt_to_phys(out->ser);
	hugetlb_luo_root->nr_files++;
	list_add(&out->list, &hugetlb_luo_files);
	return 0;
}

static void hugetlb_luo_unlink(struct hugetlb_luo_out *out)
{
	guard(mutex)(&hugetlb_luo_lock);
	if (list_is_first(&out->list, &hugetlb_luo_files))
		hugetlb_luo_root->files = out->ser->next;
	else
		list_prev_entry(out, list)->ser->next = out->ser->next;
	hugetlb_luo_root->nr_files--;
	list_del(&out->list);

	if (list_empty(&hugetlb_luo_files)) {
		kho_remove_subtree(hugetlb_luo_root);
		kho_unpreserve_free(hugetlb_luo_root);
		hugetlb_luo_root = NULL;
	}
}

/*
 * Whether a huge page may stay where it is. Gigantic ones do, even in CMA, that
 * of hugetlb_cma=; they are never in scratch.
 */
static bool hugetlb_luo_may_stay(struct folio *folio, struct hstate *h)
{
	return hstate_is_gigantic(h) || folio_is_longterm_pinnable(folio);
}

/*
 * Pin a huge page that cannot stay: out of CMA, which includes scratch, and out
 * of movable zones.
 */
static int hugetlb_luo_move(struct file *file, struct hstate *h, pgoff_t index,
			    struct folio **folio)
{
	const loff_t size = i_size_read(file_inode(file));
	loff_t start = (loff_t)index << huge_page_shift(h);
	pgoff_t offset;
	long nr;

	nr = memfd_pin_folios(file, start,
			      min_t(loff_t, start + huge_page_size(h), size) - 1,
			      folio, 1, &offset);
	return nr == 1 ? 0 : nr ?: -EINVAL;
}

static int hugetlb_luo_check_error(struct folio *folio, pgoff_t index)
{
	if (!folio_test_hwpoison(folio))
		return 0;
	pr_err_ratelimited("huge page %lu of a file, pfn %#lx, has a memory error: not preserved\n",
			   index, folio_pfn(folio));
	return -EHWPOISON;
}

/* For one that stays where it is. Who moves one takes any that the pool has. */
static int hugetlb_luo_check_boot(struct folio *folio, pgoff_t index)
{
	const unsigned long pfn = folio_pfn(folio);

	if (kho_mm_is_boot_memory(pfn) &&
	    kho_mm_is_boot_memory(pfn + folio_nr_pages(folio) - 1))
		return 0;
	pr_err_ratelimited("huge page %lu of a file, pfn %#lx, lies in hot-added memory, which the next kernel does not see: not preserved; fill the pool at boot, with hugepages=\n",
			   index, pfn);
	return -ENOMEM;
}

/* Pin a huge page. Returns -EAGAIN if the file has none there, or not for long. */
static int hugetlb_luo_pin(struct file *file, struct hstate *h, pgoff_t index,
			   struct folio **folio)
{
	struct folio *found;
	int err;

	found = filemap_get_folio(file->f_mapping, index << huge_page_order(h));
	if (IS_ERR(found))
		return -EAGAIN;

	err = hugetlb_luo_check_error(found, index);
	if (!err) {
		if (hugetlb_luo_may_stay(found, h))
			err = hugetlb_luo_check_boot(found, index) ?:
			      try_grab_folio(found, 1, FOLL_PIN);
		else if (folio_test_hugetlb_migratable(found))
			err = 1;
		else
			err = -EAGAIN;	/* somebody else is moving it */
	}
	folio_put(found);

	*folio = found;
	if (err <= 0)
		return err;

	err = hugetlb_luo_move(file, h, index, folio);
	if (err)
		return err;
	err = hugetlb_luo_check_boot(*folio, index);
	if (err)
		unpin_folio(*folio);
	return err;
}

/* Undo hugetlb_luo_keep() for all that is listed. */
static void hugetlb_luo_release(struct hugetlb_luo_out *out)
{
	struct hugetlb_luo_folio_ser *entry;
	struct kho_block_set_it it;
	struct folio *folio;

	kho_block_set_it_init(&it, &out->blocks);
	while ((entry = kho_block_set_it_read_entry(&it))) {
		folio = pfn_folio(entry->pfn);
		kho_unpreserve_folio(folio);
		unpin_folio(folio);
		cond_resched();
	}
	kho_block_set_destroy(&out->blocks);
}

/* Pin, preserve and list all huge pages of a file that is frozen. */
static int hugetlb_luo_keep(struct file *file, struct hugetlb_luo_out *out)
{
	struct hstate *h = hstate_file(file);
	const u64 total = out->ser->nr_folios;
	struct hugetlb_luo_folio_ser *entry;
	struct kho_block_set_it it;
	struct folio *folio;
	u64 index;
	int err;

	err = kho_block_set_grow(&out->blocks, total);
	if (err)
		return err;

	kho_block_set_it_init(&it, &out->blocks);
	for (index = 0; index < total; index++) {
		err = fatal_signal_pending(current) ? -EINTR :
			hugetlb_luo_pin(file, h, index, &folio);
		if (err)
			goto release;

		err = kho_preserve_folio(folio);
		if (err) {
			unpin_folio(folio);
			goto release;
		}
		entry = kho_block_set_it_reserve_entry(&it);
		entry->pfn = folio_pfn(folio);
		entry->index = index;
		cond_resched();
	}
	out->ser->folios = kho_block_set_head_pa(&out->blocks);
	return 0;

release:
	hugetlb_luo_release(out);
	return err;
}

/* What may change while the file is preserved. */
static int hugetlb_luo_note(struct file *file, struct hugetlb_luo_ser *ser)
{
	int seals = memfd_get_seals(file);

	if (seals < 0)
		return seals;

	ser->pos = file->f_pos;
	ser->seals = seals;
	ser->mode = file_inode(file)->i_mode & 0777;
	return 0;
}

/* And what may not, but for the content. */
static void hugetlb_luo_note_size(struct file *file,
				  struct hugetlb_luo_ser *ser)
{
	struct hstate *h = hstate_file(file);

	ser->size = i_size_read(file_inode(file));
	ser->order = huge_page_order(h);
	ser->nr_folios = DIV_ROUND_UP(ser->size, huge_page_size(h));
}

/* Holes get huge pages, as a write would give them, charged to the caller. */
static int hugetlb_luo_fill(struct file *file)
{
	loff_t size = i_size_read(file_inode(file));

	if (!size)
		return 0;
	return file->f_op->fallocate(file, FALLOC_FL_KEEP_SIZE, 0, size);
}

/* On success the file is frozen. */
static int hugetlb_luo_try_preserve(struct file *file,
				    struct hugetlb_luo_out *out)
{
	struct inode *inode = file_inode(file);
	int err;

	err = hugetlb_luo_fill(file);
	if (err)
		return err;

	if (down_write_killable(&inode->i_rwsem))
		return -EINTR;
	hugetlbfs_freeze(inode, true);
	hugetlb_luo_note_size(file, out->ser);
	err = hugetlb_luo_note(file, out->ser);
	if (!err)
		err = hugetlb_luo_keep(file, out);
	if (err)
		hugetlbfs_freeze(inode, false);
	up_write(&inode->i_rwsem);
	return err;
}

static void hugetlb_luo_thaw(struct inode *inode)
{
	guard(rwsem_write)(&inode->i_rwsem);
	hugetlbfs_freeze(inode, false);
}

/* Who retrieves it owns it, and can change its mode. */
static int hugetlb_luo_check_rights(struct file *file)
{
	struct inode *inode = file_inode(file);
	int err;

	err = luo_rights_check_file(file);
	if (err || inode_owner_or_capable(file_mnt_idmap(file), inode))
		return err;
	return luo_rights_check_mode(file, memfd_get_seals(file) & F_SEAL_EXEC ?
				     0666 : 0777);
}

static int hugetlb_luo_preserve(struct liveupdate_file_op_args *args)
{
	unsigned int tries = HUGETLB_LUO_TRIES;
	struct hugetlb_luo_out *out;
	int err;

	err = hugetlb_luo_check_rights(args->file);
	if (err)
		return err;

	out = kzalloc(sizeof(*out), GFP_KERNEL_ACCOUNT);
	if (!out)
		return -ENOMEM;

	kho_block_set_init(&out->blocks, sizeof(struct hugetlb_luo_folio_ser));
	out->ser = kho_alloc_preserve(sizeof(*out->ser));
	if (IS_ERR(out->ser)) {
		err = PTR_ERR(out->ser);
		goto free_out;
	}

	err = hugetlb_luo_try_preserve(args->file, out);
	while (err == -EAGAIN && --tries) {
		schedule_timeout_killable(msecs_to_jiffies(HUGETLB_LUO_WAIT_MS));
		err = hugetlb_luo_try_preserve(args->file, out);
	}
	if (err) {
		err = err == -EAGAIN ? -EBUSY : err;
		goto free_ser;
	}

	err = hugetlb_luo_link(out);
	if (err)
		goto release;

	args->serialized_data = virt_to_phys(out->ser);
	args->private_data = out;
	return 0;

release:
	hugetlb_luo_release(out);
	hugetlb_luo_thaw(file_inode(args->file));
free_ser:
	kho_unpreserve_free(out->ser);
free_out:
	kfree(out);
	return err;
}

static void hugetlb_luo_unpreserve(struct liveupdate_file_op_args *args)
{
	struct hugetlb_luo_out *out = args->private_data;

	hugetlb_luo_unlink(out);
	hugetlb_luo_release(out);
	hugetlb_luo_thaw(file_inode(args->file));
	kho_unpreserve_free(out->ser);
	kfree(out);
}

static int hugetlb_luo_freeze(struct liveupdate_file_op_args *args)
{
	struct hugetlb_luo_out *out = args->private_data;

	return hugetlb_luo_note(args->file, out->ser);
}

/* Segments of System V shared memory are the kernel's own, they have a key. */
static bool hugetlb_luo_can_preserve(struct liveupdate_file_handler *handler,
				     struct file *file)
{
	struct inode *inode = file_inode(file);

	return is_file_hugepages(file) &&
	       inode->i_sb->s_magic == HUGETLBFS_MAGIC && !inode->i_nlink &&
	       !IS_PRIVATE(inode);
}

/* Two files of the same inode cannot both be preserved. */
static unsigned long hugetlb_luo_get_id(struct file *file)
{
	return (unsigned long)file_inode(file);
}

static const struct liveupdate_file_ops hugetlb_luo_ops = {
	.can_preserve	= hugetlb_luo_can_preserve,
	.preserve	= hugetlb_luo_preserve,
	.unpreserve	= hugetlb_luo_unpreserve,
	.freeze		= hugetlb_luo_freeze,
	.retrieve	= hugetlb_luo_retrieve,
	.finish		= hugetlb_luo_finish,
	.get_id		= hugetlb_luo_get_id,
	.owner		= THIS_MODULE,
};

static struct liveupdate_file_handler hugetlb_luo_handler = {
	.ops		= &hugetlb_luo_ops,
	.compatible	= HUGETLB_LUO_FH_COMPATIBLE,
};

static int __init hugetlb_luo_init(void)
{
	int err = liveupdate_register_file_handler(&hugetlb_luo_handler);

	if (err && err != -EOPNOTSUPP) {
		pr_err("no handler for files of huge pages, error %d\n", err);
		return err;
	}
	return 0;
}
late_initcall(hugetlb_luo_init);
