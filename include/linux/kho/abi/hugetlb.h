/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Live update: files of huge pages. Wire format; see kho/abi/kexec_handover.h
 * for what that means. Mainline has no such format, this is our own.
 */
#ifndef _LINUX_KHO_ABI_HUGETLB_H
#define _LINUX_KHO_ABI_HUGETLB_H

#include <linux/build_bug.h>
#include <linux/stddef.h>
#include <linux/types.h>

#include <linux/kho/abi/block.h>
#include <linux/kho/abi/image.h>

/**
 * DOC: hugetlb
 *
 * The next kernel fills its pools of huge pages long before it asks for files:
 * those of gigantic pages while it parses its command line. The subtree
 * "hugetlb" leads it to all files that are preserved, and so to all their pages,
 * which it then need not allocate again. It is there as long as there is such a
 * file::
 *
 *   hugetlb_kho_ser         hugetlb_luo_ser        block         block
 *   +------------+       +-> +-------------+   +-> +--------+ +-> +--------+
 *   | compatible |       |   | next        |   |   | next   |-+   | 0      |
 *   | nr_files   |       |   | pos, size...|   |   | count  |     | count  |
 *   | files      |-------+   | nr_folios   |   |   | folio  |     | folio  |
 *   +------------+       |   | folios      |---+   | ...    |     | ...    |
 *                        |   +-------------+       +--------+     +--------+
 *   luo_file_ser.data ---+
 *
 * The blob, each hugetlb_luo_ser and each block (see kho/abi/block.h) are a
 * page of order 0. All blocks of a file but the last are full. Each folio has a
 * key of its own in the preserved-memory tree. All folios of a file are listed, in
 * their order: there are no holes.
 */

/* Name of the subtree. */
#define HUGETLB_KHO_NODE_NAME "hugetlb"

/* The compatible string of the file handler and of the subtree. */
#define HUGETLB_LUO_FH_COMPATIBLE KHO_IMAGE_HUGETLB

/* What hugetlb_kho_ser::compatible has room for. */
#define HUGETLB_KHO_COMPAT_LEN 16

/**
 * struct hugetlb_kho_ser - all files of huge pages
 * @compatible: HUGETLB_LUO_FH_COMPATIBLE, filled up with NUL.
 * @nr_files: number of files in the list.
 * @files: physical address of the first file's structure, 0 if there is none.
 */
struct hugetlb_kho_ser {
	char compatible[HUGETLB_KHO_COMPAT_LEN];
	u64 nr_files;
	u64 files;
} __packed;

static_assert(sizeof(HUGETLB_LUO_FH_COMPATIBLE) <= HUGETLB_KHO_COMPAT_LEN);
static_assert(sizeof(struct hugetlb_kho_ser) == 32);
static_assert(offsetof(struct hugetlb_kho_ser, nr_files) == 16);
static_assert(offsetof(struct hugetlb_kho_ser, files) == 24);

/**
 * struct hugetlb_luo_folio_ser - one huge page of a file
 * @pfn: page frame number of its first base page.
 * @index: offset in the file in huge pages.
 */
struct hugetlb_luo_folio_ser {
	u64 pfn;
	u64 index;
} __packed;

static_assert(sizeof(struct hugetlb_luo_folio_ser) == 16);

/**
 * struct hugetlb_luo_ser - a file of huge pages
 * @next: physical address of the next file's structure, 0 ends the list.
 * @pos: file position.
 * @size: file size in bytes.
 * @seals: F_SEAL_* bits.
 * @mode: permission bits of the file's mode.
 * @order: log2 of the base pages in a huge page.
 * @flags: 0.
 * @nr_folios: number of huge pages listed, as many as it takes for the size.
 * @folios: physical address of the first block of struct hugetlb_luo_folio_ser,
 *	0 if there are no huge pages.
 */
struct hugetlb_luo_ser {
	u64 next;
	u64 pos;
	u64 size;
	u32 seals;
	u32 mode;
	u32 order;
	u32 flags;
	u64 nr_folios;
	u64 folios;
} __packed;

static_assert(sizeof(struct hugetlb_luo_ser) == 56);
static_assert(offsetof(struct hugetlb_luo_ser, seals) == 24);
static_assert(offsetof(struct hugetlb_luo_ser, order) == 32);
static_assert(offsetof(struct hugetlb_luo_ser, nr_folios) == 40);
static_assert(offsetof(struct hugetlb_luo_ser, folios) == 48);

#endif /* _LINUX_KHO_ABI_HUGETLB_H */
