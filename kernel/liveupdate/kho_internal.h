/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Kexec HandOver: what its files share. One file, one role:
 *
 *   kexec_handover.c  switches, order of start-up
 *   kho_scratch.c     the areas that never hold preserved memory
 *   kho_incoming.c    what the previous kernel says, believed only after checks
 *   kho_unmapped.c    memory for the linear map, where that takes much
 *   kho_tree.c        reading a tree that came from elsewhere
 *   kho_digest.c      a coarse map of what a tree preserves
 *   kho_own.c         pages that the handover itself needs
 *   kho_release.c     memory to the page allocator, around what is preserved
 *   kho_fdt.c         the root FDT as a format
 *   kho_subtree.c     the outgoing and the incoming root FDT, named blobs
 *   kho_radix.c       the tracker
 *   kho_preserve.c    folios and pages into the tracker
 *   kho_restore.c     and back in the successor
 *   kho_vmalloc.c     the same for vmalloc areas
 *   kho_metadata.c    who handed over
 *   kho_reserve_mem.c reserve_mem= regions
 *   kho_place.c       where an image goes
 *   kho_kexec.c       whether a jump may lose data
 *   kho_hwpoison.h    pages with memory errors, in files of their own
 *   kho_image.h       what is known of an image, in files of its own
 *   kho_debugfs.c     all of it to look at
 *   kho_block.c       chains of pages with fixed-size entries
 *   mm/kho.c          what only mm may do with struct pages
 */
#ifndef _KERNEL_LIVEUPDATE_KHO_INTERNAL_H
#define _KERNEL_LIVEUPDATE_KHO_INTERNAL_H

#include <linux/init.h>
#include <linux/kexec_handover.h>
#include <linux/kho_radix_tree.h>
#include <linux/memblock.h>
#include <linux/mmzone.h>
#include <linux/types.h>

struct dentry;
struct kho_vmalloc_chunk;
struct seq_file;

/* What is wrong with data that came from elsewhere, and the value. */
struct kho_fault {
	const char *what;
	u64 value;
};

static inline int kho_fault(struct kho_fault *fault, const char *what,
			    u64 value)
{
	fault->what = what;
	fault->value = value;
	return -EINVAL;
}

/* kexec_handover.c */

/* The tracker of what this kernel hands over; no root while KHO is off. */
extern struct kho_radix_tree kho_out_tree;

/* kho_scratch.c */

/* Alignment of scratch areas: whole pageblocks and buddies (ABI 5.2). */
#define KHO_SCRATCH_ALIGN	((phys_addr_t)PAGE_SIZE << MAX_PAGE_ORDER)

/* More areas than any machine has nodes: beyond it is garbage. */
#define KHO_SCRATCH_MAX_AREAS	4096U

/* Areas that are not empty: memblock has 128 regions before it can grow. */
#define KHO_SCRATCH_MAX_USED	120U

struct kho_scratch_param {
	bool explicit;		/* else sizes follow from @percent */
	phys_addr_t low;
	phys_addr_t global;
	phys_addr_t node;
	u64 percent;
};

extern struct kho_scratch *kho_scratch;
extern unsigned int kho_scratch_cnt;

/* Whether an address lies in scratch; see kho_scratch_overlap() for ranges. */
static __always_inline bool kho_scratch_holds(phys_addr_t phys)
{
	const struct kho_scratch *area = kho_scratch;
	const struct kho_scratch *end = area + kho_scratch_cnt;

	for (; area < end; area++)
		if (unlikely(phys - area->addr < area->size))
			return true;
	return false;
}

int kho_scratch_parse(const char *arg, struct kho_scratch_param *param);
int kho_scratch_check(const struct kho_scratch *areas, unsigned int nr,
		      struct kho_fault *fault);
void kho_scratch_note_early(void);
int kho_scratch_reserve(void);
void kho_scratch_adopt(struct kho_scratch *areas, unsigned int nr);
void kho_scratch_release(void);
void kho_scratch_count(void);
void kho_scratch_abandon(void);
phys_addr_t kho_scratch_total(void);

/* kho_incoming.c */

/* What came from the previous kernel, and what that took. */
struct kho_in_stats {
	unsigned long pages;	/* preserved, tables not included */
	unsigned long tables;
	unsigned long found;	/* pages that were free early */
	unsigned int pieces;	/* in so many ranges */
	u64 block;		/* bytes */
	unsigned long digest_cycles;
	unsigned long release_cycles;
};

/* The handover that this kernel was given. */
struct kho_incoming {
	phys_addr_t fdt;	/* 0: not a KHO boot */
	phys_addr_t tree;
	phys_addr_t scratch;
	unsigned int scratch_cnt;
	bool attached;
	struct kho_in_stats stats;
};

extern struct kho_incoming kho_in;

struct kho_digest;
struct kho_piece;

bool kho_in_memblock(phys_addr_t start, phys_addr_t size);
int kho_in_check_limit(struct kho_fault *fault);
void kho_in_add_scratch(struct kho_digest *digest);
void kho_in_mark_free(const struct kho_digest *digest, struct kho_piece *pieces,
		      unsigned long max);
void kho_in_forget(const struct kho_fault *fault);
void kho_in_attach(void);
void kho_in_release(void);
const void *kho_in_fdt(void);
bool kho_in_preserved(phys_addr_t phys, u64 size);
bool kho_in_block(unsigned long pfn, unsigned int order);
unsigned long kho_in_unclaimed(void);
void kho_in_note_release(unsigned long cycles);
const struct kho_in_stats *kho_in_get_stats(void);

/* kho_tree.c */

/* No page frame that a key can name is this or higher. */
#define KHO_TREE_END_PFN	BIT(64 - PAGE_SHIFT)

/* The blocks of one order of a tree that nobody changes. */
struct kho_tree_cursor {
	phys_addr_t root;
	unsigned int order;
	struct kho_radix_leaf *leaf;	/* looked at last, has @key */
	unsigned long key;
};

/* What is done with the tables of a tree while it is checked. */
struct kho_tree_visitor {
	bool unmapped;		/* there is no linear map yet */
	int (*table)(u64 phys, void *data);
	void (*leaf)(const struct kho_radix_leaf *leaf, unsigned long key,
		     void *data);
	void *data;
};

int kho_tree_check_tables(phys_addr_t root,
			  const struct kho_tree_visitor *visitor,
			  struct kho_fault *fault);
int kho_tree_check_keys(phys_addr_t root, unsigned long orders,
			struct kho_fault *fault);
bool kho_tree_any(phys_addr_t root, unsigned long orders, unsigned long pfn,
		  unsigned long end);
bool kho_tree_covers(phys_addr_t root, unsigned long orders, unsigned long pfn,
		     unsigned long end);
unsigned long kho_tree_find(struct kho_tree_cursor *cursor, unsigned long pfn,
			    unsigned long end);
unsigned long kho_tree_find_end(const struct kho_tree_cursor *cursor,
				unsigned long pfn);
void kho_tree_forget(const struct kho_tree_cursor *cursor, unsigned long pfn);
unsigned long kho_tree_count(phys_addr_t root, unsigned long orders,
			     unsigned long pfn, unsigned long end);

/* kho_digest.c */

/*
 * A successor uses so many pieces of memory early, whatever the scatter: every
 * one makes memblock's list of regions longer, which each allocation goes
 * through. It uses more only if so many are as large as a gigantic page.
 */
#define KHO_MAX_PIECES		512UL

/*
 * The same before there is a linear map: memblock's lists are short and cannot
 * grow then.
 */
#define KHO_UNMAPPED_PIECES	24

struct kho_digest {
	unsigned long *busy;	/* a bit for each block */
	unsigned long nr;	/* number of blocks */
	unsigned int order;	/* log2 of the pages in each */
	unsigned long pages;	/* that are preserved */
	unsigned long orders;	/* a bit for each order that is in the tree */
};

/* Which of many pieces are the largest: by log2 of their pages, how many. */
struct kho_pick {
	unsigned long nr[BITS_PER_LONG];
};

size_t kho_digest_size(struct kho_digest *digest, unsigned long end_pfn);
void kho_digest_start(struct kho_digest *digest, unsigned long *busy);
void kho_digest_add(struct kho_digest *digest, unsigned long pfn,
		    unsigned long end);
void kho_digest_add_leaf(struct kho_digest *digest,
			 const struct kho_radix_leaf *leaf, unsigned long key);
bool kho_digest_next(const struct kho_digest *digest, struct kho_piece *piece,
		     unsigned long end);
void kho_pick_note(struct kho_pick *pick, const struct kho_piece *piece);
unsigned long kho_pick_max(const struct kho_pick *pick);
void kho_pick_limit(struct kho_pick *pick, unsigned long max);
bool kho_pick_take(struct kho_pick *pick, const struct kho_piece *piece);

/* kho_own.c */

/* What it takes to know so many pages, in bytes. */
static inline size_t kho_own_size(unsigned long nr)
{
	return PAGE_ALIGN(nr * sizeof(unsigned long));
}

int kho_own_start(unsigned long max);
int kho_own_add(unsigned long pfn);
int kho_own_finish(unsigned long *twice);
void kho_own_forget(void);
unsigned long kho_own_find(unsigned long pfn, unsigned long end);
void kho_own_report(phys_addr_t root, unsigned long orders, unsigned long fdt);
void kho_own_free(unsigned long fdt);

/* kho_release.c */
void kho_release_start(phys_addr_t root, unsigned long orders);
bool kho_release_check_reserved(void);
void kho_release_range(unsigned long pfn, unsigned long end,
		       void (*free)(unsigned long pfn, unsigned long end));
unsigned long kho_release_count(unsigned long pfn, unsigned long end);
bool kho_release_block_early(unsigned long pfn);

extern bool kho_released;

/* Whether the struct page of a block that is to be restored can be looked at. */
static __always_inline bool kho_release_early(unsigned long pfn)
{
	return likely(kho_released) || kho_release_block_early(pfn);
}

/* kho_fdt.c */
int kho_fdt_create(void *fdt, size_t size, phys_addr_t tree_root);
int kho_fdt_check(const void *fdt, size_t size, phys_addr_t *tree_root,
		  struct kho_fault *fault);
int kho_fdt_subnode(const void *fdt, int parent, const char *name);
int kho_fdt_add(void *fdt, size_t size, const char *name, phys_addr_t blob,
		u64 blob_size);
int kho_fdt_remove(void *fdt, phys_addr_t blob);
int kho_fdt_find(const void *fdt, const char *name, phys_addr_t *blob,
		 u64 *blob_size);
int kho_fdt_read_blob(const void *fdt, int node, phys_addr_t *blob,
		      u64 *blob_size);

/* kho_subtree.c */
int kho_subtree_init(void);
void kho_subtree_exit(void);
phys_addr_t kho_out_fdt_phys(void);
bool kho_out_client(char *client, size_t size);
bool kho_out_has_subtree(const char *name);
void kho_out_show(struct seq_file *m);

/* kho_preserve.c */
unsigned long kho_find_poisoned(unsigned long pfn, unsigned long end);
int kho_check_preservable(unsigned long pfn, unsigned long nr_pages);
int kho_preserve_folios(struct folio **folios, unsigned long nr);
void kho_unpreserve_folios(struct folio **folios, unsigned long nr);

/* kho_restore.c and mm/kho.c */

/* In page->private of the first page of a preserved block, until restored. */
union kho_page_info {
	unsigned long private;
	struct {
		unsigned int order;
		unsigned int magic;
	};
};

#define KHO_PAGE_MAGIC 0x4b484f50U	/* "KHOP" */
/* The handover itself is in the block: nobody can have it. */
#define KHO_OWN_MAGIC  0x4b484f4fU	/* "KHOO" */

static_assert(sizeof(union kho_page_info) == sizeof(unsigned long));

unsigned long kho_restored(void);
int kho_handed_over_order(phys_addr_t phys);
bool kho_is_handed_over(phys_addr_t phys, unsigned int order);
void kho_free_own(unsigned long pfn);
struct page *kho_restore_block(phys_addr_t phys, unsigned int max_order,
			       unsigned int *order);
void kho_restore_undo(struct page *page, unsigned int order);
void kho_mm_release_pageblock(struct page *page);
void kho_mm_count_pageblock(struct page *page);
int kho_mm_init_block(unsigned long pfn, unsigned int order);
bool kho_mm_is_init(unsigned long pfn, unsigned long nr_pages);
void kho_mm_tag_blocks(unsigned long pfn, unsigned long end,
		       unsigned int order, unsigned int magic);
#ifdef CONFIG_KEXEC_HANDOVER_DEBUG
void kho_mm_poison(unsigned long pfn, unsigned long end);
#else
static inline void kho_mm_poison(unsigned long pfn, unsigned long end) { }
#endif
void kho_mm_make_folio(struct page *page, unsigned int order);
void kho_mm_make_pages(struct page *page, unsigned long nr_pages);
void kho_mm_unmake_pages(struct page *page, unsigned int order);
void *kho_mm_vmap(struct page **pages, unsigned int nr_pages,
		  unsigned int order, unsigned long vm_flags);

/* mm/kho_alloc.c */
struct folio *kho_mm_alloc_folio(gfp_t gfp, unsigned int order, int nid);

/* kho_vmalloc.c */

/* Where somebody is in a vmalloc area of the previous kernel. */
struct kho_vmalloc_reader {
	phys_addr_t next;		/* the first chunk, until it is taken */
	struct kho_vmalloc_chunk *chunk;
	unsigned int i;			/* the next block in @chunk */
	unsigned int nr_pages;		/* not read yet */
	unsigned int order;
};

void kho_vmalloc_read_start(struct kho_vmalloc_reader *reader,
			    const struct kho_vmalloc *preservation);
struct page *kho_vmalloc_read(struct kho_vmalloc_reader *reader);

/* kho_metadata.c */
void kho_metadata_note(void);
int kho_metadata_init(void);

/* kho_timeline.c */
void kho_timeline_note(void);
void kho_timeline_init(void);
void kho_timeline_reboot(void);
void kho_timeline_show(struct seq_file *m);

/* kho_kexec.c */
void kho_kexec_note_mapped(void);
void kho_kexec_note_boot(void);
void kho_kexec_show(struct seq_file *m);

/* kho_debugfs.c */
#ifdef CONFIG_KEXEC_HANDOVER_DEBUGFS
void kho_debugfs_init(void);
void kho_debugfs_add_blob(const char *name, void *blob, size_t size);
void kho_debugfs_remove_blob(const void *blob);
#else
static inline void kho_debugfs_init(void) { }

static inline void kho_debugfs_add_blob(const char *name, void *blob,
					size_t size) { }

static inline void kho_debugfs_remove_blob(const void *blob) { }
#endif

/* luo_core.c and luo_session.c */
#ifdef CONFIG_LIVEUPDATE
bool luo_has_data(void);
u64 luo_session_count(void);
#else
static inline bool luo_has_data(void)
{
	return false;
}

static inline u64 luo_session_count(void)
{
	return 0;
}
#endif

#endif /* _KERNEL_LIVEUPDATE_KHO_INTERNAL_H */
