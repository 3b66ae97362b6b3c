// SPDX-License-Identifier: GPL-2.0

#include <libgen.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "tap.h"

#define TAP_MAX_COMMENTS	10

static struct {
	const char *name;
	int failures;
	jmp_buf abort;
} tap_now;

static u64 tap_seed = 1;

/* Any thread may fail; what follows is as good as the first line. */
void tap_fail(const char *file, int line, const char *fmt, ...)
{
	char text[1024], *p;
	va_list args;

	if (__atomic_fetch_add(&tap_now.failures, 1, __ATOMIC_RELAXED) >=
	    TAP_MAX_COMMENTS)
		return;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	for (p = text; *p; p++)
		if (*p == '\n')
			*p = '|';
	printf("# %s: %s:%d: %s\n", tap_now.name, basename((char *)file), line,
	       text);
	fflush(stdout);
}

void tap_abort(void)
{
	longjmp(tap_now.abort, 1);
}

static bool tap_run(const struct tap_case *c)
{
	tap_now.name = c->name;
	tap_now.failures = 0;
	rnd_seed(tap_seed);
	sim_log_clear();
	sim_warnings();

	if (!setjmp(tap_now.abort))
		c->fn();
	if (sim_warnings())
		tap_fail(__FILE__, __LINE__, "unexpected warning: %s", sim_log());

	sim_fail_nth(0);
	sim_fail_random(0);
	return !tap_now.failures;
}

static bool tap_wanted(const char *name, int argc, char **argv)
{
	int i, chosen = 0;

	for (i = 1; i < argc; i++) {
		if (argv[i][0] == '-')
			continue;
		chosen++;
		if (strstr(name, argv[i]))
			return true;
	}
	return !chosen;
}

int tap_main(int argc, char **argv, const struct tap_case *cases,
	     unsigned int nr)
{
	unsigned int i, plan = 0, n = 0;
	bool ok, all_ok = true;

	sim_verbose = argc > 1 && !strcmp(argv[1], "-v");
	if (getenv("KHO_SEED"))
		tap_seed = strtoull(getenv("KHO_SEED"), NULL, 0);

	for (i = 0; i < nr; i++)
		plan += tap_wanted(cases[i].name, argc, argv);
	printf("TAP version 14\n1..%u\n", plan);
	fflush(stdout);

	for (i = 0; i < nr; i++) {
		if (!tap_wanted(cases[i].name, argc, argv))
			continue;
		ok = tap_run(&cases[i]);
		if (!ok)
			printf("# rerun: KHO_SEED=%llu %s '%s'\n", tap_seed,
			       argv[0], cases[i].name);
		printf("%s %u - %s\n", ok ? "ok" : "not ok", ++n, cases[i].name);
		fflush(stdout);
		all_ok &= ok;
	}
	return !all_ok;
}

static __thread u64 rnd_state = 1;

void rnd_seed(u64 seed)
{
	rnd_state = seed * 0x9e3779b97f4a7c15 + 1;
}

/* splitmix64 */
u64 rnd(void)
{
	u64 z = rnd_state += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}
