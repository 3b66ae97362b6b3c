// SPDX-License-Identifier: GPL-2.0
/*
 * Threads take turns at places where it matters, not only when a CPU is taken.
 */

#include <pthread.h>
#include <sched.h>

#include "sim.h"

bool sim_perturbed;

void sim_perturb(bool on)
{
	sim_perturbed = on;
}

/* Two threads that take turns as they are told. */
static struct {
	void (*fn)(unsigned int thread);
	const unsigned int *at;
	unsigned int nr, next;
	unsigned int accesses;
	unsigned int turn;
	unsigned int running;
} sim_turns;

static pthread_mutex_t sim_turn_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t sim_turn_cond = PTHREAD_COND_INITIALIZER;
static __thread int sim_thread = -1;

static void sim_wait_for_turn(void)
{
	pthread_mutex_lock(&sim_turn_lock);
	while (sim_turns.turn != (unsigned int)sim_thread)
		pthread_cond_wait(&sim_turn_cond, &sim_turn_lock);
	pthread_mutex_unlock(&sim_turn_lock);
}

static void sim_give_turn(void)
{
	pthread_mutex_lock(&sim_turn_lock);
	sim_turns.turn = !sim_thread;
	pthread_cond_broadcast(&sim_turn_cond);
	pthread_mutex_unlock(&sim_turn_lock);
}

static void *sim_turn_thread(void *data)
{
	sim_thread = (long)data;
	sim_wait_for_turn();
	sim_turns.fn(sim_thread);
	sim_turns.running--;
	sim_give_turn();
	return NULL;
}

unsigned int sim_take_turns(void (*fn)(unsigned int thread), unsigned int first,
			    const unsigned int *at, unsigned int nr)
{
	pthread_t threads[2];
	long n;

	memset(&sim_turns, 0, sizeof(sim_turns));
	sim_turns.fn = fn;
	sim_turns.at = at;
	sim_turns.nr = nr;
	sim_turns.turn = first;
	sim_turns.running = 2;
	sim_perturbed = true;
	for (n = 0; n < 2; n++)
		sim_never(pthread_create(&threads[n], NULL, sim_turn_thread,
					 (void *)n));
	for (n = 0; n < 2; n++)
		pthread_join(threads[n], NULL);
	sim_perturbed = false;
	return sim_turns.accesses;
}

void sim_yield(void)
{
	static __thread unsigned int seed;
	unsigned int access;

	if (sim_thread >= 0) {
		access = sim_turns.accesses++;
		if (sim_turns.next < sim_turns.nr &&
		    sim_turns.at[sim_turns.next] == access) {
			sim_turns.next++;
			if (sim_turns.running == 2) {
				sim_give_turn();
				sim_wait_for_turn();
			}
		}
		return;
	}

	if (!seed)
		seed = (unsigned long)&seed >> 4;
	seed = seed * 1664525 + 1013904223;
	if (!((seed >> 12) % 32))
		sched_yield();
}
