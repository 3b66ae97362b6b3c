/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Live update: what sender and receiver of memfds share.
 */
#ifndef _MM_MEMFD_LUO_H
#define _MM_MEMFD_LUO_H

#include <linux/pfn.h>
#include <linux/types.h>

struct liveupdate_file_op_args;

/* The last page of a file that is not empty. */
static inline pgoff_t memfd_luo_last_index(u64 size)
{
	return (size - 1) >> PAGE_SHIFT;
}

int memfd_luo_retrieve(struct liveupdate_file_op_args *args);
void memfd_luo_finish(struct liveupdate_file_op_args *args);

#endif /* _MM_MEMFD_LUO_H */
