/* SPDX-License-Identifier: GPL-2.0 */
/* Nothing interrupts: a spinlock is a mutex. */
#ifndef _KHO_TEST_LINUX_SPINLOCK_H
#define _KHO_TEST_LINUX_SPINLOCK_H

#include <linux/cleanup.h>
#include <linux/mutex.h>

#define DEFINE_SPINLOCK(name)		DEFINE_MUTEX(name)
#define sim_guard_spinlock_irqsave	sim_guard_mutex
#define sim_unguard_spinlock_irqsave	sim_unguard_mutex

#endif /* _KHO_TEST_LINUX_SPINLOCK_H */
