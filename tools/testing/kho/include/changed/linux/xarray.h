/* SPDX-License-Identifier: GPL-2.0 */
/* See sim/fs.c. */
#ifndef _KHO_TEST_LINUX_XARRAY_H
#define _KHO_TEST_LINUX_XARRAY_H

#include <linux/types.h>

struct xarray {
	struct sim_xa_entry *entries;
};

#define DEFINE_XARRAY(name)	struct xarray name

int xa_insert(struct xarray *xa, unsigned long index, void *entry, gfp_t gfp);
void *xa_erase(struct xarray *xa, unsigned long index);

#endif /* _KHO_TEST_LINUX_XARRAY_H */
