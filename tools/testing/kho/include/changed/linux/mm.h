/* SPDX-License-Identifier: GPL-2.0 */
/* Struct pages and folios, as small as the code under test allows. */
#ifndef _KHO_TEST_LINUX_MM_H
#define _KHO_TEST_LINUX_MM_H

#include <linux/atomic.h>
#include <linux/bug.h>
#include <linux/cache.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/kernel.h>
#include <linux/mmzone.h>
#include <linux/pfn.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/types.h>

/* Offsets as in the kernel. One cache line, so that pages share none. */
struct page {
	unsigned long flags;
	union {
		struct {
			struct list_head lru;
			void *mapping;
			unsigned long index;
			unsigned long private;
		};
		unsigned long compound_head;	/* of a tail page, with bit 0 */
	};
	atomic_t _mapcount;
	atomic_t _refcount;
	unsigned long memcg_data;
} __aligned(64);

static_assert(sizeof(struct page) == 64);

struct folio {
	struct page page;
};

enum pageflags {
	PG_head,
	PG_reserved,
	PG_hwpoison,
	PG_lru,
	PG_hugetlb,
};

struct seq_file;

extern struct page *sim_pages;
extern atomic_long_t num_poisoned_pages;

static inline struct page *pfn_to_page(unsigned long pfn)
{
	return sim_pages + pfn;
}

static inline unsigned long page_to_pfn(const struct page *page)
{
	return page - sim_pages;
}

#define nth_page(page, n)	((page) + (n))
#define page_to_phys(page)	PFN_PHYS(page_to_pfn(page))
#define pfn_to_kaddr(pfn)	phys_to_virt(PFN_PHYS(pfn))
#define page_address(page)	phys_to_virt(page_to_phys(page))
#define virt_to_page(addr)	pfn_to_page(PHYS_PFN(virt_to_phys(addr)))

static inline bool PageHWPoison(const struct page *page)
{
	return page->flags & BIT(PG_hwpoison);
}

static inline void SetPageHWPoison(struct page *page)
{
	page->flags |= BIT(PG_hwpoison);
}

static inline bool PageReserved(const struct page *page)
{
	return page->flags & BIT(PG_reserved);
}

static inline bool PageLRU(const struct page *page)
{
	return page->flags & BIT(PG_lru);
}

static inline struct zone *page_zone(const struct page *page)
{
	return &sim_zone;
}

static inline bool PageCompound(const struct page *page)
{
	return page->flags & BIT(PG_head) || page->compound_head & 1;
}

static inline enum zone_type page_zonenum(const struct page *page)
{
	return ZONE_NORMAL;
}

static inline int page_to_nid(const struct page *page)
{
	return pfn_to_nid(page_to_pfn(page));
}

static inline struct folio *page_folio(struct page *page)
{
	if (page->compound_head & 1)
		page = (struct page *)(page->compound_head - 1);
	return (struct folio *)page;
}

static inline bool folio_test_large(const struct folio *folio)
{
	return folio->page.flags & BIT(PG_head);
}

static inline unsigned int folio_order(const struct folio *folio)
{
	return folio_test_large(folio) ? (&folio->page)[1].index : 0;
}

/* In the kernel it is a type of folio, not a flag. */
static inline bool folio_test_hugetlb(const struct folio *folio)
{
	return folio->page.flags & BIT(PG_hugetlb);
}

static inline struct folio *page_rmappable_folio(struct page *page)
{
	return (struct folio *)page;
}

#define folio_pfn(folio)	page_to_pfn(&(folio)->page)
#define folio_address(folio)	page_address(&(folio)->page)
#define virt_to_folio(addr)	page_folio(virt_to_page(addr))

static inline void set_page_private(struct page *page, unsigned long private)
{
	page->private = private;
}

static inline int page_count(const struct page *page)
{
	return atomic_read(&page->_refcount);
}

#define page_ref_count(page)	page_count(page)

static inline void set_page_count(struct page *page, int v)
{
	atomic_set(&page->_refcount, v);
}

#define accept_memory(start, size)	((void)(start))

#define PAGE_ALIGN(addr)	ALIGN(addr, PAGE_SIZE)
#define PAGE_ALIGN_DOWN(addr)	ALIGN_DOWN(addr, PAGE_SIZE)

void num_poisoned_pages_inc(unsigned long pfn);
unsigned long get_num_physpages(void);
void reserve_bootmem_region(phys_addr_t start, phys_addr_t end, int nid);
void totalram_pages_add(long count);
int reserve_mem_find_by_name(const char *name, phys_addr_t *start, phys_addr_t *size);
void folio_put(struct folio *folio);
void free_reserved_page(struct page *page);
void adjust_managed_page_count(struct page *page, long count);

#define totalram_pages_inc()	totalram_pages_add(1)

static inline unsigned int get_order(unsigned long size)
{
	return size <= PAGE_SIZE ? 0 : ilog2(size - 1) + 1 - PAGE_SHIFT;
}

#endif /* _KHO_TEST_LINUX_MM_H */
