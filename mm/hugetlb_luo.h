/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Live update: files of huge pages, what their parts share with each other and
 * with hugetlb.
 */
#ifndef _MM_HUGETLB_LUO_H
#define _MM_HUGETLB_LUO_H

#include <linux/kho_block.h>
#include <linux/types.h>

struct file;
struct folio;
struct hstate;
struct hugetlb_luo_ser;
struct inode;
struct liveupdate_file_op_args;
struct page;

#ifdef CONFIG_LIVEUPDATE_HUGETLB

/**
 * struct hugetlb_luo_in - a file that was handed over and nobody asked for yet
 * @list: all of them.
 * @data: what the file entry says, the physical address of @ser.
 * @ser: the structure.
 * @blocks: the list of its huge pages; those that were not handed over have
 *	page frame number 0 by now.
 * @h: its pool, which has the pages; NULL if there is none of this size, and
 *	then the pages are as they were handed over.
 * @file: it has some of the pages, memory was short for the others; or NULL.
 * @err: why it cannot be retrieved, or 0.
 */
struct hugetlb_luo_in {
	struct list_head list;
	u64 data;
	struct hugetlb_luo_ser *ser;
	struct kho_block_set blocks;
	struct hstate *h;
	struct file *file;
	int err;
};

/* hugetlb.c */
void hugetlb_luo_init_folio(struct hstate *h, struct folio *folio);
int hugetlb_luo_add_folio(struct inode *inode, struct folio *folio, pgoff_t idx);

/* memory-failure.c */
#ifdef CONFIG_MEMORY_FAILURE
void hugetlb_luo_poison_page(struct folio *folio, struct page *page);
#else
static inline void hugetlb_luo_poison_page(struct folio *folio,
					   struct page *page) { }
#endif

/* hugetlb_luo_pool.c */
unsigned long hugetlb_luo_pages(struct hstate *h, int nid);
void hugetlb_luo_adopt(void);
void hugetlb_luo_settle_pool(struct hstate *h);
struct hugetlb_luo_in *hugetlb_luo_take(u64 data);
void hugetlb_luo_give_back(struct hugetlb_luo_in *in);
void hugetlb_luo_discard(struct hugetlb_luo_in *in);

/* hugetlb_luo_retrieve.c */
int hugetlb_luo_retrieve(struct liveupdate_file_op_args *args);
void hugetlb_luo_finish(struct liveupdate_file_op_args *args);

#else

static inline unsigned long hugetlb_luo_pages(struct hstate *h, int nid)
{
	return 0;
}

static inline void hugetlb_luo_adopt(void) { }

#endif /* CONFIG_LIVEUPDATE_HUGETLB */

#endif /* _MM_HUGETLB_LUO_H */
