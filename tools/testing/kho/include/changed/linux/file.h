/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _KHO_TEST_LINUX_FILE_H
#define _KHO_TEST_LINUX_FILE_H

#include <linux/fs.h>

struct file *fget(unsigned int fd);
void fput(struct file *file);

#endif /* _KHO_TEST_LINUX_FILE_H */
