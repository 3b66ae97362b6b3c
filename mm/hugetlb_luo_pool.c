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
#include <linux/fs.h>
#include <linux/hugetlb.h>
#include <linux/init.h>
#include <linux/io.h>
#include <linux/kexec_handover.h>
#include <linux/kho/abi/hugetlb.h>
#include <linux/liveupdate.h>
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
	if (!PAGE_ALIGNED(phys) || !kho_in_preserved(phys, PAGE_SIZE))
		return NULL;
	return phys_to_virt(phys);
}

/*
 * Everything that is listed takes memory: who would need more than there is goes
 * around in circles. Returns whether @nr more pages can be.
 */
static bool __init hugetlb_luo_afford(u64 *budget, u64 nr)
{
	if (nr > *budget)
		return false;
	*budget -= nr;
	return true;
}

/* How many huge pages of a file are on a node; -EINVAL if it makes no sense. */
static long __init hugetlb_luo_count_file(const struct hugetlb_luo_ser *ser,
					  int nid, u64 *budget)
{
	const u64 nr_pages = 1ULL << ser->order;
	const struct hugetlb_luo_folio_ser *entry;
	const struct kho_block_header_ser *block;
	long count = 0;
	u64 pa, i;

	for (pa = ser->folios; pa; pa = block->next) {
		block = hugetlb_luo_peek(pa);
		if (!block || !hugetlb_luo_afford(budget, 1) ||
		    block->count > KHO_BLOCK_CAPACITY(sizeof(*entry)))
			return -EINVAL;

		entry = (const void *)(block + 1);
		for (i = 0; i < block->count; i++, entry++) {
			if (!hugetlb_luo_afford(budget, nr_pages) ||
			    !kho_in_preserved(PFN_PHYS(entry->pfn),
					      PAGE_SIZE << ser->order))
				return -EINVAL;
			if (nid == NUMA_NO_NODE ||
			    early_pfn_to_nid(entry->pfn) == nid)
				count++;
		}
	}
	return count;
}

static unsigned long __init hugetlb_luo_count(struct hstate *h, int nid)
{
	u64 budget = PHYS_PFN(memblock_phys_mem_size());
	const struct hugetlb_luo_ser *ser;
	const struct hugetlb_kho_ser *root;
	unsigned long count = 0;
	phys_addr_t phys;
	long nr;
	u64 pa;

	if (!hugetlb_luo_is_on() ||
	    kho_retrieve_subtree(HUGETLB_KHO_NODE_NAME, &phys, NULL))
		return 0;

	root = hugetlb_luo_peek(phys);
	if (!root || !hugetlb_luo_speaks(root))
		return 0;

	for (pa = root->files; pa; pa = ser->next) {
		ser = hugetlb_luo_peek(pa);
		if (!ser || !hugetlb_luo_afford(&budget, 1))
			break;
		if (ser->order != huge_page_order(h))
			continue;
		nr = hugetlb_luo_count_file(ser, nid, &budget);
		if (nr < 0)
			break;
		count += nr;
	}
	return count;
}

/**
 * hugetlb_luo_pages - huge pages that a pool has before any is allocated
 * @h: the pool.
 * @nid: a node, or NUMA_NO_NODE for all.
 *
 * Context: Boot: for gigantic pages before memblock is released, for others
 * after hugetlb_luo_adopt().
 * Return: their number.
 */
unsigned long __init hugetlb_luo_pages(struct hstate *h, int nid)
{
	if (hstate_is_gigantic(h))
		return hugetlb_luo_count(h, nid);
	return nid == NUMA_NO_NODE ? h->nr_huge_pages :
				     h->nr_huge_pages_node[nid];
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
	u64 huge_size = (u64)PAGE_SIZE << ser->order;

	if (ser->flags || ser->mode & ~0777) {
		pr_err("file has unknown flags %#x or mode %#o, it is lost\n",
		       ser->flags, ser->mode);
		return -EOPNOTSUPP;
	}
	if (ser->size > MAX_LFS_FILESIZE || ser->pos > MAX_LFS_FILESIZE ||
	    ser->nr_folios > DIV_ROUND_UP_ULL(ser->size, huge_size)) {
		pr_err("file of %llu bytes, position %llu, with %llu huge pages of order %u: impossible, it is lost\n",
		       ser->size, ser->pos, ser->nr_folios, ser->order);
		return -EINVAL;
	}
	return 0;
}

/* Strike out of the list what was not handed over, or is not in order. */
static int __init hugetlb_luo_check_list(struct hugetlb_luo_in *in)
{
	const u64 nr = DIV_ROUND_UP_ULL(in->ser->size, huge_page_size(in->h));
	struct hugetlb_luo_folio_ser *entry;
	struct kho_block_set_it it;
	u64 next = 0, found = 0;
	int err = 0;

	kho_block_set_it_init(&it, &in->blocks);
	while ((entry = kho_block_set_it_read_entry(&it))) {
		found++;
		if (entry->index >= next && entry->index < nr &&
		    kho_is_handed_over(PFN_PHYS(entry->pfn), in->ser->order)) {
			next = entry->index + 1;
			continue;
		}
		if (!err)
			pr_err("huge page %llu at pfn %#llx was not handed over for a file of %llu, it is lost\n",
			       entry->index, entry->pfn, nr);
		entry->pfn = 0;
		err = -EIO;
	}
	if (!err && found != in->ser->nr_folios) {
		pr_err("%llu huge pages announced, %llu handed over, the file is lost\n",
		       in->ser->nr_folios, found);
		err = -EIO;
	}
	return err;
}

/* Make huge pages of what is listed. They are in use, but by no file. */
static void __init hugetlb_luo_adopt_folios(struct hugetlb_luo_in *in)
{
	struct hugetlb_luo_folio_ser *entry;
	struct kho_block_set_it it;
	struct folio *folio, *next;
	LIST_HEAD(folios);

	kho_block_set_it_init(&it, &in->blocks);
	while ((entry = kho_block_set_it_read_entry(&it))) {
		if (!entry->pfn)
			continue;

		/* No: listed twice, and the first one has it. */
		folio = kho_is_handed_over(PFN_PHYS(entry->pfn), in->ser->order) ?
			kho_restore_folio(PFN_PHYS(entry->pfn)) : NULL;
		if (!folio) {
			pr_err("huge page at pfn %#llx cannot be taken, the file is lost\n",
			       entry->pfn);
			entry->pfn = 0;
			in->err = -EINVAL;
			continue;
		}
		/* Who walks over memory may have a reference for a moment. */
		while (!folio_ref_freeze(folio, 1))
			cpu_relax();
		init_new_hugetlb_folio(in->h, folio);
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
}

static void __init hugetlb_luo_adopt_file(struct hugetlb_luo_in *in)
{
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

	in->err = in->err ?: hugetlb_luo_check_list(in);
	hugetlb_luo_adopt_folios(in);
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

	if (!hugetlb_luo_is_on() ||
	    kho_retrieve_subtree(HUGETLB_KHO_NODE_NAME, &phys, NULL))
		return;

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

	if (h->nr_huge_pages <= h->max_huge_pages) {
		h->max_huge_pages = h->nr_huge_pages;
		return;
	}
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

	if (list_empty(&hugetlb_luo_in_files))
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
 * hugetlb_luo_discard - free what is left of a file
 * @in: the file. Huge pages that are still listed go back to the pool.
 *
 * Context: Process context, may sleep.
 */
void hugetlb_luo_discard(struct hugetlb_luo_in *in)
{
	struct hugetlb_luo_folio_ser *entry;
	struct kho_block_set_it it;
	struct folio *folio;

	kho_block_set_it_init(&it, &in->blocks);
	while ((entry = kho_block_set_it_read_entry(&it))) {
		if (in->h)
			folio = entry->pfn ? pfn_folio(entry->pfn) : NULL;
		else
			folio = kho_is_handed_over(PFN_PHYS(entry->pfn),
						   in->ser->order) ?
				kho_restore_folio(PFN_PHYS(entry->pfn)) : NULL;
		if (folio)
			folio_put(folio);
		cond_resched();
	}
	kho_block_set_destroy(&in->blocks);
	folio_put(virt_to_folio(in->ser));
	kfree(in);
}
