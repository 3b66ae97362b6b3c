/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _KHO_TEST_LINUX_STRING_H
#define _KHO_TEST_LINUX_STRING_H

/* That of the C library. */
#include <string.h>

#include <linux/build_bug.h>
#include <linux/types.h>

char *strchrnul(const char *s, int c);
ssize_t sized_strscpy(char *dst, const char *src, size_t size);

/* Without a size the destination is an array. */
#define __strscpy2(dst, src)						\
	sized_strscpy(dst, src, sizeof(dst) +				\
		      BUILD_BUG_ON_ZERO(__builtin_types_compatible_p(	\
				typeof(dst), typeof(&(dst)[0]))))
#define __strscpy3(dst, src, size)	sized_strscpy(dst, src, size)
#define __strscpy_pick(dst, src, size, name, ...)	name
#define strscpy(...)							\
	__strscpy_pick(__VA_ARGS__, __strscpy3, __strscpy2)(__VA_ARGS__)

/* As the array is cleared, padding or not is the same to who reads it. */
#define strscpy_pad(dst, src) ({					\
	memset(dst, 0, sizeof(dst));					\
	strscpy(dst, src); })

#endif /* _KHO_TEST_LINUX_STRING_H */
