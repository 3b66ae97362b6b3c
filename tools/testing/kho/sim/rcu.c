// SPDX-License-Identifier: GPL-2.0
/*
 * RCU with real grace periods, in a form that ThreadSanitizer understands: what
 * a reader did happens before what a callback does.
 *
 * A reader announces the epoch it started in. Callbacks wait in a list; whoever
 * leaves a read-side critical section when enough have gathered starts a new
 * epoch, waits until nobody reads in an older one, and calls them.
 */

#include <pthread.h>
#include <sched.h>

#include <linux/rcupdate.h>

#include "sim.h"

#define SIM_MAX_THREADS	64
#define SIM_RCU_BATCH	32

struct sim_reader {
	unsigned long epoch;	/* 0: does not read */
	unsigned int depth;
	bool used;
} ____cacheline_aligned;

static struct sim_reader sim_readers[SIM_MAX_THREADS];
static unsigned long sim_epoch = 1;
static pthread_mutex_t sim_rcu_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t sim_rcu_gp = PTHREAD_MUTEX_INITIALIZER;
static struct rcu_head *sim_rcu_list;
static unsigned int sim_rcu_pending;
static pthread_key_t sim_reader_key;
static __thread struct sim_reader *sim_reader;

static void sim_reader_exit(void *data)
{
	struct sim_reader *reader = data;

	pthread_mutex_lock(&sim_rcu_lock);
	reader->used = false;
	pthread_mutex_unlock(&sim_rcu_lock);
}

static void __attribute__((constructor)) sim_rcu_init(void)
{
	pthread_key_create(&sim_reader_key, sim_reader_exit);
}

static noinline struct sim_reader *sim_reader_new(void)
{
	struct sim_reader *reader = sim_readers;

	pthread_mutex_lock(&sim_rcu_lock);
	while (reader->used)
		sim_never(++reader == sim_readers + SIM_MAX_THREADS);
	reader->used = true;
	pthread_mutex_unlock(&sim_rcu_lock);

	pthread_setspecific(sim_reader_key, reader);
	sim_reader = reader;
	return reader;
}

void rcu_read_lock(void)
{
	struct sim_reader *reader = sim_reader ?: sim_reader_new();

	if (!reader->depth++)
		__atomic_store_n(&reader->epoch,
				 __atomic_load_n(&sim_epoch, __ATOMIC_RELAXED),
				 __ATOMIC_SEQ_CST);
}

/* Wait until nobody reads what was there before. */
static void sim_synchronize(void)
{
	unsigned long epoch, now;
	unsigned int i;

	now = __atomic_add_fetch(&sim_epoch, 1, __ATOMIC_SEQ_CST);
	for (i = 0; i < SIM_MAX_THREADS; i++) {
		do {
			epoch = __atomic_load_n(&sim_readers[i].epoch,
						__ATOMIC_SEQ_CST);
		} while (epoch && epoch < now && !sched_yield());
	}
}

static void sim_rcu_process(void)
{
	struct rcu_head *list, *next;

	pthread_mutex_lock(&sim_rcu_lock);
	list = sim_rcu_list;
	sim_rcu_list = NULL;
	__atomic_store_n(&sim_rcu_pending, 0, __ATOMIC_RELAXED);
	pthread_mutex_unlock(&sim_rcu_lock);

	if (list)
		sim_synchronize();
	for (; list; list = next) {
		next = list->next;
		list->func(list);
	}
}

void rcu_read_unlock(void)
{
	struct sim_reader *reader = sim_reader;

	sim_never(!reader || !reader->depth);
	if (--reader->depth)
		return;

	__atomic_store_n(&reader->epoch, 0, __ATOMIC_RELEASE);
	if (__atomic_load_n(&sim_rcu_pending, __ATOMIC_RELAXED) < SIM_RCU_BATCH ||
	    pthread_mutex_trylock(&sim_rcu_gp))
		return;
	sim_rcu_process();
	pthread_mutex_unlock(&sim_rcu_gp);
}

void call_rcu(struct rcu_head *head, void (*func)(struct rcu_head *head))
{
	head->func = func;
	pthread_mutex_lock(&sim_rcu_lock);
	head->next = sim_rcu_list;
	sim_rcu_list = head;
	__atomic_add_fetch(&sim_rcu_pending, 1, __ATOMIC_RELAXED);
	pthread_mutex_unlock(&sim_rcu_lock);
}

void rcu_barrier(void)
{
	sim_never(sim_reader && sim_reader->depth);
	pthread_mutex_lock(&sim_rcu_gp);
	sim_rcu_process();
	pthread_mutex_unlock(&sim_rcu_gp);
}

/* Threads take turns at places where it matters, not only when a CPU is taken. */

bool sim_perturbed;

void sim_perturb(bool on)
{
	sim_perturbed = on;
}

void sim_yield(void)
{
	static __thread unsigned int seed;

	if (!seed)
		seed = (unsigned long)&seed >> 4;
	seed = seed * 1664525 + 1013904223;
	if (!((seed >> 12) % 32))
		sched_yield();
}

/* The kernel is gone, and its callbacks with it. */
void sim_rcu_reset(void)
{
	sim_rcu_list = NULL;
	sim_rcu_pending = 0;
	if (sim_reader) {
		sim_reader->depth = 0;
		sim_reader->epoch = 0;
	}
}
