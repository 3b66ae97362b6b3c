/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _KHO_TEST_LINUX_SPINLOCK_H
#define _KHO_TEST_LINUX_SPINLOCK_H

#include <linux/mutex.h>

#define DEFINE_SPINLOCK(name) \
	struct mutex name = __MUTEX_INITIALIZER(name)

#define sim_guard_spinlock	sim_guard_mutex
#define sim_unguard_spinlock	sim_unguard_mutex

#endif /* _KHO_TEST_LINUX_SPINLOCK_H */
