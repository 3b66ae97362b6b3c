/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _KHO_TEST_LINUX_SORT_H
#define _KHO_TEST_LINUX_SORT_H

#include <stdlib.h>

/* The kernel's can be told how to swap. */
#define sort(base, num, size, cmp, swap)	qsort(base, num, size, cmp)

#endif /* _KHO_TEST_LINUX_SORT_H */
