// SPDX-License-Identifier: GPL-2.0
/*
 * Live update: memfds. The receiver.
 *
 * Nothing that came from the previous kernel is believed: neither a folio nor
 * the list is taken before it is known that it was handed over. Whatever is
 * wrong costs the file, and everything that was handed over for it is freed.
 */

#define pr_fmt(fmt) "memfd_luo: " fmt

#include <linux/err.h>
#include <linux/fcntl.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/io.h>
#include <linux/kho/abi/memfd.h>
#include <linux/liveupdate.h>
#include <linux/memcontrol.h>
#include <linux/memfd.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/shmem_fs.h>
#include <linux/slab.h>
#include <linux/swap.h>
#include <linux/xarray.h>
#include <uapi/linux/memfd.h>

#include "internal.h"
#include "memfd_luo.h"
#include "../kernel/liveupdate/kho_internal.h"

/* So many folios go into the page cache under one lock. */
#define MEMFD_LUO_BATCH		(PAGE_SIZE / sizeof(struct folio *))

/**
 * struct memfd_luo_in - what was handed over for one file
 * @ser: the structure.
 * @reader: takes the list, block by block.
 * @block: the block of the list that is being read, NULL before the first.
 * @entry: the next entry in it.
 * @end: its end.
 * @left: number of entries that were not read yet.
 */
struct memfd_luo_in {
	struct memfd_luo_ser *ser;
	struct kho_vmalloc_reader reader;
	struct page *block;
	const struct memfd_luo_folio_ser *entry;
	const struct memfd_luo_folio_ser *end;
	u64 left;
};

/* Take the structure. On error nothing is left of it. */
static int memfd_luo_take(u64 data, struct memfd_luo_in *in)
{
	struct folio *folio = NULL;

	*in = (struct memfd_luo_in){};
	if (kho_is_handed_over(data, 0))
		folio = kho_restore_folio(data);
	if (!folio) {
		pr_err("structure at %#llx was not handed over, file lost\n",
		       data);
		return -EINVAL;
	}

	in->ser = folio_address(folio);
	in->left = in->ser->nr_folios;
	kho_vmalloc_read_start(&in->reader, &in->ser->folios);
	return 0;
}

/* Free the block of the list that was read, and take the next; NULL at the end. */
static struct page *memfd_luo_next_block(struct memfd_luo_in *in)
{
	struct page *page;
	unsigned long i;

	for (i = 0; in->block && i < 1UL << in->reader.order; i++)
		__free_page(in->block + i);
	in->block = NULL;
	in->entry = NULL;
	in->end = NULL;

	page = kho_vmalloc_read(&in->reader);
	if (IS_ERR_OR_NULL(page))
		return page;

	in->block = page;
	in->entry = page_address(page);
	in->end = page_address(page) + (PAGE_SIZE << in->reader.order);
	return page;
}

/*
 * The next entry of the list, good until the one after it is asked for. NULL
 * after the last; -EIO if a part of the list is missing, and then the next is
 * one behind it.
 */
static const struct memfd_luo_folio_ser *
memfd_luo_next_entry(struct memfd_luo_in *in)
{
	struct page *page;

	if (!in->left)
		return NULL;
	if (in->entry == in->end) {
		page = memfd_luo_next_block(in);
		if (IS_ERR_OR_NULL(page))
			return ERR_CAST(page);
	}
	in->left--;
	return in->entry++;
}

/*
 * Take the block of an entry: as a folio if one of that size can be in the page
 * cache, or else page by page. Returns the first page of what are @nr folios, or
 * NULL if it was not handed over.
 */
static struct page *
memfd_luo_take_block(const struct memfd_luo_folio_ser *entry,
		     unsigned long *nr)
{
	phys_addr_t phys = PFN_PHYS((phys_addr_t)entry->pfn);
	int order = kho_handed_over_order(phys);
	struct folio *folio;

	if (!entry->pfn || order < 0)
		return NULL;

	*nr = 1;
	if (order && (order > MAX_PAGECACHE_ORDER ||
		      !IS_ENABLED(CONFIG_TRANSPARENT_HUGEPAGE))) {
		*nr <<= order;
		return kho_restore_pages(phys, *nr);
	}

	folio = kho_restore_folio(phys);
	if (!folio)
		return NULL;
	if (order)
		folio_set_large_rmappable(folio);
	return &folio->page;
}

/* Free all that was handed over and not taken by now. */
static void memfd_luo_discard(struct memfd_luo_in *in)
{
	const struct memfd_luo_folio_ser *entry;
	unsigned long nr, i;
	struct page *page;

	while ((entry = memfd_luo_next_entry(in))) {
		if (IS_ERR(entry))
			continue;
		page = memfd_luo_take_block(entry, &nr);
		for (i = 0; page && i < nr; i++)
			folio_put(page_folio(nth_page(page, i)));
		cond_resched();
	}
	while (memfd_luo_next_block(in))
		;
	folio_put(virt_to_folio(in->ser));
}

/**
 * struct memfd_luo_fill - the filling of a page cache
 * @mapping: the new file's.
 * @folios: those that go there next, locked and charged.
 * @nr: their number.
 * @pages: base pages that were accounted for.
 */
struct memfd_luo_fill {
	struct address_space *mapping;
	struct folio **folios;
	unsigned int nr;
	long pages;
};

/* Go to the place of @folio in the page cache. Returns whether it is free. */
static bool memfd_luo_seek(struct xa_state *xas, const struct folio *folio,
			   const struct folio *prev)
{
	/* From one single page to the next there is no descent. */
	if (prev && !folio_test_large(prev) && !folio_test_large(folio) &&
	    folio->index == prev->index + 1)
		return !xas_next(xas);

	xas_set_order(xas, folio->index, folio_order((struct folio *)folio));
	return !xas_find_conflict(xas);
}

/*
 * Put folios into the page cache under one lock. Sets @done to how many are
 * there, which on error are not all.
 */
static int memfd_luo_insert(struct address_space *mapping,
			    struct folio **folios, unsigned int nr,
			    unsigned int *done)
{
	const gfp_t gfp = mapping_gfp_mask(mapping) & GFP_RECLAIM_MASK;
	XA_STATE(xas, &mapping->i_pages, 0);
	struct folio *folio, *prev;
	unsigned int i = 0;

	do {
		xas_lock_irq(&xas);
		for (prev = NULL; i < nr; prev = folio, i++) {
			folio = folios[i];
			if (!memfd_luo_seek(&xas, folio, prev)) {
				xas_set_err(&xas, -EEXIST);
				break;
			}
			xas_store(&xas, folio);
			if (xas_error(&xas))
				break;

			folio_ref_add(folio, folio_nr_pages(folio));
			folio->mapping = mapping;
			shmem_update_stats(folio, folio_nr_pages(folio));
			mapping->nrpages += folio_nr_pages(folio);
		}
		xas_unlock_irq(&xas);
	} while (xas_nomem(&xas, gfp));

	*done = i;
	return xas_error(&xas);
}

/* Empty the batch: into the page cache, or on error back to the page allocator. */
static int memfd_luo_flush(struct memfd_luo_fill *fill)
{
	struct inode *inode = fill->mapping->host;
	unsigned int i, done = 0;
	long pages = 0;
	int err;

	if (!fill->nr)
		return 0;

	for (i = 0; i < fill->nr; i++)
		pages += folio_nr_pages(fill->folios[i]);

	err = shmem_inode_acct_blocks(inode, pages);
	if (!err) {
		fill->pages += pages;
		folio_throttle_swaprate(fill->folios[0], GFP_KERNEL);
		err = memfd_luo_insert(fill->mapping, fill->folios, fill->nr,
				       &done);
	}

	for (i = 0; i < fill->nr; i++) {
		if (i < done)
			folio_add_lru(fill->folios[i]);
		folio_unlock(fill->folios[i]);
		folio_put(fill->folios[i]);
	}
	fill->nr = 0;
	cond_resched();

	if (err == -EEXIST) {
		pr_err("two folios at the same place, file lost\n");
		return -EINVAL;
	}
	return err;
}

/* The folio is the batch's from here on, even on error. */
static int memfd_luo_add(struct memfd_luo_fill *fill, struct folio *folio,
			 pgoff_t index, unsigned int flags)
{
	int err;

	err = mem_cgroup_charge(folio, NULL, GFP_KERNEL);
	if (err) {
		folio_put(folio);
		return err;
	}

	__folio_set_locked(folio);
	__folio_set_swapbacked(folio);
	if (flags & MEMFD_LUO_FOLIO_UPTODATE)
		folio_mark_uptodate(folio);
	if (flags & MEMFD_LUO_FOLIO_DIRTY)
		folio_set_dirty(folio);
	folio->index = index;

	fill->folios[fill->nr++] = folio;
	return fill->nr == MEMFD_LUO_BATCH ? memfd_luo_flush(fill) : 0;
}

static int memfd_luo_check_entry(const struct memfd_luo_folio_ser *entry,
				 u64 size)
{
	int order = kho_handed_over_order(PFN_PHYS((phys_addr_t)entry->pfn));

	if (order < 0) {
		pr_err("folio at pfn %#llx was not handed over, file lost\n",
		       (u64)entry->pfn);
		return -EIO;
	}
	if (entry->index > memfd_luo_last_index(size) ||
	    entry->index & (BIT_ULL(order) - 1)) {
		pr_err("folio of order %d cannot be at page %llu, file lost\n",
		       order, entry->index);
		return -EINVAL;
	}
	if (entry->flags & ~(MEMFD_LUO_FOLIO_DIRTY | MEMFD_LUO_FOLIO_UPTODATE)) {
		pr_err("unknown flags %#x of a folio, file lost\n",
		       (unsigned int)entry->flags);
		return -EINVAL;
	}
	return 0;
}

/* Take the folio of an entry and put it where it belongs, or free it. */
static int memfd_luo_fill_entry(struct memfd_luo_fill *fill,
				const struct memfd_luo_folio_ser *entry,
				u64 size)
{
	struct folio *folio;
	struct page *page;
	unsigned long nr, i;
	int err;

	if (!entry->pfn)
		return 0;

	err = memfd_luo_check_entry(entry, size);
	page = memfd_luo_take_block(entry, &nr);
	if (!page)
		return err ?: -EIO;

	for (i = 0; i < nr; i++) {
		folio = page_folio(nth_page(page, i));
		if (err)
			folio_put(folio);
		else
			err = memfd_luo_add(fill, folio, entry->index + i,
					    entry->flags);
	}
	return err;
}

static int memfd_luo_fill_file(struct file *file, struct memfd_luo_in *in)
{
	struct memfd_luo_fill fill = { .mapping = file->f_mapping };
	const struct memfd_luo_folio_ser *entry;
	int err = 0, flush_err;

	fill.folios = kmalloc_array(MEMFD_LUO_BATCH, sizeof(*fill.folios),
				    GFP_KERNEL);
	if (!fill.folios)
		return -ENOMEM;

	while (!err && (entry = memfd_luo_next_entry(in)))
		err = IS_ERR(entry) ? PTR_ERR(entry) :
			memfd_luo_fill_entry(&fill, entry, in->ser->size);
	if (!err && in->left) {
		pr_err("%llu folios are not in the list, file lost\n", in->left);
		err = -EIO;
	}
	flush_err = memfd_luo_flush(&fill);

	/* Gives back what was accounted for and did not get there. */
	shmem_recalc_inode(file_inode(file), fill.pages, 0);
	kfree(fill.folios);
	return err ?: flush_err;
}

static int memfd_luo_check(const struct memfd_luo_ser *ser)
{
	const u64 nr_pages = DIV_ROUND_UP_ULL(ser->size, PAGE_SIZE);

	if (ser->seals & ~MEMFD_LUO_ALL_SEALS || ser->flags) {
		pr_err("unknown seals %#x or flags %#x, file lost\n",
		       ser->seals, ser->flags);
		return -EOPNOTSUPP;
	}
	if (ser->size > MAX_LFS_FILESIZE || ser->pos > MAX_LFS_FILESIZE ||
	    nr_pages > UINT_MAX || ser->nr_folios > nr_pages) {
		pr_err("%llu folios for %llu bytes, position %llu: impossible, file lost\n",
		       ser->nr_folios, ser->size, ser->pos);
		return -EINVAL;
	}
	return 0;
}

/*
 * Adding F_SEAL_EXEC to an executable file adds these too. So if it is there
 * without one of them, the file was not executable.
 */
#define MEMFD_LUO_SEALS_OF_EXEC	\
	(F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_FUTURE_WRITE)

static bool memfd_luo_was_executable(unsigned int seals)
{
	return !(seals & F_SEAL_EXEC) ||
	       (seals & MEMFD_LUO_SEALS_OF_EXEC) == MEMFD_LUO_SEALS_OF_EXEC;
}

static struct file *memfd_luo_make_file(const struct memfd_luo_ser *ser)
{
	struct file *file;
	int err;

	file = memfd_alloc_file("", memfd_luo_was_executable(ser->seals) ?
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

/**
 * memfd_luo_retrieve - make a file of what the previous kernel handed over
 * @args: serialized_data is what its preserve() gave; file is set.
 *
 * All that was handed over is consumed, or freed on error.
 *
 * Context: Process context, may sleep. The folios are charged to the caller.
 * Return: 0; -EINVAL if the data contradicts itself; -EIO if a part of it was
 * not handed over; -EOPNOTSUPP for unknown seals or flags; -ENOMEM or -ENOSPC
 * if memory is short.
 */
int memfd_luo_retrieve(struct liveupdate_file_op_args *args)
{
	struct file *file = NULL;
	struct memfd_luo_in in;
	int err;

	err = memfd_luo_take(args->serialized_data, &in);
	if (err)
		return err;

	err = memfd_luo_check(in.ser);
	if (err)
		goto discard;

	file = memfd_luo_make_file(in.ser);
	if (IS_ERR(file)) {
		err = PTR_ERR(file);
		goto discard;
	}

	err = memfd_luo_fill_file(file, &in);
	if (err)
		fput(file);
	else
		args->file = file;
discard:
	memfd_luo_discard(&in);
	return err;
}

/**
 * memfd_luo_finish - free what was handed over and nobody wanted
 * @args: serialized_data and retrieve_status.
 *
 * Context: Process context, may sleep.
 */
void memfd_luo_finish(struct liveupdate_file_op_args *args)
{
	struct memfd_luo_in in;

	/* Otherwise nothing is left, whether it became a file or not. */
	if (!args->retrieve_status &&
	    !memfd_luo_take(args->serialized_data, &in))
		memfd_luo_discard(&in);
}
