/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _KHO_TEST_MINMAX_H
#define _KHO_TEST_MINMAX_H

#include <linux/build_bug.h>

/* Like the kernel's, these refuse a comparison of different signs. */
#define __minmax_same_sign(x, y)					\
	(__builtin_constant_p(x) || __builtin_constant_p(y) ||		\
	 (((typeof(x))-1 < (typeof(x))1) == ((typeof(y))-1 < (typeof(y))1)))

#define __careful_pick(less, x, y) ({					\
	__auto_type __x = (x);						\
	__auto_type __y = (y);						\
	_Static_assert(__builtin_choose_expr(__minmax_same_sign(x, y), 1, 0), \
		       "min/max signedness error");			\
	(__x < __y) == (less) ? __x : __y; })

#define min(x, y)		__careful_pick(1, x, y)
#define max(x, y)		__careful_pick(0, x, y)
#define min_t(type, x, y)	min((type)(x), (type)(y))
#define max_t(type, x, y)	max((type)(x), (type)(y))

#define clamp(val, lo, hi)	min(max(val, lo), hi)

#define swap(a, b) do {							\
	__auto_type __swap = (a);					\
	(a) = (b);							\
	(b) = __swap;							\
} while (0)

#endif /* _KHO_TEST_MINMAX_H */
