/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _KHO_TEST_LINUX_KERNEL_H
#define _KHO_TEST_LINUX_KERNEL_H

#include <linux/align.h>
#include <linux/bitops.h>
#include <linux/build_bug.h>
#include <linux/kstrtox.h>
#include <linux/log2.h>
#include <linux/math.h>
#include <linux/minmax.h>
#include <linux/printk.h>
#include <linux/sprintf.h>
#include <linux/types.h>

#ifndef INT_MAX
#define INT_MAX		((int)(~0U >> 1))
#endif
#ifndef ULONG_MAX
#define ULONG_MAX	(~0UL)
#endif
#ifndef ULLONG_MAX
#define ULLONG_MAX	(~0ULL)
#endif
#define U64_MAX		(~(u64)0)
#define PHYS_ADDR_MAX	(~(phys_addr_t)0)

#define abs_diff(a, b) ({						\
	typeof(a) __a = (a);						\
	typeof(b) __b = (b);						\
	__a > __b ? __a - __b : __b - __a; })

#define _RET_IP_	((unsigned long)__builtin_return_address(0))

/* sim/lib.c */
unsigned long long memparse(const char *ptr, char **retptr);
/* sim/cmdline.c */
char *next_arg(char *args, char **param, char **val);
char *skip_spaces(const char *s);

#endif /* _KHO_TEST_LINUX_KERNEL_H */
