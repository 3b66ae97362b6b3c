/* SPDX-License-Identifier: GPL-2.0 */
/* One for all CPUs, updated atomically. */
#ifndef _KHO_TEST_LINUX_PERCPU_H
#define _KHO_TEST_LINUX_PERCPU_H

#define DEFINE_PER_CPU(type, name)	typeof(type) name
#define per_cpu(name, cpu)	(*((void)(cpu), &(name)))
#define this_cpu_add(name, n)	\
	((void)__atomic_add_fetch(&(name), n, __ATOMIC_RELAXED))
#define for_each_possible_cpu(cpu)	for ((cpu) = 0; (cpu) < 1; (cpu)++)

#endif /* _KHO_TEST_LINUX_PERCPU_H */
