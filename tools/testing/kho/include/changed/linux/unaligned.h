/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _KHO_TEST_LINUX_UNALIGNED_H
#define _KHO_TEST_LINUX_UNALIGNED_H

#include <linux/compiler.h>

#define get_unaligned(ptr) ({						\
	const struct { typeof(*(ptr)) x; } __packed *__p =		\
		(const void *)(ptr);					\
	__p->x; })

#endif /* _KHO_TEST_LINUX_UNALIGNED_H */
