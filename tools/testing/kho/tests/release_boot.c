// SPDX-License-Identifier: GPL-2.0
/*
 * Whole handovers of random blocks to kernels that initialise some of their
 * struct pages later, in several threads: what is freed, held back and tagged,
 * and what is restored before that.
 */

#include <linux/cma.h>

#include "tap.h"

#define END_PFN		PHYS_PFN(MiB(96))
/* Of what is not hot-added. */
#define LAST_PFN	(PHYS_PFN(MiB(80)) + 2)

/* Two nodes that meet in the middle of a buddy, a hole, and odd ends. */
static const struct sim_machine machine = {
	.ram = {
		{ .start = 0, .size = 636 * 1024 },
		{ .start = MiB(1), .size = MiB(31) + 5 * PAGE_SIZE },
		{ .start = MiB(32) + 5 * PAGE_SIZE,
		  .size = MiB(21) - 11 * PAGE_SIZE, .nid = 1 },
		{ .start = MiB(64), .size = MiB(16) + 3 * PAGE_SIZE, .nid = 1 },
		{ .start = MiB(88), .size = MiB(4), .hot_added = true },
	},
};

static const char *cmdline = "kho=on kho_scratch=4M,4M,0";

/* What was handed over. No tag is nobody's, as tables and the FDT are. */
static unsigned char held[END_PFN], tag[END_PFN], table[END_PFN];
static u64 content[END_PFN];
static struct sim_handover handover;

static u64 page_hash(unsigned long pfn)
{
	const u64 *p = phys_to_virt(PFN_PHYS(pfn));
	unsigned int i;
	u64 h = 0;

	for (i = 0; i < PAGE_SIZE / sizeof(*p); i++)
		h = (h ^ p[i]) * 0x9e3779b97f4a7c15;
	return h;
}

static int note_key(unsigned long key, void *data)
{
	unsigned int order;
	unsigned long pfn = kho_key_decode(key, &order);

	tag[pfn] = order + 1;
	memset(held + pfn, 1, 1UL << order);
	return 0;
}

static int note_table(phys_addr_t phys, void *data)
{
	held[PHYS_PFN(phys)] = 1;
	table[PHYS_PFN(phys)] = 1;
	return 0;
}

/* The highest page there is: memblock would use it first, if it may. */
static unsigned long last;

static void preserve_last(void)
{
	last = LAST_PFN;
	while (sim_page_state(last) == SIM_RESERVED)
		last--;
	if (sim_page_state(last) != SIM_FREE)
		return;
	while (sim_page_state(last) == SIM_FREE)
		must(alloc_page(GFP_KERNEL));
	must(!kho_preserve_folio(page_folio(pfn_to_page(last))));
}

/* A few hundred blocks of all orders, with holes of all sizes between them. */
static void preserve_some(void)
{
	unsigned int n = 20 + rnd_below(200), order;
	struct folio *folio;
	u64 *p;

	/* A branch that never has a key. */
	must(!kho_radix_reserve_range(&kho_out_tree, kho_key_encode(0, 15), 1));

	while (n--) {
		order = rnd_below(2) ? 0 : rnd_below(MAX_PAGE_ORDER + 1);
		folio = folio_alloc(GFP_KERNEL, order);
		if (!folio)
			continue;
		/* What comes and goes leaves empty tables. */
		if (order < 5 && !rnd_below(3)) {
			if (!kho_preserve_folio(folio))
				kho_unpreserve_folio(folio);
			continue;
		}
		/* The successor does not know it. */
		if (sim_find_range(PFN_PHYS(folio_pfn(folio)))->hot_added) {
			must(kho_preserve_folio(folio));
			continue;
		}
		/* Nor can it find tables that are there. */
		if (!order && !rnd_below(3) ?
		    kho_preserve_pages(&folio->page, 1) :
		    kho_preserve_folio(folio))
			continue;
		p = folio_address(folio);
		*p = rnd();
	}
}

static void prepare(void)
{
	static const struct kho_radix_walk_cb cb = {
		.leaf = note_key,
		.node = note_table,
	};
	unsigned long pfn;

	sim_power_on(&machine);
	sim_boot(cmdline);
	must(kho_is_enabled() && !is_kho_boot());
	expect_eq(totalcma_pages, PHYS_PFN(kho_scratch_total()));
	preserve_some();
	preserve_last();
	handover = sim_prepare_jump();
	memset(held, 0, sizeof(held));
	memset(tag, 0, sizeof(tag));
	memset(table, 0, sizeof(table));
	must(!kho_radix_walk_tree(&kho_out_tree, &cb, NULL));
	tag[PHYS_PFN(handover.fdt)] = 0;
	for (pfn = 0; pfn < END_PFN; pfn++)
		if (held[pfn])
			content[pfn] = page_hash(pfn);
}

/* What reservations are cut out of to make memblock's list of them longer. */
static phys_addr_t filler;

/* Nothing can be added to the list without making it larger. */
static void fill_list(void)
{
	for (; memblock.reserved.cnt + 2 <= memblock.reserved.max; filler += 128)
		must(!memblock_phys_free(filler + 64, 64));
}

/* The successor, to where memory is released, but for the deferred part. */
static void start(const char *param)
{
	unsigned long max;
	bool full;

	sim_start_kernel();
	kho_populate(handover.fdt, handover.fdt_len, handover.scratch,
		     handover.scratch_len);
	sim_early_params(param);
	sim_add_memory();
	sim_take_boot_memory();
	kho_memory_init_early();
	must(is_kho_boot());
	if (last < LAST_PFN)
		must(!memblock_reserve(PFN_PHYS(last + 1),
				       PFN_PHYS(LAST_PFN - last)));
	filler = memblock_phys_alloc(16 * PAGE_SIZE, PAGE_SIZE);
	must(filler);
	if (rnd_below(2))
		fill_list();
	max = memblock.reserved.max;
	full = memblock.reserved.cnt + 2 > max;
	sim_free_boot_memory();
	expect(!full || memblock.reserved.max > max);
}

static bool is_own(unsigned long pfn)
{
	return table[pfn] || pfn == PHYS_PFN(handover.fdt);
}

static void check_page(unsigned long pfn)
{
	enum sim_page_state want, state = sim_page_state(pfn);
	union kho_page_info info = { .private = pfn_to_page(pfn)->private };

	if (held[pfn])
		want = SIM_HELD;
	else if (memblock_is_reserved(PFN_PHYS(pfn)))
		want = SIM_RESERVED;
	else if (kho_scratch_overlap(PFN_PHYS(pfn), PAGE_SIZE))
		want = SIM_CMA;
	else
		want = SIM_FREE;
	if (state != want)
		tap_fail(__FILE__, __LINE__, "page %#lx is in state %u, not %u",
			 pfn, state, want);
	if (!held[pfn])
		return;
	if ((info.magic == KHO_PAGE_MAGIC ? info.order + 1 : 0) != tag[pfn])
		tap_fail(__FILE__, __LINE__, "page %#lx: tag %#lx, not order %d",
			 pfn, info.private, tag[pfn] - 1);
	if ((info.magic == KHO_OWN_MAGIC) != is_own(pfn))
		tap_fail(__FILE__, __LINE__, "page %#lx: tag %#lx, own %u",
			 pfn, info.private, is_own(pfn));
	if (content[pfn] != page_hash(pfn))
		tap_fail(__FILE__, __LINE__, "page %#lx was written to", pfn);
}

static void check_all(void)
{
	const struct sim_range *r;
	unsigned long pfn;

	sim_for_each_range(r)
		for (pfn = PHYS_PFN(r->start);
		     pfn < PHYS_PFN(r->start + r->size); pfn++)
			check_page(pfn);
}

/* All that the tracker does not take back itself. */
static unsigned long restore_all(void)
{
	unsigned long pfn, pages = 0;
	struct folio *folio;

	for (pfn = 0; pfn < END_PFN; pfn++) {
		if (!tag[pfn])
			continue;
		folio = kho_restore_folio(PFN_PHYS(pfn));
		must(folio && folio_order(folio) + 1 == tag[pfn]);
		expect(content[pfn] == page_hash(pfn));
		pages += 1UL << folio_order(folio);
		folio_put(folio);
	}
	return pages;
}

static void test_boots(void)
{
	unsigned long i, pfn, pages, nr_pages;

	for (i = 0; i < 40; i++) {
		prepare();
		sim_early_memory = rnd_below(3) ? MiB(rnd_below(20)) :
						  PHYS_ADDR_MAX;
		sim_deferred_threads = 1 + rnd_below(4);
		start(rnd_below(2) ? cmdline : "kho=off");
		sim_pages_start_deferred();
		check_all();
		expect_eq(sim_pages_promised, sim_pages_released);
		nr_pages = kho_in_nr_pages();

		sim_initcalls();
		/* All but tables is left, and the FDT stays. */
		for (pfn = 0; pfn < END_PFN; pfn++)
			must((sim_page_state(pfn) == SIM_HELD) ==
			     (held[pfn] && !table[pfn]));
		expect_eq(totalcma_pages, PHYS_PFN(kho_scratch_total()));
		expect_eq(sim_zone.cma_pages, PHYS_PFN(kho_scratch_total()));
		pages = kho_restored();
		pages += restore_all();
		expect_eq(kho_restored(), pages);
		for (pfn = 0; pfn < END_PFN; pfn++)
			must((sim_page_state(pfn) == SIM_HELD) ==
			     (pfn == PHYS_PFN(handover.fdt)));
		expect_eq(pages + 1, nr_pages);
		expect_eq(sim_warnings(), 0);
	}
	sim_early_memory = PHYS_ADDR_MAX;
	sim_deferred_threads = 1;
}

/* Whoever uses what is preserved gets what he deserves. */
static void test_poison(void)
{
	const struct sim_range *r;
	unsigned long pfn, i, off;
	const unsigned char *p;

	for (i = 0; i < 6; i++) {
		prepare();
		sim_early_memory = MiB(4 * i);
		sim_scribble_at_boot = false;
		start("kho=on kho_poison=on");
		sim_pages_start_deferred();
		sim_scribble_at_boot = true;
		check_all();
		sim_for_each_range(r)
			for (pfn = PHYS_PFN(r->start);
			     pfn < PHYS_PFN(r->start + r->size); pfn++) {
				p = phys_to_virt(PFN_PHYS(pfn));
				if (r->hot_added ||
				    sim_page_state(pfn) != SIM_FREE)
					continue;
				for (off = 0; off < PAGE_SIZE; off += 61)
					must(p[off] == 0xaa);
			}
	}
	sim_early_memory = PHYS_ADDR_MAX;
	expect(sim_early_params("kho_poison=maybe") != 0);
	expect_log("neither on nor off");
}

/* An initcall before the struct pages are there. Once is enough. */
static void test_early(void)
{
	unsigned long pfn, i, early = 0, late = 0;
	struct folio *folio;

	for (i = 0; i < 20; i++) {
		prepare();
		sim_early_memory = MiB(rnd_below(8));
		sim_deferred_threads = 1 + rnd_below(3);
		start(cmdline);
		/* Lists are kept in slab objects from here on. */
		if (rnd_below(2))
			fill_list();
		for (pfn = 0; pfn < END_PFN; pfn++) {
			if (!held[pfn] || rnd_below(3))
				continue;
			expect(!tag[pfn] ||
			       kho_is_handed_over(PFN_PHYS(pfn), tag[pfn] - 1));
			if (!tag[pfn]) {
				expect(!kho_is_handed_over(PFN_PHYS(pfn), 0));
				continue;
			}
			if (rnd_below(2) || tag[pfn] == 1)
				continue;
			folio = kho_restore_folio(PFN_PHYS(pfn));
			must(folio && folio_order(folio) + 1 == tag[pfn]);
			expect(content[pfn] == page_hash(pfn));
			early++;
			/* Kept, so that nobody else may have it. */
			memset(held + pfn, 2, 1UL << folio_order(folio));
			tag[pfn] = 0;
		}
		expect_eq(sim_warnings(), 0);
		sim_initcalls();
		for (pfn = 0; pfn < END_PFN; pfn++) {
			if (held[pfn] == 2)
				must(sim_page_state(pfn) == SIM_USED);
			late += !!tag[pfn];
		}
		restore_all();
		expect_eq(sim_warnings(), 0);
	}
	expect(early && late);
	sim_early_memory = PHYS_ADDR_MAX;
	sim_deferred_threads = 1;
}

/* What was restored so early cannot be had again, nor is it touched. */
static void test_early_twice(void)
{
	unsigned long pfn, tried = 0;
	struct folio *folio;

	prepare();
	sim_early_memory = 0;
	start(cmdline);
	for (pfn = 0; pfn < END_PFN && tried < 20; pfn++) {
		if (tag[pfn] < 2 || pfn < PHYS_PFN(MiB(40)))
			continue;
		tried++;
		folio = kho_restore_folio(PFN_PHYS(pfn));
		must(folio);
		expect(!kho_is_handed_over(PFN_PHYS(pfn), tag[pfn] - 1));
		expect_eq(page_count(&folio->page), 1);
		expect_eq(folio_order(folio) + 1, tag[pfn]);
		if (sim_page_state(pfn) == SIM_USED && !folio->page.private)
			expect(!kho_restore_folio(PFN_PHYS(pfn)));
		expect(sim_warnings() <= 1);
	}
	expect(tried > 0);
	sim_early_memory = PHYS_ADDR_MAX;
}

/*
 * A block of which only the beginning has struct pages: all of them stay as they
 * are once it is restored.
 */
static void test_early_across(void)
{
	const unsigned long first = PHYS_PFN(MiB(40)), nr = PHYS_PFN(MiB(8));
	unsigned long pfn;
	struct page *page;

	sim_power_on(&machine);
	sim_boot("kho=on kho_scratch=4M,0,0");
	must(kho_is_enabled());
	while (sim_page_state(first + nr - 1) != SIM_USED)
		must(alloc_page(GFP_KERNEL));
	must(!kho_preserve_pages(pfn_to_page(first), nr));
	handover = sim_prepare_jump();
	last = LAST_PFN;

	sim_early_memory = MiB(11);
	start(cmdline);
	must(kho_mm_is_init(first, 1) && !kho_mm_is_init(first, nr));
	expect(kho_is_handed_over(PFN_PHYS(first), ilog2(nr)));
	page = kho_restore_pages(PFN_PHYS(first), nr);
	must(page == pfn_to_page(first));
	/* The owner's. */
	for (pfn = 0; pfn < nr; pfn++)
		page[pfn].index = pfn + 1;
	sim_pages_start_deferred();
	expect(!kho_is_handed_over(PFN_PHYS(first), ilog2(nr)));
	for (pfn = 0; pfn < nr; pfn++) {
		must(page[pfn].index == pfn + 1);
		must(page_count(page + pfn) == 1);
		must(sim_page_state(first + pfn) == SIM_USED);
	}
	sim_early_memory = PHYS_ADDR_MAX;
}

/* No memory for memblock to take note of it: not yet, then. */
static void test_early_enomem(void)
{
	struct folio *folio;
	unsigned long pfn;

	prepare();
	sim_early_memory = 0;
	start(cmdline);
	for (pfn = PHYS_PFN(MiB(40)); pfn < END_PFN && tag[pfn] < 2; pfn++)
		;
	must(pfn < END_PFN);
	sim_fail_nth(1);
	folio = kho_restore_folio(PFN_PHYS(pfn));
	sim_fail_nth(0);
	expect(!folio);
	expect_eq(sim_warnings(), 1);
	sim_pages_start_deferred();
	check_all();
	folio = kho_restore_folio(PFN_PHYS(pfn));
	expect(folio && folio_order(folio) + 1 == tag[pfn]);
	sim_early_memory = PHYS_ADDR_MAX;
}

/* Gigantic pages are never in scratch. */
static void take_hugetlb(unsigned long max)
{
	unsigned long pfn;
	void *page;

	while (max--) {
		page = memblock_alloc_hugetlb(PAGE_SIZE, rnd_below(3) - 1, false);
		if (!page)
			break;
		pfn = PHYS_PFN(virt_to_phys(page));
		must(!held[pfn] && !kho_scratch_holds(PFN_PHYS(pfn)));
		must(memblock_is_reserved(PFN_PHYS(pfn)));
	}
}

/* memblock uses what nobody preserved, and scratch first. */
static void test_allocations(void)
{
	unsigned long pfn, i, size, beside = 0;
	phys_addr_t phys;

	for (i = 0; i < 20; i++) {
		prepare();
		sim_start_kernel();
		kho_populate(handover.fdt, handover.fdt_len, handover.scratch,
			     handover.scratch_len);
		sim_add_memory();
		kho_memory_init_early();
		must(is_kho_boot());
		take_hugetlb(rnd_below(100));
		for (;;) {
			size = PAGE_SIZE << rnd_below(9);
			phys = memblock_alloc_range_nid(size, PAGE_SIZE, 0, 0,
							rnd_below(3) - 1, false);
			if (!phys)
				break;
			beside += !kho_scratch_overlap(phys, size);
			for (pfn = PHYS_PFN(phys); pfn < PHYS_PFN(phys + size);
			     pfn++)
				must(!held[pfn]);
			memset(phys_to_virt(phys), 0xee, size);
		}
		take_hugetlb(ULONG_MAX);
		for (pfn = 0; pfn < END_PFN; pfn++)
			if (held[pfn])
				must(!memblock_is_reserved(PFN_PHYS(pfn)));
		sim_free_boot_memory();
		check_all();
	}
	expect(beside > 0);
}

static const struct tap_case cases[] = {
	{ "release: kernels that defer some of it", test_boots },
	{ "release: poison", test_poison },
	{ "release: restored before its turn", test_early },
	{ "release: restored before its turn, and again", test_early_twice },
	{ "release: restored when half of it is there", test_early_across },
	{ "release: no memory to restore before its turn", test_early_enomem },
	{ "release: early allocations", test_allocations },
};

TAP_MAIN(cases)
