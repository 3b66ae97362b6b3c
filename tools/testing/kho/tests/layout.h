/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Random memory maps, and trees of what is preserved on them, with a naive model:
 * a byte for each page of a window. No kernel boots, so that there can be very
 * many. What the numbers come from is the caller's choice.
 */
#ifndef _KHO_TEST_LAYOUT_H
#define _KHO_TEST_LAYOUT_H

#include "tap.h"

#define LAYOUT_MAX_PAGES	(1UL << 19)
#define LAYOUT_MAX_BLOCKS	4096	/* runs of blocks that were added */

/* For tables that are not in the window. */
#define LAYOUT_SPARE		MiB(64)
#define LAYOUT_SPARE_PAGES	(MiB(128) >> PAGE_SHIFT)

/* What a page is. */
#define PAGE_MEMORY	0x01	/* all of it */
#define PAGE_RESERVED	0x02	/* any of it */
#define PAGE_PRESERVED	0x04	/* or in a table, as far as it is not lost */
#define PAGE_TABLE	0x08
#define PAGE_KEY	0x10	/* preserved, even if the block is lost */

struct layout_run {
	unsigned long pfn;
	unsigned long nr;	/* blocks */
	unsigned int order;
};

struct layout {
	u64 (*rnd)(void);
	bool twice;		/* memory may be preserved more than once */
	unsigned long base;	/* the window */
	unsigned long nr;
	unsigned char *page;
	unsigned char *head;	/* order + 1 of the block that has the tag */
	phys_addr_t root;
	unsigned long next_spare;
	unsigned int nr_runs;
	struct layout_run runs[LAYOUT_MAX_BLOCKS];
	/* What reading the tree told. */
	struct kho_digest digest;
	unsigned int nr_tables;
	struct kho_fault fault;
};

/* A machine for them. */
void layout_power_on(void);
/* A map of @nr pages or a few more, and no key yet. */
void layout_map(struct layout *l, unsigned long nr);
/* Preserve blocks, as far as that is possible. Returns whether all were. */
bool layout_add(struct layout *l, unsigned long pfn, unsigned long nr,
		unsigned int order);
/* Any of the shapes that are of interest, several times. */
void layout_fill(struct layout *l, unsigned int times);
/* Reservations that were not there when the blocks were preserved. */
void layout_reserve(struct layout *l, unsigned int nr);
/* Read the tree as the successor does, into a digest of blocks of @order. */
int layout_read(struct layout *l, int order);
/* Work out which blocks are lost, and which have tags. */
void layout_judge(struct layout *l);

static inline unsigned long layout_below(struct layout *l, unsigned long n)
{
	return l->rnd() % n;
}

/* Compare with the model; NULL, or what is wrong. */
const char *layout_check_digest(struct layout *l);
const char *layout_check_pieces(struct layout *l, unsigned int max);
const char *layout_check_covers(struct layout *l);
const char *layout_check_count(struct layout *l);
/* Release all of it, in parts, by so many threads. */
const char *layout_check_release(struct layout *l, unsigned int threads);

#endif /* _KHO_TEST_LAYOUT_H */
