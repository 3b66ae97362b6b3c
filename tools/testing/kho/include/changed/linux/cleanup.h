/* SPDX-License-Identifier: GPL-2.0 */
/* Each lock has its functions beside it: sim_guard_NAME(), sim_unguard_NAME(). */
#ifndef _KHO_TEST_LINUX_CLEANUP_H
#define _KHO_TEST_LINUX_CLEANUP_H

#include <linux/compiler.h>
#include <linux/mutex_types.h>

#define guard(name)							\
	void *__UNIQUE_ID(guard)					\
	__attribute__((unused, cleanup(sim_unguard_##name))) = sim_guard_##name

/* There is no way out of the block but its end. */
#define scoped_guard(name, lock)					\
	for (void *__once = (void *)1, *__lock				\
	     __attribute__((unused, cleanup(sim_unguard_##name))) =	\
		sim_guard_##name(lock);					\
	     __once; __once = NULL)

/* sim_free_NAME() is beside what is freed. */
#define __free(name)	__attribute__((cleanup(sim_free_##name)))

static inline void *sim_guard_mutex(struct mutex *lock)
{
	pthread_mutex_lock(&lock->mutex);
	return lock;
}

static inline void sim_unguard_mutex(void *lockp)
{
	struct mutex *lock = *(void **)lockp;

	pthread_mutex_unlock(&lock->mutex);
}

#endif /* _KHO_TEST_LINUX_CLEANUP_H */
