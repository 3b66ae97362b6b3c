// SPDX-License-Identifier: GPL-2.0
/*
 * Live update: files of huge pages. The receiver.
 *
 * The pool has the pages already (hugetlb_luo_pool.c). Each one becomes a page of
 * the new file, as if it had been faulted in: charged to the caller, and in the
 * file's reserve map.
 */

#define pr_fmt(fmt) "hugetlb_luo: " fmt

#include <linux/err.h>
#include <linux/fcntl.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/hugetlb.h>
#include <linux/hugetlb_cgroup.h>
#include <linux/kho/abi/hugetlb.h>
#include <linux/liveupdate.h>
#include <linux/memcontrol.h>
#include <linux/memfd.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/sched/mm.h>
#include <uapi/linux/memfd.h>

#include "internal.h"
#include "hugetlb_luo.h"

/* Charge the caller for a huge page: its memory cgroup. */
static int hugetlb_luo_charge_memcg(struct hstate *h, struct folio *folio)
{
	struct mem_cgroup *memcg = get_mem_cgroup_from_current();
	int err;

	err = mem_cgroup_hugetlb_try_charge(memcg, GFP_KERNEL,
					    pages_per_huge_page(h));
	if (!err)
		mem_cgroup_commit_charge(folio, memcg);
	mem_cgroup_put(memcg);
	return err == -EOPNOTSUPP ? 0 : err;
}

/* And its hugetlb cgroup, for use and for reservation. */
static int hugetlb_luo_charge_hugetlb(struct hstate *h, struct folio *folio)
{
	const unsigned long nr = pages_per_huge_page(h);
	struct hugetlb_cgroup *h_cg = NULL, *h_cg_rsvd = NULL;
	const int idx = hstate_index(h);
	int err;

	err = hugetlb_cgroup_charge_cgroup_rsvd(idx, nr, &h_cg_rsvd);
	if (err)
		return err;
	err = hugetlb_cgroup_charge_cgroup(idx, nr, &h_cg);
	if (err) {
		hugetlb_cgroup_uncharge_cgroup_rsvd(idx, nr, h_cg_rsvd);
		return err;
	}

	spin_lock_irq(&hugetlb_lock);
	hugetlb_cgroup_commit_charge(idx, nr, h_cg, folio);
	hugetlb_cgroup_commit_charge_rsvd(idx, nr, h_cg_rsvd, folio);
	spin_unlock_irq(&hugetlb_lock);
	return 0;
}

/* Undo hugetlb_luo_charge() for the first @nr pages. */
static void hugetlb_luo_uncharge(struct hugetlb_luo_in *in, u64 nr)
{
	const unsigned long nr_pages = pages_per_huge_page(in->h);
	const int idx = hstate_index(in->h);
	struct hugetlb_luo_folio_ser *entry;
	struct kho_block_set_it it;
	struct folio *folio;

	kho_block_set_it_init(&it, &in->blocks);
	while (nr-- && (entry = kho_block_set_it_read_entry(&it))) {
		folio = pfn_folio(entry->pfn);
		spin_lock_irq(&hugetlb_lock);
		hugetlb_cgroup_uncharge_folio(idx, nr_pages, folio);
		hugetlb_cgroup_uncharge_folio_rsvd(idx, nr_pages, folio);
		mem_cgroup_uncharge(folio);
		spin_unlock_irq(&hugetlb_lock);
	}
}

/* Charge the caller for all pages, or for none. */
static int hugetlb_luo_charge(struct hugetlb_luo_in *in)
{
	struct hugetlb_luo_folio_ser *entry;
	struct kho_block_set_it it;
	struct folio *folio;
	u64 nr = 0;
	int err;

	kho_block_set_it_init(&it, &in->blocks);
	while ((entry = kho_block_set_it_read_entry(&it))) {
		folio = pfn_folio(entry->pfn);
		err = hugetlb_luo_charge_hugetlb(in->h, folio);
		if (!err) {
			nr++;
			err = hugetlb_luo_charge_memcg(in->h, folio);
		}
		if (err) {
			hugetlb_luo_uncharge(in, nr);
			return err;
		}
		cond_resched();
	}
	return 0;
}

/* The pages are the file's then, those that are not are still listed. */
static int hugetlb_luo_fill_file(struct hugetlb_luo_in *in)
{
	struct inode *inode = file_inode(in->file);
	struct hugetlb_luo_folio_ser *entry;
	struct kho_block_set_it it;
	struct folio *folio;
	int err;

	kho_block_set_it_init(&it, &in->blocks);
	while ((entry = kho_block_set_it_read_entry(&it))) {
		/* The last attempt came beyond it. */
		if (!entry->pfn)
			continue;

		folio = pfn_folio(entry->pfn);
		__folio_mark_uptodate(folio);
		err = hugetlb_luo_add_folio(inode, folio, entry->index);
		if (err)
			return err;

		/* What has an error must not be moved, as memory_failure() has it. */
		if (!folio_test_hwpoison(folio))
			folio_set_hugetlb_migratable(folio);
		folio_unlock(folio);
		folio_put(folio);
		entry->pfn = 0;
		cond_resched();
	}
	return 0;
}

static struct file *hugetlb_luo_make_file(const struct hugetlb_luo_in *in)
{
	const unsigned int size_log = huge_page_shift(in->h);
	struct inode *inode;
	struct file *file;
	int err;

	file = memfd_alloc_file("", MFD_HUGETLB | MFD_ALLOW_SEALING |
				size_log << MFD_HUGE_SHIFT);
	if (IS_ERR(file))
		return file;

	inode = file_inode(file);
	inode->i_mode = (inode->i_mode & ~0777) | in->ser->mode;
	/* Before there are pages: nobody can have a reference to them. */
	err = memfd_add_seals(file, in->ser->seals);
	if (err) {
		pr_err("seals %#x cannot be set (error %d), the file is lost\n",
		       in->ser->seals, err);
		fput(file);
		return ERR_PTR(err);
	}

	i_size_write(inode, in->ser->size);
	file->f_pos = in->ser->pos;
	return file;
}

/* The pages are charged already; nothing else here may be beyond a limit. */
static struct mem_cgroup *hugetlb_luo_root_memcg(void)
{
#ifdef CONFIG_MEMCG
	return root_mem_cgroup;
#else
	return NULL;
#endif
}

/* A file without pages, all of which are charged to the caller. */
static int hugetlb_luo_start(struct hugetlb_luo_in *in)
{
	struct file *file;
	int err;

	err = hugetlb_luo_charge(in);
	if (err)
		return -EAGAIN;

	file = hugetlb_luo_make_file(in);
	if (IS_ERR(file)) {
		hugetlb_luo_uncharge(in, in->ser->nr_folios);
		return PTR_ERR(file) == -EINVAL ? -EINVAL : -EAGAIN;
	}
	in->file = file;
	return 0;
}

/* A page that has its place in the file stays there, whatever comes of the next. */
static int hugetlb_luo_go_on(struct hugetlb_luo_in *in)
{
	struct mem_cgroup *memcg;
	int err;

	memcg = set_active_memcg(hugetlb_luo_root_memcg());
	err = hugetlb_luo_fill_file(in);
	set_active_memcg(memcg);
	return err == -ENOMEM ? -EAGAIN : err;
}

/**
 * hugetlb_luo_retrieve - make a file of what the previous kernel handed over
 * @args: serialized_data is what its preserve() gave; file is set.
 *
 * All that was handed over is consumed, or goes to the pool on error, but not on
 * -EAGAIN.
 *
 * Context: Process context, may sleep. The pages are charged to the caller, or to
 * who asked before and got -EAGAIN when the pages were charged already.
 * Return: 0; -EAGAIN if a limit of the caller's, or memory that is short, is in the
 * way, and then nothing is lost; -EINVAL if the file was not handed over, or
 * contradicts itself; -EIO if a part of it was not handed over; -EOPNOTSUPP for
 * unknown flags; -ENODEV if this kernel has no huge pages of that size.
 */
int hugetlb_luo_retrieve(struct liveupdate_file_op_args *args)
{
	struct hugetlb_luo_in *in = hugetlb_luo_take(args->serialized_data);
	int err;

	if (!in) {
		pr_err("no file at %#llx was handed over\n",
		       args->serialized_data);
		return -EINVAL;
	}

	err = in->err;
	if (!err && !in->file)
		err = hugetlb_luo_start(in);
	if (!err)
		err = hugetlb_luo_go_on(in);
	if (err == -EAGAIN) {
		hugetlb_luo_give_back(in);
		return -EAGAIN;
	}
	if (!err) {
		args->file = in->file;
		in->file = NULL;
	}
	hugetlb_luo_discard(in);
	return err;
}

/**
 * hugetlb_luo_finish - give the pool what was handed over and nobody wanted
 * @args: serialized_data and retrieve_status.
 *
 * Context: Process context, may sleep.
 */
void hugetlb_luo_finish(struct liveupdate_file_op_args *args)
{
	struct hugetlb_luo_in *in;

	/* Otherwise nothing is left, whether it became a file or not. */
	if (args->retrieve_status)
		return;

	in = hugetlb_luo_take(args->serialized_data);
	if (in)
		hugetlb_luo_discard(in);
}
