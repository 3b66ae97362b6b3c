/* SPDX-License-Identifier: GPL-2.0 */
/* guard(mutex) is the only one that is needed. */
#ifndef _KHO_TEST_LINUX_CLEANUP_H
#define _KHO_TEST_LINUX_CLEANUP_H

#include <linux/compiler.h>
#include <linux/mutex_types.h>

static inline struct mutex *sim_guard_mutex(struct mutex *lock)
{
	pthread_mutex_lock(&lock->mutex);
	return lock;
}

static inline void sim_unguard_mutex(struct mutex **lock)
{
	pthread_mutex_unlock(&(*lock)->mutex);
}

#define guard(name)							\
	struct name *__UNIQUE_ID(guard)					\
	__attribute__((unused, cleanup(sim_unguard_##name))) = sim_guard_##name

#endif /* _KHO_TEST_LINUX_CLEANUP_H */
