// SPDX-License-Identifier: GPL-2.0
/*
 * The list of pages with memory errors, good and hostile: nobody gets a page that is
 * listed, whoever has one back finds it marked, and no list stops the boot.
 */

#include <linux/kho/abi/hwpoison.h>

#include <libfdt.h>

#include "image.h"

static struct kho_hwpoison_ser *list;
static void *fdt;

/* Nothing is there, and it is not scratch. */
#define FREE	PHYS_PFN(MiB(9))

/* A list of no pages, in a page that was preserved for something else. */
static void begin(void)
{
	if (!image.tree)
		image_make();
	image_load();
	fdt = phys_to_virt(image.h.fdt);
	list = phys_to_virt(image.single[0]);
	memset(list, 0, sizeof(*list));
	memcpy(list->compatible, KHO_HWPOISON_COMPATIBLE,
	       sizeof(KHO_HWPOISON_COMPATIBLE));
}

static void hand_over(phys_addr_t blob, u64 size)
{
	must(!kho_fdt_add(fdt, PAGE_SIZE, KHO_HWPOISON_NODE_NAME, blob, size));
}

static void add(unsigned long pfn)
{
	list->pfn[list->nr++] = pfn;
}

/* The next kernel up to where it releases memory, which needs no list. */
static void start(void)
{
	kho_populate(image.h.fdt, image.h.fdt_len, image.h.scratch,
		     image.h.scratch_len);
	must(is_kho_boot());
	sim_add_memory();
	sim_take_boot_memory();
	sim_log_clear();
	kho_memory_init_early();
	must(is_kho_boot());
}

static void finish(void)
{
	sim_early_params("kho=on");
	sim_free_boot_memory();
	sim_initcalls();
	expect(kho_is_enabled());
	expect_eq(sim_warnings(), 0);
}

static bool is_bad(unsigned long pfn)
{
	return PageHWPoison(pfn_to_page(pfn));
}

static long nr_bad(void)
{
	return atomic_long_read(&num_poisoned_pages);
}

static void test_good(void)
{
	static const unsigned long nobodys[] = {
		FREE, FREE + 1, FREE + 77, FREE + 512,
	};
	unsigned int i;

	begin();
	hand_over(image.single[0], sizeof(*list));
	for (i = ARRAY_SIZE(nobodys); i--;)
		add(nobodys[i]);
	add(image.folio4 + 3);
	add(PHYS_PFN(image.single[5]));
	start();
	expect_log("6 pages with memory errors");
	for (i = 0; i < ARRAY_SIZE(nobodys); i++)
		expect(sim_is_reserved(PFN_PHYS(nobodys[i]), PAGE_SIZE));
	expect(!sim_is_reserved(PFN_PHYS(FREE + 2), PAGE_SIZE));
	expect(!sim_is_reserved(PFN_PHYS(image.folio4 + 3), PAGE_SIZE));
	finish();

	expect_eq(nr_bad(), 6);
	for (i = 0; i < ARRAY_SIZE(nobodys); i++) {
		expect_eq(sim_page_state(nobodys[i]), SIM_RESERVED);
		expect(is_bad(nobodys[i]));
	}
	expect(!is_bad(FREE + 2));
	expect(sim_page_state(FREE + 2) != SIM_RESERVED);

	/* Only these of what is restored, and all of it can be. */
	must(kho_restore_folio(PFN_PHYS(image.folio4)));
	for (i = 0; i < 16; i++)
		expect_eq(is_bad(image.folio4 + i), i == 3);
	must(kho_restore_folio(image.single[5]));
	expect(is_bad(PHYS_PFN(image.single[5])));
	must(kho_restore_folio(image.single[6]));
	expect(!is_bad(PHYS_PFN(image.single[6])));

	/* The list is not needed any more. */
	expect(!kho_is_handed_over(image.single[0], 0));
}

static void test_none(void)
{
	begin();
	start();
	expect_eq(sim_log_lines(), 1);
	finish();
	expect_eq(nr_bad(), 0);
	expect(kho_is_handed_over(image.single[0], 0));

	begin();
	hand_over(image.single[0], sizeof(*list));
	start();
	finish();
	expect_eq(nr_bad(), 0);
}

static void expect_ignored_at(int line)
{
	start();
	if (!sim_log_has("the list of pages with memory errors makes no sense"))
		tap_fail(__FILE__, line, "not ignored: %s", sim_log());
	finish();
	expect_eq(nr_bad(), 0);
	expect(!is_bad(FREE));
	begin();
	add(FREE);
}

#define expect_ignored()	expect_ignored_at(__LINE__)

static void test_bad_list(void)
{
	static const u64 sizes[] = { 1, 24, sizeof(*list) - 1 };
	static const u64 nrs[] = { KHO_HWPOISON_MAX + 1, 1ULL << 61, ~0ULL };
	unsigned int i;

	begin();
	add(FREE);
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		hand_over(image.single[0], sizes[i]);
		expect_ignored();
	}
	for (i = 0; i < ARRAY_SIZE(nrs); i++) {
		hand_over(image.single[0], sizeof(*list));
		list->nr = nrs[i];
		expect_ignored();
	}
	hand_over(image.single[0], sizeof(*list));
	list->compatible[10] = '2';
	expect_ignored();
	hand_over(image.single[0], sizeof(*list));
	memset(list->compatible, 'x', sizeof(list->compatible));
	expect_ignored();

	/* Not at the start of a page, though all of it is preserved. */
	memcpy(phys_to_virt(image.blob + 8), list, sizeof(*list));
	hand_over(image.blob + 8, sizeof(*list));
	expect_ignored();
	/* Not preserved. */
	hand_over(MiB(9), sizeof(*list));
	start();
	expect_log("subtree \"hwpoison\" ignored");
	finish();
	expect_eq(nr_bad(), 0);
}

/* Where no memory is, and what everything else depends on. */
static void test_bad_pages(void)
{
	static const u64 none[] = {
		PHYS_PFN(MiB(16)), PHYS_PFN(GiB(1)), PHYS_PFN(SIM_PHYS_END),
		1ULL << 51, 1ULL << 52, 1ULL << 63, ~0ULL - 1, ~0ULL,
	};
	unsigned int i;

	begin();
	hand_over(image.single[0], sizeof(*list));
	for (i = 0; i < ARRAY_SIZE(none); i++)
		add(none[i]);
	add(FREE);
	start();
	expect_log("8 pages with memory errors are no memory");
	expect_log("1 pages with memory errors are known");
	finish();
	expect_eq(nr_bad(), 1);
	expect(is_bad(FREE));

	/* Twice; the list, the FDT, the tree; scratch; page 0. */
	begin();
	hand_over(image.single[0], sizeof(*list));
	add(FREE);
	add(FREE);
	add(PHYS_PFN(image.single[0]));
	add(PHYS_PFN(image.h.fdt));
	add(PHYS_PFN(image.tree));
	add(PHYS_PFN(image.h.scratch));
	add(0);
	start();
	finish();
	expect(is_bad(FREE));
	expect_eq(nr_bad(), 7 - 1);
	must(kho_restore_folio(PFN_PHYS(image.folio4)));
}

/* As many as there can be, each alone. */
static void test_full(void)
{
	unsigned int i;

	begin();
	hand_over(image.single[0], sizeof(*list));
	for (i = 0; i < KHO_HWPOISON_MAX; i++)
		add(FREE + i);
	start();
	finish();
	expect_eq(nr_bad(), KHO_HWPOISON_MAX);
	expect(is_bad(FREE) && is_bad(FREE + KHO_HWPOISON_MAX - 1));
	expect(!is_bad(FREE + KHO_HWPOISON_MAX));
}

/* Whatever is in the list, the kernel boots and restores what is preserved. */
static void test_random(void)
{
	unsigned int n, i;

	for (n = 0; n < 100; n++) {
		begin();
		hand_over(image.single[0], sizeof(*list));
		list->nr = rnd_below(KHO_HWPOISON_MAX + 2);
		for (i = 0; i < KHO_HWPOISON_MAX; i++)
			list->pfn[i] = rnd() >> rnd_below(64);
		start();
		finish();
		must(kho_restore_folio(PFN_PHYS(image.folio4)));
		must(kho_restore_pages(PFN_PHYS(image.pages), IMAGE_PAGES));
	}
}

static const struct tap_case cases[] = {
	{ "hwpoison: a good list", test_good },
	{ "hwpoison: no list, and an empty one", test_none },
	{ "hwpoison: bad lists", test_bad_list },
	{ "hwpoison: bad pages", test_bad_pages },
	{ "hwpoison: a full list", test_full },
	{ "hwpoison: random lists", test_random },
};

TAP_MAIN(cases)
