/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _KHO_TEST_LINUX_ERRNO_H
#define _KHO_TEST_LINUX_ERRNO_H

/* glibc includes this one too. */
#include_next <linux/errno.h>

#endif /* _KHO_TEST_LINUX_ERRNO_H */
