/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _KHO_TEST_LINUX_MUTEX_H
#define _KHO_TEST_LINUX_MUTEX_H

#include <linux/cleanup.h>
#include <linux/mutex_types.h>

#define DEFINE_MUTEX(name)	struct mutex name = __MUTEX_INITIALIZER(name)
#define mutex_init(lock)	((void)pthread_mutex_init(&(lock)->mutex, NULL))

#define mutex_destroy(lock)	((void)pthread_mutex_destroy(&(lock)->mutex))

static inline void mutex_lock(struct mutex *lock)
{
	pthread_mutex_lock(&lock->mutex);
}

static inline void mutex_unlock(struct mutex *lock)
{
	pthread_mutex_unlock(&lock->mutex);
}

#endif /* _KHO_TEST_LINUX_MUTEX_H */
