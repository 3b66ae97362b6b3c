// SPDX-License-Identifier: GPL-2.0
/*
 * What the previous kernel says, good and bad. Whatever is wrong, there is one
 * line, memory is as if there had been no handover, and the kernel boots.
 */

#include <libfdt.h>
#include <stdlib.h>

#include "image.h"

static struct kho_scratch *list;	/* the areas, in memory */
static void *fdt;

static void begin(void)
{
	if (!image.tree)
		image_make();
	image_load();
	list = phys_to_virt(image.h.scratch);
	fdt = phys_to_virt(image.h.fdt);
}

static void populate(struct sim_handover h)
{
	image_note();
	sim_log_clear();
	kho_populate(h.fdt, h.fdt_len, h.scratch, h.scratch_len);
}

/* A kernel that has no handover, and one of its own if it likes. */
static void expect_cold_boot(void)
{
	expect(!is_kho_boot());
	expect(!kho_in_fdt());
	expect(image_memblock_is_plain());
	expect(image_unchanged());
	sim_early_params("kho=on kho_scratch=4M,0,0");
	sim_free_boot_memory();
	sim_initcalls();
	expect(kho_is_enabled());
	expect_eq(sim_warnings(), 0);
}

/* Refused before memblock knew anything. */
static void expect_ignored_at(struct sim_handover h, const char *why, int line)
{
	populate(h);
	if (is_kho_boot() || sim_log_lines() != 1 || !sim_log_has(why) ||
	    !sim_log_has("handover ignored"))
		tap_fail(__FILE__, line, "not \"%s\", but: %s", why, sim_log());
	expect_eq(memblock.memory.cnt, 0);
	expect_eq(memblock.reserved.cnt, 0);
	expect(!memblock_kho_scratch_only);
	sim_add_memory();
	kho_memory_init_early();
	expect_cold_boot();
	begin();
}

#define expect_ignored(h, why)	expect_ignored_at(h, why, __LINE__)

static void test_accepted(void)
{
	struct memblock_region *r;
	unsigned long pfn;
	unsigned int nr;
	bool scribble;

	begin();
	populate(image.h);
	expect_log("found kexec handover data.");
	must(is_kho_boot());
	expect_eq(memblock.memory.cnt, 1);
	expect_eq(memblock.memory.regions[0].base, list[0].addr);
	expect_eq(memblock.memory.regions[0].size, list[0].size);
	expect_eq(memblock.memory.regions[0].flags, MEMBLOCK_KHO_SCRATCH);
	expect(sim_is_reserved(image.h.scratch, image.h.scratch_len));
	expect(memblock_kho_scratch_only);
	expect(!kho_in_fdt());
	sim_add_memory();
	sim_take_boot_memory();
	kho_memory_init_early();
	must(is_kho_boot() && kho_in_fdt() == fdt);
	expect_eq(sim_log_lines(), 2);
	expect_log("preserved, in ");

	/* Only scratch is used, and what is neither preserved nor a table. */
	must(!image_verdict(image.tree, list, kho_scratch_cnt));
	for_each_reserved_mem_region(r)
		must(!r->base || kho_scratch_overlap(r->base, r->size));
	nr = 0;
	for_each_mem_region(r) {
		if (!memblock_is_kho_unpreserved(r))
			continue;
		nr++;
		for (pfn = PHYS_PFN(r->base); pfn < PHYS_PFN(r->base + r->size);
		     pfn++)
			must(!image_page_is_preserved(pfn) &&
			     !image_page_is_table(pfn));
	}
	expect(nr > 0);
	expect_eq(kho_in_get_stats()->pieces, nr);

	/* What is preserved, and nothing else, is held back. */
	scribble = sim_scribble_at_boot;
	sim_scribble_at_boot = false;
	sim_free_boot_memory();
	sim_scribble_at_boot = scribble;
	expect_eq(image_check_released(), 0);
	for_each_mem_region(r)
		expect_eq(r->flags, 0);
	expect(kho_is_handed_over(PFN_PHYS(image.folio4), 4));
	expect(image_page_is_preserved(image.pages));
	expect(image_page_is_preserved(image.pages + IMAGE_PAGES - 1));
	expect(kho_in_preserved(image.blob, image.blob_size));
	expect(image_unchanged());

	/* A preserved page at either end, or none. */
	expect(kho_in_touches(PFN_PHYS(image.folio4 + 15), PAGE_SIZE));
	expect(kho_in_touches(PFN_PHYS(image.folio4) - PAGE_SIZE, PAGE_SIZE + 1));
	expect(kho_in_touches(0, SIM_PHYS_END));
	expect(!kho_in_touches(PFN_PHYS(image.folio4), 0));
	expect(!kho_in_touches(SIM_PHYS_END, PAGE_SIZE));
	/* What the handover itself needs is nobody's. */
	for (pfn = 0; pfn < PHYS_PFN(memblock_end_of_DRAM()); pfn++) {
		expect_eq(kho_in_touches(PFN_PHYS(pfn), PAGE_SIZE),
			  image_page_is_preserved(pfn) || image_page_is_own(pfn));
		expect_eq(kho_in_preserved(PFN_PHYS(pfn), PAGE_SIZE),
			  image_page_is_preserved(pfn) && !image_page_is_own(pfn));
	}
}

static void test_fdt_place(void)
{
	struct sim_handover h;
	static const phys_addr_t bad[] = {
		1, 8, PAGE_SIZE + 8, 0, 640 * 1024, MiB(1) - PAGE_SIZE, MiB(16),
		MiB(28), GiB(1), SIM_PHYS_END, ~0ULL, ~0ULL << PAGE_SHIFT, 1ULL << 63,
	};
	static const u64 bad_len[] = {
		0, 1, 40, PAGE_SIZE - 1, PAGE_SIZE + 1, 2 * PAGE_SIZE, 16384,
		65536, 1ULL << 32, ~0ULL, ~0ULL << PAGE_SHIFT,
	};
	unsigned int i;

	begin();
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		h = image.h;
		h.fdt = bad[i];
		expect_ignored(h, "FDT not at a page of memory");
	}
	for (i = 0; i < ARRAY_SIZE(bad_len); i++) {
		h = image.h;
		h.fdt_len = bad_len[i];
		expect_ignored(h, "the previous kernel has pages of ");
	}
	/* A page of something else, and one in scratch. */
	h = image.h;
	h.fdt = image.tree;
	expect_ignored(h, "no FDT");
	h = image.h;
	h.fdt = list[0].addr;
	memcpy(phys_to_virt(h.fdt), fdt, PAGE_SIZE);
	expect_ignored(h, "FDT in scratch");
}

static void test_fdt_content(void)
{
	static const u64 bad[] = { MiB(16), MiB(28), GiB(5), SIM_PHYS_END,
				   ~0ULL << PAGE_SHIFT, 1ULL << 63 };
	unsigned int i;

	begin();
	fdt_set_magic(fdt, 0);
	expect_ignored(image.h, "no FDT");
	fdt_set_version(fdt, 1);
	expect_ignored(image.h, "no FDT");
	fdt_set_totalsize(fdt, PAGE_SIZE + 1);
	expect_ignored(image.h, "larger");
	must(!fdt_setprop_inplace(fdt, 0, "compatible", "kho-v3", 7));
	expect_ignored(image.h, "not compatible with kho-v4");
	must(!fdt_nop_property(fdt, 0, KHO_FDT_MEMORY_MAP_PROP_NAME));
	expect_ignored(image.h, "without preserved-memory-map");
	image_set_tree(0);
	expect_ignored(image.h, "preserved-memory-map");
	image_set_tree(image.tree + 8);
	expect_ignored(image.h, "preserved-memory-map");
	image_set_tree(list[0].addr);
	expect_ignored(image.h, "root of the tree in scratch");
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		image_set_tree(bad[i]);
		expect_ignored(image.h, "root of the tree not in memory");
	}
}

static void test_scratch_place(void)
{
	static const phys_addr_t bad[] = {
		1, 8, 640 * 1024, MiB(16), MiB(28), SIM_PHYS_END, ~0ULL,
		~0ULL << PAGE_SHIFT, 1ULL << 63,
	};
	static const u64 bad_len[] = {
		0, 1, 8, 15, 17, 24, 1ULL << 20, 1ULL << 36, 1ULL << 60, ~0ULL,
		~0ULL << 4,
	};
	struct sim_handover h;
	unsigned int i;

	begin();
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		h = image.h;
		h.scratch = bad[i];
		expect_ignored(h, "scratch list not in memory");
	}
	for (i = 0; i < ARRAY_SIZE(bad_len); i++) {
		h = image.h;
		h.scratch_len = bad_len[i];
		expect_ignored(h, "impossible size of the scratch list");
	}
	h = image.h;
	h.scratch = list[0].addr + list[0].size;
	memcpy(phys_to_virt(h.scratch), list, h.scratch_len);
	expect_ignored(h, "scratch list not in scratch");
	/* Its end is not where its beginning is. */
	h = image.h;
	h.scratch = list[0].addr + list[0].size - PAGE_SIZE;
	h.scratch_len = 2 * PAGE_SIZE;
	memset(phys_to_virt(h.scratch), 0, h.scratch_len);
	memcpy(phys_to_virt(h.scratch), list, image.h.scratch_len);
	expect_ignored(h, "scratch list not in");
}

static void test_scratch_content(void)
{
	struct sim_handover h;

	begin();
	h = image.h;
	list[1] = list[0];
	expect_ignored(image.h, "overlapping");
	list[0].size -= PAGE_SIZE;
	expect_ignored(image.h, "unaligned");
	list[0].addr += PAGE_SIZE;
	expect_ignored(image.h, "unaligned");
	list[0].size = 0;
	expect_ignored(image.h, "no scratch memory");
	list[1].addr = MiB(24);
	list[1].size = MiB(8);
	expect_ignored(image.h, "not all memory");
	list[1].addr = MiB(16);
	list[1].size = MiB(4);
	expect_ignored(image.h, "not all memory");
	list[1].addr = GiB(100);
	list[1].size = GiB(100);
	expect_ignored(image.h, "not all memory");
	list[1].addr = 0ULL - MiB(4);
	list[1].size = MiB(4);
	expect_ignored(image.h, "scratch area");
	list[1].addr = 0ULL - MiB(8);
	list[1].size = MiB(16);
	expect_ignored(image.h, "endless");
	/* The FDT, or the tree, in a further area. */
	list[1].addr = MiB(8);
	list[1].size = MiB(4);
	h.fdt = MiB(9);
	memcpy(phys_to_virt(h.fdt), fdt, PAGE_SIZE);
	expect_ignored(h, "FDT in scratch");
	list[1].addr = MiB(8);
	list[1].size = MiB(4);
	image_set_tree(MiB(12) - PAGE_SIZE);
	expect_ignored(image.h, "root of the tree in scratch");
}

/* Nothing can be mapped, or memblock has no room. */
static void test_enomem(void)
{
	unsigned long nth, allocs;

	begin();
	for (nth = 1;; nth++) {
		image_note();
		sim_log_clear();
		sim_fail_nth(nth);
		kho_populate(image.h.fdt, image.h.fdt_len, image.h.scratch,
			     image.h.scratch_len);
		allocs = sim_fail_nth(0);
		if (allocs < nth)
			break;
		expect_eq(sim_log_lines(), 1);
		expect_log("handover ignored");
		must(!is_kho_boot());
		expect(!memblock_kho_scratch_only);
		sim_add_memory();
		kho_memory_init_early();
		expect_cold_boot();
		begin();
	}
	expect(nth > 2);
	expect(is_kho_boot());
}

static void test_second(void)
{
	begin();
	populate(image.h);
	sim_log_clear();
	kho_populate(MiB(2), PAGE_SIZE, image.h.scratch, image.h.scratch_len);
	expect_log("second handover");
	expect(is_kho_boot());
	sim_add_memory();
	kho_memory_init_early();
	expect(kho_in_fdt() == fdt);
}

/* Without a handover nothing of it does anything. */
static void test_none(void)
{
	begin();
	sim_add_memory();
	kho_memory_init_early();
	expect_eq(sim_log_lines(), 0);
	expect(!is_kho_boot() && !kho_in_preserved(MiB(2), PAGE_SIZE));
	expect_cold_boot();
}

static const struct tap_case cases[] = {
	{ "incoming: a good handover", test_accepted },
	{ "incoming: no handover", test_none },
	{ "incoming: the FDT in odd places", test_fdt_place },
	{ "incoming: bad FDTs", test_fdt_content },
	{ "incoming: the scratch list in odd places", test_scratch_place },
	{ "incoming: bad scratch lists", test_scratch_content },
	{ "incoming: no memory to look at it", test_enomem },
	{ "incoming: a second handover", test_second },
};

TAP_MAIN(cases)
