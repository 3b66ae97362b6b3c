/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Kexec HandOver: memory and state that survive into the next kernel.
 */
#ifndef _LINUX_KEXEC_HANDOVER_H
#define _LINUX_KEXEC_HANDOVER_H

#include <linux/err.h>
#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/types.h>

#include <asm-generic/kexec_handover.h>

struct folio;
struct kho_vmalloc;
struct page;

#ifdef CONFIG_KEXEC_HANDOVER

bool kho_is_enabled(void);
bool is_kho_boot(void);

int kho_preserve_folio(struct folio *folio);
void kho_unpreserve_folio(struct folio *folio);
int kho_preserve_pages(struct page *page, unsigned long nr_pages);
void kho_unpreserve_pages(struct page *page, unsigned long nr_pages);
int kho_preserve_vmalloc(void *ptr, struct kho_vmalloc *preservation);
void kho_unpreserve_vmalloc(struct kho_vmalloc *preservation);
void *kho_alloc_preserve(size_t size);
void kho_unpreserve_free(void *mem);
void kho_restore_free(void *mem);
struct folio *kho_restore_folio(phys_addr_t phys);
struct page *kho_restore_pages(phys_addr_t phys, unsigned long nr_pages);
void *kho_restore_vmalloc(const struct kho_vmalloc *preservation);
int kho_add_subtree(const char *name, void *blob, size_t size);
void kho_remove_subtree(void *blob);
int kho_retrieve_subtree(const char *name, phys_addr_t *phys, size_t *size);

void kho_check_memory_map(void);
void kho_memory_init_unmapped(void);
void kho_memory_init_early(void);
void kho_memory_init(void);
void kho_memory_release(void);
void kho_populate(phys_addr_t fdt_phys, u64 fdt_len, phys_addr_t scratch_phys,
		  u64 scratch_len);

bool arch_kho_is_ram(phys_addr_t start, phys_addr_t size);

phys_addr_t kho_reserve_mem_revive(const char *name, phys_addr_t size,
				   phys_addr_t align);
void kho_reserve_mem_track(const char *name, phys_addr_t start,
			   phys_addr_t size);

unsigned long kho_in_nr_pages(void);
bool kho_in_touches(phys_addr_t phys, u64 size);
unsigned long kho_scratch_nr_reserved(void);

bool kho_scratch_overlap(phys_addr_t phys, size_t size);

void kho_hwpoison_note(unsigned long pfn);
void kho_hwpoison_forget(unsigned long pfn);

/**
 * kho_scratch_migratetype - the type of a pageblock whose memmap is set up
 * @pfn: first page frame of the pageblock.
 * @mt: type the pageblock would have without scratch.
 *
 * Return: MIGRATE_CMA if the pageblock touches a scratch area, else @mt.
 */
static inline enum migratetype kho_scratch_migratetype(unsigned long pfn,
						       enum migratetype mt)
{
	if (kho_scratch_overlap(PFN_PHYS(pfn), PAGE_SIZE << pageblock_order))
		return MIGRATE_CMA;
	return mt;
}

#else /* CONFIG_KEXEC_HANDOVER */

static inline bool kho_is_enabled(void)
{
	return false;
}

static inline bool is_kho_boot(void)
{
	return false;
}

static inline int kho_preserve_folio(struct folio *folio)
{
	return -EOPNOTSUPP;
}

static inline void kho_unpreserve_folio(struct folio *folio) { }

static inline int kho_preserve_pages(struct page *page, unsigned int nr_pages)
{
	return -EOPNOTSUPP;
}

static inline void kho_unpreserve_pages(struct page *page,
					unsigned int nr_pages) { }

static inline int kho_preserve_vmalloc(void *ptr,
				       struct kho_vmalloc *preservation)
{
	return -EOPNOTSUPP;
}

static inline void kho_unpreserve_vmalloc(struct kho_vmalloc *preservation) { }

static inline void *kho_alloc_preserve(size_t size)
{
	return ERR_PTR(-EOPNOTSUPP);
}

static inline void kho_unpreserve_free(void *mem) { }

static inline void kho_restore_free(void *mem) { }

static inline struct folio *kho_restore_folio(phys_addr_t phys)
{
	return NULL;
}

static inline struct page *kho_restore_pages(phys_addr_t phys,
					     unsigned long nr_pages)
{
	return NULL;
}

static inline void *kho_restore_vmalloc(const struct kho_vmalloc *preservation)
{
	return NULL;
}

static inline int kho_add_subtree(const char *name, void *blob, size_t size)
{
	return -EOPNOTSUPP;
}

static inline void kho_remove_subtree(void *blob) { }

static inline int kho_retrieve_subtree(const char *name, phys_addr_t *phys,
				       size_t *size)
{
	return -EOPNOTSUPP;
}

static inline void kho_check_memory_map(void) { }

static inline void kho_memory_init_unmapped(void) { }

static inline void kho_memory_init_early(void) { }

static inline void kho_memory_init(void) { }

static inline void kho_memory_release(void) { }

static inline void kho_populate(phys_addr_t fdt_phys, u64 fdt_len,
				phys_addr_t scratch_phys, u64 scratch_len)
{
}

static inline phys_addr_t kho_reserve_mem_revive(const char *name,
						 phys_addr_t size,
						 phys_addr_t align)
{
	return 0;
}

static inline void kho_reserve_mem_track(const char *name, phys_addr_t start,
					 phys_addr_t size) { }

static inline bool kho_in_touches(phys_addr_t phys, u64 size)
{
	return false;
}

static inline unsigned long kho_in_nr_pages(void)
{
	return 0;
}

static inline unsigned long kho_scratch_nr_reserved(void)
{
	return 0;
}

static inline bool kho_scratch_overlap(phys_addr_t phys, size_t size)
{
	return false;
}

static inline void kho_hwpoison_note(unsigned long pfn) { }

static inline void kho_hwpoison_forget(unsigned long pfn) { }

static inline enum migratetype kho_scratch_migratetype(unsigned long pfn,
						       enum migratetype mt)
{
	return mt;
}

#endif /* CONFIG_KEXEC_HANDOVER */

#endif /* _LINUX_KEXEC_HANDOVER_H */
