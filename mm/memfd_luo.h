/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Live update: what sender and receiver of memfds share.
 */
#ifndef _MM_MEMFD_LUO_H
#define _MM_MEMFD_LUO_H

#include <linux/fcntl.h>
#include <linux/kho/abi/kexec_handover.h>
#include <linux/list.h>
#include <linux/pfn.h>
#include <linux/types.h>

struct file;
struct folio;
struct liveupdate_file_op_args;
struct memfd_luo_folio_ser;
struct memfd_luo_in;
struct memfd_luo_ser;
struct page;

/* The last page of a file that is not empty. */
static inline pgoff_t memfd_luo_last_index(u64 size)
{
	return (size - 1) >> PAGE_SHIFT;
}

/*
 * Adding F_SEAL_EXEC to an executable file adds these too. So if it is there
 * without one of them, the file is not executable.
 */
#define MEMFD_LUO_SEALS_OF_EXEC	\
	(F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_FUTURE_WRITE)

/* All that the next kernel knows of the mode is what these seals say. */
static inline bool memfd_luo_is_executable(unsigned int seals)
{
	return !(seals & F_SEAL_EXEC) ||
	       (seals & MEMFD_LUO_SEALS_OF_EXEC) == MEMFD_LUO_SEALS_OF_EXEC;
}

/**
 * struct memfd_luo_pin - the pinning of all folios of a file
 * @file: the file, which is frozen.
 * @index: the next page.
 * @last: the last page.
 * @tries: how often the folio there did not move.
 * @credit: base pages that may be allocated before it is looked how many there are.
 */
struct memfd_luo_pin {
	struct file *file;
	pgoff_t index;
	pgoff_t last;
	unsigned int tries;
	long credit;
};

/* memfd_luo_pin.c */
int memfd_luo_pin_start(struct memfd_luo_pin *pin, struct file *file, u64 size);
int memfd_luo_pin_folios(struct memfd_luo_pin *pin, struct folio **folios,
			 unsigned int max);

/**
 * struct memfd_luo_list - a list of folios that is being made
 * @area: what describes it.
 * @chunk: the last chunk of that, or NULL.
 * @used: addresses in it.
 * @entries: the last page of the list.
 * @nr: number of entries in the list.
 */
struct memfd_luo_list {
	struct kho_vmalloc area;
	struct kho_vmalloc_chunk *chunk;
	unsigned int used;
	struct memfd_luo_folio_ser *entries;
	unsigned long nr;
};

/* memfd_luo_list.c */
void memfd_luo_list_init(struct memfd_luo_list *list);
int memfd_luo_list_add(struct memfd_luo_list *list, const struct folio *folio);
void memfd_luo_list_free(struct kho_vmalloc *area);

/**
 * struct memfd_luo_it - a way through the folios that were handed over
 * @in: the file.
 * @block: the block of the list that is being read.
 * @i: the next entry in it.
 * @left: number of entries that were not read yet.
 * @entry: the entry of the folio; its index and flags.
 * @page: number of folios of @entry that were given out, in case that it is split.
 */
struct memfd_luo_it {
	const struct memfd_luo_in *in;
	struct page *block;
	unsigned long i;
	u64 left;
	struct memfd_luo_folio_ser *entry;
	unsigned long page;
};

/**
 * struct memfd_luo_in - a file that was handed over and is taken, but no file yet
 * @ser: the structure.
 * @blocks: the blocks of the list, linked by page::lru.
 * @order: their order.
 * @taking: the way to the folios that are not taken yet.
 * @nr_pages: base pages that are taken.
 * @err: why it can never be retrieved, or 0.
 */
struct memfd_luo_in {
	struct memfd_luo_ser *ser;
	struct list_head blocks;
	unsigned int order;
	struct memfd_luo_it taking;
	unsigned long nr_pages;
	int err;
};

/* memfd_luo_in.c */
void memfd_luo_it_init(struct memfd_luo_it *it, const struct memfd_luo_in *in);
struct folio *memfd_luo_it_next(struct memfd_luo_it *it);
pgoff_t memfd_luo_it_index(const struct memfd_luo_it *it);
int memfd_luo_take(struct memfd_luo_in *in, u64 data);
int memfd_luo_take_folios(struct memfd_luo_in *in);
void memfd_luo_free_list(struct memfd_luo_in *in);
void memfd_luo_discard(struct memfd_luo_in *in);

/* memfd_luo_retrieve.c */
int memfd_luo_retrieve(struct liveupdate_file_op_args *args);
void memfd_luo_finish(struct liveupdate_file_op_args *args);

#endif /* _MM_MEMFD_LUO_H */
