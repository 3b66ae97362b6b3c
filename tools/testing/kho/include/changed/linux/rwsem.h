/* SPDX-License-Identifier: GPL-2.0 */
/* For one thread: who would wait for a lock would wait for ever, or is killed. */
#ifndef _KHO_TEST_LINUX_RWSEM_H
#define _KHO_TEST_LINUX_RWSEM_H

#include <linux/bug.h>
#include <linux/cleanup.h>
#include <linux/errno.h>
#include <linux/sched.h>

struct rw_semaphore {
	unsigned int readers;
	bool writer;
};

#define DECLARE_RWSEM(name)	struct rw_semaphore name

static inline void down_read(struct rw_semaphore *sem)
{
	BUG_ON(sem->writer);
	sem->readers++;
}

static inline int down_read_killable(struct rw_semaphore *sem)
{
	if (sim_killed && sem->writer)
		return -EINTR;
	down_read(sem);
	return 0;
}

static inline void up_read(struct rw_semaphore *sem)
{
	BUG_ON(!sem->readers);
	sem->readers--;
}

static inline void down_write(struct rw_semaphore *sem)
{
	BUG_ON(sem->writer || sem->readers);
	sem->writer = true;
}

static inline int down_write_killable(struct rw_semaphore *sem)
{
	if (sim_killed && (sem->writer || sem->readers))
		return -EINTR;
	down_write(sem);
	return 0;
}

static inline void up_write(struct rw_semaphore *sem)
{
	BUG_ON(!sem->writer);
	sem->writer = false;
}

static inline void *sim_guard_rwsem_read(struct rw_semaphore *sem)
{
	down_read(sem);
	return sem;
}

static inline void sim_unguard_rwsem_read(void *semp)
{
	up_read(*(void **)semp);
}

static inline void *sim_guard_rwsem_write(struct rw_semaphore *sem)
{
	down_write(sem);
	return sem;
}

static inline void sim_unguard_rwsem_write(void *semp)
{
	up_write(*(void **)semp);
}

#endif /* _KHO_TEST_LINUX_RWSEM_H */
