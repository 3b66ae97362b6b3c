// SPDX-License-Identifier: GPL-2.0
/*
 * Live update: huge pages that were handed over belong to the pools from boot
 * on, although nobody has asked for the files yet.
 *
 * Gigantic pages are allocated while the command line is parsed: those that were
 * handed over are counted then and not allocated again. All become huge pages
 * when hugetlb starts, in use by nobody that can be seen; when a file is
 * retrieved they are its own, otherwise they go to the free ones of the pool.
 * Their content is not touched.
 */

#define pr_fmt(fmt) "hugetlb_luo: " fmt

#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/hugetlb.h>
#include <linux/init.h>
#include <linux/io.h>
#include <linux/kexec_handover.h>
#include <linux/kho/abi/hugetlb.h>
#include <linux/liveupdate.h>
#include <linux/log2.h>
#include <linux/memblock.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/pfn.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "internal.h"
#include "hugetlb_luo.h"
#include "hugetlb_vmemmap.h"
#include "../kernel/liveupdate/kho_internal.h"

/* Files that were handed over and nobody took. */
static DEFINE_MUTEX(hugetlb_luo_in_lock);
static LIST_HEAD(hugetlb_luo_in_files);

/* Something was handed over, whether it could be adopted or not. */
static bool hugetlb_luo_found __initdata;

/* Whether anybody will ever ask for what was handed over. */
static bool __init hugetlb_luo_is_on(void)
{
	return kho_is_enabled() && liveupdate_enabled();
}

static bool __init hugetlb_luo_speaks(const struct hugetlb_kho_ser *root)
{
	return !memcmp(root->compatible, HUGETLB_LUO_FH_COMPATIBLE,
		       sizeof(HUGETLB_LUO_FH_COMPATIBLE));
}

/* Early: before memblock is released */

/* A page of what was handed over, NULL if there is nothing at @phys. */
static const void *__init hugetlb_luo_peek(u64 phys)
{
	if (!PAGE_ALIGNED(phys) || !kho_in_block(PHYS_PFN(phys), 0))
		return NULL;
	return phys_to_virt(phys);
}

/* How many huge pages of a file are on a node; -EINVAL if it makes no sense. */
static long __init hugetlb_luo_count_file(const struct hugetlb_luo_ser *ser,
					  int nid)
{
	const u64 capacity = KHO_BLOCK_CAPACITY(sizeof(struct hugetlb_luo_folio_ser));
	const struct hugetlb_luo_folio_ser *entry;
	const struct kho_block_header_ser *block;
	u64 pa, i, index = 0;
	long count = 0;

	for (pa = ser->folios; pa; pa = block->next) {
		block = hugetlb_luo_peek(pa);
		if (!block || block->count > capacity ||
		    block->count > ser->nr_folios - index ||
		    (block->next && block->count < capacity))
			return -EINVAL;

		entry = (const void *)(block + 1);
		for (i = 0; i < block->count; i++, entry++) {
			if (entry->index != index++ ||
			    !kho_in_block(entry->pfn, ser->order))
				return -EINVAL;
			if (nid == NUMA_NO_NODE ||
			    early_pfn_to_nid(entry->pfn) == nid)
				count++;
		}
	}
	return index == ser->nr_folios ? count : -EINVAL;
}

/*
 * Files that adoption will refuse do not count. Lists that several files share can
 * be walked for ever: all of them together have no more than there is memory.
 */
static unsigned long __init hugetlb_luo_count(struct hstate *h, int nid)
{
	u64 left = PHYS_PFN(memblock_phys_mem_size()) >> huge_page_order(h);
	const struct hugetlb_luo_ser *ser;
	const struct hugetlb_kho_ser *root;
	unsigned long count = 0;
	phys_addr_t phys;
	u64 pa, n = 0, mark = 0;
	long nr;

	if (!hugetlb_luo_is_on() ||
	    kho_retrieve_subtree(HUGETLB_KHO_NODE_NAME, &phys, NULL))
		return 0;

	root = hugetlb_luo_peek(phys);
	if (!root || !hugetlb_luo_speaks(root))
		return 0;

	/* A mark that moves on at powers of two is met again in a cycle. */
	for (pa = root->files; pa && pa != mark; pa = ser->next) {
		if (is_power_of_2(++n))
			mark = pa;
		ser = hugetlb_luo_peek(pa);
		if (!ser)
			break;
		if (ser->order != huge_page_order(h))
			continue;
		if (ser->nr_folios > left) {
			pr_warn_once("file at %#llx claims %llu huge pages of order %u, there can be %llu more: not counted\n",
				     pa, ser->nr_folios, ser->order, left);
			continue;
		}
		left -= ser->nr_folios;
		nr = hugetlb_luo_count_file(ser, nid);
		if (nr > 0)
			count += nr;
	}
	return count;
}

/**
 * hugetlb_luo_pages - how many of the huge pages that are asked for are there
 * @h: the pool, for which nothing was allocated yet.
 * @nid: a node, or NUMA_NO_NODE for all.
 *
 * Context: Boot: for gigantic pages before memblock is released, for others
 * after hugetlb_luo_adopt().
 * Return: their number, not more than are asked for.
 */
unsigned long __init hugetlb_luo_pages(struct hstate *h, int nid)
{
	unsigned long asked, there;

	if (nid == NUMA_NO_NODE) {
		asked = h->max_huge_pages;
		there = h->nr_huge_pages;
	} else {
		asked = h->max_huge_pages_node[nid];
		there = h->nr_huge_pages_node[nid];
	}
	if (hstate_is_gigantic(h))
		there = hugetlb_luo_count(h, nid);
	return min(asked, there);
}

/* Adoption: when hugetlb starts */

/* The pool of a page size, which need not be there yet. */
static struct hstate *__init hugetlb_luo_hstate(unsigned int order)
{
	if (!order || order >= BITS_PER_LONG - PAGE_SHIFT ||
	    !arch_hugetlb_valid_size(PAGE_SIZE << order))
		return NULL;

	hugetlb_add_hstate(order);
	return size_to_hstate(PAGE_SIZE << order);
}

static int __init hugetlb_luo_check(const struct hugetlb_luo_ser *ser)
{
	const u64 huge_size = (u64)PAGE_SIZE << ser->order;

	if (ser->flags || ser->mode & ~0777) {
		pr_err("file has unknown flags %#x or mode %#o, it is lost\n",
		       ser->flags, ser->mode);
		return -EOPNOTSUPP;
	}
	if (ser->size > MAX_LFS_FILESIZE || ser->pos > MAX_LFS_FILESIZE ||
	    ser->nr_folios != DIV_ROUND_UP(ser->size, huge_size)) {
		pr_err("file of %llu bytes, position %llu, with %llu huge pages of order %u: impossible, it is lost\n",
		       ser->size, ser->pos, ser->nr_folios, ser->order);
		return -EINVAL;
	}
	return 0;
}

/* Whether a huge page of a list was handed over, and nobody has it. */
static bool hugetlb_luo_is_there(const struct hugetlb_luo_in *in,
				 const struct hugetlb_luo_folio_ser *entry)
{
	return entry->pfn <= PHYS_PFN(PHYS_ADDR_MAX) &&
	       kho_is_handed_over(PFN_PHYS(entry->pfn), in->ser->order);
}

/*
 * Take the next huge page of a list, NULL if it cannot be this one. Whatever else
 * is wrong with the file, what was handed over belongs to the pool.
 */
static struct folio *__init
hugetlb_luo_take_folio(const struct hugetlb_luo_in *in,
		       const struct hugetlb_luo_folio_ser *entry)
{
	if (!hugetlb_luo_is_there(in, entry))
		return NULL;
	return kho_restore_folio(PFN_PHYS(entry->pfn));
}

/*
 * Pages with memory errors cost what hugetlb has them cost: the huge page can be
 * read but for these pages, and not be mapped.
 */
static void __init hugetlb_luo_poison(struct folio *folio)
{
	const unsigned long end = folio_pfn(folio) + folio_nr_pages(folio);
	unsigned long pfn = folio_pfn(folio), next;

	while ((pfn = kho_find_poisoned(pfn, end)) < end) {
		next = pfn + 1;
		hugetlb_luo_poison_page(folio, pfn_to_page(pfn));
		pfn = next;
	}
}

/*
 * Make huge pages of what is listed. They are in use, but by no file. What was
 * not handed over is struck out of the list.
 */
static int __init hugetlb_luo_adopt_folios(struct hugetlb_luo_in *in)
{
	struct hugetlb_luo_folio_ser *entry;
	struct folio *folio, *next;
	struct kho_block_set_it it;
	u64 index = 0, bad = 0;
	LIST_HEAD(folios);

	kho_block_set_it_init(&it, &in->blocks);
	while ((entry = kho_block_set_it_read_entry(&it))) {
		folio = hugetlb_luo_take_folio(in, entry);
		if (!folio || entry->index != index)
			bad++;
		index++;
		if (!folio) {
			entry->pfn = 0;
			continue;
		}

		/* Who walks over memory may have a reference for a moment. */
		while (!folio_ref_freeze(folio, 1))
			cond_resched();
		hugetlb_luo_init_folio(in->h, folio);
		hugetlb_luo_poison(folio);
		list_add_tail(&folio->lru, &folios);
		cond_resched();
	}
	hugetlb_vmemmap_optimize_folios(in->h, &folios);

	list_for_each_entry_safe(folio, next, &folios, lru) {
		spin_lock_irq(&hugetlb_lock);
		in->h->nr_huge_pages++;
		in->h->nr_huge_pages_node[folio_nid(folio)]++;
		list_move(&folio->lru, &in->h->hugepage_activelist);
		folio_ref_unfreeze(folio, 1);
		spin_unlock_irq(&hugetlb_lock);
	}

	if (bad || index != in->ser->nr_folios) {
		pr_err("%llu huge pages announced, %llu listed, %llu of them at a wrong place or not handed over: the file is lost\n",
		       in->ser->nr_folios, index, bad);
		return -EIO;
	}
	return 0;
}

static void __init hugetlb_luo_adopt_file(struct hugetlb_luo_in *in)
{
	int err;

	in->h = hugetlb_luo_hstate(in->ser->order);
	if (!in->h) {
		pr_err("no pool for huge pages of order %u, a file is lost\n",
		       in->ser->order);
		in->err = -ENODEV;
	}
	if (!in->err)
		in->err = hugetlb_luo_check(in->ser);

	if (kho_block_set_restore(&in->blocks, in->ser->folios)) {
		pr_err("list of huge pages at %#llx is damaged, the file is lost and they stay where they are\n",
		       in->ser->folios);
		in->err = -EIO;
		return;
	}
	if (!in->h)
		return;

	err = hugetlb_luo_adopt_folios(in);
	in->err = in->err ?: err;
}

/* Take the structure of a file; NULL if it was not handed over. */
static struct hugetlb_luo_in *__init hugetlb_luo_take_file(u64 data)
{
	struct hugetlb_luo_in *in;

	in = kzalloc(sizeof(*in), GFP_KERNEL);
	if (!in)
		return NULL;

	if (!kho_is_handed_over(data, 0) || !kho_restore_folio(data)) {
		pr_err("file at %#llx was not handed over, it and those after it are lost\n",
		       data);
		kfree(in);
		return NULL;
	}
	in->data = data;
	in->ser = phys_to_virt(data);
	kho_block_set_init(&in->blocks, sizeof(struct hugetlb_luo_folio_ser));
	return in;
}

static void __init hugetlb_luo_adopt_files(const struct hugetlb_kho_ser *root)
{
	struct hugetlb_luo_in *in;
	u64 pa, nr = 0;

	for (pa = root->files; pa; pa = in->ser->next) {
		in = hugetlb_luo_take_file(pa);
		if (!in)
			break;
		hugetlb_luo_adopt_file(in);
		list_add_tail(&in->list, &hugetlb_luo_in_files);
		nr++;
	}
	if (nr != root->nr_files)
		pr_err("%llu files announced, %llu found\n", root->nr_files, nr);
}

/**
 * hugetlb_luo_adopt - give the pools the huge pages that were handed over
 *
 * Context: Boot, before any page is allocated that is not gigantic.
 */
void __init hugetlb_luo_adopt(void)
{
	struct hugetlb_kho_ser *root;
	phys_addr_t phys;

	if (kho_retrieve_subtree(HUGETLB_KHO_NODE_NAME, &phys, NULL))
		return;
	if (!hugetlb_luo_is_on()) {
		pr_warn("huge pages of the previous kernel stay where they are, nobody can use them: live update is off\n");
		return;
	}

	hugetlb_luo_found = true;
	if (!kho_is_handed_over(phys, 0)) {
		pr_err("list of files at %#llx was not handed over, they are lost\n",
		       (u64)phys);
		return;
	}
	root = phys_to_virt(phys);
	if (!hugetlb_luo_speaks(root)) {
		pr_err("the previous kernel speaks \"%.*s\", this one \"%s\", its files are lost\n",
		       HUGETLB_KHO_COMPAT_LEN, root->compatible,
		       HUGETLB_LUO_FH_COMPATIBLE);
		return;
	}

	if (!kho_restore_folio(phys))
		return;
	hugetlb_luo_adopt_files(root);
	folio_put(virt_to_folio(root));
}

/* Huge pages on a node beyond what was asked for; only those in use can be. */
static unsigned long hugetlb_luo_excess(struct hstate *h, int nid,
					bool by_node)
{
	unsigned long used = h->nr_huge_pages_node[nid] -
			     h->free_huge_pages_node[nid];
	unsigned long asked = by_node ? h->max_huge_pages_node[nid] : 0;

	return min(used, h->nr_huge_pages_node[nid] -
			 min_t(unsigned long, asked,
			       h->nr_huge_pages_node[nid]));
}

/**
 * hugetlb_luo_settle_pool - count as surplus what is there beyond the request
 * @h: the pool; hugetlb_lock is held.
 */
void hugetlb_luo_settle_pool(struct hstate *h)
{
	unsigned long excess, nr;
	bool by_node = false;
	int nid;

	if (h->nr_huge_pages < h->max_huge_pages) {
		pr_warn("%s: %lu asked for, only %lu are there\n", h->name,
			h->max_huge_pages, h->nr_huge_pages);
		h->max_huge_pages = h->nr_huge_pages;
	}
	if (h->nr_huge_pages == h->max_huge_pages)
		return;
	/* They could never be freed. */
	if (hstate_is_gigantic(h) && !gigantic_page_runtime_supported()) {
		h->max_huge_pages = h->nr_huge_pages;
		return;
	}

	for_each_online_node(nid)
		if (h->max_huge_pages_node[nid])
			by_node = true;

	excess = h->nr_huge_pages - h->max_huge_pages;
	for_each_online_node(nid) {
		nr = min(excess, hugetlb_luo_excess(h, nid, by_node));
		h->surplus_huge_pages_node[nid] += nr;
		h->surplus_huge_pages += nr;
		excess -= nr;
	}
	h->max_huge_pages += excess;
}

/*
 * Count as surplus what was handed over beyond the request, as if that had been
 * made while these pages were in use: they leave the pool when they are freed.
 * All pools are filled by now.
 */
static int __init hugetlb_luo_settle(void)
{
	struct hstate *h;

	if (!hugetlb_luo_found)
		return 0;

	spin_lock_irq(&hugetlb_lock);
	for_each_hstate(h)
		hugetlb_luo_settle_pool(h);
	spin_unlock_irq(&hugetlb_lock);
	return 0;
}
subsys_initcall_sync(hugetlb_luo_settle);

/* Afterwards: one taker for each file */

/**
 * hugetlb_luo_take - take a file that was handed over
 * @data: what its file entry says.
 *
 * Context: Process context, may sleep.
 * Return: the file, which is the caller's to hugetlb_luo_discard(), or NULL.
 */
struct hugetlb_luo_in *hugetlb_luo_take(u64 data)
{
	struct hugetlb_luo_in *in;

	guard(mutex)(&hugetlb_luo_in_lock);
	list_for_each_entry(in, &hugetlb_luo_in_files, list) {
		if (in->data == data) {
			list_del(&in->list);
			return in;
		}
	}
	return NULL;
}

/**
 * hugetlb_luo_give_back - let somebody take a file again
 * @in: the file of hugetlb_luo_take(), with all that it had.
 *
 * Context: Process context, may sleep.
 */
void hugetlb_luo_give_back(struct hugetlb_luo_in *in)
{
	guard(mutex)(&hugetlb_luo_in_lock);
	list_add(&in->list, &hugetlb_luo_in_files);
}

/*
 * There is no pool for it. Single pages: the page allocator has no larger blocks
 * than its own, and keeps a page with a memory error back only if that is freed
 * alone.
 */
static void hugetlb_luo_free_pages(const struct hugetlb_luo_in *in,
				   const struct hugetlb_luo_folio_ser *entry)
{
	const unsigned long nr_pages = 1UL << in->ser->order;
	struct page *page;
	unsigned long i;

	if (!hugetlb_luo_is_there(in, entry))
		return;
	page = kho_restore_pages(PFN_PHYS(entry->pfn), nr_pages);
	for (i = 0; page && i < nr_pages; i++) {
		__free_page(nth_page(page, i));
		cond_resched();
	}
}

/**
 * hugetlb_luo_discard - free what is left of a file
 * @in: the file. Huge pages that are still listed go back to the pool.
 *
 * Context: Process context, may sleep.
 */
void hugetlb_luo_discard(struct hugetlb_luo_in *in)
{
	struct hugetlb_luo_folio_ser *entry;
	struct kho_block_set_it it;

	kho_block_set_it_init(&it, &in->blocks);
	while ((entry = kho_block_set_it_read_entry(&it))) {
		if (!in->h)
			hugetlb_luo_free_pages(in, entry);
		else if (entry->pfn)
			folio_put(pfn_folio(entry->pfn));
		cond_resched();
	}
	kho_block_set_destroy(&in->blocks);
	folio_put(virt_to_folio(in->ser));
	if (in->file)
		fput(in->file);
	kfree(in);
}
