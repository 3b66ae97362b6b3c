/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a kernel left in memory for the next one. The image is made once, by the
 * code under test, and can be put into memory again and again: damaged, and
 * given to a kernel that starts.
 */
#ifndef _KHO_TEST_IMAGE_H
#define _KHO_TEST_IMAGE_H

#include "tap.h"

#define IMAGE_PAGES	100
#define IMAGE_SINGLES	16

/* Pages that nothing was put in. */
#define IMAGE_SPARE	MiB(9)

struct image {
	struct sim_handover h;
	phys_addr_t tree;
	phys_addr_t blob;	/* preserved, a sub-tree "blob" */
	u64 blob_size;
	unsigned long folio4;	/* page frame of a folio of order 4 */
	unsigned long pages;	/* of IMAGE_PAGES pages from an odd one on */
	phys_addr_t single[IMAGE_SINGLES];	/* folios of one page */
};

extern struct image image;

void image_make(void);
/* No kernel, and memory as it was at the jump. */
void image_load(void);
/* The same, quickly, if nothing but preserved pages and tables has changed. */
void image_reload(void);
/*
 * Take note of what is in memory now, and tell whether it is so later. Scratch
 * may change, it is for that.
 */
void image_note(void);
bool image_unchanged(void);

/* What memblock is like on a boot without any handover. */
void image_plain_boot(void);
bool image_memblock_is_plain(void);

/* Where the FDT in memory says that the tree is. */
u64 image_tree(void);
void image_set_tree(u64 tree);

/* The slot of a key's table at a level, in the table above it, or NULL. */
u64 *image_slot(unsigned long key, unsigned int level);
unsigned long *image_leaf(unsigned long key);
/* Set a bit, in a new branch in spare pages if there is none; and clear it. */
void image_set_key(unsigned long key);
void image_clear_key(unsigned long key);

/*
 * The truth about the tree in memory, found out the long way: what is safe to
 * believe. NULL, or what is wrong.
 */
const char *image_verdict(phys_addr_t tree, const struct kho_scratch *areas,
			  unsigned int nr);
/*
 * After a verdict of NULL: pages that are preserved, those of tables, those and
 * the FDT's, and the order of the block that starts there and is in no larger one
 * nor has one of these pages in it, or -1. A block that has the first page of
 * memory and more is lost, that page is reserved.
 */
bool image_page_is_preserved(unsigned long pfn);
bool image_page_is_table(unsigned long pfn);
bool image_page_is_own(unsigned long pfn);
int image_block_order(unsigned long pfn);
/* The first page that is not as it should be when memory is released, or 0. */
unsigned long image_check_released(void);

#endif /* _KHO_TEST_IMAGE_H */
