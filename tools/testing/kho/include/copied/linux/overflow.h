/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _KHO_TEST_OVERFLOW_H
#define _KHO_TEST_OVERFLOW_H

#include <linux/compiler.h>
#include <linux/types.h>

#define check_add_overflow(a, b, d)	\
	__must_check_overflow(__builtin_add_overflow(a, b, d))
#define check_sub_overflow(a, b, d)	\
	__must_check_overflow(__builtin_sub_overflow(a, b, d))
#define check_mul_overflow(a, b, d)	\
	__must_check_overflow(__builtin_mul_overflow(a, b, d))

static inline bool __must_check __must_check_overflow(bool overflow)
{
	return unlikely(overflow);
}

static inline size_t __must_check size_mul(size_t factor1, size_t factor2)
{
	size_t bytes;

	return check_mul_overflow(factor1, factor2, &bytes) ? SIZE_MAX : bytes;
}

#define array_size(a, b)	size_mul(a, b)

#endif /* _KHO_TEST_OVERFLOW_H */
