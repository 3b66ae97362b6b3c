// SPDX-License-Identifier: GPL-2.0
/*
 * memblock after a kexec handover on large machines: that early boot takes as many
 * steps as there is memory, and that marks made in one pass are the same as those
 * made one by one. Nothing touches the memory that is allocated.
 *
 * A step is a basic block of memblock's code that is executed, or a region that
 * is moved. The compiler puts a call of __sanitizer_cov_trace_pc() into each
 * block, the linker one of __wrap_memmove() in the place of memmove().
 */
#include <linux/kernel.h>
#include <linux/kexec_handover.h>
#include <linux/sizes.h>
#include <stdlib.h>
#include <string.h>

#include "common.h"
#include "kho_api.h"
#include "kho_scale.h"

#define FUNC_NAME	"memblock_kho_scale"

#define TIB		((phys_addr_t)SZ_1G << 10)
#define SECTION_MEMMAP	((phys_addr_t)SZ_2M)
#define NR_NODES	4
#define MAX_REGIONS	131072UL

static unsigned long steps;

void __sanitizer_cov_trace_pc(void)
{
	steps++;
}

void *__wrap_memmove(void *to, const void *from, size_t size)
{
	steps += size / sizeof(struct memblock_region);
	return __real_memmove(to, from, size);
}

static struct memblock_region *small_memory, *small_reserved;

/* Lists that need not grow. */
static void setup_lists(void)
{
	phys_addr_t size = SECTION_MEMMAP;

	small_memory = memblock.memory.regions;
	small_reserved = memblock.reserved.regions;
	reset_memblock_regions();
	reset_memblock_attributes();
	/* Another node than the last one: begin anew. */
	memblock_kho_alloc_memmap(0, SECTION_MEMMAP, MAX_NUMNODES, &size);
	memblock.memory.regions = calloc(MAX_REGIONS, sizeof(*small_memory));
	memblock.memory.max = MAX_REGIONS;
	memblock.reserved.regions = calloc(MAX_REGIONS, sizeof(*small_memory));
	memblock.reserved.max = MAX_REGIONS;
	assert(memblock.memory.regions && memblock.reserved.regions);
}

static void end_lists(void)
{
	memblock_clear_kho_scratch_only();
	memblock_clear_kho_scratch(0, PHYS_ADDR_MAX);
	free(memblock.memory.regions);
	free(memblock.reserved.regions);
	memblock.memory.regions = small_memory;
	memblock.reserved.regions = small_reserved;
	memblock.memory.cnt = 0;
	memblock.reserved.cnt = 0;
	reset_memblock_regions();
	test_pass_pop();
}

/* Every other gigabyte is preserved. */
static unsigned int every_other(struct kho_piece *pieces, phys_addr_t ram)
{
	phys_addr_t phys;
	unsigned int nr = 0;

	for (phys = SZ_1G; phys < ram; phys += SZ_2G)
		pieces[nr++] = (struct kho_piece) {
			.start = PHYS_PFN(phys),
			.end = PHYS_PFN(phys + SZ_1G),
		};
	return nr;
}

/* Of pieces below a gigabyte a boot takes 512, the largest ones. */
static unsigned int every_half(struct kho_piece *pieces, phys_addr_t ram)
{
	phys_addr_t phys;
	unsigned int nr = 0;

	for (phys = SZ_1G; phys < ram && nr < 512; phys += ram / 512)
		pieces[nr++] = (struct kho_piece) {
			.start = PHYS_PFN(phys),
			.end = PHYS_PFN(phys + SZ_512M - SZ_2M),
		};
	return nr;
}

/* The memory map of a node, as mm/sparse.c allocates it. Returns what it got. */
static phys_addr_t boot_memmap(phys_addr_t all, int nid)
{
	phys_addr_t got = 0, size, phys;
	unsigned long before;

	if (memblock_alloc_range_nid(all, SECTION_MEMMAP, SZ_16M,
				     MEMBLOCK_ALLOC_ACCESSIBLE, nid, true))
		return all;

	while (got < all) {
		size = all;
		phys = memblock_kho_alloc_memmap(SZ_16M, SECTION_MEMMAP, nid,
						 &size);
		if (!phys)
			break;
		before = steps;
		assert(memblock_kho_is_usable(phys, size));
		steps = before;
		/* What is not needed of the last piece. */
		if (got + size > all)
			memblock_phys_free(phys + all - got, got + size - all);
		got += size;
	}
	return got;
}

/*
 * Steps of a boot with @ram. Whatever is asserted is evaluated twice, so all that
 * is counted stands outside of it.
 */
static unsigned long boot_steps(phys_addr_t ram,
				unsigned int (*layout)(struct kho_piece *pieces,
						       phys_addr_t ram))
{
	struct kho_piece *pieces = calloc(MAX_REGIONS, sizeof(*pieces));
	phys_addr_t node = ram / NR_NODES, got = 0;
	unsigned int nr, marked, failed = 0, i;
	int nid;

	assert(pieces);
	setup_lists();
	for (nid = 0; nid < NR_NODES; nid++)
		memblock_add_node(nid * node, node, nid, MEMBLOCK_NONE);
	memblock_mark_kho_scratch(SZ_256M, SZ_256M);
	memblock_set_kho_scratch_only();
	nr = layout(pieces, ram);

	steps = 0;
	marked = memblock_mark_kho_pieces(pieces, nr);
	/* A page of roots for each 16 GiB, and one of page tables for 64 GiB. */
	for (i = 0; i < ram / SZ_16G + ram / SZ_16G / 4; i++)
		failed += !memblock_phys_alloc_try_nid(SZ_4K, SZ_4K,
						       i % NR_NODES);
	/* Without nodes all of it is that of one. */
	if (IS_ENABLED(CONFIG_NUMA))
		for (nid = 0; nid < NR_NODES; nid++)
			got += boot_memmap(node / 64, nid);
	else
		got = boot_memmap(ram / 64, NUMA_NO_NODE);
	/* Hash tables and the like. */
	for (i = 0; i < 32; i++)
		failed += !memblock_phys_alloc(SZ_64M, SZ_4K);
	memblock_clear_kho_unpreserved(0, PHYS_ADDR_MAX);
	memblock_clear_kho_scratch(0, PHYS_ADDR_MAX);

	ASSERT_EQ(nr, marked);
	ASSERT_EQ(0, failed);
	ASSERT_LE(ram / 64, got);
	ASSERT_EQ(memblock.memory.cnt, IS_ENABLED(CONFIG_NUMA) ? NR_NODES : 1);
	free(pieces);
	end_lists();
	return steps;
}

static unsigned long scale(const char *name, phys_addr_t ram,
			   unsigned int (*layout)(struct kho_piece *pieces,
						  phys_addr_t ram))
{
	unsigned long taken;

	prefix_push(name);
	taken = boot_steps(ram, layout);
	/* As many struct pages are initialised with a handover or without. */
	ASSERT_LT(taken, PHYS_PFN(ram) / 64);
	return taken;
}

/* Expect four times the memory to take four times the steps, a quarter more at most. */
static int kho_every_other_check(void)
{
	unsigned long t4, t16, t64;

	PREFIX_PUSH();
	t4 = scale("4 TiB", 4 * TIB, every_other);
	t16 = scale("16 TiB", 16 * TIB, every_other);
	t64 = scale("64 TiB", 64 * TIB, every_other);
	test_print("# %lu, %lu and %lu steps\n", t4, t16, t64);
	ASSERT_LE(t16, 5 * t4);
	ASSERT_LE(t64, 5 * t16);
	test_pass_pop();
	return 0;
}

/* Expect the same where the pieces are small, and there are few. */
static int kho_every_half_check(void)
{
	unsigned long t4, t8;

	PREFIX_PUSH();
	t4 = scale("4 TiB", 4 * TIB, every_half);
	t8 = scale("8 TiB", 8 * TIB, every_half);
	test_print("# %lu and %lu steps\n", t4, t8);
	ASSERT_LE(t8, 5 * t4 / 2);
	test_pass_pop();
	return 0;
}

static unsigned int seed = 1;

static unsigned int rnd(unsigned int limit)
{
	seed = seed * 1103515245 + 12345;
	return (seed >> 16) % limit;
}

/* Memory with gaps, nodes and flags, in pages from 1 on. */
static void add_random_memory(void)
{
	static const enum memblock_flags flags[] = {
		MEMBLOCK_NONE, MEMBLOCK_NONE, MEMBLOCK_HOTPLUG,
		MEMBLOCK_KHO_SCRATCH, MEMBLOCK_KHO_UNPRESERVED,
	};
	unsigned long pfn = 1, end;
	int i;

	for (i = 0; i < 40; i++) {
		pfn += rnd(3) ? 0 : rnd(20);
		end = pfn + 1 + rnd(50);
		memblock_add_node(PFN_PHYS(pfn), PFN_PHYS(end - pfn), rnd(3),
				  flags[rnd(ARRAY_SIZE(flags))]);
		pfn = end;
	}
}

static void expect_list(const struct memblock_region *list, unsigned long cnt,
			phys_addr_t total)
{
	unsigned long i;

	ASSERT_EQ(cnt, memblock.memory.cnt);
	ASSERT_EQ(total, memblock.memory.total_size);
	for (i = 0; i < cnt; i++) {
		const struct memblock_region *r = &memblock.memory.regions[i];

		ASSERT_EQ(list[i].base, r->base);
		ASSERT_EQ(list[i].size, r->size);
		ASSERT_EQ(list[i].flags, r->flags);
		ASSERT_EQ(memblock_get_region_node(&list[i]),
			  memblock_get_region_node(r));
	}
}

/* Expect the list that marking piece by piece makes, and clearing, too. */
static int kho_mark_check(void)
{
	struct memblock_region *before, *expected;
	struct kho_piece pieces[64];
	unsigned long cnt, cnt_before, pfn;
	unsigned int nr, marked, i, round;
	phys_addr_t total;
	size_t size = 1000 * sizeof(*before);

	PREFIX_PUSH();
	setup_lists();
	before = malloc(size);
	expected = malloc(size);
	assert(before && expected);

	for (round = 0; round < 500; round++) {
		memblock_remove(0, PHYS_ADDR_MAX);
		add_random_memory();
		cnt_before = memblock.memory.cnt;
		total = memblock.memory.total_size;
		memcpy(before, memblock.memory.regions, size);

		pfn = rnd(10);
		nr = rnd(ARRAY_SIZE(pieces));
		for (i = 0; i < nr; i++) {
			pieces[i].start = pfn + rnd(4) * rnd(20);
			pieces[i].end = pieces[i].start + 1 + rnd(60);
			pfn = pieces[i].end;
			memblock_setclr_flag(&memblock.memory,
					     PFN_PHYS(pieces[i].start),
					     PFN_PHYS(pfn - pieces[i].start), 1,
					     MEMBLOCK_KHO_UNPRESERVED);
		}
		cnt = memblock.memory.cnt;
		memcpy(expected, memblock.memory.regions, size);

		memcpy(memblock.memory.regions, before, size);
		memblock.memory.cnt = cnt_before;
		marked = memblock_mark_kho_pieces(pieces, nr);
		ASSERT_EQ(nr, marked);
		expect_list(expected, cnt, total);

		memblock_setclr_flag(&memblock.memory, PAGE_SIZE * 100,
				     PAGE_SIZE * 700, 0,
				     MEMBLOCK_KHO_UNPRESERVED);
		memcpy(before, memblock.memory.regions, size);
		cnt_before = memblock.memory.cnt;
		memcpy(memblock.memory.regions, expected, size);
		memblock.memory.cnt = cnt;
		memblock_clear_kho_unpreserved(PAGE_SIZE * 100,
					       PAGE_SIZE * 700);
		expect_list(before, cnt_before, total);
	}

	free(before);
	free(expected);
	end_lists();
	return 0;
}

/* Expect the list to grow in scratch, or as many pieces as there is room for. */
static int kho_mark_grow_check(void)
{
	struct memblock_region *orig = memblock.memory.regions;
	const phys_addr_t ram = SZ_1G;
	struct kho_piece pieces[200];
	phys_addr_t base, scratch;
	unsigned int i, nr;

	PREFIX_PUSH();
	dummy_physical_memory_init();
	base = ALIGN(dummy_physical_memory_base(), SZ_64K);
	scratch = base + SZ_2M;
	for (i = 0; i < ARRAY_SIZE(pieces); i++)
		pieces[i] = (struct kho_piece) {
			.start = PHYS_PFN(ram) + 2 * i,
			.end = PHYS_PFN(ram) + 2 * i + 1,
		};

	reset_memblock_regions();
	reset_memblock_attributes();
	memblock_allow_resize();
	memblock_add(ram, SZ_1G);
	memblock_add(base, SZ_8M);
	memblock_set_kho_scratch_only();
	catch_output();
	nr = memblock_mark_kho_pieces(pieces, ARRAY_SIZE(pieces));
	ASSERT_ONCE(true, caught_output("Failed to double"));
	ASSERT_EQ((INIT_MEMBLOCK_REGIONS - 2) / 2, nr);
	ASSERT_EQ(orig, memblock.memory.regions);
	ASSERT_TRUE(memblock_kho_is_usable(PFN_PHYS(pieces[nr - 1].start),
					   PAGE_SIZE));
	ASSERT_FALSE(memblock_kho_is_usable(PFN_PHYS(pieces[nr].start),
					    PAGE_SIZE));

	memblock_clear_kho_unpreserved(0, PHYS_ADDR_MAX);
	ASSERT_EQ(2, memblock.memory.cnt);
	memblock_mark_kho_scratch(scratch, SZ_64K);
	nr = memblock_mark_kho_pieces(pieces, ARRAY_SIZE(pieces));
	ASSERT_EQ(ARRAY_SIZE(pieces), nr);
	ASSERT_EQ(2 * nr + 3, memblock.memory.cnt);
	ASSERT_LE(scratch, __pa(memblock.memory.regions));
	ASSERT_LT(__pa(memblock.memory.regions), scratch + SZ_64K);

	memblock_clear_kho_scratch_only();
	memblock_clear_kho_scratch(0, PHYS_ADDR_MAX);
	memblock.memory.regions = orig;
	memblock.memory.cnt = INIT_MEMBLOCK_REGIONS;
	reset_memblock_regions();
	dummy_physical_memory_cleanup();
	test_pass_pop();
	return 0;
}

/* Expect regions that differ in our marks only to be seen as one. */
static int kho_join_check(void)
{
	unsigned long start, end;
	int i, nid, nr = 0;

	PREFIX_PUSH();
	reset_memblock_regions();
	reset_memblock_attributes();
	memblock_add_node(SZ_1G, SZ_1G, 0, MEMBLOCK_NONE);
	memblock_add_node(SZ_2G, SZ_1G, 1, MEMBLOCK_NONE);
	memblock_add_node((phys_addr_t)SZ_4G, SZ_1G, 1, MEMBLOCK_NONE);
	memblock_mark_hotplug((phys_addr_t)SZ_4G + SZ_512M, SZ_512M);
	memblock_mark_kho_scratch(SZ_1G + SZ_16M, SZ_16M);
	memblock_mark_kho_unpreserved(SZ_1G + SZ_32M, SZ_1G + SZ_16M);
	memblock_mark_kho_unpreserved((phys_addr_t)SZ_4G + SZ_16M, SZ_16M);

	for_each_mem_pfn_range(i, MAX_NUMNODES, &start, &end, &nid) {
		static const struct {
			phys_addr_t start;
			phys_addr_t end;
		} expected[] = {
			{ SZ_1G, SZ_2G },
			{ SZ_2G, (phys_addr_t)SZ_2G + SZ_1G },
			{ SZ_4G, (phys_addr_t)SZ_4G + SZ_512M },
			{ (phys_addr_t)SZ_4G + SZ_512M,
			  (phys_addr_t)SZ_4G + SZ_1G },
		};

		memblock_kho_join_pfn(&i, &end);
		/* Without nodes the first two are one. */
		if (!IS_ENABLED(CONFIG_NUMA) && !nr) {
			start = PHYS_PFN(SZ_2G);
			nr = 1;
		}
		ASSERT_LT(nr, (int)ARRAY_SIZE(expected));
		ASSERT_EQ(PHYS_PFN(expected[nr].start), start);
		ASSERT_EQ(PHYS_PFN(expected[nr].end), end);
		nr++;
	}
	ASSERT_EQ(4, nr);

	/* The list itself stays as it is. */
	ASSERT_EQ(SZ_16M, memblock.memory.regions[0].size);

	memblock_clear_kho_unpreserved(0, PHYS_ADDR_MAX);
	memblock_clear_kho_scratch(0, PHYS_ADDR_MAX);
	test_pass_pop();
	return 0;
}

/* Expect the memory map beside free gigabytes as far as there is room for it. */
static int kho_memmap_check(void)
{
	const phys_addr_t all = SZ_2G + SZ_512M;
	phys_addr_t phys, size, beside = 0, whole = 0;
	struct kho_piece pieces[40];
	unsigned int i, marked;

	PREFIX_PUSH();
	setup_lists();
	memblock_add_node(0, 160 * (phys_addr_t)SZ_1G, 0, MEMBLOCK_NONE);
	memblock_set_kho_scratch_only();
	/* A free gigabyte, and some beside it, every four. */
	for (i = 0; i < ARRAY_SIZE(pieces); i++) {
		phys = (4 * i + 1) * (phys_addr_t)SZ_1G;
		pieces[i] = (struct kho_piece) {
			.start = PHYS_PFN(phys - SZ_32M - SZ_16M),
			.end = PHYS_PFN(phys + SZ_1G),
		};
	}
	marked = memblock_mark_kho_pieces(pieces, i);
	ASSERT_EQ(i, marked);

	while (beside + whole < all) {
		size = all;
		phys = memblock_kho_alloc_memmap(SZ_16M, SECTION_MEMMAP, 0,
						 &size);
		ASSERT_NE(0, phys);
		ASSERT_TRUE(memblock_kho_is_usable(phys, size));
		ASSERT_EQ(0, phys % SECTION_MEMMAP);
		if ((phys >> 30) % 4 == 1) {
			whole += size;
		} else {
			ASSERT_EQ(0, whole);
			beside += size;
		}
	}
	ASSERT_EQ(ARRAY_SIZE(pieces) * (SZ_32M + SZ_16M), beside);
	/* What was broken is used up before the next one is broken. */
	ASSERT_LE(38, memblock_count_hugetlb(SZ_1G, NUMA_NO_NODE,
					     MEMBLOCK_KHO_UNPRESERVED));

	/* No more than there is. */
	do {
		size = all;
		phys = memblock_kho_alloc_memmap(SZ_16M, SECTION_MEMMAP, 0,
						 &size);
	} while (phys);
	ASSERT_EQ(memblock.reserved.total_size,
		  ARRAY_SIZE(pieces) * ((phys_addr_t)SZ_1G + SZ_32M + SZ_16M));

	end_lists();
	return 0;
}

int memblock_kho_scale_checks(void)
{
	prefix_reset();
	prefix_push(FUNC_NAME);
	test_print("Running %s tests...\n", FUNC_NAME);

	kho_mark_check();
	kho_mark_grow_check();
	kho_join_check();
	kho_memmap_check();
	kho_every_other_check();
	kho_every_half_check();

	prefix_pop();
	return 0;
}
