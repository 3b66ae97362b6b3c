/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Kexec HandOver: pages with memory errors. Wire format; see
 * kho/abi/kexec_handover.h for what that means. Mainline has no such format, this
 * is our own.
 */
#ifndef _LINUX_KHO_ABI_HWPOISON_H
#define _LINUX_KHO_ABI_HWPOISON_H

#include <linux/build_bug.h>
#include <linux/stddef.h>
#include <linux/types.h>

#include <linux/kho/abi/image.h>

/**
 * DOC: Pages with memory errors
 *
 * The subtree "hwpoison" lists all pages of which the sender knows that they have
 * an uncorrectable memory error, whether they are preserved or not. It is there
 * only if there are such pages and the next kernel says in its image that it reads
 * the list (kho/abi/image.h). Its blob is a struct kho_hwpoison_ser, at the start
 * of a preserved page.
 *
 * The receiver never uses those pages that are not preserved. An owner of preserved
 * memory that gets it back finds the pages marked (PageHWPoison). A page of the
 * list that is no memory for the receiver is ignored.
 */

/* Name of the subtree. */
#define KHO_HWPOISON_NODE_NAME "hwpoison"

/* The compatible string of the blob, and the name in the marker of an image. */
#define KHO_HWPOISON_COMPATIBLE KHO_IMAGE_HWPOISON

/* What kho_hwpoison_ser::compatible has room for. */
#define KHO_HWPOISON_COMPAT_LEN 16

/* So many pages can be listed. */
#define KHO_HWPOISON_MAX 509

/**
 * struct kho_hwpoison_ser - pages with memory errors
 * @compatible: KHO_HWPOISON_COMPATIBLE, filled up with NUL.
 * @nr: number of entries that are used, at most KHO_HWPOISON_MAX.
 * @pfn: page frame numbers, in units of PAGE_SIZE, each once, in any order.
 */
struct kho_hwpoison_ser {
	char compatible[KHO_HWPOISON_COMPAT_LEN];
	u64 nr;
	u64 pfn[KHO_HWPOISON_MAX];
};

static_assert(offsetof(struct kho_hwpoison_ser, compatible) == 0);
static_assert(offsetof(struct kho_hwpoison_ser, nr) == 16);
static_assert(offsetof(struct kho_hwpoison_ser, pfn) == 24);
static_assert(sizeof(struct kho_hwpoison_ser) == 4096);
static_assert(sizeof(KHO_HWPOISON_COMPATIBLE) <= KHO_HWPOISON_COMPAT_LEN);

#endif /* _LINUX_KHO_ABI_HWPOISON_H */
