/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _KHO_TEST_LINUX_MUTEX_H
#define _KHO_TEST_LINUX_MUTEX_H

#include <linux/cleanup.h>
#include <linux/errno.h>
#include <linux/mutex_types.h>
#include <linux/sched.h>

#define DEFINE_MUTEX(name)	struct mutex name = __MUTEX_INITIALIZER(name)
#define mutex_init(lock)	((void)pthread_mutex_init(&(lock)->mutex, NULL))

#define mutex_destroy(lock)	((void)pthread_mutex_destroy(&(lock)->mutex))

static inline void mutex_lock(struct mutex *lock)
{
	pthread_mutex_lock(&lock->mutex);
}

/* Who waits and is killed meanwhile is killed before. */
static inline int mutex_lock_killable(struct mutex *lock)
{
	if (sim_killed)
		return pthread_mutex_trylock(&lock->mutex) ? -EINTR : 0;
	mutex_lock(lock);
	return 0;
}

static inline void mutex_unlock(struct mutex *lock)
{
	pthread_mutex_unlock(&lock->mutex);
}

#endif /* _KHO_TEST_LINUX_MUTEX_H */
