// SPDX-License-Identifier: GPL-2.0
/*
 * Whole handovers from one kernel to the next, on a machine that overwrites
 * everything that is free; and what restoring refuses.
 */

#include <stdio.h>

#include <linux/kho/abi/kexec_metadata.h>

#include "state.h"

static const struct sim_machine machine = {
	.ram = {
		{ .start = 0, .size = MiB(32) + 5 * PAGE_SIZE },
		{ .start = MiB(32) + 5 * PAGE_SIZE,
		  .size = MiB(32) - 5 * PAGE_SIZE, .nid = 1 },
	},
};

static const char *cmdline = "kho=on kho_scratch=4M,4M,4M";

static void begin(void)
{
	sim_power_on(&machine);
	sim_boot(cmdline);
	must(kho_is_enabled() && !is_kho_boot());
}

static void jump(void)
{
	sim_kexec(cmdline);
	must(is_kho_boot());
	expect_log("found kexec handover data.");
}

/* A pattern that tells pages apart. */
static void fill(unsigned long pfn, unsigned long nr, u64 seed)
{
	u64 *p = phys_to_virt(PFN_PHYS(pfn));
	unsigned long i;

	for (i = 0; i < nr * PAGE_SIZE / sizeof(*p); i++)
		p[i] = seed * 0x9e3779b97f4a7c15 + i;
}

static bool is_filled(unsigned long pfn, unsigned long nr, u64 seed)
{
	const u64 *p = phys_to_virt(PFN_PHYS(pfn));
	unsigned long i;

	for (i = 0; i < nr * PAGE_SIZE / sizeof(*p); i++)
		if (p[i] != seed * 0x9e3779b97f4a7c15 + i)
			return false;
	return true;
}

static unsigned long new_folio(unsigned int order, u64 seed)
{
	struct folio *folio = folio_alloc(GFP_KERNEL, order);

	must(folio && !kho_preserve_folio(folio));
	fill(folio_pfn(folio), 1UL << order, seed);
	return folio_pfn(folio);
}

static void check_folio(unsigned long pfn, unsigned int order, u64 seed)
{
	struct folio *folio = kho_restore_folio(PFN_PHYS(pfn));
	unsigned long i;

	must(folio && folio_pfn(folio) == pfn);
	expect_eq(folio_order(folio), order);
	expect_eq(folio_test_large(folio), order > 0);
	expect_eq(folio->page.private, 0);
	expect_eq(page_count(&folio->page), 1);
	for (i = 1; i < 1UL << order; i++) {
		must(page_folio(&folio->page + i) == folio);
		must(page_count(&folio->page + i) == 0);
	}
	expect(is_filled(pfn, 1UL << order, seed));
	folio_put(folio);
}

static void test_folios(void)
{
	unsigned long pfns[3 * (MAX_PAGE_ORDER + 1)];
	unsigned int i;

	begin();
	for (i = 0; i < ARRAY_SIZE(pfns); i++)
		pfns[i] = new_folio(i % (MAX_PAGE_ORDER + 1), i);
	jump();
	/* Last ones first; what is free is overwritten before each. */
	for (i = ARRAY_SIZE(pfns); i--;) {
		must(sim_page_state(pfns[i]) == SIM_HELD);
		sim_scribble_free();
		check_folio(pfns[i], i % (MAX_PAGE_ORDER + 1), i);
	}
	expect_eq(sim_warnings(), 0);
}

static void new_pages(unsigned long pfn, unsigned long nr, u64 seed)
{
	must(!kho_preserve_pages(pfn_to_page(pfn), nr));
	fill(pfn, nr, seed);
}

static void check_pages(unsigned long pfn, unsigned long nr, u64 seed)
{
	struct page *page = kho_restore_pages(PFN_PHYS(pfn), nr);
	unsigned long i;

	must(page == pfn_to_page(pfn));
	expect(is_filled(pfn, nr, seed));
	for (i = 0; i < nr; i++) {
		must(page_count(page + i) == 1);
		must(page[i].private == 0 && page[i].flags == 0);
		__free_page(page + i);
	}
}

/* Ranges of pages that are taken from the allocator one by one, in order. */
static unsigned long take_pages(unsigned long nr)
{
	unsigned long pfn = 0, got = 0;
	struct page *page;

	while (got < nr) {
		page = alloc_page(GFP_KERNEL);
		must(page);
		if (got && page_to_pfn(page) == pfn + got) {
			got++;
		} else {
			pfn = page_to_pfn(page);
			got = 1;
		}
	}
	return pfn;
}

static void test_pages(void)
{
	static const unsigned long lens[] = { 1, 2, 3, 7, 100, 1000, 4097 };
	unsigned long pfns[ARRAY_SIZE(lens)];
	unsigned int i;

	begin();
	for (i = 0; i < ARRAY_SIZE(lens); i++) {
		alloc_page(GFP_KERNEL);		/* odd starts */
		pfns[i] = take_pages(lens[i]);
		new_pages(pfns[i], lens[i], i);
	}
	jump();
	for (i = 0; i < ARRAY_SIZE(lens); i++)
		check_pages(pfns[i], lens[i], i);
}

/* A range across two nodes is cut there, and comes back whole (hazard H5). */
static void test_across_nodes(void)
{
	unsigned long border = PHYS_PFN(MiB(32)) + 5;
	unsigned long first = border - 13, nr = 64;

	cmdline = "kho=on kho_scratch=4M,0,0";
	begin();
	/* Memory that nobody else has: pretend to. */
	while (sim_page_state(first + nr - 1) != SIM_USED)
		must(alloc_page(GFP_KERNEL));
	new_pages(first, nr, 1);
	jump();
	check_pages(first, nr, 1);
	expect(!kho_is_handed_over(PFN_PHYS(border), 0));
	cmdline = "kho=on kho_scratch=4M,4M,4M";
}

static void expect_nothing(phys_addr_t phys)
{
	expect(!kho_restore_folio(phys));
	expect(sim_warnings() <= 1);
	expect(!kho_restore_pages(phys, 1));
	expect(sim_warnings() <= 1);
	expect(!kho_is_handed_over(phys, 0));
}

static void test_refused(void)
{
	unsigned long folio, pages, single;
	long used;

	begin();
	folio = new_folio(4, 1);
	single = new_folio(0, 2);
	pages = take_pages(16);
	new_pages(pages, 16, 3);
	jump();

	expect(kho_is_handed_over(PFN_PHYS(single), 0));
	expect(!kho_is_handed_over(PFN_PHYS(single) + 8, 0));
	expect(kho_is_handed_over(PFN_PHYS(folio), 4));
	expect(!kho_is_handed_over(PFN_PHYS(folio), 3));

	/* In the middle, unaligned, not ours, and where there is no memory. */
	used = sim_pages_used();
	expect_nothing(PFN_PHYS(folio + 1));
	expect_nothing(PFN_PHYS(folio + 8));
	expect(!kho_restore_folio(PFN_PHYS(folio) + 8));
	expect_nothing(PFN_PHYS(PHYS_PFN(MiB(3))));
	expect_nothing(kho_scratch[0].addr);
	expect_nothing(GiB(3));
	expect_nothing(~0ULL << PAGE_SHIFT);
	expect_eq(sim_pages_used(), used);

	/* Once and not again. */
	check_folio(folio, 4, 1);
	expect_nothing(PFN_PHYS(folio));
	check_folio(single, 0, 2);
	expect_nothing(PFN_PHYS(single));
	check_pages(pages, 16, 3);
	expect_nothing(PFN_PHYS(pages));
}

/* A range that is longer or shorter than what was preserved. */
static void test_wrong_length(void)
{
	unsigned long pages;

	begin();
	pages = (take_pages(8 + 16) + 7) & ~7UL;
	new_pages(pages, 8, 1);
	jump();
	expect(!kho_restore_pages(PFN_PHYS(pages), 9));
	expect_eq(sim_warnings(), 1);

	begin();
	pages = (take_pages(8 + 16) + 7) & ~7UL;
	new_pages(pages, 8, 1);
	jump();
	expect(!kho_restore_pages(PFN_PHYS(pages), 5));
	expect_eq(sim_warnings(), 1);
}

static void test_restore_free(void)
{
	phys_addr_t phys[6];
	long used;
	char *mem;
	int i;

	begin();
	for (i = 0; i < 6; i++) {
		mem = kho_alloc_preserve((PAGE_SIZE << i) - 5);
		must(!IS_ERR(mem));
		phys[i] = virt_to_phys(mem);
	}
	jump();
	used = sim_pages_used();
	kho_restore_free(NULL);
	for (i = 0; i < 6; i++)
		kho_restore_free(phys_to_virt(phys[i]));
	expect_eq(sim_pages_used(), used);
	for (i = 0; i < 6; i++)
		expect_eq(sim_page_state(PHYS_PFN(phys[i])), SIM_FREE);
	expect_eq(sim_warnings(), 0);
	kho_restore_free(phys_to_virt(phys[0]));
	expect(sim_warnings() > 0);
}

/* What is not restored is still there; and a kernel that is off, protects. */
static void test_off(void)
{
	struct sim_handover h;
	unsigned long pfn;

	begin();
	pfn = new_folio(3, 9);
	h = sim_prepare_jump();
	sim_boot_with(&h, "kho=off");
	must(is_kho_boot() && !kho_is_enabled());
	sim_scribble_free();
	expect_eq(sim_pages_used(), 0);
	check_folio(pfn, 3, 9);
	expect_eq(kho_out_fdt_phys(), 0);
}

static void test_metadata(void)
{
	const struct kho_kexec_metadata *metadata;
	phys_addr_t phys;
	char line[64];
	size_t size;
	u32 i;

	begin();
	expect(!sim_log_has("exec from"));
	expect_eq(kho_retrieve_subtree("kexec-metadata", &phys, &size), -ENOENT);
	for (i = 1; i < 5; i++) {
		jump();
		snprintf(line, sizeof(line), "KHO: exec from: 6.12.0-sim (count %u)\n",
			 i);
		expect_log(line);
		must(!kho_retrieve_subtree("kexec-metadata", &phys, &size));
		expect_eq(size, 73);
		metadata = phys_to_virt(phys);
		expect_eq(metadata->version, 1);
		expect(!strcmp(metadata->previous_release, "6.12.0-sim"));
		expect_eq(metadata->kexec_count, i);
	}
	expect_eq(kho_retrieve_subtree("kexec-metadata", NULL, NULL), -EINVAL);
	expect_eq(kho_retrieve_subtree("kexec-metadata", &phys, NULL), 0);
	expect_eq(kho_retrieve_subtree("nothing", &phys, &size), -ENOENT);
}

/* Blobs of others are found again, and gone one kernel later. */
static void test_subtrees(void)
{
	char *blob[3], name[] = "blob0", client[16];
	phys_addr_t phys;
	size_t size;
	int i;

	begin();
	expect(!kho_out_client(client, sizeof(client)));
	for (i = 0; i < 3; i++, name[4]++) {
		blob[i] = kho_alloc_preserve(PAGE_SIZE * (i + 1));
		memcpy(blob[i], name, strlen(name) + 1);
		must(!kho_add_subtree(name, blob[i], 5 + i * PAGE_SIZE));
	}
	expect(kho_out_client(client, sizeof(client)));
	expect(!strncmp(client, "blob", 4));
	kho_remove_subtree(blob[1]);
	kho_unpreserve_free(blob[1]);
	kho_remove_subtree(blob[1]);
	jump();
	expect(!kho_out_client(client, sizeof(client)));
	expect_eq(kho_retrieve_subtree("blob0", &phys, &size), 0);
	expect_eq(size, 5);
	expect(!strcmp(phys_to_virt(phys), "blob0"));
	expect_eq(kho_retrieve_subtree("blob1", &phys, &size), -ENOENT);
	expect_eq(kho_retrieve_subtree("blob2", &phys, &size), 0);
	expect_eq(size, 5 + 2 * PAGE_SIZE);
	kho_restore_free(phys_to_virt(phys));
	jump();
	expect_eq(kho_retrieve_subtree("blob0", &phys, &size), -ENOENT);
}

/*
 * A hundred kernels. Every one restores all that it was handed, checks it, and
 * hands on something else; none has less memory or other scratch than the last.
 */
static void test_chain(void)
{
	struct kho_scratch areas[8];
	unsigned long pfns[30];
	unsigned int hop, i, nr = 0;
	long used = 0;

	begin();
	must(kho_scratch_cnt <= ARRAY_SIZE(areas));
	memcpy(areas, kho_scratch, kho_scratch_cnt * sizeof(*areas));
	for (hop = 0; hop < 100; hop++) {
		nr = rnd_below(ARRAY_SIZE(pfns));
		for (i = 0; i < nr; i++)
			pfns[i] = new_folio(i % 8, hop + i);
		jump();
		expect(!memcmp(areas, kho_scratch,
			       kho_scratch_cnt * sizeof(*areas)));
		sim_scribble_free();
		for (i = 0; i < nr; i++)
			check_folio(pfns[i], i % 8, hop + i);
		if (!used)
			used = sim_pages_used();
		expect_eq(sim_pages_used(), used);
	}
	expect_eq(sim_warnings(), 0);
}

static const struct tap_case cases[] = {
	{ "restore: folios of all orders", test_folios },
	{ "restore: ranges of pages", test_pages },
	{ "restore: a range across two nodes", test_across_nodes },
	{ "restore: what was not handed over", test_refused },
	{ "restore: a range of another length", test_wrong_length },
	{ "restore: preserved allocations", test_restore_free },
	{ "restore: kho=off protects", test_off },
	{ "restore: metadata", test_metadata },
	{ "restore: named blobs", test_subtrees },
	{ "restore: a hundred kernels", test_chain },
};

TAP_MAIN(cases)
