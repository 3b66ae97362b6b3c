// SPDX-License-Identifier: GPL-2.0
/*
 * Any map of memory with any blocks on it that may be preserved: digest, pieces
 * and release do what the naive model does.
 */

#include <stdio.h>

#include "fuzz.h"
#include "../tests/layout.h"

static struct input input;
static struct layout layout;

/* Few bytes for a number; zeroes at the end. */
static u64 next_number(void)
{
	return input_u16(&input);
}

static void check(const char *bad)
{
	if (bad)
		fprintf(stderr, "believed, but: %s\n", bad);
	FUZZ_ASSERT(!bad);
}

static void add_blocks(void)
{
	unsigned int what, order;
	unsigned long pfn, nr;

	while (input.left) {
		what = input_u8(&input);
		order = what & 15;
		pfn = layout.base + input_u16(&input) % layout.nr;
		nr = what & 16 ? 1 + input_u8(&input) : 1;
		if (what & 32)
			layout_fill(&layout, 1);
		layout_add(&layout, pfn >> order << order, nr, order);
	}
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	static bool powered;
	unsigned int what, order, reserved;

	if (!powered)
		layout_power_on();
	powered = true;

	input = (struct input) { data, size };
	layout.rnd = next_number;
	what = input_u8(&input);
	order = input_u8(&input) % 14;
	reserved = what >> 5;
	layout_map(&layout, 1 + input_u16(&input) % 6000);
	layout.twice = what & 1;
	add_blocks();

	FUZZ_ASSERT(!layout_read(&layout, what & 2 ? (int)order : -1));
	check(layout_check_digest(&layout));
	check(layout_check_pieces(&layout, what >> 2));
	check(layout_check_covers(&layout));
	input = (struct input) { data, size };
	layout_reserve(&layout, reserved);
	layout_judge(&layout);
	check(layout_check_release(&layout, 1));
	return 0;
}
