// SPDX-License-Identifier: GPL-2.0
/*
 * Keys and the geometry of the tree, spec/handover-abi.md 7.1 to 7.4.
 */

#include "tap.h"

/* Levels of the highest table first; the leaf bit last. */
#define LEVELS	5

struct vector {
	u64 pa;
	unsigned int order;
	unsigned long key;
	unsigned long index[LEVELS];
	unsigned long bit;
};

static const struct vector vectors[] = {
#if PAGE_SHIFT == 12
	{ 0x0, 0, 0x10000000000000, { 2, 0, 0, 0, 0 }, 0 },
	{ 0x1000, 0, 0x10000000000001, { 2, 0, 0, 0, 0 }, 1 },
	{ 0x100000000, 0, 0x10000000100000, { 2, 0, 0, 0, 32 }, 0 },
	{ 0x1234567000, 0, 0x10000001234567, { 2, 0, 0, 1, 70 }, 17767 },
	{ 0x200000, 9, 0x80000000001, { 0, 2, 0, 0, 0 }, 1 },
	{ 0x140400000, 10, 0x40000000501, { 0, 1, 0, 0, 0 }, 1281 },
	{ 0x40000000, 18, 0x400000001, { 0, 0, 2, 0, 0 }, 1 },
#endif
};

static void test_vectors(void)
{
	const struct vector *v;
	unsigned int order, l;

	for (v = vectors; v < vectors + ARRAY_SIZE(vectors); v++) {
		expect_eq(kho_key_encode(PHYS_PFN(v->pa), v->order), v->key);
		expect_eq(PFN_PHYS(kho_key_decode(v->key, &order)), v->pa);
		expect_eq(order, v->order);
		for (l = 0; l < LEVELS; l++)
			expect_eq(kho_radix_index(v->key, LEVELS - l),
				  v->index[l]);
		expect_eq(v->key & KHO_RADIX_LEAF_MASK, v->bit);
	}
}

static void test_geometry(void)
{
	static const struct {
		unsigned int width, table, bitmap, depth, shift[LEVELS + 1];
	} geometry[] = {
		[12] = { 53, 9, 15, 6, { 0, 15, 24, 33, 42, 51 } },
		[14] = { 51, 11, 17, 5, { 0, 17, 28, 39, 50 } },
		[16] = { 49, 13, 19, 4, { 0, 19, 32, 45 } },
	}, *g = &geometry[PAGE_SHIFT];
	unsigned int level;

	expect_eq(KHO_RADIX_KEY_WIDTH, g->width);
	expect_eq(KHO_TABLE_SIZE_LOG2, g->table);
	expect_eq(KHO_BITMAP_SIZE_LOG2, g->bitmap);
	expect_eq(KHO_TREE_MAX_DEPTH, g->depth);
	for (level = 1; level < g->depth; level++)
		expect_eq(kho_radix_shift(level), g->shift[level]);
	expect_eq(sizeof(struct kho_radix_node), PAGE_SIZE);
	expect_eq(sizeof(struct kho_radix_leaf), PAGE_SIZE);
}

static void test_round_trip(void)
{
	unsigned long pfn, key, max_pfn = 1UL << (64 - PAGE_SHIFT);
	unsigned int order, got;
	int i;

	for (i = 0; i < 1000000; i++) {
		order = rnd_below(KHO_RADIX_MAX_ORDER + 1);
		pfn = (rnd() % max_pfn) >> order << order;
		key = kho_key_encode(pfn, order);
		got = ~0U;
		must(kho_key_decode(key, &got) == pfn && got == order);
		must(!(key >> KHO_RADIX_KEY_WIDTH));
	}
}

static void test_invalid(void)
{
	unsigned int order = 77, i;

	expect_eq(kho_key_decode(0, &order), -1UL);
	for (i = KHO_RADIX_KEY_WIDTH; i < 64; i++)
		expect_eq(kho_key_decode(BIT(i) | 5, &order), -1UL);
	expect_eq(order, 77);
}

/* Keys sort by descending order, then by address. */
static void test_sorting(void)
{
	unsigned int order;
	int i;

	for (i = 0; i < 100000; i++) {
		order = rnd_below(KHO_RADIX_MAX_ORDER);
		must(kho_key_encode(0, order) >
		     kho_key_encode(((1UL << (64 - PAGE_SHIFT)) - 1) >>
				    (order + 1) << (order + 1), order + 1));
	}
	expect_eq(kho_key_encode(0, KHO_RADIX_MAX_ORDER), 1);
	expect_eq(kho_key_encode((1UL << (64 - PAGE_SHIFT)) - 1, 0),
		  (1UL << KHO_RADIX_KEY_WIDTH) - 1);
}

static const struct tap_case cases[] = {
	{ "codec: vectors of the specification", test_vectors },
	{ "codec: geometry of the specification", test_geometry },
	{ "codec: decoding undoes encoding", test_round_trip },
	{ "codec: what is no key", test_invalid },
	{ "codec: order of the keys", test_sorting },
};

TAP_MAIN(cases)
