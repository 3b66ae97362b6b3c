// SPDX-License-Identifier: GPL-2.0
/*
 * Every allocation of everything that hands something over fails once, and
 * leaves no trace. Restoring is in the files of what is restored.
 */

#include <linux/kho/abi/kexec_handover.h>
#include <linux/kho_block.h>

#include "state.h"

/* No two areas, and no two orders of them, share a leaf. */
static const struct sim_machine machine = {
	.ram = {
		{ .start = MiB(1), .size = MiB(63) },
		{ .start = GiB(5), .size = MiB(64), .nid = 1 },
	},
};

static void begin(void)
{
	sim_power_on(&machine);
	sim_boot("kho=on");
	must(kho_is_enabled());
}

struct range {
	unsigned long first, nr;
};

static int add_key(void *arg)
{
	struct range *r = arg;

	return kho_radix_add_key(&kho_out_tree, r->first);
}

static int add_range(void *arg)
{
	struct range *r = arg;

	return kho_radix_add_range(&kho_out_tree, r->first, r->nr);
}

static int reserve_range(void *arg)
{
	struct range *r = arg;

	return kho_radix_reserve_range(&kho_out_tree, r->first, r->nr);
}

static void test_keys(void)
{
	struct range r = { kho_key_encode(PHYS_PFN(GiB(5)), 0), 1 };

	begin();
	expect(fail_everywhere(add_key, &r) > 0);
	expect(is_preserved(PHYS_PFN(GiB(5)), 0));
	expect_eq(fail_everywhere(add_key, &r), 0);
}

static void test_ranges(void)
{
	/* Across a border of the highest level, in a tree that has some keys. */
	struct range r = { BIT(kho_radix_shift(5)) - 100000, 200000 };
	struct state before;
	unsigned int i;

	begin();
	for (i = 0; i < 2; i++)
		must(!kho_radix_add_key(&kho_out_tree, r.first - 60000 +
					rnd_below(300000)));
	must(!kho_radix_add_key(&kho_out_tree, r.first + 5));
	before = state_get();
	expect(fail_everywhere(reserve_range, &r) > 2);
	expect_state(before);
	expect_eq(fail_everywhere(add_range, &r), 0);
}

static int preserve_folio(void *arg)
{
	return kho_preserve_folio(arg);
}

static void test_folio(void)
{
	unsigned int order;

	begin();
	for (order = 0; order <= 9; order++) {
		struct folio *folio = folio_alloc(GFP_KERNEL, order);

		fail_everywhere(preserve_folio, folio);
		expect(is_preserved(folio_pfn(folio), order));
	}
}

struct pages {
	struct page *page;
	unsigned long nr;
};

static int preserve_pages(void *arg)
{
	struct pages *p = arg;

	return kho_preserve_pages(p->page, p->nr);
}

/* What others preserved in the same range stays, at every failure. */
static void test_pages(void)
{
	struct pages all = { pfn_to_page(PHYS_PFN(GiB(5)) + 1), 10000 };
	struct pages part = { all.page + 31, 32 };
	struct state before, with_part;

	begin();
	before = state_get();
	must(!kho_preserve_pages(part.page, part.nr));
	with_part = state_get();
	expect(fail_everywhere(preserve_pages, &all) > 5);
	kho_unpreserve_pages(all.page, all.nr);

	/* The keys of the part belonged to all, too. */
	expect_state(before);
	must(!kho_preserve_pages(part.page, part.nr));
	expect_state(with_part);
}

static void *allocated;

static int alloc_preserve(void *arg)
{
	unsigned long *size = arg;

	allocated = kho_alloc_preserve(*size);
	return PTR_ERR_OR_ZERO(allocated);
}

static void test_alloc_preserve(void)
{
	static const unsigned long sizes[] = { 1, PAGE_SIZE, PAGE_SIZE + 1,
					       MiB(1), MiB(4) };
	struct state before;
	unsigned int i;
	unsigned long n;

	begin();
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		n = sizes[i];
		before = state_get();
		expect(fail_everywhere(alloc_preserve, &n) > 0);
		kho_unpreserve_free(allocated);
		expect_state(before);
	}
}

static struct kho_vmalloc descriptor;

static int preserve_vmalloc(void *arg)
{
	return kho_preserve_vmalloc(arg, &descriptor);
}

static void test_vmalloc(void)
{
	static const struct {
		unsigned int nr, order;
	} areas[] = { { 1, 0 }, { 511, 0 }, { 512, 0 }, { 1500, 0 }, { 64, 4 },
		      { 1024, 9 } };
	struct state before;
	unsigned int i;
	void *area;

	begin();
	for (i = 0; i < ARRAY_SIZE(areas); i++) {
		area = sim_vmalloc(areas[i].nr, areas[i].order,
				   areas[i].order ? VM_ALLOW_HUGE_VMAP : 0);
		before = state_get();
		expect(fail_everywhere(preserve_vmalloc, area) > 0);
		kho_unpreserve_vmalloc(&descriptor);
		expect_state(before);
	}
}

static struct kho_block_set blocks;

static int grow(void *arg)
{
	return kho_block_set_grow(&blocks, *(u64 *)arg);
}

static void test_blocks(void)
{
	struct state before;
	u64 count = 300;

	begin();
	before = state_get();
	kho_block_set_init(&blocks, 64);
	expect(fail_everywhere(grow, &count) >= 10);
	expect_eq(blocks.nblocks, 5);
	count = 1000;
	expect(fail_everywhere(grow, &count) >= 20);
	expect_eq(blocks.nblocks, 16);
	kho_block_set_destroy(&blocks);
	expect_state(before);
}

/* Adding a blob allocates nothing; a full FDT is the failure that it has. */
static void test_subtree(void)
{
	struct state before;
	char name[8] = "0";
	unsigned int n;
	int err = 0;

	begin();
	for (n = 0; !err; n++) {
		name[0] = '0' + n / 10;
		name[1] = '0' + n % 10;
		before = state_get();
		err = kho_add_subtree(name, allocated, 5);
	}
	expect_eq(err, -ENOMEM);
	expect_state(before);
	expect_eq(kho_add_subtree("00", allocated, 5), -EEXIST);
	expect_state(before);
}

/*
 * A start that fails leaves a kernel that works and hands nothing over: scratch
 * becomes ordinary memory and everything is given back.
 */
static void test_start(void)
{
	unsigned long nth, allocs;
	unsigned int failed = 0;

	for (nth = 1;; nth++) {
		sim_power_on(&machine);
		sim_early_params("kho=on");
		sim_add_memory();
		sim_take_boot_memory();
		kho_memory_init_early();
		sim_free_boot_memory();
		must(kho_is_enabled());
		expect(kho_scratch_total() > 0);

		sim_fail_nth(nth);
		sim_initcalls();
		allocs = sim_fail_nth(0);
		if (allocs < nth)
			break;

		/* Nobody needs the times of this kernel. */
		if (sim_log_has("is not told the times")) {
			expect(kho_is_enabled());
			continue;
		}

		failed++;
		expect(!kho_is_enabled());
		expect(!kho_out_tree.root);
		expect_eq(kho_out_fdt_phys(), 0);
		expect_eq(kho_scratch_total(), 0);
		expect_eq(sim_pages_used(), 0);
		expect_eq(sim_objects_used(), 0);
		expect_eq(sim_log_lines(), 2);
	}
	expect(failed > 5);
	expect(kho_is_enabled());
}

/* The same while memblock is there: no scratch, and nothing reserved for it. */
static void test_reserve(void)
{
	unsigned long nth, allocs;
	unsigned int failed = 0;
	u64 reserved;

	for (nth = 1;; nth++) {
		sim_power_on(&machine);
		sim_early_params("kho=on kho_scratch=4M,4M,4M");
		sim_add_memory();
		sim_take_boot_memory();
		reserved = sim_regions(&memblock.reserved);

		sim_fail_nth(nth);
		kho_memory_init();
		allocs = sim_fail_nth(0);
		if (allocs < nth)
			break;

		failed++;
		expect(!kho_is_enabled());
		expect_eq(kho_scratch_total(), 0);
		expect_eq(sim_regions(&memblock.reserved), reserved);
		expect_log("kexec handover is off");
	}
	expect(failed > 2);
	expect(kho_is_enabled());
}

static const struct tap_case cases[] = {
	{ "enomem: adding a key", test_keys },
	{ "enomem: ranges of keys", test_ranges },
	{ "enomem: preserving folios", test_folio },
	{ "enomem: preserving pages", test_pages },
	{ "enomem: allocating preserved memory", test_alloc_preserve },
	{ "enomem: preserving vmalloc areas", test_vmalloc },
	{ "enomem: growing block sets", test_blocks },
	{ "enomem: a full FDT", test_subtree },
	{ "enomem: the KHO initcall", test_start },
	{ "enomem: reserving scratch", test_reserve },
};

TAP_MAIN(cases)
