// SPDX-License-Identifier: GPL-2.0
/*
 * How the tracker scales: threads that add and delete keys, each in a leaf of
 * its own. Numbers, no judgement; the best of several runs, because others use
 * the machine too.
 *
 *   threads          one table for all
 *   threads add N    add N keys in one thread and leave, to count instructions
 */

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "../sim/sim.h"

#define MAX_THREADS	4
#define RUNS		40
#define ROUNDS		25	/* of a run: all keys of a leaf in and out */
#define LEAF		(KHO_RADIX_LEAF_MASK + 1)

static const struct sim_machine machine = {
	.ram = { { .start = MiB(1), .size = GiB(2) } },
};

static struct kho_radix_tree tree;
static unsigned int ready;
static bool go;

/* Operations per second, and how much time of a CPU one takes. */
struct result {
	double ops;
	double cpu_ns;
};

static double now(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static void *work(void *data)
{
	unsigned long first = kho_key_encode((unsigned long)data * LEAF, 0), i;
	unsigned int round;

	__atomic_add_fetch(&ready, 1, __ATOMIC_SEQ_CST);
	while (!__atomic_load_n(&go, __ATOMIC_ACQUIRE))
		sched_yield();
	for (round = 0; round < ROUNDS; round++) {
		for (i = 0; i < LEAF; i++)
			if (kho_radix_add_key(&tree, first + i))
				abort();
		for (i = 0; i < LEAF; i++)
			kho_radix_del_key(&tree, first + i);
	}
	return NULL;
}

static struct result run(unsigned int nr)
{
	double total = 2.0 * ROUNDS * LEAF * nr, start, cpu;
	pthread_t threads[MAX_THREADS];
	unsigned long n;

	ready = 0;
	go = false;
	for (n = 0; n < nr; n++)
		pthread_create(&threads[n], NULL, work, (void *)(n + 8));
	while (__atomic_load_n(&ready, __ATOMIC_ACQUIRE) < nr)
		sched_yield();
	start = now(CLOCK_MONOTONIC);
	cpu = now(CLOCK_PROCESS_CPUTIME_ID);
	__atomic_store_n(&go, true, __ATOMIC_RELEASE);
	for (n = 0; n < nr; n++)
		pthread_join(threads[n], NULL);
	return (struct result) {
		.ops = total / (now(CLOCK_MONOTONIC) - start),
		.cpu_ns = 1e9 * (now(CLOCK_PROCESS_CPUTIME_ID) - cpu) / total,
	};
}

static void add(unsigned long nr)
{
	unsigned long i;

	for (i = 0; i < nr; i++)
		if (kho_radix_add_key(&tree, kho_key_encode(i, 0)))
			abort();
}

int main(int argc, char **argv)
{
	static const unsigned int threads[] = { 1, 2, 4 };
	struct result best[ARRAY_SIZE(threads)], r;
	unsigned int i, n;

	sim_power_on(&machine);
	sim_boot("kho=off");
	if (kho_radix_init_tree(&tree, NULL))
		return 1;
	if (argc == 3) {
		add(strtoul(argv[2], NULL, 0));
		return 0;
	}

	for (n = 0; n < RUNS; n++)
		for (i = 0; i < ARRAY_SIZE(threads); i++) {
			r = run(threads[i]);
			if (!n || r.ops > best[i].ops)
				best[i].ops = r.ops;
			if (!n || r.cpu_ns < best[i].cpu_ns)
				best[i].cpu_ns = r.cpu_ns;
		}
	printf("add or delete a key, each thread in a leaf of its own, best of %u runs:\n",
	       RUNS);
	for (i = 0; i < ARRAY_SIZE(threads); i++)
		printf("  %u thread%s %5.1f million/s, %.2f x; %5.1f ns of CPU each\n",
		       threads[i], threads[i] > 1 ? "s:" : ": ",
		       best[i].ops / 1e6, best[i].ops / best[0].ops,
		       best[i].cpu_ns);
	return 0;
}
