/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _KHO_TEST_LINUX_CRASH_DUMP_H
#define _KHO_TEST_LINUX_CRASH_DUMP_H

#include <linux/types.h>

extern bool sim_kdump;

static inline bool is_kdump_kernel(void)
{
	return sim_kdump;
}

#endif /* _KHO_TEST_LINUX_CRASH_DUMP_H */
