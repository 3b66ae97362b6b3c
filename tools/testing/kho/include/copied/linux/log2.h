/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _KHO_TEST_LOG2_H
#define _KHO_TEST_LOG2_H

#include <linux/bits.h>
#include <linux/types.h>

/* Both are constant expressions for a constant. */
#define ilog2(n)	(63 - __builtin_clzll(n))
#define const_ilog2(n)	ilog2(n)

static inline bool is_power_of_2(unsigned long n)
{
	return n != 0 && ((n & (n - 1)) == 0);
}

#endif /* _KHO_TEST_LOG2_H */
