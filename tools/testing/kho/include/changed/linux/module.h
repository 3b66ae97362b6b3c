/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _KHO_TEST_LINUX_MODULE_H
#define _KHO_TEST_LINUX_MODULE_H

#include <linux/bug.h>
#include <linux/types.h>

struct module {
	long refs;
	bool going;
};

static inline bool try_module_get(struct module *module)
{
	if (module && module->going)
		return false;
	if (module)
		module->refs++;
	return true;
}

static inline void module_put(struct module *module)
{
	if (!module)
		return;
	BUG_ON(!module->refs);
	module->refs--;
}

#endif /* _KHO_TEST_LINUX_MODULE_H */
