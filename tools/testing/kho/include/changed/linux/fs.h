/* SPDX-License-Identifier: GPL-2.0 */
/* A file is what has references and content. See sim/fs.c. */
#ifndef _KHO_TEST_LINUX_FS_H
#define _KHO_TEST_LINUX_FS_H

#include <linux/types.h>

struct file {
	long refs;
	u64 content;
	void *private_data;
};

struct file *get_file(struct file *file);

#endif /* _KHO_TEST_LINUX_FS_H */
