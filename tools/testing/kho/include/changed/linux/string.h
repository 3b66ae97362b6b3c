/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _KHO_TEST_LINUX_STRING_H
#define _KHO_TEST_LINUX_STRING_H

/* That of the C library. */
#include <string.h>

#include <linux/build_bug.h>
#include <linux/types.h>

ssize_t sized_strscpy(char *dst, const char *src, size_t size);

/* The two-argument form, whose destination is an array. */
#define strscpy(dst, src)						\
	sized_strscpy(dst, src, sizeof(dst) +				\
		      BUILD_BUG_ON_ZERO(__builtin_types_compatible_p(	\
				typeof(dst), typeof(&(dst)[0]))))

#endif /* _KHO_TEST_LINUX_STRING_H */
