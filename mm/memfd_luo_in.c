// SPDX-License-Identifier: GPL-2.0
/*
 * Live update: memfds, what was handed over for one.
 *
 * Nothing that came from the previous kernel is believed: neither a folio nor
 * the list is taken before it is known that it was handed over. Taking allocates
 * nothing, so it does not fail for lack of memory. What is taken is ours until it
 * is in a file, or nobody wants it.
 */

#define pr_fmt(fmt) "memfd_luo: " fmt

#include <linux/err.h>
#include <linux/fcntl.h>
#include <linux/fs.h>
#include <linux/io.h>
#include <linux/kho/abi/memfd.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/sched/signal.h>

#include "memfd_luo.h"
#include "../kernel/liveupdate/kho_internal.h"

/*
 * An entry whose folio is taken says there, above its flags, of which order a
 * block was that became single pages, or 0.
 */
#define MEMFD_LUO_FOLIO_FLAGS	(MEMFD_LUO_FOLIO_DIRTY | MEMFD_LUO_FOLIO_UPTODATE)
#define MEMFD_LUO_SPLIT_SHIFT	4

static_assert(BIT(MEMFD_LUO_SPLIT_SHIFT) > MEMFD_LUO_FOLIO_FLAGS);

/**
 * memfd_luo_it_init - start at the first folio
 * @it: the way through the folios.
 * @in: the file.
 */
void memfd_luo_it_init(struct memfd_luo_it *it, const struct memfd_luo_in *in)
{
	*it = (struct memfd_luo_it) { .in = in };
	if (list_empty(&in->blocks))
		return;
	it->block = list_first_entry(&in->blocks, struct page, lru);
	it->left = in->ser->nr_folios;
}

static struct memfd_luo_folio_ser *
memfd_luo_it_next_entry(struct memfd_luo_it *it)
{
	const struct memfd_luo_in *in = it->in;
	struct memfd_luo_folio_ser *entries;

	if (!it->left)
		return NULL;

	if (it->i == (PAGE_SIZE << in->order) / sizeof(*entries)) {
		if (list_is_last(&it->block->lru, &in->blocks))
			return NULL;
		it->block = list_next_entry(it->block, lru);
		it->i = 0;
	}

	entries = page_address(it->block);
	it->left--;
	return &entries[it->i++];
}

/**
 * memfd_luo_it_next - go to the next folio that is taken
 * @it: the way through the folios.
 *
 * Return: the folio, whose index and flags are in @it then; NULL after the last.
 */
struct folio *memfd_luo_it_next(struct memfd_luo_it *it)
{
	if (it->entry &&
	    ++it->page < 1UL << (it->entry->flags >> MEMFD_LUO_SPLIT_SHIFT))
		return page_folio(pfn_to_page(it->entry->pfn + it->page));

	it->page = 0;
	do {
		it->entry = memfd_luo_it_next_entry(it);
	} while (it->entry && !it->entry->pfn);
	return it->entry ? pfn_folio(it->entry->pfn) : NULL;
}

/**
 * memfd_luo_it_index - tell where a folio belongs
 * @it: the way through the folios, at one of them.
 *
 * Return: its place in the file, in base pages.
 */
pgoff_t memfd_luo_it_index(const struct memfd_luo_it *it)
{
	return it->entry->index + it->page;
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

/* Take the list, but not what is in it. */
static void memfd_luo_take_list(struct memfd_luo_in *in)
{
	struct kho_vmalloc_reader reader;
	struct page *page;
	u64 room = 0;

	kho_vmalloc_read_start(&reader, &in->ser->folios);
	in->order = reader.order;
	while ((page = kho_vmalloc_read(&reader))) {
		if (IS_ERR(page)) {
			in->err = in->err ?: PTR_ERR(page);
			continue;
		}
		list_add_tail(&page->lru, &in->blocks);
		room += (PAGE_SIZE << in->order) /
			sizeof(struct memfd_luo_folio_ser);
	}
	if (!in->err && room < in->ser->nr_folios) {
		pr_err("%llu folios are not in the list, file lost\n",
		       in->ser->nr_folios - room);
		in->err = -EIO;
	}
}

/**
 * memfd_luo_take - take a file that was handed over, but for its folios
 * @in: filled; memfd_luo_take_folios() comes next.
 * @data: what the file entry says, the physical address of the structure.
 *
 * Context: Process context, may sleep.
 * Return: 0, or -EINVAL if the structure was not handed over, and nothing is taken
 * then. What is wrong with the rest is in @in.
 */
int memfd_luo_take(struct memfd_luo_in *in, u64 data)
{
	struct folio *folio = NULL;

	if (kho_is_handed_over(data, 0))
		folio = kho_restore_folio(data);
	if (!folio) {
		pr_err("structure at %#llx was not handed over, file lost\n",
		       data);
		return -EINVAL;
	}

	*in = (struct memfd_luo_in) { .ser = folio_address(folio) };
	INIT_LIST_HEAD(&in->blocks);
	in->err = memfd_luo_check(in->ser);
	memfd_luo_take_list(in);
	memfd_luo_it_init(&in->taking, in);
	return 0;
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
	if (entry->flags & ~MEMFD_LUO_FOLIO_FLAGS) {
		pr_err("unknown flags %#x of a folio, file lost\n",
		       (unsigned int)entry->flags);
		return -EINVAL;
	}
	return 0;
}

/*
 * Whether a block can become a folio. With a page that has a memory error it must
 * not: such a page keeps out of the page allocator only if it is freed alone.
 */
static bool memfd_luo_can_be_folio(u64 pfn, unsigned int order)
{
	if (!order)
		return true;
	return order <= MAX_PAGECACHE_ORDER &&
	       IS_ENABLED(CONFIG_TRANSPARENT_HUGEPAGE) &&
	       kho_find_poisoned(pfn, pfn + (1UL << order)) ==
	       pfn + (1UL << order);
}

/*
 * Take the block of an entry: as a folio if it can be one in the page cache, or else
 * page by page, and @split is its order then. Returns the number of base pages, 0 if
 * it was not handed over.
 */
static unsigned long memfd_luo_take_block(u64 pfn, unsigned int *split)
{
	phys_addr_t phys = PFN_PHYS((phys_addr_t)pfn);
	int order = kho_handed_over_order(phys);
	struct folio *folio;

	*split = 0;
	if (order < 0)
		return 0;

	if (!memfd_luo_can_be_folio(pfn, order)) {
		*split = order;
		return kho_restore_pages(phys, 1UL << order) ? 1UL << order : 0;
	}

	folio = kho_restore_folio(phys);
	if (!folio)
		return 0;
	if (order)
		folio_set_large_rmappable(folio);
	return 1UL << order;
}

static void memfd_luo_take_entry(struct memfd_luo_in *in,
				 struct memfd_luo_folio_ser *entry)
{
	unsigned long nr_pages;
	unsigned int split;

	if (!entry->pfn)
		return;
	if (!in->err)
		in->err = memfd_luo_check_entry(entry, in->ser->size);

	nr_pages = memfd_luo_take_block(entry->pfn, &split);
	if (!nr_pages) {
		entry->pfn = 0;
		in->err = in->err ?: -EIO;
		return;
	}
	entry->flags &= MEMFD_LUO_FOLIO_FLAGS;
	entry->flags |= split << MEMFD_LUO_SPLIT_SHIFT;
	in->nr_pages += nr_pages;
}

/**
 * memfd_luo_take_folios - take the folios of a file
 * @in: the file of memfd_luo_take().
 *
 * Context: Process context, may sleep.
 * Return: what is wrong with the file, or 0; -EINTR if a signal ends the caller,
 * and the next call goes on from there.
 */
int memfd_luo_take_folios(struct memfd_luo_in *in)
{
	struct memfd_luo_folio_ser *entry;

	while (!fatal_signal_pending(current)) {
		entry = memfd_luo_it_next_entry(&in->taking);
		if (!entry)
			return in->err;
		memfd_luo_take_entry(in, entry);
		cond_resched();
	}
	return -EINTR;
}

/**
 * memfd_luo_free_list - free the list and the structure, but not the folios
 * @in: the file.
 */
void memfd_luo_free_list(struct memfd_luo_in *in)
{
	struct page *block, *next;
	unsigned long i;

	list_for_each_entry_safe(block, next, &in->blocks, lru) {
		list_del(&block->lru);
		for (i = 0; i < 1UL << in->order; i++)
			__free_page(block + i);
		cond_resched();
	}
	folio_put(virt_to_folio(in->ser));
}

/**
 * memfd_luo_discard - free a file that nobody wants, or that nobody can have
 * @in: the file; its folios are in no page cache.
 *
 * Context: Process context, may sleep.
 */
void memfd_luo_discard(struct memfd_luo_in *in)
{
	struct memfd_luo_folio_ser *entry;
	struct memfd_luo_it it;
	struct folio *folio;

	while ((entry = memfd_luo_it_next_entry(&in->taking))) {
		memfd_luo_take_entry(in, entry);
		cond_resched();
	}

	memfd_luo_it_init(&it, in);
	while ((folio = memfd_luo_it_next(&it))) {
		folio_put(folio);
		cond_resched();
	}
	memfd_luo_free_list(in);
}
