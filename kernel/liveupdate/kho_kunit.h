/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Kexec HandOver: what the KUnit suites share. They test what needs a real
 * kernel: struct pages, the page allocator, vmalloc, RCU, threads. Formats and
 * parsers are tested byte by byte in tools/testing/kho.
 */
#ifndef _KERNEL_LIVEUPDATE_KHO_KUNIT_H
#define _KERNEL_LIVEUPDATE_KHO_KUNIT_H

#include <linux/types.h>

struct kho_radix_tree;
struct kunit;
struct page;

/* What is in a tree; two are the same if they hold the same keys. */
struct kho_kunit_look {
	unsigned long tables;
	unsigned long keys;
	unsigned long pages;
	unsigned long hash;
};

struct kho_kunit_look kho_kunit_look(struct kho_radix_tree *tree);
bool kho_kunit_same(struct kho_radix_tree *tree,
		    const struct kho_kunit_look *look);
bool kho_kunit_has(struct kho_radix_tree *tree, unsigned long key);
bool kho_kunit_has_block(unsigned long pfn, unsigned int order);

void kho_kunit_need_kho(struct kunit *test);

void kho_kunit_fail_init(struct kunit *test);
void kho_kunit_fail_begin(unsigned int nth);
bool kho_kunit_fail_end(void);

void kho_kunit_hand_over(struct page *page, unsigned int order);

void kho_kunit_run_threads(struct kunit *test, unsigned int nr,
			   void (*fn)(void *arg, unsigned int i), void *arg);

#endif /* _KERNEL_LIVEUPDATE_KHO_KUNIT_H */
