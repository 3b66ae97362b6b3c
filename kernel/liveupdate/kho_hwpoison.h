/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Kexec HandOver: pages with memory errors.
 *
 *   kho_hwpoison.c     those that this kernel knows, and what they mean for a jump
 *   kho_hwpoison_in.c  those that the previous kernel knew
 */
#ifndef _KERNEL_LIVEUPDATE_KHO_HWPOISON_H
#define _KERNEL_LIVEUPDATE_KHO_HWPOISON_H

#include <linux/init.h>
#include <linux/types.h>

struct kho_scratch;
struct kimage;
struct seq_file;

/**
 * struct kho_hwpoison - what a jump would do with pages that have memory errors
 * @known: number of pages that this kernel knows.
 * @content: of these, preserved, and content of a memfd.
 * @content_pfn: one of them.
 * @other: of @known, preserved otherwise.
 * @other_pfn: one of them.
 * @tables: of @known, tables of the tracker. They stay as long as the kernel runs.
 * @tables_pfn: one of them.
 * @missed: pages that had no place in the list.
 * @lost: one of these may be somebody's who preserved it.
 * @pfn: the page that kho_hwpoison_verdict() was about.
 */
struct kho_hwpoison {
	unsigned int known;
	unsigned int content;
	unsigned long content_pfn;
	unsigned int other;
	unsigned long other_pfn;
	unsigned int tables;
	unsigned long tables_pfn;
	unsigned long missed;
	bool lost;
	unsigned long pfn;
};

#ifdef CONFIG_MEMORY_FAILURE
/* kho_hwpoison.c */
void kho_hwpoison_look(struct kho_hwpoison *bad);
unsigned int kho_hwpoison_cut_areas(struct kho_scratch *areas,
				    unsigned int max);
const char *kho_hwpoison_verdict(struct kho_hwpoison *bad,
				 const struct kimage *image);
int kho_hwpoison_hand_over(const struct kimage *image, bool force);
void kho_hwpoison_show(struct seq_file *m, const struct kho_hwpoison *bad);

/* kho_hwpoison_in.c */
void kho_hwpoison_read(void);
void kho_hwpoison_reserve(void);
void kho_hwpoison_mark(unsigned long pfn, unsigned long end);
#else
static inline void kho_hwpoison_look(struct kho_hwpoison *bad) { }

static inline unsigned int
kho_hwpoison_cut_areas(struct kho_scratch *areas, unsigned int max)
{
	return 0;
}

static inline const char *kho_hwpoison_verdict(struct kho_hwpoison *bad,
					       const struct kimage *image)
{
	return NULL;
}

static inline int kho_hwpoison_hand_over(const struct kimage *image,
					 bool force)
{
	return 0;
}

static inline void kho_hwpoison_show(struct seq_file *m,
				     const struct kho_hwpoison *bad) { }

static inline void kho_hwpoison_read(void) { }
static inline void kho_hwpoison_reserve(void) { }
static inline void kho_hwpoison_mark(unsigned long pfn, unsigned long end) { }
#endif

#endif /* _KERNEL_LIVEUPDATE_KHO_HWPOISON_H */
