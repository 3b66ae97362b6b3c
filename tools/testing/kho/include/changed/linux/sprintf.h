/* SPDX-License-Identifier: GPL-2.0 */
/* That of the C library. */
#ifndef _KHO_TEST_LINUX_SPRINTF_H
#define _KHO_TEST_LINUX_SPRINTF_H

#include <stdarg.h>
#include <stdio.h>

/* What was written, however long it would have been. */
#define scnprintf(buf, size, ...) ({					\
	size_t __size = (size);						\
	int __n = snprintf(buf, __size, __VA_ARGS__);			\
	__size ? (__n < (int)__size ? __n : (int)__size - 1) : 0; })

#endif /* _KHO_TEST_LINUX_SPRINTF_H */
