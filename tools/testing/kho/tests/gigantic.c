// SPDX-License-Identifier: GPL-2.0
/*
 * Gigantic pages after a handover: on random maps of up to tens of TiB, however
 * scattered, what a digest finds has every aligned gigabyte of which nothing is
 * preserved.
 */

#include <stdlib.h>
#include <string.h>

#include "tap.h"

#define MAX_GIB		40000UL
#define MAX_REGIONS	8

static struct {
	struct kho_piece region[MAX_REGIONS];	/* in pages, sorted */
	unsigned int nr;
	unsigned long end;
	unsigned char busy[MAX_GIB];		/* what a naive model knows */
} machine;

static struct kho_digest digest;
static unsigned long *map;

static const unsigned long gib = GiB(1) >> PAGE_SHIFT;

/* Regions of any size, some of which follow each other: nodes. */
static void make_machine(unsigned long max_gib)
{
	const unsigned long unit = MiB(2) >> PAGE_SHIFT;
	unsigned long pfn = 0, left, end = max_gib * gib;

	memset(&machine, 0, sizeof(machine));
	while (machine.nr < MAX_REGIONS && pfn < end) {
		struct kho_piece *r = &machine.region[machine.nr++];

		left = (end - pfn) / unit;
		r->start = pfn;
		r->end = pfn + unit * (1 + rnd_below(left));
		if (rnd_below(2) && left > 4)
			r->end = min(end, ALIGN(r->end, gib));
		machine.end = r->end;
		pfn = r->end;
		if (rnd_below(2))
			pfn += unit * rnd_below(2048);
	}

	free(map);
	map = calloc(1, kho_digest_size(&digest, machine.end));
	kho_digest_start(&digest, map);
}

static void preserve(unsigned long pfn, unsigned long nr)
{
	unsigned long i;

	kho_digest_add(&digest, pfn, pfn + nr);
	for (i = pfn / gib; i <= (pfn + nr - 1) / gib; i++)
		machine.busy[i] = 1;
}

/* Every @step-th gigabyte holds something: one page, or all of it. */
static void preserve_each(unsigned long step)
{
	unsigned long i;

	for (i = 0; i < machine.end / gib; i += step)
		if (rnd_below(2))
			preserve(i * gib, gib);
		else
			preserve(i * gib + rnd_below(gib), 1);
}

static void preserve_random(unsigned long nr)
{
	unsigned long pages;

	while (nr--) {
		pages = 1 + rnd_below(1 << rnd_below(12));
		preserve(rnd_below(machine.end - pages), pages);
	}
}

/* Pages that a region has room for if only those without mark in @busy count. */
static unsigned long expected(const struct kho_piece *r)
{
	unsigned long i, nr = 0;

	for (i = DIV_ROUND_UP(r->start, gib); (i + 1) * gib <= r->end; i++)
		nr += !machine.busy[i];
	return nr;
}

/* As kho_in_visit_pieces(). Returns how many gigantic pages can be had. */
static unsigned long visit(struct kho_pick *pick, bool take)
{
	unsigned long nr = 0, first, last;
	struct kho_piece piece;
	unsigned int i;

	for (i = 0; i < machine.nr; i++) {
		piece.end = machine.region[i].start;
		for (;;) {
			piece.start = piece.end;
			if (piece.start >= machine.region[i].end ||
			    !kho_digest_next(&digest, &piece,
					     machine.region[i].end))
				break;
			if (!take) {
				kho_pick_note(pick, &piece);
			} else if (kho_pick_take(pick, &piece)) {
				first = DIV_ROUND_UP(piece.start, gib);
				last = piece.end / gib;
				nr += first < last ? last - first : 0;
			}
		}
	}
	return nr;
}

static void check_all_found(void)
{
	unsigned long nr = 0, max;
	struct kho_pick pick = {};
	unsigned int i;

	for (i = 0; i < machine.nr; i++)
		nr += expected(&machine.region[i]);

	visit(&pick, false);
	max = kho_pick_max(&pick);
	expect(max >= KHO_MAX_PIECES);
	expect(max <= KHO_MAX_PIECES + machine.end / gib);
	kho_pick_limit(&pick, max);
	expect_eq(visit(&pick, true), nr);
}

static void test_scattered(void)
{
	unsigned long step;

	for (step = 1; step < 40; step++) {
		make_machine(MAX_GIB);
		preserve_each(step);
		check_all_found();
	}
}

static void test_random(void)
{
	unsigned int i;

	for (i = 0; i < 300; i++) {
		make_machine(4 + rnd_below(1 << rnd_below(16)) % (MAX_GIB - 4));
		preserve_random(rnd_below(1 << rnd_below(15)));
		check_all_found();
	}
}

/* What is too small for a gigantic page does not make the list longer. */
static void test_bounded(void)
{
	struct kho_piece small = { .start = gib, .end = 2 * gib - 1 };
	struct kho_piece large = { .start = gib, .end = 2 * gib };
	struct kho_pick pick = {};
	unsigned long i;

	for (i = 0; i < 10 * KHO_MAX_PIECES; i++)
		kho_pick_note(&pick, &small);
	expect_eq(kho_pick_max(&pick), KHO_MAX_PIECES);
	for (i = 0; i < KHO_MAX_PIECES; i++)
		kho_pick_note(&pick, &large);
	expect_eq(kho_pick_max(&pick), KHO_MAX_PIECES);
	kho_pick_note(&pick, &large);
	expect_eq(kho_pick_max(&pick), KHO_MAX_PIECES + 1);
}

static const struct tap_case cases[] = {
	{ "gigantic: how long the list of pieces becomes", test_bounded },
	{ "gigantic: something in every Nth gigabyte", test_scattered },
	{ "gigantic: random maps", test_random },
};

TAP_MAIN(cases)
