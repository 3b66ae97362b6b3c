// SPDX-License-Identifier: GPL-2.0
/*
 * Trees that come from elsewhere: damaged at every level, and what becomes of
 * blobs that are not preserved.
 */

#include <libfdt.h>
#include <stdio.h>

#include "image.h"

static struct kho_scratch *list;
static void *fdt;

static void begin(void)
{
	if (!image.tree)
		image_make();
	image_load();
	list = phys_to_virt(image.h.scratch);
	fdt = phys_to_virt(image.h.fdt);
}

/* The tree is read before there is a linear map, too. */
static void init_early(void)
{
	if (sim_late_resize) {
		kho_memory_init_unmapped();
		memblock_allow_resize();
	}
	kho_memory_init_early();
}

static void attach(void)
{
	kho_populate(image.h.fdt, image.h.fdt_len, image.h.scratch,
		     image.h.scratch_len);
	must(is_kho_boot());
	sim_add_memory();
	image_note();
	sim_log_clear();
	init_early();
}

/*
 * Refused with one line, memory is as it was but for the list of areas, and the
 * kernel starts without it and can hand over itself.
 */
static void expect_dropped_at(const char *why, int line)
{
	attach();
	if (is_kho_boot() || sim_log_lines() != 1 || !sim_log_has(why) ||
	    !sim_log_has("handover dropped"))
		tap_fail(__FILE__, line, "not \"%s\", but: %s", why, sim_log());
	must(!is_kho_boot());
	expect(image_unchanged());
	expect(!kho_in_fdt());
	expect_eq(kho_scratch_cnt, 0);
	expect(!kho_in_preserved(image.blob, image.blob_size));
	memblock_phys_free(image.h.scratch, image.h.scratch_len);
	expect(image_memblock_is_plain());

	sim_early_params("kho=on kho_scratch=4M,0,0");
	sim_free_boot_memory();
	sim_initcalls();
	expect(kho_is_enabled());
	expect_eq(sim_warnings(), 0);
	begin();
}

#define expect_dropped(why)	expect_dropped_at(why, __LINE__)

static u64 new_table(void)
{
	memset(phys_to_virt(IMAGE_SPARE), 0, PAGE_SIZE);
	return IMAGE_SPARE;
}

static unsigned long folio_key(void)
{
	return kho_key_encode(image.folio4, 4);
}

static void test_pointers(void)
{
	static const u64 bad[] = {
		1, 8, MiB(2) + 8, 640 * 1024, MiB(1) - 1, MiB(16), MiB(28), GiB(1),
		SIM_PHYS_END - PAGE_SIZE, SIM_PHYS_END, ~0ULL, ~0ULL << PAGE_SHIFT,
		1ULL << 63, 1ULL << 52, 0x8000000000001000,
	};
	unsigned int level, i;

	begin();
	for (level = 0; level < KHO_RADIX_ROOT_LEVEL; level++) {
		for (i = 0; i < ARRAY_SIZE(bad); i++) {
			*image_slot(folio_key(), level) = bad[i];
			expect_dropped("table outside of memory");
		}
		*image_slot(folio_key(), level) = list[0].addr;
		expect_dropped("table in scratch");
		*image_slot(folio_key(), level) = list[0].addr + list[0].size -
						  PAGE_SIZE;
		expect_dropped("table in scratch");
	}
}

static void test_cycles(void)
{
	/* A first reading takes no note of the tables that it has seen. */
	const char *why = sim_late_resize ? "handover dropped" : "table ";
	unsigned int level, to;
	u64 phys;

	begin();
	for (level = 1; level < KHO_RADIX_ROOT_LEVEL; level++)
		for (to = level; to <= KHO_RADIX_ROOT_LEVEL; to++) {
			phys = to == KHO_RADIX_ROOT_LEVEL ? image.tree :
			       *image_slot(folio_key(), to);
			*image_slot(folio_key(), level - 1) = phys;
			expect_dropped(why);
		}
	phys = image.tree;
	*image_slot(1UL << 52, KHO_RADIX_ROOT_LEVEL - 1) = phys;
	expect_dropped(why);
}

/* Slots for keys that no memory of this machine can have. */
static void test_beyond_tables(void)
{
	static const unsigned long keys[] = {
		3UL << 51,			/* no order 0 there */
		1UL << 53, ~0UL >> 1,		/* wider than keys are */
		(1UL << 52) + (1UL << 24),	/* 64 GiB, order 0 */
		(1UL << 52) + (1UL << 15),	/* 128 MiB, order 0 */
		(1UL << 51) + (1UL << 15),	/* 256 MiB, order 1 */
		3UL << 42,			/* order 9 */
	};
	unsigned int i, level;
	u64 *slot = NULL;

	begin();
	for (i = 0; i < ARRAY_SIZE(keys); i++) {
		/* The first level where there is no table yet. */
		for (level = KHO_RADIX_ROOT_LEVEL; level--;) {
			slot = image_slot(keys[i], level);
			if (!*slot)
				break;
		}
		*slot = new_table();
		expect_dropped("table for memory beyond the end");
	}
}

static void test_keys(void)
{
	static const struct {
		phys_addr_t pa;
		unsigned int order;
		const char *why;
	} bad[] = {
		{ 640 * 1024, 0, "outside of memory" },
		{ MiB(1) - PAGE_SIZE, 0, "outside of memory" },
		{ MiB(16), 0, "outside of memory" },
		{ MiB(20) - PAGE_SIZE, 0, "outside of memory" },
		{ 512 * 1024, 7, "outside of memory" },
		{ 0, 8, "outside of memory" },
		{ MiB(16), 10, "outside of memory" },
		{ 0, 12, "outside of memory" },
		{ MiB(28), 0, "beyond the end" },
		{ MiB(28), 10, "beyond the end" },
		{ MiB(24), 11, "beyond the end" },
		{ 0, 13, "in scratch" },
		{ 0, 20, "in scratch" },
		{ 0, 51, "impossible order" },
		{ 0, 52, "impossible order" },
	};
	unsigned int i, order;

	begin();
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		image_set_key(kho_key_encode(PHYS_PFN(bad[i].pa), bad[i].order));
		expect_dropped(bad[i].why);
	}
	image_set_key(0);
	expect_dropped("key of an impossible order");
	for (order = 0; order <= 10; order++) {
		image_set_key(kho_key_encode(PHYS_PFN(list[0].addr), order));
		expect_dropped("block in scratch");
		image_set_key(kho_key_encode(PHYS_PFN(list[0].addr + list[0].size) -
				       (1UL << order), order));
		expect_dropped("block in scratch");
	}
	image_set_key(kho_key_encode(PHYS_PFN(list[0].addr) & ~2047UL, 11));
	expect_dropped("block in scratch");
}

/* Believed, and released as the tree says. */
static void expect_released_at(int line)
{
	unsigned long pfn;
	const char *bad;

	attach();
	bad = image_verdict(image.tree, list, kho_scratch_cnt);
	if (!is_kho_boot() || bad) {
		tap_fail(__FILE__, line, "refused (%s): %s", bad, sim_log());
		return;
	}
	sim_free_boot_memory();
	pfn = image_check_released();
	if (pfn)
		tap_fail(__FILE__, line, "page %#lx is in state %u, its private is %#lx; preserved %u, order %d",
			 pfn, sim_page_state(pfn), pfn_to_page(pfn)->private,
			 image_page_is_preserved(pfn), image_block_order(pfn));
	sim_initcalls();
	if (sim_warnings())
		tap_fail(__FILE__, line, "warning: %s", sim_log());
}

#define expect_released()	expect_released_at(__LINE__)

/* See test_nested_tables() for these. */
static bool has_tables(unsigned long pfn, unsigned long nr)
{
	bool found = false;

	must(!image_verdict(image.tree, list, 1));
	while (nr--)
		found |= image_page_is_table(pfn + nr);
	return found;
}

/* The larger block counts. */
static void test_twice(void)
{
	unsigned int order;
	unsigned long pfn;

	begin();
	/* Each order within the folio of order 4, and around it. */
	for (order = 0; order <= 9; order++) {
		if (order == 4)
			continue;
		for (pfn = image.folio4 & -(1UL << order);
		     pfn < image.folio4 + 16; pfn += 1UL << order) {
			if (!sim_is_ram(PFN_PHYS(pfn), PAGE_SIZE << order))
				continue;
			begin();
			image_set_key(kho_key_encode(pfn, order));
			if (!has_tables(pfn, 1UL << order))
				expect_released();
		}
	}
	/* Within a run of keys. */
	begin();
	image_set_key(kho_key_encode(image.pages + 50, 0));
	expect_released();
}

/* Nor is a block in a larger one found by those who come early. */
static void test_nested_early(void)
{
	begin();
	image_set_key(kho_key_encode(image.folio4 + 1, 0));
	attach();
	must(is_kho_boot());
	sim_early_memory = 0;
	sim_free_boot_memory();
	sim_early_memory = PHYS_ADDR_MAX;
	expect(!kho_is_handed_over(PFN_PHYS(image.folio4 + 1), 0));
	expect(kho_is_handed_over(PFN_PHYS(image.folio4), 4));
	sim_pages_start_deferred();
	expect(!kho_is_handed_over(PFN_PHYS(image.folio4 + 1), 0));
	expect(kho_is_handed_over(PFN_PHYS(image.folio4), 4));
}

/* Tables in what somebody preserved. */
static void test_nested_tables(void)
{
	unsigned long table;
	unsigned int order;

	begin();
	table = PHYS_PFN(*image_slot(folio_key(), 1));
	for (order = 0; order <= 3; order++) {
		begin();
		image_set_key(kho_key_encode(table >> order << order, order));
		expect_released();
	}
}

/* All that a believed tree has to do is to be safe; see fuzz/ for more of it. */
static void test_strange(void)
{
	const char *bad;

	/* A bitmap that two tables share, so that bits count twice. */
	begin();
	image_set_key(kho_key_encode(PHYS_PFN(MiB(10)), 1));
	*image_slot(kho_key_encode(PHYS_PFN(MiB(10)), 0), 0) =
		*image_slot(kho_key_encode(PHYS_PFN(MiB(10)), 1), 0);
	attach();
	bad = image_verdict(image.tree, list, 1);
	if (bad)
		expect(!is_kho_boot());

	/* Empty tables are fine. */
	begin();
	image_set_key(kho_key_encode(PHYS_PFN(MiB(8)), 11));
	image_clear_key(kho_key_encode(PHYS_PFN(MiB(8)), 11));
	attach();
	expect(is_kho_boot());

	/* Tables in what is preserved: nothing of it is lost. */
	begin();
	new_table();
	image_set_key(kho_key_encode(PHYS_PFN(MiB(2)), 0));
	image_set_key(kho_key_encode(PHYS_PFN(*image_slot(folio_key(), 1)), 0));
	attach();
	expect(is_kho_boot());
}

static void test_fdt_not_preserved(void)
{
	begin();
	image_clear_key(kho_key_encode(PHYS_PFN(image.h.fdt), 0));
	expect_dropped("FDT is not preserved");
}

/* Only that blob is lost. */
static void test_blob_not_preserved(void)
{
	phys_addr_t phys;
	size_t size;

	begin();
	attach();
	expect_eq(sim_log_lines(), 1);
	expect_eq(kho_retrieve_subtree("blob", &phys, &size), 0);
	expect_eq(phys, image.blob);
	expect_eq(size, image.blob_size);

	begin();
	image_clear_key(kho_key_encode(PHYS_PFN(image.blob), 1));
	attach();
	expect(is_kho_boot());
	expect_eq(sim_log_lines(), 2);
	expect_log("subtree \"blob\" ignored");
	expect_eq(kho_retrieve_subtree("blob", &phys, &size), -ENOENT);
	expect_eq(kho_retrieve_subtree("kexec-metadata", &phys, &size), 0);
}

/*
 * The preserved memory that a firmware or this kernel has reserved in part
 * cannot be restored; all of it is not freed either.
 */
static void test_reserved(void)
{
	unsigned long pfn;

	begin();
	kho_populate(image.h.fdt, image.h.fdt_len, image.h.scratch,
		     image.h.scratch_len);
	sim_add_memory();
	must(!memblock_reserve(PFN_PHYS(image.folio4 + 5) + 100, 8));
	must(!memblock_reserve(image.single[3] + 100, 8));
	init_early();
	must(is_kho_boot());
	sim_log_clear();
	sim_free_boot_memory();
	expect_eq(sim_log_lines(), 1);
	expect_log("16 preserved pages at ");
	expect(!kho_is_handed_over(PFN_PHYS(image.folio4), 4));
	expect(!kho_is_handed_over(image.single[3], 0));
	expect(kho_is_handed_over(image.single[4], 0));
	expect_eq(sim_page_state(PHYS_PFN(image.single[3])), SIM_RESERVED);
	for (pfn = image.folio4; pfn < image.folio4 + 16; pfn++)
		expect_eq(sim_page_state(pfn),
			  pfn == image.folio4 + 5 ? SIM_RESERVED : SIM_FREE);
	sim_initcalls();
	expect_eq(sim_warnings(), 0);
}

/* Firmware keeps it, though it says that it is memory: nobody may look at it. */
static void test_nomap(void)
{
	struct memblock_region *r;
	unsigned int level;
	phys_addr_t at;

	for (level = 0; level <= KHO_RADIX_ROOT_LEVEL; level++) {
		begin();
		at = level ? *image_slot(kho_key_encode(image.folio4, 4), level - 1) :
			     IMAGE_SPARE;
		kho_populate(image.h.fdt, image.h.fdt_len, image.h.scratch,
			     image.h.scratch_len);
		sim_add_memory();
		must(!memblock_mark_nomap(at, PAGE_SIZE));
		sim_log_clear();
		init_early();
		expect_eq(is_kho_boot(), !level);
		if (level)
			expect_log("table outside of memory");
		for_each_mem_region(r)
			expect(!memblock_is_nomap(r) ||
			       !memblock_is_kho_unpreserved(r));
		sim_free_boot_memory();
		expect_eq(sim_page_state(PHYS_PFN(at)), SIM_RESERVED);
		expect_eq(sim_warnings(), 0);
	}
}

static void add_blob(const char *name, phys_addr_t blob)
{
	must(!kho_fdt_add(fdt, PAGE_SIZE, name, blob, 8));
}

/* Good and bad ones in any order: each is judged by itself. */
static void test_blobs(void)
{
	unsigned int mask, i;
	char name[] = "0";
	phys_addr_t phys;

	for (mask = 0; mask < 32; mask++) {
		begin();
		for (i = 0; i < 5; i++) {
			name[0] = '0' + i;
			add_blob(name, mask & BIT(i) ? IMAGE_SPARE : image.single[i]);
		}
		attach();
		expect(is_kho_boot());
		expect_eq(sim_log_lines(), 1 + __builtin_popcount(mask));
		for (i = 0; i < 5; i++) {
			name[0] = '0' + i;
			expect_eq(kho_retrieve_subtree(name, &phys, NULL),
				  mask & BIT(i) ? -ENOENT : 0);
		}
	}
}

/* Sizes and addresses that reach out of what is preserved. */
static void test_blob_bounds(void)
{
	static const struct {
		u64 addr, size;
	} bad[] = {
		{ 0, 3 * PAGE_SIZE }, { 0, MiB(1) }, { 0, GiB(1) }, { 0, ~0ULL },
		{ 0, 0ULL - MiB(1) }, { PAGE_SIZE, PAGE_SIZE + 1 },
		{ MiB(16), 1 }, { GiB(1), 1 }, { SIM_PHYS_END, 1 }, { ~0ULL, 1 },
		{ ~0ULL - 5, 5 }, { 1ULL << 63, 1ULL << 62 },
	};
	phys_addr_t phys;
	unsigned int i;
	size_t size;
	u64 addr;
	int node;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		begin();
		node = fdt_subnode_offset(fdt, 0, "blob");
		must(node > 0);
		addr = bad[i].addr < MiB(1) ? image.blob + bad[i].addr : bad[i].addr;
		must(!fdt_setprop_inplace(fdt, node, KHO_SUB_TREE_PROP_NAME,
					  &addr, 8));
		must(!fdt_setprop_inplace(fdt, node, KHO_SUB_TREE_SIZE_PROP_NAME,
					  &bad[i].size, 8));
		attach();
		expect(is_kho_boot());
		expect(kho_retrieve_subtree("blob", &phys, &size) < 0);
		expect_eq(kho_retrieve_subtree("kexec-metadata", &phys, &size), 0);
	}
}

/* No memory to read the tree: then it is not believed at all. */
static void test_attach_enomem(void)
{
	unsigned long nth, allocs;
	unsigned int dropped = 0;

	for (nth = 1;; nth++) {
		begin();
		kho_populate(image.h.fdt, image.h.fdt_len, image.h.scratch,
			     image.h.scratch_len);
		sim_add_memory();
		image_note();
		sim_log_clear();
		sim_fail_nth(nth);
		init_early();
		allocs = sim_fail_nth(0);
		expect(image_unchanged());
		if (allocs < nth)
			break;
		/* To know less of what is free does no harm. */
		expect_eq(sim_log_lines(),
			  1 + !!sim_log_has("scratch must do"));
		if (is_kho_boot()) {
			expect_log("preserved, in ");
		} else {
			expect_log("handover dropped: ");
			expect(!memblock_kho_scratch_only);
			memblock_phys_free(image.h.scratch, image.h.scratch_len);
			expect(image_memblock_is_plain());
			dropped++;
		}
		sim_early_params("kho=on kho_scratch=4M,0,0");
		sim_free_boot_memory();
		if (is_kho_boot()) {
			must(!image_verdict(image.tree, list, kho_scratch_cnt));
			expect_eq(image_check_released(), 0);
		}
		sim_initcalls();
		expect(kho_is_enabled());
		expect_eq(sim_warnings(), 0);
	}
	expect(dropped > 1 && dropped < nth - 1);
	/* Nothing can fail any more. */
	sim_fail_nth(1);
	kho_memory_init();
	expect_eq(sim_fail_nth(0), 0);
	expect(is_kho_boot());
}

/* Metadata of another version, or none of it. */
static void test_metadata(void)
{
	static const struct {
		u32 version;
		u64 size;
		const char *line;
	} bad[] = {
		{ 2, 73, "of version 2" }, { 0, 73, "of version 0" },
		{ 1, 72, "ignored" }, { 1, 3, "malformed" }, { 1, 0, "malformed" },
		{ 1, 4, "ignored" }, { 1, PAGE_SIZE, "exec from" },
	};
	phys_addr_t phys;
	unsigned int i;
	u64 size;
	int node;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		begin();
		node = fdt_subnode_offset(fdt, 0, "kexec-metadata");
		must(!kho_fdt_find(fdt, "kexec-metadata", &phys, &size));
		*(u32 *)phys_to_virt(phys) = bad[i].version;
		must(!fdt_setprop_inplace(fdt, node, KHO_SUB_TREE_SIZE_PROP_NAME,
					  &bad[i].size, 8));
		attach();
		sim_early_params("kho=on");
		sim_free_boot_memory();
		sim_initcalls();
		expect(kho_is_enabled());
		expect_log(bad[i].line);
	}
	/* A release without a terminator. */
	begin();
	must(!kho_fdt_find(fdt, "kexec-metadata", &phys, &size));
	memset(phys_to_virt(phys) + 4, 'x', PAGE_SIZE - 4);
	attach();
	sim_early_params("kho=on");
	sim_free_boot_memory();
	sim_initcalls();
	expect_log("xxx (count 2021161080)");
}

/* mem= cuts memory off that the handover needs, wherever the cut is. */
static void test_mem_limit(void)
{
	phys_addr_t limit;
	unsigned long pfn;

	for (limit = MiB(1) + 16 * PAGE_SIZE; limit < MiB(28); limit += 47 * PAGE_SIZE) {
		begin();
		kho_populate(image.h.fdt, image.h.fdt_len, image.h.scratch,
			     image.h.scratch_len);
		must(is_kho_boot());
		sim_mem_limit = limit;
		sim_log_clear();
		sim_add_memory();
		init_early();
		sim_mem_limit = PHYS_ADDR_MAX;
		if (is_kho_boot()) {
			expect(limit >= image.h.scratch + image.h.scratch_len);
			continue;
		}
		expect_eq(sim_log_lines(), 1);
		expect(!memblock_kho_scratch_only);
		expect_eq(memblock_end_of_DRAM(), PFN_PHYS(max_pfn));
		for (pfn = 0; pfn < max_pfn; pfn++)
			must(memblock_is_region_memory(PFN_PHYS(pfn), PAGE_SIZE) ==
			     sim_is_ram(PFN_PHYS(pfn), PAGE_SIZE));
	}
}

/* The map of so much memory is the largest there is, and can still be mapped. */
static void test_unmapped_size(void)
{
	begin();
	kho_populate(image.h.fdt, image.h.fdt_len, image.h.scratch,
		     image.h.scratch_len);
	sim_add_memory();
	memblock_add(GiB(4096) - PAGE_SIZE, PAGE_SIZE);
	kho_memory_init_unmapped();
	expect(is_kho_boot());
}

/* What is allocated from before there is a linear map is really free. */
static void test_unmapped_pieces(void)
{
	struct memblock_region *r;
	unsigned int pieces = 0;
	phys_addr_t phys;

	begin();
	kho_populate(image.h.fdt, image.h.fdt_len, image.h.scratch,
		     image.h.scratch_len);
	sim_add_memory();
	must(!image_verdict(image_tree(), list,
			    image.h.scratch_len / sizeof(*list)));
	kho_memory_init_unmapped();
	must(is_kho_boot());
	expect(!kho_in_fdt());
	expect_eq(kho_scratch_cnt, 0);

	for_each_mem_region(r) {
		if (!memblock_is_kho_unpreserved(r))
			continue;
		pieces++;
		expect(!memblock_is_kho_scratch(r));
		for (phys = r->base; phys < r->base + r->size; phys += PAGE_SIZE)
			must(!image_page_is_preserved(PHYS_PFN(phys)) &&
			     !image_page_is_table(PHYS_PFN(phys)));
	}
	expect(pieces && pieces <= KHO_UNMAPPED_PIECES);
}

/* A list of memory that is as good as full, and cannot grow. */
static void test_unmapped_room(void)
{
	unsigned long used, room, pieces = 0, i;

	sim_late_resize = true;
	for (used = 100; used <= 127; used++) {
		begin();
		kho_populate(image.h.fdt, image.h.fdt_len, image.h.scratch,
			     image.h.scratch_len);
		sim_add_memory();
		for (i = 0; memblock.memory.cnt + 2 <= used; i++)
			must(!memblock_mark_hotplug(MiB(1) + 2 * i * PAGE_SIZE,
						    PAGE_SIZE));
		room = memblock.memory.max - memblock.memory.cnt;
		kho_memory_init_unmapped();
		must(is_kho_boot());
		pieces = kho_in_get_stats()->pieces;
		expect(pieces <= room / 4);
		expect(memblock.memory.cnt + room / 2 <= memblock.memory.max);
		memblock_allow_resize();
		kho_memory_init_early();
		must(is_kho_boot());
		expect(kho_in_get_stats()->pieces > 1);
		sim_free_boot_memory();
	}
	expect_eq(pieces, 0);
	sim_late_resize = false;
}

/* All of it again, with a reading before there is a linear map. */
#define UNMAPPED(fn)							\
	static void fn##_unmapped(void)					\
	{								\
		sim_late_resize = true;					\
		fn();							\
		sim_late_resize = false;				\
	}

UNMAPPED(test_pointers)
UNMAPPED(test_cycles)
UNMAPPED(test_beyond_tables)
UNMAPPED(test_keys)
UNMAPPED(test_twice)
UNMAPPED(test_strange)
UNMAPPED(test_fdt_not_preserved)
UNMAPPED(test_blob_not_preserved)
UNMAPPED(test_blobs)
UNMAPPED(test_blob_bounds)
UNMAPPED(test_attach_enomem)
UNMAPPED(test_nested_early)
UNMAPPED(test_nested_tables)
UNMAPPED(test_reserved)
UNMAPPED(test_nomap)
UNMAPPED(test_metadata)
UNMAPPED(test_mem_limit)

static const struct tap_case cases[] = {
	{ "tree: bad pointers at every level", test_pointers },
	{ "tree: cycles", test_cycles },
	{ "tree: tables beyond all memory", test_beyond_tables },
	{ "tree: keys of what is no memory", test_keys },
	{ "tree: memory that is preserved twice", test_twice },
	{ "tree: strange, but safe", test_strange },
	{ "tree: the FDT is not preserved", test_fdt_not_preserved },
	{ "tree: a blob is not preserved", test_blob_not_preserved },
	{ "tree: several blobs", test_blobs },
	{ "tree: blobs that reach out of what is", test_blob_bounds },
	{ "tree: no memory to read it", test_attach_enomem },
	{ "tree: memory that is preserved twice, early", test_nested_early },
	{ "tree: tables that are preserved", test_nested_tables },
	{ "tree: preserved memory that is reserved", test_reserved },
	{ "tree: memory that is not mapped", test_nomap },
	{ "tree: metadata of others", test_metadata },
	{ "tree: less memory than the previous kernel had", test_mem_limit },
	{ "unmapped: bad pointers at every level", test_pointers_unmapped },
	{ "unmapped: cycles", test_cycles_unmapped },
	{ "unmapped: tables beyond all memory", test_beyond_tables_unmapped },
	{ "unmapped: keys of what is no memory", test_keys_unmapped },
	{ "unmapped: memory that is preserved twice", test_twice_unmapped },
	{ "unmapped: strange, but safe", test_strange_unmapped },
	{ "unmapped: the FDT is not preserved", test_fdt_not_preserved_unmapped },
	{ "unmapped: a blob is not preserved", test_blob_not_preserved_unmapped },
	{ "unmapped: several blobs", test_blobs_unmapped },
	{ "unmapped: blobs that reach out of what is", test_blob_bounds_unmapped },
	{ "unmapped: no memory to read it", test_attach_enomem_unmapped },
	{ "unmapped: the largest digest", test_unmapped_size },
	{ "unmapped: memory that is preserved twice, early", test_nested_early_unmapped },
	{ "unmapped: tables that are preserved", test_nested_tables_unmapped },
	{ "unmapped: preserved memory that is reserved", test_reserved_unmapped },
	{ "unmapped: memory that is not mapped", test_nomap_unmapped },
	{ "unmapped: metadata of others", test_metadata_unmapped },
	{ "unmapped: less memory than the previous kernel had", test_mem_limit_unmapped },
	{ "unmapped: pieces are free", test_unmapped_pieces },
	{ "unmapped: no room in memblock", test_unmapped_room },
};

TAP_MAIN(cases)
