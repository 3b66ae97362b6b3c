/* SPDX-License-Identifier: GPL-2.0 */
/* There are no other files than those of shmem. */
#ifndef _KHO_TEST_LINUX_SHMEM_FS_H
#define _KHO_TEST_LINUX_SHMEM_FS_H

#include <linux/pagemap.h>

static inline bool shmem_mapping(const struct address_space *mapping)
{
	return true;
}

#endif /* _KHO_TEST_LINUX_SHMEM_FS_H */
