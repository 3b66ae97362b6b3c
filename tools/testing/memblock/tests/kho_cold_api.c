// SPDX-License-Identifier: GPL-2.0
/*
 * What others ask of memblock in a kernel to which nothing was handed over, with
 * and without CONFIG_MEMBLOCK_KHO_SCRATCH.
 */
#include "kho_api.h"

/* The machine, and nothing was handed over. */
static void setup_cold(void)
{
	setup_handover();
	memblock_clear_kho_scratch_only();
}

/* Expect gigantic pages from everywhere, on their node if that is a must. */
static int kho_cold_hugetlb_check(void)
{
	const phys_addr_t end = RAM + RAM_SIZE;
	phys_addr_t phys;

	PREFIX_PUSH();
	setup_cold();
	memblock_set_node(end - SZ_32M, SZ_32M, &memblock.memory, 1);

	phys = __pa(memblock_alloc_hugetlb(SZ_16M, NUMA_NO_NODE, false));
	ASSERT_EQ(end - SZ_16M, phys);
	if (IS_ENABLED(CONFIG_MEMBLOCK_KHO_SCRATCH))
		ASSERT_EQ(MEMBLOCK_RSRV_KERN | MEMBLOCK_RSRV_HUGETLB,
			  reserved_at(phys)->flags);
	ASSERT_ONCE(end - SZ_32M, __pa(memblock_alloc_hugetlb(SZ_16M, 1, true)));
	if (IS_ENABLED(CONFIG_NUMA)) {
		ASSERT_ONCE(NULL, memblock_alloc_hugetlb(SZ_16M, 1, true));
		ASSERT_ONCE(end - SZ_32M - SZ_16M,
			    __pa(memblock_alloc_hugetlb(SZ_16M, 1, false)));
	}

	end_handover();
	return 0;
}

/* Expect no memory that is known not to be preserved, and all to be usable. */
static int kho_cold_unpreserved_check(void)
{
	PREFIX_PUSH();
	setup_cold();

	ASSERT_ONCE(0, memblock_phys_alloc_unpreserved(SZ_4K, SZ_4K, 0,
						       MEMBLOCK_ALLOC_ANYWHERE,
						       NUMA_NO_NODE));
	ASSERT_TRUE(memblock_kho_is_usable(RAM, RAM_SIZE));

	end_handover();
	return 0;
}

/* Expect what is reserved for the kernel to be reserved. */
static int kho_cold_reserve_check(void)
{
	PREFIX_PUSH();
	setup_cold();

	ASSERT_EQ(0, memblock_reserve_kern(RAM + SZ_4K, SZ_8K));
	ASSERT_EQ(RAM + SZ_4K, reserved_at(RAM + SZ_4K)->base);
	ASSERT_EQ(SZ_8K, reserved_at(RAM + SZ_4K)->size);

	end_handover();
	return 0;
}

/* Expect reserve_mem= to reserve, and no more than it was asked for with kho=off. */
static int kho_cold_reserve_mem_check(void)
{
	char arg[] = "100:8:simulator";
	phys_addr_t start, size;

	PREFIX_PUSH();
	setup_cold();

	ASSERT_ONCE(1, reserve_mem_param.setup_func(arg));
	ASSERT_EQ(1, reserve_mem_find_by_name("simulator", &start, &size));
	ASSERT_EQ(100, size);
	ASSERT_EQ(start, reserved_at(start)->base);
	ASSERT_EQ(100, reserved_at(start)->size);

	end_handover();
	return 0;
}

/* Expect a warning if a region is added over one with other flags. */
static int kho_cold_conflict_check(void)
{
	const phys_addr_t base = RAM + RAM_SIZE;

	PREFIX_PUSH();
	setup_cold();
	ASSERT_TRUE(memblock_flags_conflict(MEMBLOCK_HOTPLUG, MEMBLOCK_MIRROR));
	ASSERT_FALSE(memblock_flags_conflict(MEMBLOCK_NOMAP, MEMBLOCK_NOMAP));
	ASSERT_FALSE(memblock_flags_conflict(MEMBLOCK_NONE, MEMBLOCK_NONE));

	memblock_add_node(base + SZ_1M, SZ_1M, 0, MEMBLOCK_NOMAP);
	catch_output();
	memblock_add_node(base, SZ_2M, 0, MEMBLOCK_HOTPLUG);
	ASSERT_ONCE(true, caught_output("assertion failed"));

	end_handover();
	return 0;
}

void kho_cold_checks(void)
{
	kho_cold_hugetlb_check();
	kho_cold_unpreserved_check();
	kho_cold_reserve_check();
	kho_cold_reserve_mem_check();
	kho_cold_conflict_check();
}
