// SPDX-License-Identifier: GPL-2.0
/*
 * The digest of what is preserved, and the pieces of memory between it, against
 * a byte for each page: on random maps with random trees.
 */

#include <linux/bitmap.h>

#include "layout.h"

static struct layout layout = { .rnd = rnd };

/* Says enough to find it again. */
static bool is_good(const char *what, const char *bad, unsigned long round)
{
	if (bad)
		tap_fail(__FILE__, __LINE__,
			 "%s, layout %lu: %s; %lu pages at %#lx, digest of order %u, %u runs, first %lu of order %u at %#lx",
			 what, round, bad, layout.nr, layout.base,
			 layout.digest.order, layout.nr_runs,
			 layout.runs[0].nr, layout.runs[0].order,
			 layout.runs[0].pfn);
	return !bad;
}

static void read_tree(unsigned long round, int order)
{
	if (layout_read(&layout, order)) {
		tap_fail(__FILE__, __LINE__, "layout %lu refused: %s (%#llx)",
			 round, layout.fault.what, layout.fault.value);
		tap_abort();
	}
}

static void run(unsigned long rounds, unsigned long nr, int max_order)
{
	unsigned long i;
	int order;

	layout_power_on();
	for (i = 0; i < rounds; i++) {
		layout_map(&layout, nr / 2 + rnd_below(nr));
		layout.twice = !rnd_below(4);
		layout_fill(&layout, rnd_below(6));
		order = rnd_below(max_order + 2) - 1;
		read_tree(i, order);
		must(is_good("digest", layout_check_digest(&layout), i));
		must(is_good("pieces", layout_check_pieces(&layout,
							   1 + rnd_below(40)), i));
		must(is_good("covers", layout_check_covers(&layout), i));
	}
}

/* Tables of larger pages take their time. */
#define PART	(PAGE_SHIFT == 12 ? 1 : PAGE_SHIFT == 14 ? 3 : 12)

/* Blocks of a few pages to those of more than all of the window. */
static void test_small(void)
{
	run(100000 / PART, 700, 12);
}

static void test_medium(void)
{
	run(1500 / PART, 10000, 14);
}

/* Blocks of 1 GiB, and full bitmaps. */
static void test_large(void)
{
	run(max(60 / PART, 5), LAYOUT_MAX_PAGES / 2, 18);
}

/* The size of the map is bounded, whatever the machine. */
static void test_size(void)
{
	struct kho_digest d;
	unsigned int order;
	unsigned long end;
	size_t size;

	expect_eq(kho_digest_size(&d, PHYS_PFN(GiB(2))), 128);
	expect_eq(PFN_PHYS(BIT(d.order)), MiB(2));
	expect_eq(d.nr, 1024);
	expect_eq(kho_digest_size(&d, PHYS_PFN(MiB(2))), 8);
	expect_eq(d.nr, 1);
	expect_eq(kho_digest_size(&d, PHYS_PFN(MiB(2)) + 1), 8);
	expect_eq(d.nr, 2);
	expect_eq(kho_digest_size(&d, PHYS_PFN(GiB(4096))), 256 * 1024);
	expect_eq(PFN_PHYS(BIT(d.order)), MiB(2));
	expect_eq(kho_digest_size(&d, PHYS_PFN(GiB(4096)) + 1), 32 * 1024 + 8);
	expect_eq(PFN_PHYS(BIT(d.order)), MiB(16));
	for (end = 1; end && end < KHO_TREE_END_PFN; end <<= 1) {
		size = kho_digest_size(&d, end);
		expect(size <= 256 * 1024);
		expect(d.nr << d.order >= end);
		expect((d.nr - 1) << d.order < end);
		order = d.order;
		size = kho_digest_size(&d, end + 1);
		expect(size <= 256 * 1024 && d.order >= order);
	}
}

/* Each word and each group of words of a bitmap, in blocks of each size. */
static void test_leaf(void)
{
	static struct kho_radix_leaf leaf;
	unsigned int order, key_order;
	unsigned long map[1024], bit, nr, first, block, i;
	struct kho_digest d;

	layout_power_on();
	for (order = 0; order <= 16; order++)
		for (key_order = 0; key_order <= 16; key_order += 1 + order % 3)
			for (bit = 0; bit < KHO_RADIX_LEAF_MASK; bit += 61 + bit / 3) {
				nr = min(1 + (bit * 7) % 1500,
					 KHO_RADIX_LEAF_MASK + 1 - bit);
				memset(&leaf, 0, sizeof(leaf));
				bitmap_set(leaf.bitmap, bit, nr);
				memset(map, 0, sizeof(map));
				d = (struct kho_digest) { .busy = map,
							  .order = order,
							  .nr = 65536 };
				kho_digest_add_leaf(&d, &leaf,
						    kho_key_encode(0, key_order));
				expect_eq(d.pages, nr << key_order);
				expect_eq(d.orders, BIT(key_order));
				first = (bit << key_order) >> order;
				block = (((bit + nr) << key_order) - 1) >> order;
				for (i = 0; i < 65536; i++)
					must(!!test_bit(i, map) ==
					     (i >= first && i <= block));
			}
}

static void test_pick(void)
{
	static const unsigned long sizes[] = { 5, 1, 9, 8, 3, 100, 1, 15, 127, 64 };
	static const char want[][ARRAY_SIZE(sizes) + 1] = {
		"0000000000", "0000010000", "0000010010", "0000010011",
		"0010010011", "0011010011", "0011010111", "1011010111",
		"1011110111", "1111110111", "1111111111", "1111111111",
	};
	struct kho_pick pick;
	struct kho_piece p;
	unsigned int max, i;

	for (max = 0; max < ARRAY_SIZE(want); max++) {
		memset(&pick, 0, sizeof(pick));
		p.start = 1000;
		for (i = 0; i < ARRAY_SIZE(sizes); i++) {
			p.end = p.start + sizes[i];
			kho_pick_note(&pick, &p);
		}
		kho_pick_limit(&pick, max);
		for (i = 0; i < ARRAY_SIZE(sizes); i++) {
			p.end = p.start + sizes[i];
			expect_eq(kho_pick_take(&pick, &p), want[max][i] == '1');
		}
	}
}

static const struct tap_case cases[] = {
	{ "digest: how large the map is", test_size },
	{ "digest: parts of a bitmap", test_leaf },
	{ "digest: the largest pieces", test_pick },
	{ "digest: small random layouts", test_small },
	{ "digest: medium random layouts", test_medium },
	{ "digest: large random layouts", test_large },
};

TAP_MAIN(cases)
