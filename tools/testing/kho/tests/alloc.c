// SPDX-License-Identifier: GPL-2.0
/*
 * Memory for what is handed over, on a machine that got more memory after boot: it
 * must be memory of boot, whatever the page allocator offers first.
 */

#include <stdlib.h>

#include "state.h"

#define HOT	GiB(4)

/* A zone that is hot-added as a whole, and one that is in part. */
static const struct sim_machine apart = {
	.ram = {
		{ .start = MiB(64), .size = MiB(128) },
		{ .start = HOT, .size = MiB(256), .nid = 1, .hot_added = true },
	},
};

static const struct sim_machine mixed = {
	.ram = {
		{ .start = MiB(64), .size = MiB(128) },
		{ .start = HOT, .size = MiB(256), .hot_added = true },
	},
};

static void begin(const struct sim_machine *machine)
{
	sim_power_on(machine);
	sim_alloc_start = HOT;
	sim_boot("kho=on kho_scratch=32M,0,0");
	must(kho_is_enabled());
}

static bool is_zero(const char *mem, size_t size)
{
	return !mem[0] && !memcmp(mem, mem + 1, size - 1);
}

static void allocate(unsigned int nr, size_t size)
{
	struct state before = state_get();
	void **mem = calloc(nr, sizeof(*mem));
	unsigned int i;

	for (i = 0; i < nr; i++) {
		mem[i] = kho_alloc_preserve(size);
		must(!IS_ERR(mem[i]));
		expect(virt_to_phys(mem[i]) < HOT);
		expect_eq(folio_order(virt_to_folio(mem[i])), get_order(size));
		expect(is_zero(mem[i], size));
		memset(mem[i], i, size);
	}
	for (i = 0; i < nr; i++)
		kho_unpreserve_free(mem[i]);
	expect_state(before);
	free(mem);
}

/* It starts at all, and empties a single block for all that follows. */
static void test_apart(void)
{
	begin(&apart);
	allocate(1000, PAGE_SIZE);
	expect_eq(sim_contig_calls, 1);
	allocate(100, 2 * PAGE_SIZE);
	allocate(10, PAGE_SIZE << pageblock_order);
}

static void test_mixed(void)
{
	begin(&mixed);
	allocate(20, PAGE_SIZE);
	allocate(10, 5 * PAGE_SIZE);
	allocate(5, PAGE_SIZE << MAX_PAGE_ORDER);
}

/* All boot memory that is free gets somebody's movable pages. */
static unsigned int fill(struct page **pages, unsigned int max)
{
	unsigned int nr;

	sim_alloc_start = MiB(64);
	for (nr = 0; nr < max; nr++) {
		pages[nr] = alloc_page(GFP_KERNEL);
		if (page_to_pfn(pages[nr]) >= PHYS_PFN(HOT))
			break;
	}
	__free_page(pages[nr]);
	sim_alloc_start = HOT;
	return nr;
}

static struct page *full[MiB(128) >> PAGE_SHIFT];

static void test_move(void)
{
	unsigned int nr, i;

	begin(&apart);
	nr = fill(full, ARRAY_SIZE(full));
	for (i = 0; i < nr; i++)
		sim_make_movable(full[i]);
	expect(nr > PHYS_PFN(MiB(64)));
	allocate(3, PAGE_SIZE);
	allocate(1, PAGE_SIZE << pageblock_order);
}

/* Nothing moves: an error, and not without an end. */
static void test_unmovable(void)
{
	struct state before;
	unsigned int nr;
	void *mem;

	begin(&apart);
	/* What is free may be in tables already. */
	nr = fill(full, ARRAY_SIZE(full));
	before = state_get();
	sim_contig_calls = 0;
	mem = kho_alloc_preserve(PAGE_SIZE);
	expect_eq(PTR_ERR(mem), -ENOMEM);
	expect_eq(sim_contig_calls, 0);
	expect_state(before);

	/* One page in each block is seen without trying. */
	while (nr--) {
		if (page_to_pfn(full[nr]) % pageblock_nr_pages)
			sim_make_movable(full[nr]);
	}
	mem = kho_alloc_preserve(PAGE_SIZE << pageblock_order);
	expect_eq(PTR_ERR(mem), -ENOMEM);
	expect_eq(sim_contig_calls, 0);
	expect_state(before);
}

static void test_killed(void)
{
	begin(&mixed);
	sim_killed = true;
	expect_eq(PTR_ERR(kho_alloc_preserve(PAGE_SIZE)), -ENOMEM);
	sim_killed = false;
	allocate(1, PAGE_SIZE);
}

/*
 * Without any memory, or if it cannot be charged, there is none. That the zone has
 * none, or a block cannot be emptied, is no reason.
 */
static void test_enomem(void)
{
	struct state before;
	struct folio *folio;
	unsigned int nth;

	begin(&mixed);
	before = state_get();
	for (nth = 1; nth <= 4; nth++) {
		sim_fail_nth(nth);
		folio = kho_mm_alloc_folio(GFP_KERNEL_ACCOUNT, 1, NUMA_NO_NODE);
		expect_eq(!folio, nth == 1 || nth == 4);
		if (folio) {
			expect(folio_pfn(folio) < PHYS_PFN(HOT));
			folio_put(folio);
		}
		expect_state(before);
	}
	sim_fail_nth(0);
}

static const struct tap_case cases[] = {
	{ "alloc: a zone of hot-added memory", test_apart },
	{ "alloc: a zone with hot-added memory", test_mixed },
	{ "alloc: boot memory is full of movable pages", test_move },
	{ "alloc: boot memory is full", test_unmovable },
	{ "alloc: killed", test_killed },
	{ "alloc: allocations fail", test_enomem },
};

TAP_MAIN(cases)
