// SPDX-License-Identifier: GPL-2.0
/*
 * vmalloc areas of the simulated machine. They have pages but cannot be
 * accessed: the code under test never does.
 */

#include "sim.h"
#include "../include/changed/mm/internal.h"

static struct vm_struct *sim_areas;
static unsigned long sim_next_addr;

atomic_long_t nr_vmalloc_pages;

void sim_vmalloc_reset(void)
{
	sim_areas = NULL;	/* the memory went with the kernel */
	sim_next_addr = VMALLOC_START;
	atomic_long_set(&nr_vmalloc_pages, 0);
}

struct vm_struct *__get_vm_area_node(unsigned long size, unsigned long align,
				     unsigned long shift, unsigned long flags,
				     unsigned long start, unsigned long end,
				     int node, gfp_t gfp, const void *caller)
{
	struct vm_struct *area;

	(void)node;
	(void)caller;
	sim_never(!size || align & (align - 1) || start != VMALLOC_START ||
		  end != VMALLOC_END);
	if (size > end - start)
		return NULL;

	area = kzalloc(sizeof(*area), gfp);
	if (!area)
		return NULL;

	area->addr = (void *)ALIGN(sim_next_addr, max(align, 1UL << shift));
	area->size = size + PAGE_SIZE;
	area->flags = flags;
	sim_next_addr = (unsigned long)area->addr + area->size;
	area->next = sim_areas;
	sim_areas = area;
	return area;
}

int vmap_pages_range_noflush(unsigned long addr, unsigned long end,
			     pgprot_t prot, struct page **pages,
			     unsigned int page_shift)
{
	unsigned long nr = (end - addr) >> PAGE_SHIFT;
	unsigned long step = 1UL << (page_shift - PAGE_SHIFT), i;

	(void)prot;
	for (i = 0; i < nr; i++)
		sim_never(page_to_pfn(pages[i]) !=
			  page_to_pfn(pages[i & ~(step - 1)]) + (i & (step - 1)));
	return sim_should_fail() ? -ENOMEM : 0;
}

void free_vm_area(struct vm_struct *area)
{
	struct vm_struct **p;

	for (p = &sim_areas; *p != area; p = &(*p)->next)
		sim_never(!*p);
	*p = area->next;
	kfree(area);
}

struct vm_struct *find_vm_area(const void *addr)
{
	struct vm_struct *area;

	for (area = sim_areas; area; area = area->next)
		if (addr >= area->addr && addr < area->addr + area->size)
			return area;
	return NULL;
}

void vfree(const void *addr)
{
	struct vm_struct *area = find_vm_area(addr);
	unsigned int i;

	sim_never(!area || area->addr != addr || area->flags & VM_UNINITIALIZED);
	for (i = 0; i < area->nr_pages; i++)
		__free_page(area->pages[i]);
	atomic_long_add(-(long)area->nr_pages, &nr_vmalloc_pages);
	kvfree(area->pages);
	free_vm_area(area);
}

/* As vmalloc() does it: blocks of pages that are freed one by one. */
void *sim_vmalloc(unsigned int nr_pages, unsigned int order, unsigned long flags)
{
	struct vm_struct *area;
	unsigned int i, j;
	struct page *page;

	area = __get_vm_area_node((unsigned long)nr_pages << PAGE_SHIFT,
				  PAGE_SIZE << order, PAGE_SHIFT + order,
				  VM_ALLOC | flags, VMALLOC_START, VMALLOC_END,
				  NUMA_NO_NODE, GFP_KERNEL, NULL);
	sim_never(!area);
	area->flags = VM_ALLOC | flags;
	area->page_order = order;
	area->nr_pages = nr_pages;
	area->pages = kvmalloc_array(nr_pages, sizeof(*area->pages), GFP_KERNEL);
	sim_never(!area->pages);
	for (i = 0; i < nr_pages; i += 1U << order) {
		page = alloc_pages(GFP_KERNEL, order);
		sim_never(!page);
		for (j = 0; j < 1U << order; j++) {
			area->pages[i + j] = page + j;
			set_page_count(page + j, 1);
		}
	}
	atomic_long_add(nr_pages, &nr_vmalloc_pages);
	return area->addr;
}
