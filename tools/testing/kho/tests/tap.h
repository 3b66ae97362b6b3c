/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Test programs: a table of cases, results in TAP on standard output, nothing
 * else unless something fails.
 */
#ifndef _KHO_TEST_TAP_H
#define _KHO_TEST_TAP_H

#include "../sim/sim.h"

struct tap_case {
	const char *name;
	void (*fn)(void);
};

/*
 * main() of a test program. Arguments choose cases by a part of their names; -v
 * shows the kernel's log. The seed of random numbers is in KHO_SEED.
 */
int tap_main(int argc, char **argv, const struct tap_case *cases,
	     unsigned int nr);

#define TAP_MAIN(cases)							\
	int main(int argc, char **argv)					\
	{								\
		return tap_main(argc, argv, cases, ARRAY_SIZE(cases));	\
	}

void tap_fail(const char *file, int line, const char *fmt, ...) __printf(3, 4);
/* Do not go on with this case. */
void tap_abort(void) __noreturn;

/* Note a failure and go on. */
#define expect(cond) ({							\
	bool __ok = !!(cond);						\
	if (!__ok)							\
		tap_fail(__FILE__, __LINE__, "%s", #cond);		\
	__ok; })

#define expect_eq(a, b) ({						\
	long long __a = (long long)(a), __b = (long long)(b);		\
	if (__a != __b)							\
		tap_fail(__FILE__, __LINE__, "%s is %#llx, not %s, %#llx", \
			 #a, __a, #b, __b);				\
	__a == __b; })

/* The kernel said it, in these words. */
#define expect_log(text) ({						\
	if (!sim_log_has(text))						\
		tap_fail(__FILE__, __LINE__, "not in the log: \"%s\"; but:\n%s", \
			 text, sim_log());				\
})

#define must(cond) do {							\
	if (!expect(cond))						\
		tap_abort();						\
} while (0)

/* Random numbers of the calling thread. */
void rnd_seed(u64 seed);
u64 rnd(void);

static inline unsigned long rnd_below(unsigned long n)
{
	return rnd() % n;
}

#endif /* _KHO_TEST_TAP_H */
