// SPDX-License-Identifier: GPL-2.0
/*
 * Memory is released around what is preserved, against a byte for each page: on
 * random maps with random trees, in random parts.
 */

#include "layout.h"

static struct layout layout = { .rnd = rnd };

static bool is_good(const char *what, const char *bad, unsigned long round)
{
	if (bad)
		tap_fail(__FILE__, __LINE__,
			 "%s, layout %lu: %s; %lu pages at %#lx, %u runs, first %lu of order %u at %#lx, %lu reserved",
			 what, round, bad, layout.nr, layout.base,
			 layout.nr_runs, layout.runs[0].nr,
			 layout.runs[0].order, layout.runs[0].pfn,
			 memblock.reserved.cnt);
	return !bad;
}

static const char *false_alarm(void)
{
	return sim_log_has("is preserved twice") ? sim_log() : NULL;
}

static void run(unsigned long rounds, unsigned long nr, unsigned int threads)
{
	unsigned long i;

	layout_power_on();
	for (i = 0; i < rounds; i++) {
		layout_map(&layout, nr / 2 + rnd_below(nr));
		/* A line that comes once must not have come already. */
		layout.twice = i >= rounds / 2 && !rnd_below(4);
		layout_fill(&layout, rnd_below(6));
		if (!rnd_below(3))
			layout_reserve(&layout, 1 + rnd_below(6));
		if (layout_read(&layout, -1)) {
			tap_fail(__FILE__, __LINE__, "layout %lu refused: %s (%#llx)",
				 i, layout.fault.what, layout.fault.value);
			tap_abort();
		}
		layout_judge(&layout);
		sim_log_clear();
		must(is_good("release", layout_check_release(&layout, threads),
			     i));
		must(is_good("log", layout.twice ? NULL : false_alarm(), i));
	}
}

/* Tables of larger pages take their time, and so does TSan. */
#ifdef SIM_TSAN
#define PART	20
#else
#define PART	(PAGE_SHIFT == 12 ? 1 : PAGE_SHIFT == 14 ? 3 : 12)
#endif

static void test_small(void)
{
	run(120000 / PART, 500, 1);
}

static void test_medium(void)
{
	run(1600 / PART, 10000, 1);
}

static void test_large(void)
{
	run(max(60 / PART, 5), LAYOUT_MAX_PAGES / 2, 1);
}

static void test_threads(void)
{
	run(600 / PART, 6000, 4);
}

static const struct tap_case cases[] = {
	{ "release: small random layouts", test_small },
	{ "release: medium random layouts", test_medium },
	{ "release: large random layouts", test_large },
	{ "release: several threads", test_threads },
};

TAP_MAIN(cases)
