/* SPDX-License-Identifier: GPL-2.0 */
/* Laid beside a link to mm/kho.c in the build directory. See sim/vmalloc.c. */
#ifndef _KHO_TEST_MM_INTERNAL_H
#define _KHO_TEST_MM_INTERNAL_H

#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/poison.h>
#include <linux/vmalloc.h>

#define PAGE_KERNEL	((pgprot_t) { 0 })
#define VMALLOC_START	0xffffc90000000000UL
#define VMALLOC_END	0xffffe8ffffffffffUL

#define smp_wmb()	__atomic_thread_fence(__ATOMIC_RELEASE)

extern atomic_long_t nr_vmalloc_pages;

extern bool mirrored_kernelcore;

void memblock_free_pages(struct page *page, unsigned long pfn,
			 unsigned int order);
void __free_pages_core(struct page *page, unsigned int order,
		       enum meminit_context context);
void set_pageblock_migratetype(struct page *page, enum migratetype mt);
enum migratetype get_pageblock_migratetype(const struct page *page);
void prep_compound_page(struct page *page, unsigned int order);

static inline void __SetPageHead(struct page *page)
{
	page->flags |= BIT(PG_head);
}

static inline void set_compound_head(struct page *page, struct page *head)
{
	page->compound_head = (unsigned long)head | 1;
}

static inline void prep_compound_head(struct page *page, unsigned int order)
{
	page[1].index = order;
}

struct vm_struct *__get_vm_area_node(unsigned long size, unsigned long align,
				     unsigned long shift, unsigned long flags,
				     unsigned long start, unsigned long end,
				     int node, gfp_t gfp, const void *caller);
int vmap_pages_range_noflush(unsigned long addr, unsigned long end,
			     pgprot_t prot, struct page **pages,
			     unsigned int page_shift);
void free_vm_area(struct vm_struct *area);

#endif /* _KHO_TEST_MM_INTERNAL_H */
