// SPDX-License-Identifier: GPL-2.0
/*
 * Kexec HandOver: pages with memory errors that the previous kernel knew.
 *
 * Nobody gets them: those that are not preserved are reserved for good as soon as
 * the list can be read, all are marked before anybody can restore or free them.
 */

#define pr_fmt(fmt) "KHO: " fmt

#include <linux/align.h>
#include <linux/init.h>
#include <linux/io.h>
#include <linux/kexec_handover.h>
#include <linux/memblock.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/pfn.h>
#include <linux/printk.h>
#include <linux/sort.h>
#include <linux/string.h>

#include <linux/kho/abi/hwpoison.h>

#include "kho_hwpoison.h"
#include "kho_internal.h"

/* In ascending order. */
static u64 kho_bad_in[KHO_HWPOISON_MAX] __initdata;
static unsigned int kho_nr_bad_in __initdata;

/* The list that they are from. */
static phys_addr_t kho_bad_in_list __initdata;

static int __init kho_bad_compare(const void *a, const void *b)
{
	const u64 *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static const struct kho_hwpoison_ser *__init kho_bad_in_find(void)
{
	const struct kho_hwpoison_ser *ser;
	phys_addr_t phys;
	size_t size;
	int err;

	err = kho_retrieve_subtree(KHO_HWPOISON_NODE_NAME, &phys, &size);
	if (err == -ENOENT)
		return NULL;

	if (!err && PAGE_ALIGNED(phys) && size == sizeof(*ser)) {
		ser = phys_to_virt(phys);
		if (ser->nr <= KHO_HWPOISON_MAX &&
		    !memcmp(ser->compatible, KHO_HWPOISON_COMPATIBLE,
			    sizeof(KHO_HWPOISON_COMPATIBLE))) {
			kho_bad_in_list = phys;
			return ser;
		}
	}
	pr_warn("the list of pages with memory errors makes no sense, ignored: they are used like others\n");
	return NULL;
}

/**
 * kho_hwpoison_read - read which pages have memory errors
 *
 * Context: Boot, when it is known what is preserved.
 */
void __init kho_hwpoison_read(void)
{
	const struct kho_hwpoison_ser *ser = kho_bad_in_find();
	u64 i, pfn, foreign = 0;

	if (!ser)
		return;

	for (i = 0; i < ser->nr; i++) {
		pfn = ser->pfn[i];
		if (pfn >= PHYS_PFN(memblock_end_of_DRAM()) ||
		    !memblock_is_map_memory(PFN_PHYS(pfn)))
			foreign++;
		else
			kho_bad_in[kho_nr_bad_in++] = pfn;
	}
	if (foreign)
		pr_warn("%llu pages with memory errors are no memory of this kernel, ignored\n",
			foreign);

	sort(kho_bad_in, kho_nr_bad_in, sizeof(u64), kho_bad_compare, NULL);
	kho_hwpoison_reserve();
	pr_info("%u pages with memory errors are known from the previous kernel, not used\n",
		kho_nr_bad_in);
}

/**
 * kho_hwpoison_reserve - let nobody have pages with memory errors
 *
 * But for those that are preserved. Whoever has one already keeps it; the second
 * call reserves what he freed.
 *
 * Context: Boot, from kho_hwpoison_read() on until memblock is released.
 */
void __init kho_hwpoison_reserve(void)
{
	phys_addr_t phys;
	unsigned int i;

	for (i = 0; i < kho_nr_bad_in; i++) {
		phys = PFN_PHYS(kho_bad_in[i]);
		if (kho_in_touches(phys, PAGE_SIZE) ||
		    !memblock_reserve(phys, PAGE_SIZE))
			continue;
		pr_err("no room in memblock to reserve %#llx, which has a memory error: it is used\n",
		       (u64)phys);
	}
}

/**
 * kho_hwpoison_mark - mark pages with memory errors
 * @pfn: first page frame of a range whose struct pages are initialised.
 * @end: the page frame after the range.
 *
 * Context: Boot, before anything of the range is freed or restored. Several threads
 * may work on different ranges.
 */
void __init kho_hwpoison_mark(unsigned long pfn, unsigned long end)
{
	unsigned int low = 0, high = kho_nr_bad_in, i;

	while (low < high) {
		i = (low + high) / 2;
		if (kho_bad_in[i] < pfn)
			low = i + 1;
		else
			high = i;
	}
	for (; low < kho_nr_bad_in && kho_bad_in[low] < end; low++)
		SetPageHWPoison(pfn_to_page(kho_bad_in[low]));
}

/* From here on they are as if this kernel had found them. */
static int __init kho_hwpoison_adopt(void)
{
	struct folio *folio;
	struct page *page;
	unsigned int i;

	for (i = 0; i < kho_nr_bad_in; i++) {
		/* Once, though it may be listed twice. */
		page = pfn_to_online_page(kho_bad_in[i]);
		if (!page || (i && kho_bad_in[i] == kho_bad_in[i - 1]))
			continue;
		if (PageReserved(page))
			SetPageHWPoison(page);
		if (PageHWPoison(page))
			num_poisoned_pages_inc(kho_bad_in[i]);
	}

	if (!kho_bad_in_list || !kho_is_handed_over(kho_bad_in_list, 0))
		return 0;
	folio = kho_restore_folio(kho_bad_in_list);
	if (folio)
		folio_put(folio);
	return 0;
}
core_initcall(kho_hwpoison_adopt);
