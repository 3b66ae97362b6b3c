// SPDX-License-Identifier: GPL-2.0
/*
 * reserve_mem= regions: the same memory again in the next kernel, or new one.
 */

#include <libfdt.h>
#include <stdio.h>

#include <linux/kho/abi/memblock.h>

#include "state.h"

#define MEMORY_END	MiB(128)

static const struct sim_machine machine = {
	.ram = { { .start = MiB(1), .size = MEMORY_END - MiB(1) } },
};

static const char cmdline[] = "kho=on kho_scratch=4M,0,0";

struct region {
	const char *name;
	phys_addr_t size, align;
	phys_addr_t start;	/* where it was */
	bool revived;
};

static void reserve_mem(struct region *r)
{
	phys_addr_t start = memblock_alloc_reserve_mem(r->name, r->size,
						       r->align);
	char line[32];

	must(start);
	snprintf(line, sizeof(line), "revived region \"%s\"", r->name);
	r->revived = sim_log_has(line);
	if (r->revived)
		expect_eq(start, r->start);
	expect(sim_is_reserved(start, r->size));
	r->start = start;
}

static void boot(const struct sim_handover *h, const char *params,
		 struct region *regions, unsigned int nr)
{
	sim_start_kernel();
	if (h)
		kho_populate(h->fdt, h->fdt_len, h->scratch, h->scratch_len);
	sim_early_params(params);
	sim_add_memory();
	sim_take_boot_memory();
	kho_memory_init_early();
	sim_log_clear();
	while (nr--)
		reserve_mem(regions++);
	sim_free_boot_memory();
	sim_initcalls();
}

static void jump(const char *params, struct region *regions, unsigned int nr)
{
	struct sim_handover h = sim_prepare_jump();

	boot(&h, params, regions, nr);
	must(is_kho_boot());
}

static void fill(const struct region *r)
{
	memset(phys_to_virt(r->start), r->name[0], r->size);
}

static bool is_filled(const struct region *r)
{
	const char *p = phys_to_virt(r->start);

	return *p == r->name[0] && !memcmp(p, p + 1, r->size - 1);
}

static void test_revived(void)
{
	struct region regions[] = {
		{ "a", PAGE_SIZE, PAGE_SIZE }, { "big", MiB(2), MiB(1) },
		{ "odd", 3 * PAGE_SIZE + 100, 64 },
		{ "cdefghijklmnopq", 7 * PAGE_SIZE, PAGE_SIZE },
	};
	unsigned int i, hop;

	sim_power_on(&machine);
	boot(NULL, cmdline, regions, ARRAY_SIZE(regions));
	must(kho_is_enabled());
	expect_eq(sim_log_lines(), 1);		/* scratch */
	for (i = 0; i < ARRAY_SIZE(regions); i++) {
		expect(!regions[i].revived);
		fill(&regions[i]);
	}
	for (hop = 0; hop < 5; hop++) {
		jump(cmdline, regions, ARRAY_SIZE(regions));
		for (i = 0; i < ARRAY_SIZE(regions); i++) {
			expect(regions[i].revived);
			expect(is_filled(&regions[i]));
			expect_eq(sim_page_state(PHYS_PFN(regions[i].start)),
				  SIM_RESERVED);
		}
	}
	/* A kernel that is off takes them, too; the one after has new ones. */
	jump("kho=off", regions, ARRAY_SIZE(regions));
	for (i = 0; i < ARRAY_SIZE(regions); i++)
		expect(regions[i].revived && is_filled(&regions[i]));
	expect_eq(sim_warnings(), 0);
}

/* The FDT that is handed over, ABI 11. */
static void test_format(void)
{
	struct region r = { "name", 5 * PAGE_SIZE, PAGE_SIZE };
	phys_addr_t phys;
	const void *fdt;
	u64 size, value;
	int node, len;

	sim_power_on(&machine);
	boot(NULL, cmdline, &r, 1);
	must(!kho_fdt_find(phys_to_virt(kho_out_fdt_phys()), "memblock", &phys,
			   &size));
	fdt = phys_to_virt(phys);
	expect(is_preserved(PHYS_PFN(phys), 0));
	expect_eq(fdt_check_header(fdt), 0);
	expect_eq(fdt_totalsize(fdt), size);
	expect_eq(fdt_node_check_compatible(fdt, 0, "memblock-v1"), 0);
	node = kho_fdt_subnode(fdt, 0, "name");
	must(node > 0);
	expect_eq(fdt_node_check_compatible(fdt, node, "reserve-mem-v1"), 0);
	memcpy(&value, fdt_getprop(fdt, node, "start", &len), 8);
	expect_eq(len, 8);
	expect_eq(value, r.start);
	memcpy(&value, fdt_getprop(fdt, node, "size", &len), 8);
	expect_eq(len, 8);
	expect_eq(value, r.size);

	/* Nothing without regions. */
	boot(NULL, cmdline, NULL, 0);
	expect_eq(kho_fdt_find(phys_to_virt(kho_out_fdt_phys()), "memblock",
			       &phys, &size), -ENOENT);
}

/* Asked for something else: new memory, the old one stays where it is. */
static void test_other(void)
{
	static const struct region others[] = {
		{ "b", PAGE_SIZE * 4, PAGE_SIZE }, { "a", PAGE_SIZE * 5, PAGE_SIZE },
		{ "a", PAGE_SIZE * 3, PAGE_SIZE }, { "a", PAGE_SIZE * 4, MiB(4) },
		{ "aa", PAGE_SIZE * 4, PAGE_SIZE },
	};
	struct region r, old;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(others); i++) {
		old = (struct region) { "a", PAGE_SIZE * 4, PAGE_SIZE };
		sim_power_on(&machine);
		boot(NULL, cmdline, &old, 1);
		fill(&old);
		r = others[i];
		jump(cmdline, &r, 1);
		expect(!r.revived);
		expect_log("reserving a new one");
		expect(is_filled(&old));
		expect(r.start + r.size <= old.start ||
		       old.start + old.size <= r.start);
		/* And the new one is handed on. */
		fill(&r);
		jump(cmdline, &r, 1);
		expect(r.revived && is_filled(&r));
		expect_eq(sim_warnings(), 0);
	}
}

/* A unit address belongs to the label, however libfdt sees it. */
static void test_unit_address(void)
{
	struct region old = { "x@1", PAGE_SIZE, PAGE_SIZE };
	struct region r[] = {
		{ "x", PAGE_SIZE, PAGE_SIZE }, { "x@1", PAGE_SIZE, PAGE_SIZE },
	};

	sim_power_on(&machine);
	boot(NULL, cmdline, &old, 1);
	r[1].start = old.start;
	jump(cmdline, r, 2);
	expect(!r[0].revived);
	expect(r[1].revived);
	jump(cmdline, r, 2);
	expect(r[0].revived && r[1].revived);
}

/* Change the list that is handed over, and see that it is not believed. */
static void expect_new(void (*damage)(void *fdt, int node), const char *line)
{
	struct region r = { "a", PAGE_SIZE * 4, PAGE_SIZE };
	phys_addr_t phys;
	u64 size;
	void *fdt;

	sim_power_on(&machine);
	boot(NULL, cmdline, &r, 1);
	must(!kho_fdt_find(phys_to_virt(kho_out_fdt_phys()), "memblock", &phys,
			   &size));
	fdt = phys_to_virt(phys);
	damage(fdt, kho_fdt_subnode(fdt, 0, "a"));
	jump(cmdline, &r, 1);
	expect(!r.revived);
	expect_log(line);
	expect_eq(sim_warnings(), 0);
}

static void set_start(void *fdt, int node, u64 start)
{
	must(!fdt_setprop_inplace(fdt, node, "start", &start, 8));
}

static void no_magic(void *fdt, int node) { fdt_set_magic(fdt, 0); }
static void too_long(void *fdt, int node) { fdt_set_totalsize(fdt, 4097); }
static void no_list(void *fdt, int node) { fdt_nop_property(fdt, 0, "compatible"); }
static void no_region(void *fdt, int node) { fdt_nop_property(fdt, node, "compatible"); }
static void no_start(void *fdt, int node) { fdt_nop_property(fdt, node, "start"); }
static void no_size(void *fdt, int node) { fdt_nop_property(fdt, node, "size"); }
static void start_zero(void *fdt, int node) { set_start(fdt, node, 0); }
static void start_odd(void *fdt, int node) { set_start(fdt, node, MiB(2) + 8); }
static void start_free(void *fdt, int node) { set_start(fdt, node, MiB(2)); }
static void start_far(void *fdt, int node) { set_start(fdt, node, GiB(100)); }
static void start_end(void *fdt, int node) { set_start(fdt, node, ~0ULL << 12); }

static void test_damaged(void)
{
	static const struct {
		void (*damage)(void *fdt, int node);
		const char *line;
	} all[] = {
		{ no_magic, "list of regions" }, { too_long, "list of regions" },
		{ no_list, "list of regions" }, { no_region, "makes no sense" },
		{ no_start, "makes no sense" }, { no_size, "makes no sense" },
		{ start_zero, "is not all memory" },
		{ start_odd, "is not what is asked for" },
		{ start_free, "is not preserved" },
		{ start_far, "is not all memory" },
		{ start_end, "is not all memory" },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(all); i++)
		expect_new(all[i].damage, all[i].line);
}

/*
 * The last page of a region is not there: Linux 7.3 does not preserve what is less
 * than a page, so nobody else says so.
 */
static void test_beyond_memory(void)
{
	struct region r = { "a", PAGE_SIZE * 3 + 100, PAGE_SIZE };
	phys_addr_t phys;
	u64 size;
	void *fdt;

	sim_power_on(&machine);
	boot(NULL, cmdline, &r, 1);
	must(!kho_fdt_find(phys_to_virt(kho_out_fdt_phys()), "memblock", &phys,
			   &size));
	fdt = phys_to_virt(phys);
	must(!kho_preserve_pages(pfn_to_page(PHYS_PFN(MEMORY_END) - 3), 3));
	set_start(fdt, kho_fdt_subnode(fdt, 0, "a"), MEMORY_END - PAGE_SIZE * 3);
	jump(cmdline, &r, 1);
	expect(!r.revived);
	expect_log("is not all memory, reserving a new one");
	expect_eq(sim_warnings(), 0);
}

/* A region that is smaller than a page has one of its own. */
static void test_small(void)
{
	struct region r = { "a", 100, PAGE_SIZE };

	sim_power_on(&machine);
	boot(NULL, cmdline, &r, 1);
	fill(&r);
	jump(cmdline, &r, 1);
	expect(r.revived && is_filled(&r));
}

static void test_too_many(void)
{
	static const char * const names[] = { "0", "1", "2", "3", "4", "5", "6",
					      "7", "8" };
	struct region r[9];
	unsigned int i;

	for (i = 0; i < 9; i++)
		r[i] = (struct region) { names[i], PAGE_SIZE, PAGE_SIZE };
	sim_power_on(&machine);
	boot(NULL, cmdline, r, 9);
	expect_eq(sim_warnings(), 1);
	jump(cmdline, r, 9);
	sim_warnings();
	for (i = 0; i < 9; i++)
		expect_eq(r[i].revived, i < 8);
}

static bool is_listed(const char *name)
{
	phys_addr_t phys;
	u64 size;

	return !kho_fdt_find(phys_to_virt(kho_out_fdt_phys()), "memblock", &phys,
			     &size) &&
	       kho_fdt_subnode(phys_to_virt(phys), 0, name) > 0;
}

/* A list of no region would be somebody whose data a jump must not lose. */
static void test_nothing_to_hand_over(void)
{
	struct region r = { "a", PAGE_SIZE, PAGE_SIZE };
	struct sim_handover h;
	phys_addr_t phys;
	char client[16];
	u64 size;

	sim_power_on(&machine);
	boot(NULL, cmdline, NULL, 0);
	h = sim_prepare_jump();
	sim_start_kernel();
	kho_populate(h.fdt, h.fdt_len, h.scratch, h.scratch_len);
	sim_early_params(cmdline);
	sim_add_memory();
	sim_take_boot_memory();
	kho_memory_init_early();
	/* In scratch, as no kernel of ours has it. */
	must(kho_scratch_cnt && kho_scratch[0].size);
	kho_reserve_mem_track("a", kho_scratch[0].addr, PAGE_SIZE);
	sim_free_boot_memory();
	sim_initcalls();
	must(kho_is_enabled());
	expect_log("region \"a\" is not handed over");
	expect_eq(kho_fdt_find(phys_to_virt(kho_out_fdt_phys()), "memblock",
			       &phys, &size), -ENOENT);
	expect(!kho_out_client(client, sizeof(client)));

	/* But it is one if there is a region. */
	sim_power_on(&machine);
	boot(NULL, cmdline, &r, 1);
	expect(kho_out_client(client, sizeof(client)));
	expect_eq(sim_warnings(), 0);
}

/* Memory runs out: a region that nobody can find is not preserved either. */
static void test_enomem(void)
{
	struct region r = { "a", PAGE_SIZE, PAGE_SIZE };
	unsigned long nth, allocs;
	unsigned int lost = 0;

	for (nth = 1;; nth++) {
		sim_power_on(&machine);
		sim_early_params(cmdline);
		sim_add_memory();
		sim_take_boot_memory();
		kho_memory_init_early();
		reserve_mem(&r);
		sim_free_boot_memory();
		sim_fail_nth(nth);
		sim_initcalls();
		allocs = sim_fail_nth(0);
		if (allocs < nth)
			break;
		if (!kho_is_enabled())
			continue;
		expect_eq(is_listed("a"), is_preserved(PHYS_PFN(r.start), 0));
		lost += !is_listed("a");
	}
	expect(lost > 0);
	expect(is_listed("a"));
	expect(is_preserved(PHYS_PFN(r.start), 0));
}

/* Regions are reserved as a whole and stay so when memory is released. */
static void test_released(void)
{
	struct region regions[] = {
		{ "a", PAGE_SIZE * 5, PAGE_SIZE }, { "b", PAGE_SIZE * 7, MiB(1) },
	};
	struct sim_handover h;
	unsigned long pfn;
	unsigned int i;

	sim_power_on(&machine);
	boot(NULL, cmdline, regions, ARRAY_SIZE(regions));
	h = sim_prepare_jump();
	boot(&h, cmdline, regions, ARRAY_SIZE(regions));
	must(is_kho_boot());
	expect(!sim_log_has("overlap"));
	for (i = 0; i < ARRAY_SIZE(regions); i++) {
		must(regions[i].revived);
		pfn = PHYS_PFN(regions[i].start);
		for (; pfn < PHYS_PFN(regions[i].start + regions[i].size); pfn++)
			expect_eq(sim_page_state(pfn), SIM_RESERVED);
	}
}

/* Who adopts a region has it: all that is left are pages of the handover. */
static void test_unclaimed(void)
{
	struct region regions[] = {
		{ "a", PAGE_SIZE * 5, PAGE_SIZE }, { "b", PAGE_SIZE * 7 + 100, 64 },
		{ "c", PAGE_SIZE, PAGE_SIZE },
	};

	sim_power_on(&machine);
	boot(NULL, cmdline, regions, ARRAY_SIZE(regions));
	jump(cmdline, regions, ARRAY_SIZE(regions));
	must(regions[0].revived && regions[1].revived && regions[2].revived);
	/* The root FDT, the metadata, the times and the list. */
	expect_eq(kho_in_unclaimed(), 4);

	/* Nobody asks for "c" any more. */
	jump(cmdline, regions, 2);
	expect_eq(kho_in_unclaimed(), 5);
}

/* Memory for others is not what the kernel needs to boot. */
static bool is_kern(phys_addr_t phys)
{
	struct memblock_region *r;

	for_each_reserved_mem_region(r)
		if (phys - r->base < r->size)
			return r->flags & MEMBLOCK_RSRV_KERN;
	return false;
}

/* The same from the command line: to find by name, and to be found again. */
static void test_cmdline(void)
{
	static const char params[] =
		"kho=on kho_scratch=4M,0,0 reserve_mem=5000:64:odd reserve_mem=1M:2M:big reserve_mem=5000:64:odd";
	struct region r[] = { { "odd" }, { "big" } };
	phys_addr_t start, size;
	unsigned int hop, i;

	sim_power_on(&machine);
	sim_boot(params);
	for (hop = 0; hop < 3; hop++) {
		for (i = 0; i < ARRAY_SIZE(r); i++) {
			must(reserve_mem_find_by_name(r[i].name, &start, &size));
			if (hop) {
				expect_eq(start, r[i].start);
				expect_eq(size, r[i].size);
				expect(is_filled(&r[i]));
			}
			r[i].start = start;
			r[i].size = size;
			/* Nobody else has a part of its pages. */
			expect(PAGE_ALIGNED(start));
			expect(hop || sim_is_reserved(start, PAGE_ALIGN(size)));
			expect(!is_kern(start) && !is_kern(start + size - 1));
			expect_eq(sim_page_state(PHYS_PFN(start + size - 1)),
				  SIM_RESERVED);
			fill(&r[i]);
		}
		expect_eq(r[0].size, 5000);
		expect(!(r[1].start % MiB(2)));
		sim_kexec(params);
	}
	expect(!reserve_mem_find_by_name("od", &start, &size));
	expect_eq(sim_warnings(), 0);
}

static const struct tap_case cases[] = {
	{ "reserve_mem: revived in kernel after kernel", test_revived },
	{ "reserve_mem: on the command line", test_cmdline },
	{ "reserve_mem: format", test_format },
	{ "reserve_mem: another region than before", test_other },
	{ "reserve_mem: labels with and without a unit address", test_unit_address },
	{ "reserve_mem: damaged lists", test_damaged },
	{ "reserve_mem: beyond the end of memory", test_beyond_memory },
	{ "reserve_mem: smaller than a page", test_small },
	{ "reserve_mem: too many regions", test_too_many },
	{ "reserve_mem: nothing to hand over", test_nothing_to_hand_over },
	{ "reserve_mem: no memory for the list", test_enomem },
	{ "reserve_mem: memory is released around it", test_released },
	{ "reserve_mem: adopted regions are claimed", test_unclaimed },
};

TAP_MAIN(cases)
