// SPDX-License-Identifier: GPL-2.0
/* Where memory to allocate is searched for after a kexec handover. */
#include <limits.h>

#include "kho_api.h"

#define SCRATCH_END		(SCRATCH + SCRATCH_SIZE)

/* Expect all to come from scratch, and nothing once it is full. */
static int kho_scratch_only_check(void)
{
	phys_addr_t phys;
	int i;

	PREFIX_PUSH();
	setup_handover();

	ASSERT_ONCE(0, memblock_phys_alloc(SCRATCH_SIZE * 2, SZ_4K));
	for (i = 0; i < 16; i++) {
		phys = memblock_phys_alloc(SZ_1M, SZ_4K);
		if (memblock_bottom_up())
			ASSERT_EQ(SCRATCH + i * SZ_1M, phys);
		else
			ASSERT_EQ(SCRATCH_END - (i + 1) * SZ_1M, phys);
	}
	ASSERT_ONCE(0, memblock_phys_alloc(SZ_4K, SZ_4K));
	ASSERT_EQ(memblock.reserved.total_size, SCRATCH_SIZE);

	memblock_clear_kho_scratch_only();
	phys = memblock_phys_alloc(SZ_1M, SZ_4K);
	ASSERT_NE(0, phys);
	ASSERT_FALSE(inside(phys, SZ_1M, SCRATCH, SCRATCH_SIZE));

	end_handover();
	return 0;
}

/* Expect areas that touch to be one place. */
static int kho_scratch_touch_check(void)
{
	const phys_addr_t size = SCRATCH_SIZE + SZ_4M;
	phys_addr_t phys;

	PREFIX_PUSH();
	setup_handover();

	ASSERT_ONCE(0, memblock_phys_alloc(size, SZ_4K));
	ASSERT_EQ(0, memblock_mark_kho_scratch(SCRATCH_END, SZ_8M));
	phys = memblock_phys_alloc(size, SZ_4K);
	ASSERT_TRUE(inside(phys, size, SCRATCH, SCRATCH_SIZE + SZ_8M));
	ASSERT_ONCE(0, memblock_phys_alloc(SZ_8M, SZ_4K));

	end_handover();
	return 0;
}

/* Expect bounds and alignment of the caller to hold in scratch. */
static int kho_scratch_limit_check(void)
{
	const phys_addr_t half = SCRATCH + SZ_8M;

	PREFIX_PUSH();
	setup_handover();

	ASSERT_ONCE(0, memblock_phys_alloc_range(SZ_1M, SZ_4K, RAM, SCRATCH));
	ASSERT_ONCE(0, memblock_phys_alloc_range(SZ_1M, SZ_4K, SCRATCH_END,
						 RAM + RAM_SIZE));
	ASSERT_ONCE(half - SZ_1M, memblock_phys_alloc_range(SZ_1M, SZ_4K, RAM,
							    half));
	ASSERT_ONCE(0, memblock_phys_alloc_range(SZ_8M + SZ_4K, SZ_4K, half,
						 RAM + RAM_SIZE));
	ASSERT_ONCE(SCRATCH + SZ_4M, memblock_phys_alloc_range(SZ_4K, SZ_4M, RAM,
							       half - SZ_1M));
	memblock_set_current_limit(half - SZ_1M);
	ASSERT_ONCE(half - SZ_2M, memblock_phys_alloc(SZ_1M, SZ_4K));
	memblock_set_current_limit(SCRATCH);
	ASSERT_ONCE(0, memblock_phys_alloc(SZ_4K, SZ_4K));

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
	ASSERT_ONCE(0, memblock_phys_alloc(SZ_128M, SZ_4K));

	/* Bounds of the caller hold in both. */
	phys = memblock_phys_alloc_range(SZ_1M, SZ_4K, base, base + size);
	ASSERT_TRUE(inside(phys, SZ_1M, base, size));
	ASSERT_ONCE(0, memblock_phys_alloc_range(SZ_1M, SZ_4K, base + size,
						 RAM + RAM_SIZE));

	ASSERT_EQ(0, memblock_clear_kho_unpreserved(base, size));
	ASSERT_ONCE(0, memblock_phys_alloc(SZ_16M, SZ_4K));

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

	/* More than there is in scratch, and the other node has more above it. */
	phys = memblock_phys_alloc_try_nid(SZ_32M, SZ_4K, 0);
	if (IS_ENABLED(CONFIG_NUMA))
		ASSERT_TRUE(inside(phys, SZ_32M, RAM + SZ_1G, SZ_256M));

	end_handover();
	return 0;
}

/* Expect those who look at what is free to see what they ask for, and only that. */
static int kho_free_ranges_check(void)
{
	phys_addr_t start, end;
	u64 i;

	PREFIX_PUSH();
	setup_handover();
	memblock_mark_kho_unpreserved(RAM + SZ_1G, SZ_64M);

	for_each_free_mem_range(i, NUMA_NO_NODE, MEMBLOCK_KHO_SCRATCH, &start,
				&end, NULL) {
		ASSERT_EQ(SCRATCH, start);
		ASSERT_EQ(SCRATCH_END, end);
	}
	for_each_free_mem_range(i, NUMA_NO_NODE, MEMBLOCK_KHO_UNPRESERVED,
				&start, &end, NULL) {
		ASSERT_EQ(RAM + SZ_1G, start);
		ASSERT_EQ(RAM + SZ_1G + SZ_64M, end);
	}
	ASSERT_EQ(0, memblock_clear_kho_scratch(0, PHYS_ADDR_MAX));
	ASSERT_EQ(0, memblock_clear_kho_unpreserved(0, PHYS_ADDR_MAX));
	for_each_free_mem_range(i, NUMA_NO_NODE, MEMBLOCK_NONE, &start, &end,
				NULL) {
		ASSERT_EQ(RAM, start);
		ASSERT_EQ(RAM + RAM_SIZE, end);
	}

	end_handover();
	return 0;
}

/* Expect a range to be usable if all of it is marked, one way or the other. */
static int kho_is_usable_check(void)
{
	const phys_addr_t end = SCRATCH_END;

	PREFIX_PUSH();
	setup_handover();
	memblock_mark_kho_unpreserved(end, SZ_1M);

	ASSERT_TRUE(memblock_kho_is_usable(SCRATCH, SCRATCH_SIZE));
	ASSERT_TRUE(memblock_kho_is_usable(end - SZ_4K, SZ_8K));
	ASSERT_TRUE(memblock_kho_is_usable(end, SZ_1M));
	ASSERT_TRUE(memblock_kho_is_usable(SCRATCH, SCRATCH_SIZE + SZ_1M));
	ASSERT_FALSE(memblock_kho_is_usable(SCRATCH - 1, 2));
	ASSERT_FALSE(memblock_kho_is_usable(end, SZ_1M + 1));
	ASSERT_FALSE(memblock_kho_is_usable(RAM, SZ_4K));
	ASSERT_FALSE(memblock_kho_is_usable(RAM + RAM_SIZE, SZ_4K));

	/* Two pieces, and what is between them. */
	memblock_mark_kho_unpreserved(end + SZ_2M, SZ_1M);
	ASSERT_FALSE(memblock_kho_is_usable(end, SZ_2M + SZ_1M));
	ASSERT_FALSE(memblock_kho_is_usable(end + SZ_1M, SZ_2M));

	memblock_clear_kho_scratch_only();
	ASSERT_TRUE(memblock_kho_is_usable(RAM, SZ_4K));

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
	int err;

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
	catch_output();
	err = memblock_reserve(RAM - SZ_8K, SZ_4K);
	ASSERT_ONCE(true, caught_output("Failed to double reserved array"));
	ASSERT_NE(0, err);
	ASSERT_EQ(orig, memblock.reserved.regions);

	memblock_mark_kho_scratch(scratch, SZ_64K);
	ASSERT_ONCE(0, memblock_reserve(RAM - SZ_8K, SZ_4K));
	array = __pa(memblock.reserved.regions);
	ASSERT_TRUE(inside(array, size, scratch, SZ_64K));
	ASSERT_EQ(memblock.reserved.max, INIT_MEMBLOCK_RESERVED_REGIONS * 2);
	ASSERT_EQ(memblock.reserved.cnt, INIT_MEMBLOCK_RESERVED_REGIONS + 2);

	memblock.reserved.regions = orig;
	memblock.reserved.cnt = INIT_MEMBLOCK_RESERVED_REGIONS;
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

void kho_search_checks(void)
{
	run_top_down(kho_scratch_only_check);
	run_bottom_up(kho_scratch_only_check);
	kho_scratch_touch_check();
	kho_scratch_limit_check();
	kho_unpreserved_check();
	kho_node_check();
	kho_free_ranges_check();
	kho_is_usable_check();
	kho_double_array_check();
	kho_many_check();
	kho_mirror_check();
}
