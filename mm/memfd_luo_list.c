// SPDX-License-Identifier: GPL-2.0
/*
 * Live update: memfds, the list of folios that is handed over.
 *
 * For the next kernel it is a vmalloc area (kho/abi/kexec_handover.h draws it). Here
 * nobody needs it mapped, so it is made page by page as folios are pinned, and grows
 * no faster than they are. Its memory is charged to who preserves.
 */

#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/kexec_handover.h>
#include <linux/kho/abi/memfd.h>
#include <linux/mm.h>
#include <linux/sched.h>

#include "memfd_luo.h"
#include "../kernel/liveupdate/kho_internal.h"

#define MEMFD_LUO_ENTRIES	(PAGE_SIZE / sizeof(struct memfd_luo_folio_ser))

/* A zeroed page that is handed over, and whose failure kills nobody. */
static void *memfd_luo_alloc_page(void)
{
	struct folio *folio;
	int err;

	folio = kho_mm_alloc_folio(GFP_KERNEL_ACCOUNT | __GFP_ZERO, 0,
				   NUMA_NO_NODE);
	if (!folio)
		return ERR_PTR(-ENOMEM);

	err = kho_preserve_folio(folio);
	if (err) {
		folio_put(folio);
		return ERR_PTR(err);
	}
	return folio_address(folio);
}

/* One more chunk, to list pages of the list in. */
static int memfd_luo_list_add_chunk(struct memfd_luo_list *list)
{
	struct kho_vmalloc_chunk *chunk = memfd_luo_alloc_page();

	if (IS_ERR(chunk))
		return PTR_ERR(chunk);

	if (list->chunk)
		KHOSER_STORE_PTR(list->chunk->hdr.next, chunk);
	else
		KHOSER_STORE_PTR(list->area.first, chunk);
	list->chunk = chunk;
	list->used = 0;
	return 0;
}

/* One more page, to list folios in. */
static int memfd_luo_list_add_page(struct memfd_luo_list *list)
{
	struct memfd_luo_folio_ser *entries;
	int err;

	if (!list->chunk || list->used == KHO_VMALLOC_SIZE) {
		err = memfd_luo_list_add_chunk(list);
		if (err)
			return err;
	}

	entries = memfd_luo_alloc_page();
	if (IS_ERR(entries))
		return PTR_ERR(entries);

	list->chunk->phys[list->used++] = virt_to_phys(entries);
	list->area.total_pages++;
	list->entries = entries;
	return 0;
}

/**
 * memfd_luo_list_init - make an empty list
 * @list: the list.
 */
void memfd_luo_list_init(struct memfd_luo_list *list)
{
	*list = (struct memfd_luo_list) { .area.flags = KHO_VMALLOC_ALLOC };
}

/**
 * memfd_luo_list_add - add a folio to the end of a list
 * @list: the list.
 * @folio: the folio, which has content.
 *
 * Context: Process context, may sleep.
 * Return: 0, -ENOMEM, or an error of kho_preserve_folio().
 */
int memfd_luo_list_add(struct memfd_luo_list *list, const struct folio *folio)
{
	struct memfd_luo_folio_ser *entry;
	int err;

	if (list->nr % MEMFD_LUO_ENTRIES == 0) {
		err = memfd_luo_list_add_page(list);
		if (err)
			return err;
	}

	entry = &list->entries[list->nr++ % MEMFD_LUO_ENTRIES];
	entry->pfn = folio_pfn((struct folio *)folio);
	entry->flags = MEMFD_LUO_FOLIO_DIRTY | MEMFD_LUO_FOLIO_UPTODATE;
	entry->index = folio->index;
	return 0;
}

/**
 * memfd_luo_list_free - free a list, also one that is not complete
 * @area: the list.
 *
 * Context: Process context, may sleep.
 */
void memfd_luo_list_free(struct kho_vmalloc *area)
{
	struct kho_vmalloc_chunk *chunk = KHOSER_LOAD_PTR(area->first);
	struct kho_vmalloc_chunk *next;
	unsigned int i;

	for (; chunk; chunk = next) {
		next = KHOSER_LOAD_PTR(chunk->hdr.next);
		for (i = 0; i < KHO_VMALLOC_SIZE && chunk->phys[i]; i++)
			kho_unpreserve_free(phys_to_virt(chunk->phys[i]));
		kho_unpreserve_free(chunk);
		cond_resched();
	}
	*area = (struct kho_vmalloc) {};
}
