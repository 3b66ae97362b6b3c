/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _KHO_TEST_KUNIT_TEST_BUG_H
#define _KHO_TEST_KUNIT_TEST_BUG_H

#include <stddef.h>

/* As in a kernel without KUnit. */
static inline void *kunit_get_current_test(void)
{
	return NULL;
}

#endif /* _KHO_TEST_KUNIT_TEST_BUG_H */
