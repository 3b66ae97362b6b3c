/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Kexec handover: struct pages and pageblocks, and how memory gets into the page
 * allocator.
 */
#ifndef _MM_KHO_H
#define _MM_KHO_H

#include <linux/kexec_handover.h>
#include <linux/mmzone.h>
#include <linux/page-isolation.h>

/* Memory that is added later cannot be scratch. */
static inline void kho_init_pageblock(struct page *page, unsigned long pfn,
				      enum migratetype mt,
				      enum meminit_context context)
{
	if (context == MEMINIT_EARLY)
		mt = kho_scratch_migratetype(pfn, mt);
	set_pageblock_migratetype(page, mt);
}

#ifdef CONFIG_KEXEC_HANDOVER
/* mm_init.c */
void init_deferred_page(unsigned long pfn, int nid);
unsigned long first_deferred_page(int nid);
/* mm/kho.c */
void kho_init_reserved_pageblock(unsigned long pfn);
void kho_mm_free_deferred(unsigned long pfn, unsigned long end);

/* For each page: most are not the first one of a pageblock. */
static inline void kho_set_reserved_pageblock(unsigned long pfn)
{
	if (pageblock_aligned(pfn))
		kho_init_reserved_pageblock(pfn);
}
#else
static inline void kho_set_reserved_pageblock(unsigned long pfn) { }

static inline void kho_mm_free_deferred(unsigned long pfn, unsigned long end)
{
}
#endif

/* Whether the next kernel's firmware map shows a page: hot-added RAM it misses. */
static inline bool kho_mm_is_boot_memory(unsigned long pfn)
{
#ifdef CONFIG_MEMORY_HOTPLUG
	return early_section(__pfn_to_section(pfn));
#else
	return true;
#endif
}

#endif /* _MM_KHO_H */
