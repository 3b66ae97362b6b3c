/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a kernel hands over and what it allocated, to tell that an operation
 * which failed changed nothing.
 */
#ifndef _KHO_TEST_STATE_H
#define _KHO_TEST_STATE_H

#include "tap.h"

struct state {
	unsigned long nr_keys;
	unsigned long tables;	/* which stay, once they are there */
	u64 keys;	/* hash */
	u64 fdt;	/* hash */
	long pages;	/* beside tables */
	long objects;
};

struct state state_get(void);

#define expect_state(want) ({						\
	struct state __now = state_get();				\
	expect_eq(__now.nr_keys, (want).nr_keys);			\
	expect(__now.keys == (want).keys);				\
	expect(__now.fdt == (want).fdt);				\
	expect_eq(__now.pages, (want).pages);				\
	expect_eq(__now.objects, (want).objects);			\
})

/* Whether a block is preserved by the running kernel. */
bool is_preserved(unsigned long pfn, unsigned int order);

/*
 * Let @op fail at its first, second, ... allocation until it goes through, and
 * see that each time nothing has changed but the error, -ENOMEM. Returns how
 * often it failed.
 */
unsigned int fail_everywhere(int (*op)(void *arg), void *arg);

u64 hash(u64 seed, const void *data, size_t size);

#endif /* _KHO_TEST_STATE_H */
