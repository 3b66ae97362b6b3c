// SPDX-License-Identifier: GPL-2.0
/*
 * Kexec HandOver: pages of the previous kernel that the handover itself needs.
 *
 * The root FDT and the tables of the tracker are read when clients run already.
 * No key and no pointer from the previous kernel can make them anybody's: a block
 * that has one of them in it is held, but never restored. Known page by page, as
 * a sorted list: eight bytes for each table, however far they are apart.
 */

#define pr_fmt(fmt) "KHO: " fmt

#include <linux/init.h>
#include <linux/memblock.h>
#include <linux/mm.h>
#include <linux/pfn.h>
#include <linux/printk.h>
#include <linux/sort.h>

#include "kho_internal.h"

/* Page frames, in ascending order once all are there. */
static unsigned long *kho_own __initdata;
static unsigned long kho_nr_own __initdata;
static unsigned long kho_max_own __initdata;

/**
 * kho_own_start - begin a list
 * @max: so many pages can be added.
 *
 * Context: Boot, with the linear map.
 * Return: 0 or -ENOMEM.
 */
int __init kho_own_start(unsigned long max)
{
	kho_nr_own = 0;
	kho_max_own = max;
	kho_own = memblock_alloc(kho_own_size(kho_max_own), PAGE_SIZE);
	return kho_own ? 0 : -ENOMEM;
}

/**
 * kho_own_add - add a page to the list
 * @pfn: its page frame.
 *
 * Return: 0, or -ENOMEM if there are as many as were announced.
 */
int __init kho_own_add(unsigned long pfn)
{
	if (kho_nr_own == kho_max_own)
		return -ENOMEM;
	kho_own[kho_nr_own++] = pfn;
	return 0;
}

static int __init kho_own_compare(const void *a, const void *b)
{
	const unsigned long x = *(const unsigned long *)a;
	const unsigned long y = *(const unsigned long *)b;

	return x < y ? -1 : x > y;
}

/**
 * kho_own_finish - end a list, all pages were added
 * @twice: set to a page frame that was added twice.
 *
 * Return: 0, or -EEXIST if there is such a page.
 */
int __init kho_own_finish(unsigned long *twice)
{
	unsigned long i;

	sort(kho_own, kho_nr_own, sizeof(*kho_own), kho_own_compare, NULL);
	for (i = 1; i < kho_nr_own; i++) {
		if (kho_own[i] == kho_own[i - 1]) {
			*twice = kho_own[i];
			return -EEXIST;
		}
	}
	return 0;
}

/**
 * kho_own_forget - drop the list, the handover is not believed
 */
void __init kho_own_forget(void)
{
	memblock_free(kho_own, kho_own_size(kho_max_own));
	kho_own = NULL;
	kho_nr_own = 0;
}

/**
 * kho_own_find - the first page of a range that belongs to the handover
 * @pfn: first page frame of the range.
 * @end: the page frame after the range.
 *
 * Return: its page frame; @end if there is none.
 */
unsigned long __init kho_own_find(unsigned long pfn, unsigned long end)
{
	unsigned long low = 0, high = kho_nr_own, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (kho_own[mid] < pfn)
			low = mid + 1;
		else
			high = mid;
	}
	return low < kho_nr_own ? min(kho_own[low], end) : end;
}

/**
 * kho_own_report - tell of blocks that cannot be restored
 * @root: physical address of the root of the tree of what is preserved.
 * @orders: a bit for each order in it.
 * @fdt: page frame of the root FDT, which is preserved as every sender has it.
 */
void __init kho_own_report(phys_addr_t root, unsigned long orders,
			   unsigned long fdt)
{
	unsigned long i, pfn, nr = 0, first = 0;
	unsigned int order;

	for (i = 0; i < kho_nr_own; i++) {
		pfn = kho_own[i];
		for_each_set_bit(order, &orders, BITS_PER_LONG) {
			if (!kho_tree_any(root, BIT(order), pfn, pfn + 1) ||
			    (pfn == fdt && !order))
				continue;
			if (!nr++)
				first = pfn;
		}
	}
	if (nr)
		pr_warn("%lu pages of the handover itself are in blocks that somebody preserved, the first at %#llx; these blocks cannot be restored\n",
			nr, (u64)PFN_PHYS(first));
}

/**
 * kho_own_free - free what nobody reads any more: all but the FDT
 * @fdt: page frame of the root FDT, which is read as long as the kernel runs.
 *
 * Context: Boot, when all struct pages are initialised.
 */
void __init kho_own_free(unsigned long fdt)
{
	struct page *page = virt_to_page(kho_own);
	unsigned long i;

	for (i = 0; i < kho_nr_own; i++)
		if (kho_own[i] != fdt)
			kho_free_own(kho_own[i]);
	for (i = 0; i < PHYS_PFN(kho_own_size(kho_max_own)); i++)
		free_reserved_page(nth_page(page, i));
	kho_own = NULL;
	kho_nr_own = 0;
}
