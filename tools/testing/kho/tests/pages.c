// SPDX-License-Identifier: GPL-2.0
/*
 * Folios and ranges of pages into the tracker: which keys they become, and what
 * is refused. The model cuts page by page as spec/handover-abi.md 7.5 has it.
 */

#include <stdio.h>
#include <stdlib.h>

#include "state.h"

#define MAX_KEYS	20000

/* Nodes that meet at odd places, a hole, and memory that came later. */
static const struct sim_machine machine = {
	.ram = {
		{ .start = 0, .size = GiB(1) + 7 * PAGE_SIZE },
		{ .start = GiB(1) + 7 * PAGE_SIZE,
		  .size = GiB(1) - 7 * PAGE_SIZE, .nid = 1 },
		{ .start = GiB(4), .size = GiB(33) + 3 * PAGE_SIZE, .nid = 1 },
		{ .start = GiB(37) + 3 * PAGE_SIZE,
		  .size = GiB(15) - 3 * PAGE_SIZE, .nid = 2 },
		{ .start = GiB(60), .size = GiB(1), .nid = 2, .hot_added = true },
	},
};

static struct {
	unsigned long keys[MAX_KEYS];
	unsigned int nr;
} model;

static void begin(const char *scratch)
{
	char cmdline[64];

	sim_power_on(&machine);
	snprintf(cmdline, sizeof(cmdline), "kho=on kho_scratch=%s", scratch);
	sim_boot(cmdline);
	must(kho_is_enabled() && kho_scratch_cnt == 5);
	model.nr = 0;
}

static int compare(const void *a, const void *b)
{
	const unsigned long *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static void model_add_key(unsigned long key)
{
	must(model.nr < MAX_KEYS);
	model.keys[model.nr++] = key;
}

static void model_del_key(unsigned long key)
{
	unsigned int i;

	for (i = 0; i < model.nr;)
		if (model.keys[i] == key)
			model.keys[i] = model.keys[--model.nr];
		else
			i++;
}

/* Add or delete the blocks of a range. */
static void model_range(unsigned long pfn, unsigned long nr, bool add)
{
	unsigned long key;
	unsigned int order;

	while (nr) {
		order = 0;
		while (2UL << order <= nr && !(pfn & ((2UL << order) - 1)))
			order++;
		while (pfn_to_nid(pfn) != pfn_to_nid(pfn + (1UL << order) - 1))
			order--;
		key = kho_key_encode(pfn, order);
		if (add)
			model_add_key(key);
		else
			model_del_key(key);
		pfn += 1UL << order;
		nr -= 1UL << order;
	}
}

static int see_key(unsigned long key, void *data)
{
	unsigned int *i = data;

	while (*i && *i < model.nr && model.keys[*i] == model.keys[*i - 1])
		(*i)++;
	if (*i >= model.nr || model.keys[*i] != key) {
		tap_fail(__FILE__, __LINE__, "key %#lx, not %#lx", key,
			 *i < model.nr ? model.keys[*i] : 0);
		return 1;
	}
	(*i)++;
	return 0;
}

static void check(void)
{
	static const struct kho_radix_walk_cb cb = { .leaf = see_key };
	unsigned int i = 0;

	qsort(model.keys, model.nr, sizeof(model.keys[0]), compare);
	must(!kho_radix_walk_tree(&kho_out_tree, &cb, &i));
	while (i && i < model.nr && model.keys[i] == model.keys[i - 1])
		i++;
	must(expect_eq(i, model.nr));
}

static int take_key(unsigned long key, void *data)
{
	model_add_key(key);
	return 0;
}

/* With what the kernel itself preserves. */
static void begin_with_model(void)
{
	static const struct kho_radix_walk_cb cb = { .leaf = take_key };

	begin("8M,0,0");
	must(!kho_radix_walk_tree(&kho_out_tree, &cb, NULL));
	must(expect_eq(model.nr, 3));
}

/* Whether there is memory of one kind, and no scratch. */
static bool is_preservable(unsigned long pfn, unsigned long nr)
{
	return sim_is_ram(PFN_PHYS(pfn), PFN_PHYS(nr)) &&
	       !kho_scratch_overlap(PFN_PHYS(pfn), PFN_PHYS(nr)) &&
	       PFN_PHYS(pfn + nr) <= GiB(52);
}

static void random_range(unsigned long *pfn, unsigned long *nr)
{
	static const phys_addr_t odd[] = {
		0, GiB(1) + 7 * PAGE_SIZE, GiB(2), GiB(4),
		GiB(37) + 3 * PAGE_SIZE, GiB(40),
	};

	do {
		*nr = 1 + (rnd() >> (64 - 1 - rnd_below(23)));
		*pfn = PHYS_PFN(odd[rnd_below(ARRAY_SIZE(odd))]) +
		       rnd_below(2000) - 1000;
		if (rnd_below(3) == 0)
			*pfn &= -(1UL << rnd_below(12));
	} while (*pfn >= PHYS_PFN(SIM_PHYS_END) || !is_preservable(*pfn, *nr));
}

static void test_random(void)
{
	struct {
		unsigned long pfn, nr;
	} ranges[40] = {}, *r;
	unsigned int n;

	begin_with_model();
	for (n = 0; n < 20000; n++) {
		r = &ranges[rnd_below(ARRAY_SIZE(ranges))];
		if (r->nr) {
			kho_unpreserve_pages(pfn_to_page(r->pfn), r->nr);
			model_range(r->pfn, r->nr, false);
			r->nr = 0;
		} else {
			random_range(&r->pfn, &r->nr);
			must(!kho_preserve_pages(pfn_to_page(r->pfn), r->nr));
			model_range(r->pfn, r->nr, true);
		}
		if (n % 20 == 0)
			check();
	}
}

/* Only as many keys as bits in the addresses, whatever its size. */
static void test_huge(void)
{
	unsigned long first = PHYS_PFN(GiB(4)) + 1;
	unsigned long nr = PHYS_PFN(GiB(48)) - 1;
	struct state before;

	begin_with_model();
	before = state_get();
	must(!kho_preserve_pages(pfn_to_page(first), nr));
	model_range(first, nr, true);
	check();
	expect(model.nr < 90);
	kho_unpreserve_pages(pfn_to_page(first), nr);
	model_range(first, nr, false);
	check();
	expect_state(before);
	expect_eq(kho_preserve_pages(pfn_to_page(first), 0), 0);
	kho_unpreserve_pages(pfn_to_page(first), 0);
	expect_state(before);
}

/* The smallest ranges around a border of nodes, one by one. */
static void test_node_border(void)
{
	unsigned long border = PHYS_PFN(GiB(1)) + 7, pfn, nr;

	begin_with_model();
	for (pfn = border - 20; pfn < border + 4; pfn++)
		for (nr = 1; nr < 40; nr++) {
			must(!kho_preserve_pages(pfn_to_page(pfn), nr));
			model_range(pfn, nr, true);
			check();
			kho_unpreserve_pages(pfn_to_page(pfn), nr);
			model_range(pfn, nr, false);
		}
	check();
}

static void test_folios(void)
{
	struct folio *folio[MAX_PAGE_ORDER + 1];
	struct state before;
	unsigned int order;

	begin_with_model();
	before = state_get();
	for (order = 0; order <= MAX_PAGE_ORDER; order++) {
		folio[order] = folio_alloc(GFP_KERNEL, order);
		must(!kho_preserve_folio(folio[order]));
		must(!kho_preserve_folio(folio[order]));
		model_add_key(kho_key_encode(folio_pfn(folio[order]), order));
	}
	check();
	for (order = 0; order <= MAX_PAGE_ORDER; order++) {
		kho_unpreserve_folio(folio[order]);
		folio_put(folio[order]);
	}
	expect_state(before);
}

/* Refused with a line, for every way to preserve it. */
static void expect_refused(unsigned long pfn, unsigned long nr, int err)
{
	struct state before = state_get();
	struct folio *folio = (struct folio *)pfn_to_page(pfn);

	sim_log_clear();
	expect_eq(kho_preserve_pages(pfn_to_page(pfn), nr), err);
	expect_eq(sim_log_lines(), 1);
	expect_log("not preserved");
	expect_state(before);
	if (nr == 1) {
		expect_eq(kho_preserve_folio(folio), err);
		expect_eq(sim_log_lines(), 2);
		expect_state(before);
	}
}

static void test_scratch(void)
{
	unsigned long pfn, nr;
	unsigned int i;

	begin("8M,8M,8M");
	for (i = 0; i < kho_scratch_cnt; i++) {
		pfn = PHYS_PFN(kho_scratch[i].addr);
		nr = PHYS_PFN(kho_scratch[i].size);
		must(nr == PHYS_PFN(MiB(8)));
		expect_refused(pfn, 1, -EINVAL);
		expect_refused(pfn + nr - 1, 1, -EINVAL);
		expect_refused(pfn + nr / 2, 1, -EINVAL);
		expect_refused(pfn, nr, -EINVAL);
		expect_refused(pfn - 1, 2, -EINVAL);
		expect_refused(pfn - 1, nr + 2, -EINVAL);
		expect_refused(pfn - nr, nr * 3, -EINVAL);
		expect_refused(pfn + nr - 1, 2, -EINVAL);
		/* Right before it is fine, unless that is scratch too. */
		if (!kho_scratch_overlap(PFN_PHYS(pfn - 1), PAGE_SIZE))
			expect_eq(kho_preserve_pages(pfn_to_page(pfn - 1), 1), 0);
	}
}

static void test_hot_added(void)
{
	static const unsigned long pfns[] = {
		PHYS_PFN(GiB(60)), PHYS_PFN(GiB(61)) - 1,
	};
	unsigned int i;

	begin("8M,0,0");
	for (i = 0; i < ARRAY_SIZE(pfns); i++) {
		memset(pfn_to_page(pfns[i]), 0, sizeof(struct page));
		expect_refused(pfns[i], 1, -EINVAL);
	}
	expect_refused(PHYS_PFN(GiB(60)) + 12345, 100000, -EINVAL);
	expect_log("hot-added");
}

static void test_poisoned(void)
{
	unsigned long pfn = PHYS_PFN(GiB(5));
	struct folio *folio;

	begin("8M,0,0");
	memset(pfn_to_page(pfn), 0, 1024 * sizeof(struct page));
	sim_poison_page(pfn_to_page(pfn + 77));
	expect_refused(pfn + 77, 1, -EHWPOISON);
	expect_refused(pfn, 78, -EHWPOISON);
	expect_refused(pfn, 1024, -EHWPOISON);
	expect_log("hardware error");
	expect_eq(kho_preserve_pages(pfn_to_page(pfn), 77), 0);
	expect_eq(kho_preserve_pages(pfn_to_page(pfn + 78), 10), 0);

	folio = folio_alloc(GFP_KERNEL, 3);
	sim_poison_page(&folio->page + 7);
	expect_eq(kho_preserve_folio(folio), -EHWPOISON);
}

static void test_alloc(void)
{
	static const unsigned long sizes[] = { 1, 4095, 4096, 4097, 65536,
					       MiB(4) - 1, MiB(4) };
	struct state before;
	struct folio *folio;
	unsigned int i;
	char *mem;

	begin("8M,0,0");
	before = state_get();
	expect_eq(PTR_ERR(kho_alloc_preserve(0)), -EINVAL);
	expect_eq(PTR_ERR(kho_alloc_preserve(MiB(4) + 1)), -E2BIG);
	expect_eq(PTR_ERR(kho_alloc_preserve(GiB(1))), -E2BIG);
	kho_unpreserve_free(NULL);
	expect_state(before);
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		mem = kho_alloc_preserve(sizes[i]);
		must(!IS_ERR(mem));
		folio = virt_to_folio(mem);
		expect_eq(folio_order(folio), get_order(sizes[i]));
		expect_eq(page_count(&folio->page), 1);
		expect(is_preserved(folio_pfn(folio), get_order(sizes[i])));
		expect(!mem[0] && !memcmp(mem, mem + 1, sizes[i] - 1));
		kho_unpreserve_free(mem);
	}
	expect_state(before);
}

static void test_off(void)
{
	struct folio *folio;
	char blob[8];

	sim_power_on(&machine);
	sim_boot("kho=off");
	expect(!kho_is_enabled() && !is_kho_boot());
	expect_eq(kho_scratch_cnt, 0);
	expect_eq(memblock_reserved_kern_size(PHYS_ADDR_MAX, NUMA_NO_NODE),
		  sim_kernel_size);
	expect_eq(sim_pages_used(), 0);
	folio = folio_alloc(GFP_KERNEL, 0);
	expect_eq(kho_preserve_folio(folio), -EINVAL);
	expect(sim_warnings() > 0);
	expect_eq(PTR_ERR(kho_alloc_preserve(1)), -EINVAL);
	expect(sim_warnings() > 0);
	expect_eq(kho_add_subtree("x", blob, 8), -EOPNOTSUPP);
	kho_remove_subtree(blob);
	expect_eq(sim_pages_used(), 1);
}

static const struct tap_case cases[] = {
	{ "pages: random ranges on three nodes", test_random },
	{ "pages: 48 GiB at once", test_huge },
	{ "pages: around a border of nodes", test_node_border },
	{ "pages: folios of all orders", test_folios },
	{ "pages: scratch is refused", test_scratch },
	{ "pages: hot-added memory is refused", test_hot_added },
	{ "pages: hardware errors are refused", test_poisoned },
	{ "pages: preserved allocations", test_alloc },
	{ "pages: kho=off", test_off },
};

TAP_MAIN(cases)
