/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _KHO_TEST_LINUX_MEMORY_HOTPLUG_H
#define _KHO_TEST_LINUX_MEMORY_HOTPLUG_H

#include <linux/types.h>

static inline bool movable_node_is_enabled(void)
{
	return false;
}

/* NULL where the machine has no memory. */
struct page *pfn_to_online_page(unsigned long pfn);

#endif /* _KHO_TEST_LINUX_MEMORY_HOTPLUG_H */
