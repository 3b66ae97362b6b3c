// SPDX-License-Identifier: GPL-2.0
/*
 * Scratch areas: the kho_scratch= parameter, lists that make sense, and how
 * much is reserved where on machines of several shapes.
 */

#include <linux/crash_dump.h>

#include "tap.h"

#define ALIGNED	KHO_SCRATCH_ALIGN	/* 4 MiB */

static void test_good(void)
{
	static const struct {
		const char *arg;
		phys_addr_t low, global, node;
		u64 percent;
	} good[] = {
		{ "16M,512M,256M", MiB(16), MiB(512), MiB(256), 0 },
		{ "1,2,3", MiB(4), MiB(4), MiB(4), 0 },
		{ "4194304,4194305,0", MiB(4), MiB(8), 0, 0 },
		{ "0,0,1K", 0, 0, MiB(4), 0 },
		{ "0,1G,0", 0, GiB(1), 0, 0 },
		{ "1g,1m,1k", GiB(1), MiB(4), MiB(4), 0 },
		{ "0x1000000,0X800000,010", MiB(16), MiB(8), MiB(4), 0 },
		{ "1024G,0,0", 1ULL << 40, 0, 0, 0 },
		{ "17179869184,0,0", 1ULL << 34, 0, 0, 0 },
		{ "150%", 0, 0, 0, 150 },
		{ "0%", 0, 0, 0, 0 },
		{ "0000000100%", 0, 0, 0, 100 },
		{ "9999999999%", 0, 0, 0, 9999999999 },
	};
	struct kho_scratch_param p;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(good); i++) {
		memset(&p, 0x55, sizeof(p));
		if (kho_scratch_parse(good[i].arg, &p)) {
			tap_fail(__FILE__, __LINE__, "\"%s\" refused", good[i].arg);
			continue;
		}
		if (p.explicit == !!strchr(good[i].arg, '%') ||
		    (p.explicit ? p.low != good[i].low || p.node != good[i].node ||
				  p.global != good[i].global :
				  p.percent != good[i].percent))
			tap_fail(__FILE__, __LINE__, "\"%s\": %llx,%llx,%llx %llu%%",
				 good[i].arg, p.low, p.global, p.node, p.percent);
	}
}

static void test_bad(void)
{
	static const char * const bad[] = {
		"", " ", ",", ",,", ",,,", "%", "-1%", "+1%", " 1%", "1 %",
		"1%%", "1%,", "1%1", "100.5%", "0x10%", "12345678901%", "1e2%",
		"1", "1M", "1M,", "1M,2M", "1M,2M,", "1M,2M,3M,", "1M,2M,3M,4M",
		"1M,2M,3M ", " 1M,2M,3M", "1M, 2M,3M", "1M,,3M", ",1M,1M",
		"1M,2M,", "0,0,0", "0K,0M,0G", "-1M,2M,3M", "1M,-2M,3M",
		"1M,2M,-3M", "+1M,2M,3M", "1MM,2M,3M", "1MB,2M,3M", "1M,2M,3X",
		"M,M,M", "1M;2M;3M", "0x,1M,1M", "1M,2M,3M%", "on", "off",
		"max,1,1", "1M,2M,3M\n",
		/* More than can be. */
		"18446744073709551615,0,0", "0,16E,1M", "0,0,20000P",
		"18446744073709551616,1M,1M", "99999999999999999999999,1M,1M",
		"1M,17179869185G,0", "0x10000000000000001,1M,1M",
		"1M,1M,17179869184G",
	};
	struct kho_scratch_param p, before;
	unsigned int i;

	memset(&before, 0x55, sizeof(before));
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		p = before;
		if (kho_scratch_parse(bad[i], &p) != -EINVAL)
			tap_fail(__FILE__, __LINE__,
				 "\"%s\" accepted: %llx,%llx,%llx %llu%%", bad[i],
				 p.low, p.global, p.node, p.percent);
		else
			expect(!memcmp(&p, &before, sizeof(p)));
	}
}

static const struct sim_machine small = {
	.ram = { { .start = 0, .size = MiB(640) / 1024 },
		 { .start = MiB(1), .size = MiB(255) } },
};

/* The last valid one counts; others say so and change nothing. */
static void test_param(void)
{
	sim_power_on(&small);
	expect(sim_early_params("kho_scratch=8M,0,0 kho_scratch=what") != 0);
	expect_log("kho_scratch=what ignored");
	expect_eq(sim_log_lines(), 2);
	expect_eq(sim_early_params("kho=on"), 0);
	sim_add_memory();
	sim_take_boot_memory();
	kho_memory_init();
	expect_eq(kho_scratch_total(), MiB(8));

	sim_power_on(&small);
	expect(sim_early_params("kho_scratch") != 0);
	expect(sim_early_params("kho_scratch=") != 0);
	expect(sim_early_params("kho=maybe kho") != 0);
	expect_eq(sim_log_lines(), 4);
	expect(!kho_is_enabled());
	expect_eq(sim_early_params("kho=on kho_scratch=8M,0,0 kho_scratch=500%"),
		  0);
	expect_log("500%");
	sim_add_memory();
	sim_take_boot_memory();
	kho_memory_init();
	/* Five times 1 MiB, rounded up, in low memory and on the node. */
	expect_eq(kho_scratch_total(), 2 * MiB(8));
}

static int check(const struct kho_scratch *areas, unsigned int nr,
		 const char *what)
{
	struct kho_fault fault = {};
	int err = kho_scratch_check(areas, nr, &fault);

	expect_eq(err, what ? -EINVAL : 0);
	if (what && (!fault.what || !strstr(fault.what, what)))
		tap_fail(__FILE__, __LINE__, "\"%s\", not \"%s\"", fault.what,
			 what);
	return err;
}

static void test_lists(void)
{
	struct kho_scratch a[4] = {
		{ MiB(16), MiB(4) }, { MiB(20), MiB(8) }, { MiB(64), MiB(4) },
		{ GiB(4), GiB(1) },
	};

	check(a, 4, NULL);
	check(a, 1, NULL);
	check(a, 0, "no scratch");
	a[1].addr = MiB(16);
	check(a, 4, "overlapping");
	a[1].addr = MiB(12);
	check(a, 4, "overlapping");
	a[1].addr = MiB(8);
	check(a, 4, NULL);
	a[1].size = 0;
	a[1].addr = 12345;
	check(a, 4, NULL);
	a[1].size = PAGE_SIZE;
	check(a, 4, "unaligned");
	a[1].addr = MiB(2);
	a[1].size = MiB(4);
	check(a, 4, "unaligned");
	a[1].addr = MiB(24);
	a[1].size = MiB(6);
	check(a, 4, "unaligned");
	a[1].size = 0ULL - MiB(16);
	check(a, 4, "endless");
	a[1].addr = 0ULL - MiB(8);
	a[1].size = MiB(16);
	check(a, 4, "endless");
	a[1].size = MiB(4);
	check(a, 4, NULL);
	a[1] = a[0];
	check(a, 4, "overlapping");
	memset(a, 0, sizeof(a));
	check(a, 4, "no scratch");
	/* The whole address space, once as one and once as many. */
	a[0].size = 0ULL - ALIGNED;
	check(a, 1, NULL);
	a[1].addr = 0ULL - ALIGNED;
	a[1].size = ALIGNED;
	check(a, 2, "endless");
}

static void boot(const struct sim_machine *machine, const char *cmdline)
{
	sim_power_on(machine);
	sim_early_params(cmdline);
	sim_add_memory();
	sim_take_boot_memory();
	kho_memory_init_early();
	kho_memory_init();
}

static void expect_area(unsigned int i, phys_addr_t size, phys_addr_t limit,
			int nid)
{
	const struct kho_scratch *a = &kho_scratch[i];

	must(i < kho_scratch_cnt);
	if (!expect_eq(a->size, size) || !size)
		return;
	expect(IS_ALIGNED(a->addr, ALIGNED));
	expect(a->addr + a->size <= limit);
	expect(sim_is_ram(a->addr, a->size));
	expect(sim_is_reserved(a->addr, a->size));
	if (nid != NUMA_NO_NODE)
		expect(pfn_to_nid(PHYS_PFN(a->addr)) == nid &&
		       pfn_to_nid(PHYS_PFN(a->addr + a->size) - 1) == nid);
}

static void test_small(void)
{
	sim_kernel_size = MiB(1);
	boot(&small, "kho=on kho_scratch=200%");
	must(kho_is_enabled());
	expect_eq(kho_scratch_cnt, 3);
	expect_area(0, MiB(4), GiB(4), 0);
	/* All of it is low memory: nothing is left for the global area. */
	expect_area(1, 0, 0, 0);
	expect_area(2, MiB(4), GiB(4), 0);
	expect(!kho_scratch_overlap(0, kho_scratch[2].addr));
	expect_eq(kho_scratch_total(), MiB(8));

	sim_kernel_size = MiB(13);
	boot(&small, "kho=on kho_scratch=100%");
	expect_area(0, MiB(16), GiB(4), 0);
	expect_area(2, MiB(16), GiB(4), 0);

	boot(&small, "kho=on kho_scratch=3M,5M,9M");
	expect_area(0, MiB(4), GiB(4), 0);
	expect_area(1, MiB(8), PHYS_ADDR_MAX, NUMA_NO_NODE);
	expect_area(2, MiB(12), PHYS_ADDR_MAX, 0);
	sim_kernel_size = MiB(1);
}

/*
 * If nobody says how much: one area, of what was needed early, of the kernel's
 * size and some more, or of a share of memory that is not without limit.
 */
static void test_default(void)
{
	static const struct {
		phys_addr_t ram, early, image, want;
	} sizes[] = {
		{ MiB(256), MiB(1), MiB(2), MiB(36) },
		{ MiB(256), MiB(60), MiB(30), MiB(124) },
		{ MiB(512), MiB(1), MiB(2), MiB(64) },
		{ GiB(1), MiB(1), MiB(2), MiB(128) },
		{ GiB(2), MiB(1), MiB(2), MiB(256) },
		{ GiB(3), MiB(1), MiB(64), MiB(256) },
		{ GiB(60), MiB(20), MiB(64), MiB(256) },
		{ GiB(60), MiB(300), MiB(64), MiB(396) },
	};
	unsigned long image_size = sim_image_size;
	struct sim_machine m = {};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		m.ram[0].start = MiB(4);
		m.ram[0].size = sizes[i].ram;
		sim_kernel_size = sizes[i].early;
		sim_image_size = sizes[i].image;
		boot(&m, "kho=on");
		must(kho_is_enabled());
		expect_eq(kho_scratch_cnt, 3);
		expect_area(0, sizes[i].want, GiB(4), 0);
		expect_area(1, 0, 0, 0);
		expect_area(2, 0, 0, 0);
	}

	/* No low memory. */
	m.ram[0].start = GiB(5);
	m.ram[0].size = GiB(4);
	sim_kernel_size = MiB(1);
	boot(&m, "kho=on");
	must(kho_is_enabled());
	expect_area(0, 0, 0, 0);
	expect_area(1, MiB(256), PHYS_ADDR_MAX, 0);
	sim_image_size = image_size;
}

static const struct sim_machine numa = {
	.ram = {
		{ .start = MiB(1), .size = GiB(2), .nid = 0 },
		{ .start = GiB(4), .size = GiB(10), .nid = 0 },
		{ .start = GiB(14), .size = GiB(12), .nid = 3 },
	},
};

/* The kernel's own memory comes from the top, that is from node 3. */
static void test_numa(void)
{
	sim_kernel_size = MiB(200);
	boot(&numa, "kho=on kho_scratch=200%");
	sim_kernel_size = MiB(1);
	must(kho_is_enabled());
	expect_eq(kho_scratch_cnt, 4);
	expect_area(0, 0, 0, 0);
	/* The list of areas counts, too. */
	expect_area(1, MiB(404), PHYS_ADDR_MAX, NUMA_NO_NODE);
	expect_area(2, 0, 0, 0);
	expect_area(3, MiB(404), PHYS_ADDR_MAX, 3);

	boot(&numa, "kho=on kho_scratch=16M,32M,0");
	must(kho_is_enabled());
	expect_area(0, MiB(16), GiB(4), 0);
	expect_area(1, MiB(32), PHYS_ADDR_MAX, 3);
	expect_area(2, 0, 0, 0);
	expect_area(3, 0, 0, 0);
}

static void test_nodes(void)
{
	static const struct sim_machine two = {
		.ram = {
			{ .start = MiB(1), .size = GiB(1), .nid = 1 },
			{ .start = GiB(2), .size = GiB(1), .nid = 2 },
		},
	};

	/* Areas are in order of the nodes, each on its own node. */
	boot(&two, "kho=on kho_scratch=0,0,20M");
	must(kho_is_enabled() && kho_scratch_cnt == 4);
	expect_area(2, MiB(20), PHYS_ADDR_MAX, 1);
	expect_area(3, MiB(20), PHYS_ADDR_MAX, 2);
	expect_eq(kho_scratch_total(), MiB(40));
}

/* What memblock looks like is what it was before anybody tried. */
static void expect_off(const struct sim_machine *machine, const char *cmdline,
		       const char *line)
{
	u64 reserved;

	sim_power_on(machine);
	sim_early_params(cmdline);
	sim_add_memory();
	sim_take_boot_memory();
	reserved = sim_regions(&memblock.reserved);
	sim_log_clear();
	kho_memory_init();
	expect(!kho_is_enabled());
	expect_eq(sim_log_lines(), 1);
	expect_log(line);
	expect_log("kexec handover is off");
	expect_eq(kho_scratch_cnt, 0);
	expect_eq(kho_scratch_total(), 0);
	expect_eq(sim_regions(&memblock.reserved), reserved);
}

static void test_no_room(void)
{
	static const struct sim_machine high = {
		.ram = { { .start = GiB(5), .size = GiB(1) } },
	};
	static const struct sim_machine tiny_node = {
		.ram = {
			{ .start = MiB(1), .size = GiB(1) },
			{ .start = GiB(4), .size = MiB(3), .nid = 1 },
		},
	};

	expect_off(&small, "kho=on kho_scratch=1G,0,0", "1024MiB of low-memory");
	expect_off(&small, "kho=on kho_scratch=4M,300M,0", "300MiB of global");
	expect_off(&small, "kho=on kho_scratch=4M,4M,400M", "400MiB of node");
	expect_off(&small, "kho=on kho_scratch=100M,100M,100M", "node scratch");
	expect_off(&small, "kho=on kho_scratch=9999999999%", "no room");
	expect_off(&small, "kho=on kho_scratch=0%", "no scratch memory");
	expect_off(&high, "kho=on kho_scratch=4M,0,0", "low-memory");
	expect_off(&tiny_node, "kho=on kho_scratch=4M,4M,4M", "node scratch");
}

/* Gigantic pages of others are not what the kernel needs to boot. */
static void test_hugetlb(void)
{
	sim_power_on(&numa);
	sim_early_params("kho=on kho_scratch=200%");
	sim_add_memory();
	sim_take_boot_memory();
	must(memblock_alloc_hugetlb(GiB(1), 0, true));
	must(memblock_alloc_hugetlb(GiB(1), 3, true));
	must(memblock_alloc_hugetlb(GiB(1), 3, true));
	kho_memory_init();
	must(kho_is_enabled());
	/* Twice the 1 MiB of the kernel, on node 3 and anywhere. */
	expect(kho_scratch_total() <= MiB(8));
}

/* Regions of reserve_mem= do not count either. */
static void test_overlap(void)
{
	struct kho_scratch a[3] = {
		{ MiB(16), MiB(4) }, { MiB(32), 0 }, { MiB(64), MiB(8) },
	};

	sim_power_on(&small);
	expect(!kho_scratch_overlap(0, GiB(4)));
	kho_scratch_adopt(a, 3);
	expect(kho_scratch_overlap(0, GiB(4)));
	expect(!kho_scratch_overlap(0, MiB(16)));
	expect(kho_scratch_overlap(0, MiB(16) + 1));
	expect(kho_scratch_overlap(MiB(16), 1));
	expect(kho_scratch_overlap(MiB(20) - 1, 1));
	expect(!kho_scratch_overlap(MiB(20), MiB(44)));
	expect(kho_scratch_overlap(MiB(20), MiB(44) + 1));
	expect(!kho_scratch_overlap(MiB(32), 1));
	expect(kho_scratch_overlap(MiB(66), PAGE_SIZE));
	expect(!kho_scratch_overlap(MiB(72), GiB(100)));
	expect(kho_scratch_holds(MiB(16)) && kho_scratch_holds(MiB(20) - 1));
	expect(!kho_scratch_holds(MiB(20)) && !kho_scratch_holds(MiB(16) - 1));
	expect(!kho_scratch_holds(MiB(32)));
	expect_eq(kho_scratch_total(), MiB(12));
	kho_scratch_adopt(NULL, 0);
	expect(!kho_scratch_overlap(0, GiB(4)));
}

/* Areas are pages of movable memory once the page allocator runs. */
static void test_release(void)
{
	unsigned long pfn, end;
	unsigned int i;

	sim_power_on(&small);
	sim_boot("kho=on kho_scratch=8M,4M,4M");
	must(kho_is_enabled() && kho_scratch_cnt == 3);
	for (i = 0; i < kho_scratch_cnt; i++) {
		pfn = PHYS_PFN(kho_scratch[i].addr);
		end = pfn + PHYS_PFN(kho_scratch[i].size);
		for (; pfn < end; pfn++)
			must(sim_page_state(pfn) == SIM_CMA);
	}
}

static void test_kdump(void)
{
	sim_kdump = true;
	boot(&small, "kho=on");
	expect(!kho_is_enabled());
	expect_eq(kho_scratch_cnt, 0);
	expect_log("kdump");
	sim_kdump = false;
}

/* memblock's list of memory cannot grow yet when it learns of the areas. */
static void test_most(void)
{
	static const struct sim_machine large = {
		.ram = { { .start = MiB(1), .size = GiB(8) } },
	};
	struct sim_handover h;
	struct kho_scratch *area;
	unsigned int n, i;

	for (n = KHO_SCRATCH_MAX_USED; n <= KHO_SCRATCH_MAX_USED + 1; n++) {
		sim_power_on(&large);
		sim_boot("kho=on kho_scratch=4M,0,0");
		must(kho_is_enabled());
		h = sim_prepare_jump();
		area = phys_to_virt(h.scratch);
		for (i = 1; i < n; i++) {
			area[i].addr = GiB(2) + 2 * i * ALIGNED;
			area[i].size = ALIGNED;
		}
		h.scratch_len = n * sizeof(*area);
		sim_start_kernel();
		kho_populate(h.fdt, h.fdt_len, h.scratch, h.scratch_len);
		expect_eq(is_kho_boot(), n == KHO_SCRATCH_MAX_USED);
		expect_eq(memblock.memory.cnt, is_kho_boot() ? n : 0);
		expect_eq(memblock.memory.max, 128);
	}
	expect_log("too many scratch areas");
}

static const struct tap_case cases[] = {
	{ "scratch: good parameters", test_good },
	{ "scratch: bad parameters", test_bad },
	{ "scratch: several parameters", test_param },
	{ "scratch: lists", test_lists },
	{ "scratch: overlaps", test_overlap },
	{ "scratch: as many areas as memblock takes", test_most },
	{ "scratch: a small machine", test_small },
	{ "scratch: nobody says how much", test_default },
	{ "scratch: a machine with odd nodes", test_numa },
	{ "scratch: an area for each node", test_nodes },
	{ "scratch: no room, nothing changes", test_no_room },
	{ "scratch: gigantic pages do not count", test_hugetlb },
	{ "scratch: areas become movable memory", test_release },
	{ "scratch: not in a kdump kernel", test_kdump },
};

TAP_MAIN(cases)
