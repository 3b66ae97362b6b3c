/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Live update: memfds. Wire format; see kho/abi/kexec_handover.h for what that
 * means. Whoever uses MEMFD_LUO_ALL_SEALS includes linux/fcntl.h.
 */
#ifndef _LINUX_KHO_ABI_MEMFD_H
#define _LINUX_KHO_ABI_MEMFD_H

#include <linux/bits.h>
#include <linux/build_bug.h>
#include <linux/stddef.h>
#include <linux/types.h>

#include <linux/kho/abi/kexec_handover.h>

/**
 * DOC: memfd
 *
 * The file entry's data is the physical address of one page with the structure;
 * the list of folios is a vmalloc area of its own::
 *
 *   luo_file_ser.data -> memfd_luo_ser          memfd_luo_folio_ser
 *                        +-----------------+    +-------------------+
 *                        | pos, size       |    | pfn, flags, index |--> folio
 *                        | seals, flags    |    | pfn, flags, index |--> folio
 *                        | nr_folios       |    | ...               |
 *                        | folios          |--> +-------------------+
 *                        +-----------------+
 *
 * Each folio has a key of its own in the preserved-memory tree, from which its
 * order is known. The list is in the order of the file. Nothing is listed beyond
 * the folio that holds the last byte.
 */

/* The compatible string of the file handler. */
#define MEMFD_LUO_FH_COMPATIBLE	"memfd-v2"

/* memfd_luo_folio_ser::flags */
#define MEMFD_LUO_FOLIO_DIRTY		BIT(0)
#define MEMFD_LUO_FOLIO_UPTODATE	BIT(1)

/* The seals that can be handed over. */
#define MEMFD_LUO_ALL_SEALS					\
	(F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW |		\
	 F_SEAL_WRITE | F_SEAL_FUTURE_WRITE | F_SEAL_EXEC)

/**
 * struct memfd_luo_folio_ser - one folio of a memfd
 * @pfn: page frame number of its first page; an entry with 0 is to be skipped.
 * @flags: MEMFD_LUO_FOLIO_* bits.
 * @index: offset in the file in base pages, a multiple of the folio's pages.
 */
struct memfd_luo_folio_ser {
	u64 pfn:52;
	u64 flags:12;
	u64 index;
} __packed;

static_assert(sizeof(struct memfd_luo_folio_ser) == 16);
static_assert(offsetof(struct memfd_luo_folio_ser, index) == 8);

/**
 * struct memfd_luo_ser - a memfd
 * @pos: file position.
 * @size: file size in bytes.
 * @seals: F_SEAL_* bits.
 * @flags: 0.
 * @nr_folios: entries in the list of folios, 0 for an empty file.
 * @folios: the list, an area of struct memfd_luo_folio_ser; all zero if there
 *	are no entries.
 */
struct memfd_luo_ser {
	u64 pos;
	u64 size;
	u32 seals;
	u32 flags;
	u64 nr_folios;
	struct kho_vmalloc folios;
} __packed;

static_assert(sizeof(struct memfd_luo_ser) == 48);
static_assert(offsetof(struct memfd_luo_ser, seals) == 16);
static_assert(offsetof(struct memfd_luo_ser, nr_folios) == 24);
static_assert(offsetof(struct memfd_luo_ser, folios) == 32);

#endif /* _LINUX_KHO_ABI_MEMFD_H */
