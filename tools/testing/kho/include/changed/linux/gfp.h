/* SPDX-License-Identifier: GPL-2.0 */
/* See sim/page_alloc.c. */
#ifndef _KHO_TEST_LINUX_GFP_H
#define _KHO_TEST_LINUX_GFP_H

#include <linux/types.h>

struct page;
struct folio;

#define GFP_KERNEL	0x1U
#define GFP_NOWAIT	0U
#define __GFP_ZERO	0x2U
#define __GFP_ACCOUNT	0x4U
/* Nobody gets out of memory here, or all do. */
#define __GFP_RETRY_MAYFAIL	0U
#define __GFP_NOWARN	0U
/* One zone for each node. */
#define __GFP_DMA	0U
#define __GFP_DMA32	0U
#define __GFP_THISNODE	0x8U
#define GFP_KERNEL_ACCOUNT	(GFP_KERNEL | __GFP_ACCOUNT)

#define gfp_zone(gfp)	((void)(gfp), ZONE_NORMAL)

struct page *alloc_pages(gfp_t gfp, unsigned int order);
void __free_pages(struct page *page, unsigned int order);
struct folio *folio_alloc(gfp_t gfp, unsigned int order);
struct folio *__folio_alloc(gfp_t gfp, unsigned int order, int nid,
			    const void *nodemask);
int alloc_contig_range(unsigned long start, unsigned long end,
		       unsigned int migratetype, gfp_t gfp);
void free_contig_range(unsigned long pfn, unsigned long nr_pages);
unsigned long get_zeroed_page(gfp_t gfp);
void free_page(unsigned long addr);
void init_cma_reserved_pageblock(struct page *page);

#define alloc_page(gfp)		alloc_pages(gfp, 0)
#define __free_page(page)	__free_pages(page, 0)

#endif /* _KHO_TEST_LINUX_GFP_H */
