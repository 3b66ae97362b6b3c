// SPDX-License-Identifier: GPL-2.0
/*
 * What damage, or two clients that preserve the same memory, must not do: give
 * pages of the handover itself away, count memory twice, or cost memory that
 * nobody counted on.
 */

#include <linux/kho_block.h>

#include "image.h"

static unsigned long fdt_pfn;

static void begin(void)
{
	if (!image.tree)
		image_make();
	image_load();
	fdt_pfn = PHYS_PFN(image.h.fdt);
}

static void attach(void)
{
	kho_populate(image.h.fdt, image.h.fdt_len, image.h.scratch,
		     image.h.scratch_len);
	must(is_kho_boot());
	sim_add_memory();
	sim_log_clear();
	kho_memory_init_early();
}

/* Up to where clients can run, all struct pages there or none of them. */
static void start(bool deferred)
{
	attach();
	must(is_kho_boot());
	must(!image_verdict(image.tree, phys_to_virt(image.h.scratch),
			    kho_scratch_cnt));
	sim_early_params("kho=on");
	sim_early_memory = deferred ? 0 : PHYS_ADDR_MAX;
	sim_free_boot_memory();
	sim_early_memory = PHYS_ADDR_MAX;
	sim_log_clear();
}

static unsigned long folio_key(void)
{
	return kho_key_encode(image.folio4, 4);
}

static unsigned long table_pfn(unsigned int level)
{
	return PHYS_PFN(level == KHO_RADIX_ROOT_LEVEL ? image.tree :
			*image_slot(folio_key(), level));
}

/* One line for who tries, and nothing is given away. */
static void expect_refused_at(unsigned long pfn, int line)
{
	union kho_page_info info;

	expect(kho_handed_over_order(PFN_PHYS(pfn)) < 0);
	sim_log_clear();
	if (kho_restore_folio(PFN_PHYS(pfn)) || sim_warnings() ||
	    sim_log_lines() != 1 || !sim_log_has("the handover itself is in it"))
		tap_fail(__FILE__, line, "page %#lx: %s", pfn, sim_log());
	info.private = pfn_to_page(pfn)->private;
	expect_eq(info.magic, KHO_OWN_MAGIC);
	expect_eq(sim_page_state(pfn) == SIM_FREE, 0);
}

#define expect_refused(pfn)	expect_refused_at(pfn, __LINE__)

static void check_fdt(void)
{
	struct kho_fault fault;
	phys_addr_t tree;

	expect_eq(kho_fdt_check(phys_to_virt(image.h.fdt), PAGE_SIZE, &tree,
				&fault), 0);
	expect(kho_out_fdt_phys() != image.h.fdt);
}

/* At any time, and whatever is asked for. */
static void test_own_pages(void)
{
	unsigned int level, deferred;
	phys_addr_t phys;

	for (deferred = 0; deferred < 2; deferred++) {
		begin();
		start(deferred);
		expect(!kho_in_block(fdt_pfn, 0));
		expect(!kho_in_preserved(image.h.fdt, PAGE_SIZE));
		expect_refused(fdt_pfn);
		for (level = 0; level <= KHO_RADIX_ROOT_LEVEL; level++)
			expect_refused(table_pfn(level));
		sim_initcalls();
		expect(kho_is_enabled());
		expect_refused(fdt_pfn);
		expect_eq(sim_page_state(fdt_pfn), SIM_HELD);
		sim_scribble_free();
		check_fdt();
		expect_eq(kho_retrieve_subtree("blob", &phys, NULL), 0);
		expect_eq(sim_warnings(), 0);
	}
}

/* Somebody's block, for all that is known. */
static bool can_preserve(unsigned long head, unsigned int order)
{
	struct kho_scratch *list = phys_to_virt(image.h.scratch);

	/* That of page 0 overlaps what is always reserved. */
	image_set_key(kho_key_encode(head, order));
	return head && !image_verdict(image.tree, list, 1);
}

static void check_own_in_block(unsigned long own, unsigned int order,
			       bool deferred)
{
	unsigned long head = own >> order << order;

	if (!can_preserve(head, order))
		return;

	attach();
	must(is_kho_boot());
	if (own != fdt_pfn || order)
		expect_log("of the handover itself are in blocks");
	expect(!kho_in_block(head, order));
	expect(!kho_in_preserved(PFN_PHYS(head), PAGE_SIZE << order));
	sim_early_memory = deferred ? 0 : PHYS_ADDR_MAX;
	sim_free_boot_memory();
	sim_early_memory = PHYS_ADDR_MAX;
	expect_refused(head);
	sim_pages_start_deferred();
	expect_refused(head);
	expect_refused(own);
	expect_eq(sim_page_state(head), SIM_HELD);
	sim_initcalls();
	expect_eq(sim_page_state(fdt_pfn), SIM_HELD);
	sim_scribble_free();
	check_fdt();
}

/* Nor as a part of something larger, or by its own key. */
static void test_own_in_blocks(void)
{
	unsigned int order, i;

	for (order = 0; order <= 9; order++) {
		for (i = 0; i < 4; i++) {
			begin();
			check_own_in_block(i & 1 ? table_pfn(1) : fdt_pfn, order,
					   i & 2);
		}
	}
}

/* A blob, a chain or a list that names them. */
static void test_own_by_clients(void)
{
	struct kho_vmalloc preservation = { .total_pages = 1 };
	struct kho_block_set bs;
	phys_addr_t phys;
	u64 *chunk;

	begin();
	must(!kho_fdt_add(phys_to_virt(image.h.fdt), PAGE_SIZE, "fdt",
			  image.h.fdt, PAGE_SIZE));
	must(!kho_fdt_add(phys_to_virt(image.h.fdt), PAGE_SIZE, "table",
			  PFN_PHYS(table_pfn(0)), PAGE_SIZE));
	attach();
	expect_log("subtree \"fdt\" ignored");
	expect_log("subtree \"table\" ignored");
	expect_eq(kho_retrieve_subtree("fdt", &phys, NULL), -ENOENT);
	expect_eq(kho_retrieve_subtree("table", &phys, NULL), -ENOENT);

	begin();
	chunk = phys_to_virt(image.single[0]);
	memset(chunk, 0, PAGE_SIZE);
	chunk[1] = image.h.fdt;
	start(false);
	sim_initcalls();
	kho_block_set_init(&bs, 16);
	expect_eq(kho_block_set_restore(&bs, image.h.fdt), -EINVAL);
	preservation.first.phys = image.h.fdt;
	expect(!kho_restore_vmalloc(&preservation));
	preservation.first.phys = image.single[0];
	expect(!kho_restore_vmalloc(&preservation));
	expect_eq(sim_page_state(fdt_pfn), SIM_HELD);
	check_fdt();
	expect_eq(sim_warnings(), 0);
}

/* A client that comes as early as any can. */
static unsigned long early_pfn;
static bool early_was_first;

static int early_client(void)
{
	if (!early_pfn)
		return 0;
	early_was_first = !kho_mm_is_init(early_pfn, 1);
	expect_refused(early_pfn);
	return 0;
}
early_initcall(early_client);

static void test_own_by_early_clients(void)
{
	unsigned int level;

	for (level = 0; level <= KHO_RADIX_ROOT_LEVEL + 1; level++) {
		begin();
		start(true);
		early_pfn = level <= KHO_RADIX_ROOT_LEVEL ? table_pfn(level) :
							    fdt_pfn;
		sim_initcalls();
		expect(early_was_first);
		early_pfn = 0;
		check_fdt();
		expect_eq(sim_warnings(), 0);
	}
}

/* What the previous kernel says of itself is read before anybody can have it. */
static void test_metadata_early(void)
{
	struct folio *folio;
	phys_addr_t phys;

	begin();
	start(false);
	must(!kho_retrieve_subtree("kexec-metadata", &phys, NULL));
	folio = kho_restore_folio(phys);
	must(folio);
	memset(phys_to_virt(phys), 0xff, PAGE_SIZE);
	folio_put(folio);
	sim_initcalls();
	expect_log("(count 1)");
}

/* Tables that firmware, or this kernel, has reserved. */
static void test_reserved(void)
{
	unsigned int level;

	for (level = 0; level <= KHO_RADIX_ROOT_LEVEL + 1; level++) {
		begin();
		kho_populate(image.h.fdt, image.h.fdt_len, image.h.scratch,
			     image.h.scratch_len);
		sim_add_memory();
		sim_log_clear();
		memblock_reserve(level <= KHO_RADIX_ROOT_LEVEL ?
				 PFN_PHYS(table_pfn(level)) + 5 :
				 image.h.fdt + 5, 3);
		kho_memory_init_early();
		expect(!is_kho_boot());
		expect_eq(sim_log_lines(), 1);
		expect_log("in reserved memory");
	}
}

/* Pages that are preserved or a table, each once. */
static unsigned long count_held(void)
{
	unsigned long pfn, nr = 0;

	for (pfn = 0; pfn < PHYS_PFN(memblock_end_of_DRAM()); pfn++)
		nr += image_page_is_preserved(pfn) || image_page_is_table(pfn);
	return nr;
}

/* All memory behind scratch, again and again. */
static void test_overlap(void)
{
	const unsigned long first = PHYS_PFN(MiB(20)), end = PHYS_PFN(MiB(28));
	struct kho_scratch *list;
	unsigned long pfn, held, reserved;
	unsigned int order;

	begin();
	list = phys_to_virt(image.h.scratch);
	for (order = 0; order <= 10; order++)
		for (pfn = first; pfn < end; pfn += 1UL << order)
			if (PFN_PHYS(pfn) + (PAGE_SIZE << order) <= list[0].addr ||
			    PFN_PHYS(pfn) >= list[0].addr + list[0].size)
				image_set_key(kho_key_encode(pfn, order));
	must(!image_verdict(image.tree, list, 1));
	attach();
	must(is_kho_boot());
	held = count_held();
	expect_eq(kho_in_nr_pages(), held);
	expect_eq(kho_in_get_stats()->pages + kho_in_get_stats()->tables, held);

	/* What somebody has reserved as a whole is not free for other reasons. */
	must(!memblock_reserve(MiB(27) + PAGE_SIZE, PAGE_SIZE / 2));
	must(!memblock_reserve(MiB(27) + PAGE_SIZE + PAGE_SIZE / 2, 8));
	reserved = image_page_is_preserved(PHYS_PFN(MiB(27)) + 1);
	must(reserved);
	expect_eq(kho_in_nr_pages(), held - reserved);

	sim_free_boot_memory();
	expect_eq(sim_pages_promised, sim_pages_released);
	sim_initcalls();
	expect_eq(sim_warnings(), 0);
}

/* To take note of tables takes a page for each 512 of them, however scattered. */
static void test_cost(void)
{
	static const struct sim_machine machine = {
		.ram = { { .size = SIM_PHYS_END } },
	};
	const unsigned long step = KHO_RADIX_LEAF_MASK + 1;
	unsigned long pfn, tables, before, nr = 0;
	struct sim_handover h;
	struct page *page;

	sim_power_on(&machine);
	sim_boot("kho=on kho_scratch=4M,0,0");
	must(kho_is_enabled());
	/* Any page that is in use will do. */
	for (pfn = step; pfn < PHYS_PFN(SIM_PHYS_END); pfn += step) {
		page = pfn_to_page(pfn);
		if (!kho_scratch_overlap(PFN_PHYS(pfn), PAGE_SIZE))
			nr += !kho_preserve_pages(page, 1);
	}
	must(nr > 256);
	h = sim_prepare_jump();

	sim_start_kernel();
	kho_populate(h.fdt, h.fdt_len, h.scratch, h.scratch_len);
	sim_add_memory();
	before = memblock_reserved_kern_size(PHYS_ADDR_MAX, NUMA_NO_NODE);
	kho_memory_init_early();
	must(is_kho_boot());
	tables = kho_in_get_stats()->tables;
	expect(tables >= nr);
	expect_eq(memblock_reserved_kern_size(PHYS_ADDR_MAX, NUMA_NO_NODE) -
		  before, kho_own_size(tables + 1));
	expect(kho_own_size(tables + 1) <= tables * 8 + 2 * PAGE_SIZE);
}

/*
 * A block on two nodes, of which this or that part has no struct pages yet. Our
 * own sender cuts it, others may not.
 */
static void check_two_nodes(unsigned int order, phys_addr_t early)
{
	static const struct sim_machine machine = {
		.ram = {
			{ .size = MiB(32) + 5 * PAGE_SIZE },
			{ .start = MiB(32) + 5 * PAGE_SIZE,
			  .size = MiB(32) - 5 * PAGE_SIZE, .nid = 1 },
		},
	};
	const unsigned long pfn = PHYS_PFN(MiB(32)), nr = 1UL << order;
	struct sim_handover h;
	struct page *page;
	unsigned long i;

	sim_power_on(&machine);
	sim_boot("kho=on kho_scratch=4M,0,0");
	must(kho_is_enabled());
	must(!kho_radix_add_key(&kho_out_tree, kho_key_encode(pfn, order)));
	h = sim_prepare_jump();

	sim_start_kernel();
	kho_populate(h.fdt, h.fdt_len, h.scratch, h.scratch_len);
	sim_add_memory();
	kho_memory_init_early();
	must(is_kho_boot());
	sim_early_memory = early;
	sim_free_boot_memory();
	sim_early_memory = PHYS_ADDR_MAX;

	expect(kho_is_handed_over(PFN_PHYS(pfn), order));
	page = kho_restore_pages(PFN_PHYS(pfn), nr);
	must(page == pfn_to_page(pfn));
	/* The owner's. */
	for (i = 0; i < nr; i++)
		page[i].index = i + 1;
	sim_pages_start_deferred();
	for (i = 0; i < nr; i++) {
		must(page[i].index == i + 1);
		must(page_count(page + i) == 1);
		must(sim_page_state(pfn + i) == SIM_USED);
	}
	expect_eq(sim_warnings(), 0);
}

static void test_two_nodes(void)
{
	unsigned int order, mib;

	for (order = 3; order <= 11; order++)
		for (mib = 0; mib <= 32; mib += 4)
			check_two_nodes(order, MiB(mib));
}

static const struct tap_case cases[] = {
	{ "garbage: the FDT and tables are nobody's", test_own_pages },
	{ "garbage: nor are blocks that have them", test_own_in_blocks },
	{ "garbage: clients that name them", test_own_by_clients },
	{ "garbage: clients that name them early", test_own_by_early_clients },
	{ "garbage: metadata are read before clients run", test_metadata_early },
	{ "garbage: tables in reserved memory", test_reserved },
	{ "garbage: keys that overlap count once", test_overlap },
	{ "garbage: what tables cost", test_cost },
	{ "garbage: a block on two nodes, early", test_two_nodes },
};

TAP_MAIN(cases)
