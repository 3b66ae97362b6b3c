// SPDX-License-Identifier: GPL-2.0
/*
 * Live update: memfds, and all other shmem files without a name. The sender.
 *
 * Folios never move: the sender pins them where they may stay (memfd_luo_pin.c),
 * preserves and lists them (memfd_luo_list.c); the receiver (memfd_luo_retrieve.c)
 * puts them into the page cache of a new file. Between the two ends they can be
 * read and written, but must not come or go. The format is drawn in
 * linux/kho/abi/memfd.h.
 */

#define pr_fmt(fmt) "memfd_luo: " fmt

#include <linux/cleanup.h>
#include <linux/cred.h>
#include <linux/fcntl.h>
#include <linux/fs.h>
#include <linux/io.h>
#include <linux/kho/abi/memfd.h>
#include <linux/liveupdate.h>
#include <linux/memfd.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/pagemap.h>
#include <linux/pagevec.h>
#include <linux/rwsem.h>
#include <linux/shmem_fs.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/user_namespace.h>

#include "luo_rights.h"
#include "memfd_luo.h"
#include "../kernel/liveupdate/kho_internal.h"

/* So many folios are preserved at a time: a page full of pointers to them. */
#define MEMFD_LUO_BATCH		(PAGE_SIZE / sizeof(struct folio *))

/* Undo memfd_luo_keep() of the pages before @end. */
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

static int memfd_luo_list_folios(struct memfd_luo_list *list,
				 struct folio **folios, long nr)
{
	long i;
	int err = 0;

	for (i = 0; !err && i < nr; i++)
		err = memfd_luo_list_add(list, folios[i]);
	return err;
}

/* Pin, preserve and list all folios of a file that is frozen and not empty. */
static int memfd_luo_keep(struct file *file, loff_t size,
			  struct memfd_luo_list *list)
{
	struct folio **folios;
	struct memfd_luo_pin pin;
	pgoff_t kept = 0;
	int nr, err;

	folios = kmalloc_array(MEMFD_LUO_BATCH, sizeof(*folios), GFP_KERNEL);
	if (!folios)
		return -ENOMEM;

	err = memfd_luo_pin_start(&pin, file, size);
	while (!err) {
		nr = memfd_luo_pin_folios(&pin, folios, MEMFD_LUO_BATCH);
		if (nr <= 0) {
			err = nr;
			break;
		}

		err = kho_preserve_folios(folios, nr);
		if (err) {
			unpin_folios(folios, nr);
			break;
		}
		kept = pin.index;
		err = memfd_luo_list_folios(list, folios, nr);
	}

	if (err)
		memfd_luo_unpin(file->f_mapping, kept);
	kfree(folios);
	return err;
}

/*
 * Pages that are pinned count as those of shmctl(SHM_LOCK) do: for the user and not
 * for a process, which may end before the session.
 */
static int memfd_luo_charge_lock(struct file *file, u64 size,
				 struct ucounts **ucountsp)
{
	struct ucounts *ucounts = current_ucounts();

	if (!can_do_mlock())
		return -EPERM;
	if (!user_shm_lock(size, ucounts)) {
		pr_warn_ratelimited("%pD has %llu KiB, with them uid %u is over RLIMIT_MEMLOCK: not preserved\n",
				    file, size / SZ_1K,
				    from_kuid(&init_user_ns, current_uid()));
		return -ENOMEM;
	}
	*ucountsp = ucounts;
	return 0;
}

/*
 * All of the content. The inode lock is not needed: the file is frozen. @ucountsp
 * is set to who is charged, if there is something to charge for.
 */
static int memfd_luo_preserve_content(struct file *file,
				      struct memfd_luo_ser *ser,
				      struct ucounts **ucountsp)
{
	struct memfd_luo_list list;
	int err;

	if (!ser->size)
		return 0;

	err = memfd_luo_charge_lock(file, ser->size, ucountsp);
	if (err)
		return err;

	memfd_luo_list_init(&list);
	err = memfd_luo_keep(file, ser->size, &list);
	if (err) {
		memfd_luo_list_free(&list.area);
		user_shm_unlock(ser->size, *ucountsp);
		return err;
	}
	ser->nr_folios = list.nr;
	ser->folios = list.area;
	return 0;
}

static void memfd_luo_release_content(struct inode *inode,
				      struct memfd_luo_ser *ser,
				      struct ucounts *ucounts)
{
	if (!ser->nr_folios)
		return;
	memfd_luo_unpin(inode->i_mapping, memfd_luo_last_index(ser->size) + 1);
	memfd_luo_list_free(&ser->folios);
	user_shm_unlock(ser->size, ucounts);
}

static void memfd_luo_thaw(struct inode *inode)
{
	guard(rwsem_write)(&inode->i_rwsem);
	shmem_freeze(inode, false);
}

/* From here on the size is fixed, and no folio goes; some may still come. */
static int memfd_luo_freeze_inode(struct inode *inode)
{
	if (down_write_killable(&inode->i_rwsem))
		return -EINTR;
	shmem_freeze(inode, true);
	up_write(&inode->i_rwsem);
	return 0;
}

/* Seals, and whether they tell the truth about the mode. With the inode lock. */
static int memfd_luo_read_seals(struct file *file, struct memfd_luo_ser *ser)
{
	int seals = memfd_get_seals(file);

	if (seals < 0)
		return seals;
	if (seals & ~MEMFD_LUO_ALL_SEALS)
		return -EOPNOTSUPP;

	/*
	 * It would come back executable. F_SEAL_WRITE is there, too, and forbids
	 * all that the seal forbids which goes.
	 */
	if (!(file_inode(file)->i_mode & 0111) && seals & F_SEAL_EXEC &&
	    memfd_luo_is_executable(seals))
		seals &= ~F_SEAL_FUTURE_WRITE;

	ser->seals = seals;
	return luo_rights_check_mode(file, memfd_luo_is_executable(seals) ?
				     0777 : 0666);
}

/* What may change while the content is being pinned; changing it takes the lock. */
static int memfd_luo_note_seals(struct file *file, struct memfd_luo_ser *ser)
{
	int err;

	if (down_write_killable(&file_inode(file)->i_rwsem))
		return -EINTR;
	err = memfd_luo_read_seals(file, ser);
	up_write(&file_inode(file)->i_rwsem);
	return err;
}

/* Once for errors that can be known before, and once for what counts. */
static int memfd_luo_preserve_frozen(struct file *file,
				     struct memfd_luo_ser *ser,
				     struct ucounts **ucountsp)
{
	struct inode *inode = file_inode(file);
	int err;

	ser->pos = file->f_pos;
	ser->size = i_size_read(inode);
	if (DIV_ROUND_UP(ser->size, PAGE_SIZE) > UINT_MAX)
		return -EFBIG;

	err = memfd_luo_note_seals(file, ser);
	if (!err)
		err = memfd_luo_preserve_content(file, ser, ucountsp);
	if (err)
		return err;

	err = memfd_luo_note_seals(file, ser);
	if (err)
		memfd_luo_release_content(inode, ser, *ucountsp);
	return err;
}

/*
 * The inode lock is held only to freeze and to thaw: filling and moving folios
 * takes long, and writers within the file need not wait for that.
 */
static int memfd_luo_preserve(struct liveupdate_file_op_args *args)
{
	struct inode *inode = file_inode(args->file);
	struct ucounts *ucounts = NULL;
	struct memfd_luo_ser *ser;
	int err;

	/* Before it is frozen, which its owner would notice. */
	err = luo_rights_check_file(args->file);
	if (err)
		return err;

	ser = kho_alloc_preserve(sizeof(*ser));
	if (IS_ERR(ser))
		return PTR_ERR(ser);

	err = memfd_luo_freeze_inode(inode);
	if (err)
		goto free;

	err = memfd_luo_preserve_frozen(args->file, ser, &ucounts);
	if (err)
		goto thaw;

	args->serialized_data = virt_to_phys(ser);
	args->private_data = ucounts;
	return 0;

thaw:
	memfd_luo_thaw(inode);
free:
	kho_unpreserve_free(ser);
	return err;
}

static void memfd_luo_unpreserve(struct liveupdate_file_op_args *args)
{
	struct memfd_luo_ser *ser = phys_to_virt(args->serialized_data);
	struct inode *inode = file_inode(args->file);

	memfd_luo_release_content(inode, ser, args->private_data);
	memfd_luo_thaw(inode);
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
