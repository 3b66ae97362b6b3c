// SPDX-License-Identifier: GPL-2.0
/*
 * memblock after a kexec handover. Most tests describe a machine that does not
 * exist: nothing touches the memory that they allocate.
 */
#include <linux/kernel.h>
#include <linux/kexec_handover.h>
#include <linux/sizes.h>

#include "common.h"
#include "kho_api.h"
#include "../memblock_kho.h"

/* Both kinds are meant here. */
#undef memblock_reserve

#define FUNC_NAME		"memblock_kho"

#define RAM			((phys_addr_t)SZ_1G)
#define RAM_SIZE		((phys_addr_t)SZ_4G)
#define SCRATCH			(RAM + SZ_256M)
#define SCRATCH_SIZE		((phys_addr_t)SZ_16M)

static phys_addr_t revived, tracked;

bool kho_scratch_overlap(phys_addr_t phys, size_t size)
{
	struct memblock_region *r;

	for_each_mem_region(r)
		if (memblock_is_kho_scratch(r) && phys < r->base + r->size &&
		    r->base < phys + size)
			return true;
	return false;
}

phys_addr_t kho_reserve_mem_revive(const char *name, phys_addr_t size,
				   phys_addr_t align)
{
	return revived;
}

void kho_reserve_mem_track(const char *name, phys_addr_t start,
			   phys_addr_t size)
{
	tracked = start;
}

/* 4 GiB, and in it scratch; nothing else is known not to be preserved. */
static void setup_handover(void)
{
	reset_memblock_regions();
	reset_memblock_attributes();
	memblock_add_node(RAM, RAM_SIZE, 0, MEMBLOCK_NONE);
	ASSERT_EQ(0, memblock_mark_kho_scratch(SCRATCH, SCRATCH_SIZE));
	memblock_set_kho_scratch_only();
}

static void end_handover(void)
{
	memblock_clear_kho_scratch_only();
	memblock_clear_kho_unpreserved(0, PHYS_ADDR_MAX);
	memblock_clear_kho_scratch(0, PHYS_ADDR_MAX);
	test_pass_pop();
}

static bool inside(phys_addr_t phys, phys_addr_t size, phys_addr_t base,
		   phys_addr_t base_size)
{
	return phys >= base && phys + size <= base + base_size;
}

/* Expect all to come from scratch, and nothing once it is full. */
static int kho_scratch_only_check(void)
{
	phys_addr_t phys;
	int i;

	PREFIX_PUSH();
	setup_handover();

	ASSERT_EQ(0, memblock_phys_alloc(SCRATCH_SIZE * 2, SZ_4K));
	for (i = 0; i < 16; i++) {
		phys = memblock_phys_alloc(SZ_1M, SZ_4K);
		ASSERT_TRUE(inside(phys, SZ_1M, SCRATCH, SCRATCH_SIZE));
	}
	ASSERT_EQ(0, memblock_phys_alloc(SZ_4K, SZ_4K));
	ASSERT_EQ(memblock.reserved.total_size, SCRATCH_SIZE);

	memblock_clear_kho_scratch_only();
	phys = memblock_phys_alloc(SZ_1M, SZ_4K);
	ASSERT_NE(0, phys);
	ASSERT_FALSE(inside(phys, SZ_1M, SCRATCH, SCRATCH_SIZE));

	end_handover();
	return 0;
}

/* Expect scratch first, and what is marked if there is not so much of it. */
static int kho_unpreserved_check(void)
{
	const phys_addr_t base = RAM + SZ_1G, size = SZ_128M;
	phys_addr_t phys;

	PREFIX_PUSH();
	setup_handover();
	ASSERT_EQ(0, memblock_mark_kho_unpreserved(base, size));

	phys = memblock_phys_alloc(SZ_1M, SZ_4K);
	ASSERT_TRUE(inside(phys, SZ_1M, SCRATCH, SCRATCH_SIZE));
	phys = memblock_phys_alloc(SZ_32M, SZ_4K);
	ASSERT_TRUE(inside(phys, SZ_32M, base, size));
	phys = memblock_phys_alloc(SZ_64M, SZ_64M);
	ASSERT_TRUE(inside(phys, SZ_64M, base, size));
	ASSERT_EQ(0, memblock_phys_alloc(SZ_128M, SZ_4K));

	/* Bounds of the caller hold in both. */
	phys = memblock_phys_alloc_range(SZ_1M, SZ_4K, base, base + size);
	ASSERT_TRUE(inside(phys, SZ_1M, base, size));
	ASSERT_EQ(0, memblock_phys_alloc_range(SZ_1M, SZ_4K, base + size,
					       RAM + RAM_SIZE));

	end_handover();
	return 0;
}

/* Expect memory that is known to be free to be used on a node without scratch. */
static int kho_node_check(void)
{
	const phys_addr_t base = RAM + SZ_2G;
	phys_addr_t phys;

	PREFIX_PUSH();
	setup_handover();
	memblock_set_node(base, SZ_2G, &memblock.memory, 1);
	memblock_mark_kho_unpreserved(base + SZ_1G, SZ_64M);

	phys = memblock_phys_alloc_try_nid(SZ_1M, SZ_4K, 1);
	if (IS_ENABLED(CONFIG_NUMA))
		ASSERT_TRUE(inside(phys, SZ_1M, base + SZ_1G, SZ_64M));
	else
		ASSERT_TRUE(inside(phys, SZ_1M, SCRATCH, SCRATCH_SIZE));

	/* There is not so much on the node. */
	memblock_mark_kho_unpreserved(RAM + SZ_1G, SZ_256M);
	phys = memblock_phys_alloc_try_nid(SZ_128M, SZ_4K, 1);
	ASSERT_TRUE(inside(phys, SZ_128M, RAM + SZ_1G, SZ_256M));

	end_handover();
	return 0;
}

/*
 * Expect a gigabyte that is broken already to be broken further, and within it
 * what is beside all free blocks of the smallest gigantic pages.
 */
static int kho_sparing_check(void)
{
	const phys_addr_t broken = RAM + SZ_1G, hole = broken + SZ_512M;
	phys_addr_t phys;
	int i;

	PREFIX_PUSH();
	setup_handover();
	memblock_reserve(SCRATCH, SCRATCH_SIZE);
	memblock_mark_kho_unpreserved(RAM + SZ_1G, hole - RAM - SZ_1G);
	memblock_mark_kho_unpreserved(hole + SZ_4K,
				      RAM + RAM_SIZE - hole - SZ_4K);

	phys = memblock_phys_alloc(SZ_1M, SZ_4K);
	ASSERT_TRUE(inside(phys, SZ_1M, hole + SZ_4K, SZ_32M));
	for (i = 0; i < 8; i++) {
		phys = memblock_phys_alloc(SZ_64M, SZ_4K);
		ASSERT_TRUE(inside(phys, SZ_64M, broken, SZ_1G));
	}
	ASSERT_EQ(2, memblock_count_hugetlb(SZ_1G, NUMA_NO_NODE,
					    MEMBLOCK_KHO_UNPRESERVED));

	/* What fits nowhere else breaks a whole one. */
	phys = memblock_phys_alloc(SZ_1G, SZ_4K);
	ASSERT_NE(0, phys);

	end_handover();
	return 0;
}

/* Expect memory in which nothing is broken to be used, all the same. */
static int kho_unbroken_check(void)
{
	const phys_addr_t base = (phys_addr_t)SZ_4G * 4, size = base * 2;
	phys_addr_t phys;

	PREFIX_PUSH();
	setup_handover();
	memblock_reserve(SCRATCH, SCRATCH_SIZE);
	memblock_add_node(base, size, 0, MEMBLOCK_NONE);
	memblock_mark_kho_unpreserved(base, size);

	phys = memblock_phys_alloc(SZ_1M, SZ_4K);
	ASSERT_TRUE(inside(phys, SZ_1M, base, size));

	end_handover();
	return 0;
}

/* Expect allocations to count as the kernel's, and nothing else. */
static int kho_kern_size_check(void)
{
	phys_addr_t phys;

	PREFIX_PUSH();
	setup_handover();
	memblock_clear_kho_scratch_only();

	memblock_reserve(RAM, SZ_1M);
	ASSERT_EQ(0, memblock_reserved_kern_size(PHYS_ADDR_MAX, NUMA_NO_NODE));
	memblock_reserve_kern(RAM + SZ_1M, SZ_1M);
	phys = memblock_phys_alloc(SZ_2M, SZ_4K);
	ASSERT_EQ(SZ_1M + SZ_2M,
		  memblock_reserved_kern_size(PHYS_ADDR_MAX, NUMA_NO_NODE));
	ASSERT_EQ(SZ_1M, memblock_reserved_kern_size(phys, NUMA_NO_NODE));
	ASSERT_EQ(SZ_1M + SZ_1M,
		  memblock_reserved_kern_size(phys + SZ_1M, NUMA_NO_NODE));

	/* By node goes by where the memory is. */
	memblock_set_node(RAM + SZ_2G, SZ_2G, &memblock.memory, 1);
	if (IS_ENABLED(CONFIG_NUMA)) {
		ASSERT_EQ(SZ_1M, memblock_reserved_kern_size(PHYS_ADDR_MAX, 0));
		ASSERT_EQ(SZ_2M, memblock_reserved_kern_size(PHYS_ADDR_MAX, 1));
	}

	memblock_phys_free(phys, SZ_2M);
	ASSERT_EQ(SZ_1M,
		  memblock_reserved_kern_size(PHYS_ADDR_MAX, NUMA_NO_NODE));

	end_handover();
	return 0;
}

/* Expect what is added over regions with flags to leave them as they are. */
static int kho_flags_check(void)
{
	PREFIX_PUSH();
	setup_handover();

	ASSERT_TRUE(memblock_flags_conflict(MEMBLOCK_HOTPLUG, MEMBLOCK_MIRROR));
	ASSERT_FALSE(memblock_flags_conflict(MEMBLOCK_NONE,
					     MEMBLOCK_KHO_SCRATCH));
	ASSERT_FALSE(memblock_flags_conflict(MEMBLOCK_RSRV_KERN,
					     MEMBLOCK_NONE));

	memblock_add_node(RAM, RAM_SIZE, 0, MEMBLOCK_NONE);
	ASSERT_EQ(memblock.memory.cnt, 3);
	ASSERT_TRUE(memblock_is_kho_scratch(&memblock.memory.regions[1]));
	ASSERT_EQ(memblock.memory.regions[1].size, SCRATCH_SIZE);

	memblock_reserve_kern(RAM, SZ_1M);
	memblock_reserve(RAM, SZ_2M);
	ASSERT_EQ(SZ_1M,
		  memblock_reserved_kern_size(PHYS_ADDR_MAX, NUMA_NO_NODE));

	ASSERT_EQ(0, memblock_clear_kho_scratch(SCRATCH, SCRATCH_SIZE));
	ASSERT_EQ(memblock.memory.cnt, 1);

	end_handover();
	return 0;
}

/* Expect gigantic pages from unpreserved memory only, and that they are counted. */
static int kho_hugetlb_check(void)
{
	const phys_addr_t base = RAM + SZ_1G;
	phys_addr_t phys;
	void *page;

	PREFIX_PUSH();
	setup_handover();
	memblock_mark_kho_scratch(SCRATCH, SZ_64M);

	ASSERT_EQ(NULL, memblock_alloc_hugetlb(SZ_16M, NUMA_NO_NODE, false));
	memblock_mark_kho_unpreserved(base, SZ_32M);
	phys = __pa(memblock_alloc_hugetlb(SZ_16M, NUMA_NO_NODE, false));
	ASSERT_TRUE(inside(phys, SZ_16M, base, SZ_32M));
	ASSERT_EQ(0, phys & (SZ_16M - 1));
	ASSERT_EQ(SZ_16M, memblock_reserved_hugetlb_size(PHYS_ADDR_MAX,
							 NUMA_NO_NODE));
	ASSERT_EQ(1, memblock_count_hugetlb(SZ_16M, NUMA_NO_NODE,
					    MEMBLOCK_KHO_UNPRESERVED));
	page = memblock_alloc_hugetlb(SZ_16M, NUMA_NO_NODE, false);
	ASSERT_NE(NULL, page);
	ASSERT_EQ(NULL, memblock_alloc_hugetlb(SZ_16M, NUMA_NO_NODE, false));

	/* Anywhere without a handover. */
	memblock_clear_kho_scratch_only();
	page = memblock_alloc_hugetlb(SZ_16M, NUMA_NO_NODE, false);
	ASSERT_NE(NULL, page);
	ASSERT_EQ(3 * SZ_16M, memblock_reserved_hugetlb_size(PHYS_ADDR_MAX,
							     NUMA_NO_NODE));

	memblock_reserve(RAM, SZ_16M);
	memblock_mark_hugetlb(RAM, SZ_16M);
	ASSERT_EQ(4 * SZ_16M, memblock_reserved_hugetlb_size(PHYS_ADDR_MAX,
							     NUMA_NO_NODE));

	end_handover();
	return 0;
}

/* Expect a page on that node, or none. */
static int kho_hugetlb_node_check(void)
{
	const phys_addr_t base = RAM + SZ_2G;
	phys_addr_t phys;

	PREFIX_PUSH();
	setup_handover();
	memblock_set_node(base, SZ_2G, &memblock.memory, 1);
	memblock_mark_kho_unpreserved(RAM + SZ_1G, SZ_64M);
	memblock_mark_kho_unpreserved(base, SZ_16M);

	if (IS_ENABLED(CONFIG_NUMA)) {
		phys = __pa(memblock_alloc_hugetlb(SZ_16M, 1, true));
		ASSERT_EQ(base, phys);
		ASSERT_EQ(NULL, memblock_alloc_hugetlb(SZ_16M, 1, true));
		phys = __pa(memblock_alloc_hugetlb(SZ_16M, 1, false));
		ASSERT_TRUE(inside(phys, SZ_16M, RAM + SZ_1G, SZ_64M));
	}

	end_handover();
	return 0;
}

/* Expect ranges of other flags next to each other to count as one. */
static int kho_count_check(void)
{
	PREFIX_PUSH();
	setup_handover();

	/* Three whole gigabytes, the first has scratch. */
	ASSERT_EQ(3, memblock_count_hugetlb(SZ_1G, NUMA_NO_NODE, MEMBLOCK_NONE));
	memblock_mark_kho_unpreserved(RAM + SZ_1G, SZ_512M);
	ASSERT_EQ(3, memblock_count_hugetlb(SZ_1G, NUMA_NO_NODE, MEMBLOCK_NONE));
	ASSERT_EQ(0, memblock_count_hugetlb(SZ_1G, NUMA_NO_NODE,
					    MEMBLOCK_KHO_UNPRESERVED));
	ASSERT_EQ(2, memblock_count_hugetlb(SZ_256M, NUMA_NO_NODE,
					    MEMBLOCK_KHO_UNPRESERVED));

	end_handover();
	return 0;
}

/* Expect a range to be usable if all of it is marked, one way or the other. */
static int kho_is_usable_check(void)
{
	const phys_addr_t end = SCRATCH + SCRATCH_SIZE;

	PREFIX_PUSH();
	setup_handover();
	memblock_mark_kho_unpreserved(end, SZ_1M);

	ASSERT_TRUE(memblock_kho_is_usable(SCRATCH, SCRATCH_SIZE));
	ASSERT_TRUE(memblock_kho_is_usable(end - SZ_4K, SZ_8K));
	ASSERT_TRUE(memblock_kho_is_usable(SCRATCH, SCRATCH_SIZE + SZ_1M));
	ASSERT_FALSE(memblock_kho_is_usable(SCRATCH - 1, 2));
	ASSERT_FALSE(memblock_kho_is_usable(end, SZ_1M + 1));
	ASSERT_FALSE(memblock_kho_is_usable(RAM, SZ_4K));
	ASSERT_FALSE(memblock_kho_is_usable(RAM + RAM_SIZE, SZ_4K));

	memblock_clear_kho_scratch_only();
	ASSERT_TRUE(memblock_kho_is_usable(RAM, SZ_4K));

	end_handover();
	return 0;
}

/* Expect enough to be left to boot with: 1/32 of memory and 32 MiB. */
static int kho_alloc_unpreserved_check(void)
{
	const phys_addr_t base = RAM + SZ_1G, left = RAM_SIZE / 32 + SZ_32M;
	phys_addr_t phys;

	PREFIX_PUSH();
	setup_handover();
	ASSERT_EQ(0, memblock_phys_alloc_unpreserved(SZ_4K, SZ_4K, 0,
						     MEMBLOCK_ALLOC_ANYWHERE,
						     NUMA_NO_NODE));
	memblock_mark_kho_unpreserved(base, left - SCRATCH_SIZE + SZ_1M);
	ASSERT_EQ(0, memblock_phys_alloc_unpreserved(SZ_2M, SZ_4K, 0,
						     MEMBLOCK_ALLOC_ANYWHERE,
						     NUMA_NO_NODE));
	phys = memblock_phys_alloc_unpreserved(SZ_1M, SZ_4K, 0,
					       MEMBLOCK_ALLOC_ANYWHERE,
					       NUMA_NO_NODE);
	ASSERT_TRUE(inside(phys, SZ_1M, base, left));

	end_handover();
	return 0;
}

/* Expect a region that was handed over to be taken, and a new one to have pages. */
static int kho_reserve_mem_check(void)
{
	phys_addr_t phys;

	PREFIX_PUSH();
	setup_handover();
	memblock_mark_kho_unpreserved(RAM + SZ_1G, SZ_1G);

	revived = 0;
	phys = memblock_alloc_reserve_mem("new", 100, 8);
	ASSERT_NE(0, phys);
	ASSERT_EQ(0, phys & (PAGE_SIZE - 1));
	ASSERT_EQ(tracked, phys);
	ASSERT_EQ(PAGE_SIZE, memblock.reserved.total_size);
	/* Memory for others. */
	ASSERT_EQ(0, memblock_reserved_kern_size(PHYS_ADDR_MAX, NUMA_NO_NODE));

	revived = RAM;
	memblock_reserve(RAM, SZ_4K);
	ASSERT_EQ(RAM, memblock_alloc_reserve_mem("old", SZ_4K, SZ_4K));
	ASSERT_EQ(tracked, RAM);
	ASSERT_EQ(2 * PAGE_SIZE, memblock.reserved.total_size);
	revived = 0;

	end_handover();
	return 0;
}

/* Reserve what is nowhere, until the next reservation needs a larger array. */
static void fill_reserved(phys_addr_t base)
{
	while (memblock.reserved.cnt < INIT_MEMBLOCK_RESERVED_REGIONS) {
		memblock_reserve(base, SZ_4K);
		base += SZ_8K;
	}
}

/* Expect the array of a full map to be doubled in scratch, or not at all. */
static int kho_double_array_check(void)
{
	struct memblock_region *orig = memblock.reserved.regions;
	phys_addr_t base, scratch, size, array;

	PREFIX_PUSH();
	dummy_physical_memory_init();
	base = ALIGN(dummy_physical_memory_base(), SZ_64K);
	scratch = base + SZ_2M;
	size = PAGE_ALIGN(INIT_MEMBLOCK_RESERVED_REGIONS * 2 * sizeof(*orig));

	reset_memblock_regions();
	reset_memblock_attributes();
	memblock_allow_resize();
	memblock_add(base, SZ_8M);
	memblock_set_kho_scratch_only();
	fill_reserved(RAM);
	ASSERT_NE(0, memblock_reserve(RAM - SZ_8K, SZ_4K));
	ASSERT_EQ(orig, memblock.reserved.regions);

	memblock_mark_kho_scratch(scratch, SZ_64K);
	ASSERT_EQ(0, memblock_reserve(RAM - SZ_8K, SZ_4K));
	array = __pa(memblock.reserved.regions);
	ASSERT_TRUE(inside(array, size, scratch, SZ_64K));
	ASSERT_EQ(memblock.reserved.max, INIT_MEMBLOCK_RESERVED_REGIONS * 2);
	ASSERT_EQ(memblock.reserved.cnt, INIT_MEMBLOCK_RESERVED_REGIONS + 2);

	memblock.reserved.regions = orig;
	memblock.reserved.cnt = INIT_MEMBLOCK_RESERVED_REGIONS;
	reset_memblock_regions();
	end_handover();
	dummy_physical_memory_cleanup();
	return 0;
}

/* Expect no byte of what is not marked, in a map of many small pieces. */
static int kho_many_check(void)
{
	const int nr = 100;
	unsigned int seed = 1, got = 0;
	phys_addr_t phys, size;
	int i;

	PREFIX_PUSH();
	setup_handover();
	/* Every other block of 2 MiB. */
	for (i = 0; i < nr / 2; i++)
		memblock_mark_kho_unpreserved(RAM + SZ_1G + i * SZ_4M, SZ_2M);

	for (i = 0; i < 4 * nr; i++) {
		seed = seed * 1103515245 + 12345;
		size = SZ_4K << (seed >> 16) % 10;
		phys = memblock_phys_alloc(size, SZ_4K);
		if (!phys)
			continue;
		got++;
		ASSERT_TRUE(memblock_kho_is_usable(phys, size));
		if (memblock.reserved.cnt > INIT_MEMBLOCK_RESERVED_REGIONS - 3)
			break;
	}
	ASSERT_LT(nr, got);
	ASSERT_EQ(memblock.reserved.total_size,
		  memblock_reserved_kern_size(PHYS_ADDR_MAX, NUMA_NO_NODE));

	end_handover();
	return 0;
}

/* Expect mirrored memory not to be preferred. There is no way back: the last. */
static int kho_mirror_check(void)
{
	phys_addr_t phys;

	PREFIX_PUSH();
	setup_handover();
	mirrored_kernelcore = true;
	memblock_mark_mirror(RAM + SZ_2G, SZ_1G);
	phys = memblock_phys_alloc(SZ_1M, SZ_4K);
	ASSERT_TRUE(inside(phys, SZ_1M, SCRATCH, SCRATCH_SIZE));
	memblock_clear_kho_scratch_only();
	phys = memblock_phys_alloc(SZ_1M, SZ_4K);
	ASSERT_TRUE(inside(phys, SZ_1M, RAM + SZ_2G, SZ_1G));

	end_handover();
	return 0;
}

int memblock_kho_checks(void)
{
	prefix_reset();
	prefix_push(FUNC_NAME);
	test_print("Running %s tests...\n", FUNC_NAME);

	kho_kern_size_check();
	kho_flags_check();
	run_top_down(kho_scratch_only_check);
	run_bottom_up(kho_scratch_only_check);
	kho_unpreserved_check();
	kho_node_check();
	kho_sparing_check();
	kho_unbroken_check();
	kho_hugetlb_check();
	kho_hugetlb_node_check();
	kho_count_check();
	kho_is_usable_check();
	kho_alloc_unpreserved_check();
	kho_reserve_mem_check();
	kho_double_array_check();
	kho_many_check();
	kho_mirror_check();

	prefix_pop();
	return 0;
}
