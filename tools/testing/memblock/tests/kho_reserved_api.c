// SPDX-License-Identifier: GPL-2.0
/* What reservations count as, and where. */
#include "kho_api.h"

static phys_addr_t kern_size(phys_addr_t limit, int nid)
{
	return memblock_reserved_kern_size(limit, nid);
}

/* Expect allocations to count as the kernel's, and nothing else. */
static int kho_kern_size_check(void)
{
	phys_addr_t phys;

	PREFIX_PUSH();
	setup_handover();
	memblock_clear_kho_scratch_only();

	memblock_reserve(RAM, SZ_1M);
	ASSERT_EQ(0, kern_size(PHYS_ADDR_MAX, NUMA_NO_NODE));
	memblock_reserve_kern(RAM + SZ_1M, SZ_1M);
	phys = memblock_phys_alloc(SZ_2M, SZ_4K);
	ASSERT_EQ(SZ_1M + SZ_2M, kern_size(PHYS_ADDR_MAX, NUMA_NO_NODE));
	ASSERT_EQ(SZ_1M, kern_size(phys, NUMA_NO_NODE));
	ASSERT_EQ(SZ_1M + SZ_1M, kern_size(phys + SZ_1M, NUMA_NO_NODE));
	ASSERT_EQ(SZ_4K, kern_size(RAM + SZ_1M + SZ_4K, NUMA_NO_NODE));
	ASSERT_EQ(0, memblock_reserved_hugetlb_size(PHYS_ADDR_MAX,
						    NUMA_NO_NODE));

	memblock_phys_free(phys, SZ_2M);
	ASSERT_EQ(SZ_1M, kern_size(PHYS_ADDR_MAX, NUMA_NO_NODE));

	end_handover();
	return 0;
}

/*
 * Expect each byte to count on the node of its memory, if it is below the limit:
 * 1 MiB on node 0, 1 MiB on both sides of the border, 4 MiB on node 1.
 */
static int kho_kern_size_node_check(void)
{
	const phys_addr_t border = RAM + SZ_2G, high = border + SZ_1G;

	PREFIX_PUSH();
	setup_handover();
	memblock_set_node(border, SZ_2G, &memblock.memory, 1);
	memblock_reserve_kern(RAM + SZ_512M, SZ_1M);
	memblock_reserve_kern(border - SZ_1M, SZ_2M);
	memblock_reserve_kern(high, SZ_4M);
	memblock_mark_hugetlb(high, SZ_2M);

	if (IS_ENABLED(CONFIG_NUMA)) {
		ASSERT_EQ(SZ_2M, kern_size(PHYS_ADDR_MAX, 0));
		ASSERT_EQ(SZ_4M + SZ_1M, kern_size(PHYS_ADDR_MAX, 1));
		ASSERT_EQ(SZ_1M + SZ_512K, kern_size(border - SZ_512K, 0));
		ASSERT_EQ(0, kern_size(border - SZ_512K, 1));
		ASSERT_EQ(SZ_2M, kern_size(border + SZ_512K, 0));
		ASSERT_EQ(SZ_512K, kern_size(border + SZ_512K, 1));
		ASSERT_EQ(SZ_1M, kern_size(high, 1));
		ASSERT_EQ(SZ_1M + SZ_1M, kern_size(high + SZ_1M, 1));

		ASSERT_EQ(0, memblock_reserved_hugetlb_size(PHYS_ADDR_MAX, 0));
		ASSERT_EQ(SZ_2M, memblock_reserved_hugetlb_size(PHYS_ADDR_MAX,
								1));
		ASSERT_EQ(SZ_1M, memblock_reserved_hugetlb_size(high + SZ_1M,
								1));
	}
	ASSERT_EQ(SZ_1M + SZ_2M + SZ_4M, kern_size(PHYS_ADDR_MAX, NUMA_NO_NODE));
	ASSERT_EQ(SZ_2M, memblock_reserved_hugetlb_size(PHYS_ADDR_MAX,
							NUMA_NO_NODE));

	end_handover();
	return 0;
}

/* Expect an allocation that comes from another node to be the kernel's, too. */
static int kho_kern_fallback_check(void)
{
	const phys_addr_t border = RAM + RAM_SIZE - SZ_2M;
	phys_addr_t phys;

	PREFIX_PUSH();
	setup_handover();
	memblock_set_node(border, SZ_2M, &memblock.memory, 1);

	phys = memblock_phys_alloc_try_nid(SZ_4M, SZ_4K, 1);
	ASSERT_TRUE(inside(phys, SZ_4M, SCRATCH, SCRATCH_SIZE));
	ASSERT_EQ(MEMBLOCK_RSRV_KERN, reserved_at(phys)->flags);
	ASSERT_EQ(SZ_4M, reserved_at(phys)->size);

	memblock_clear_kho_scratch_only();
	phys = memblock_phys_alloc_try_nid(SZ_4M, SZ_4K, 1);
	ASSERT_NE(0, phys);
	ASSERT_EQ(MEMBLOCK_RSRV_KERN, reserved_at(phys)->flags);
	ASSERT_EQ(SZ_4M + SZ_4M, kern_size(PHYS_ADDR_MAX, NUMA_NO_NODE));

	end_handover();
	return 0;
}

/* Expect a reservation to be on the node, and to have the flags, that it says. */
static int kho_reserve_check(void)
{
	PREFIX_PUSH();
	setup_handover();

	ASSERT_EQ(0, __memblock_reserve(RAM, SZ_1M, 1, MEMBLOCK_RSRV_NOINIT));
	ASSERT_EQ(0, memblock_reserve_kern(RAM + SZ_2M, SZ_1M));
	ASSERT_EQ(0, memblock_reserve(RAM + SZ_4M, SZ_1M));

	ASSERT_EQ(SZ_1M, reserved_at(RAM)->size);
	ASSERT_EQ(MEMBLOCK_RSRV_NOINIT, reserved_at(RAM)->flags);
	ASSERT_EQ(MEMBLOCK_RSRV_KERN, reserved_at(RAM + SZ_2M)->flags);
	ASSERT_EQ(MEMBLOCK_NONE, reserved_at(RAM + SZ_4M)->flags);
	if (IS_ENABLED(CONFIG_NUMA)) {
		ASSERT_EQ(1, memblock_get_region_node(reserved_at(RAM)));
		ASSERT_EQ(MAX_NUMNODES,
			  memblock_get_region_node(reserved_at(RAM + SZ_2M)));
	}

	end_handover();
	return 0;
}

/* Expect what is added over regions with flags to leave them as they are. */
static int kho_flags_check(void)
{
	PREFIX_PUSH();
	setup_handover();

	ASSERT_FALSE(memblock_flags_conflict(MEMBLOCK_NONE,
					     MEMBLOCK_KHO_SCRATCH));
	ASSERT_FALSE(memblock_flags_conflict(MEMBLOCK_RSRV_KERN,
					     MEMBLOCK_NONE));

	/* Without a warning. */
	memblock_add_node(RAM, RAM_SIZE, 0, MEMBLOCK_NONE);
	ASSERT_EQ(memblock.memory.cnt, 3);
	ASSERT_TRUE(memblock_is_kho_scratch(&memblock.memory.regions[1]));
	ASSERT_EQ(memblock.memory.regions[1].size, SCRATCH_SIZE);
	memblock_clear_kho_scratch(SCRATCH, SCRATCH_SIZE);

	memblock_remove(RAM, SZ_1M);
	memblock_mark_kho_scratch(RAM + SZ_1M, SZ_1M);
	memblock_add_node(RAM, RAM_SIZE, 0, MEMBLOCK_NONE);
	ASSERT_TRUE(memblock_is_kho_scratch(&memblock.memory.regions[1]));
	ASSERT_EQ(memblock.memory.cnt, 3);

	memblock_reserve_kern(RAM + SZ_1M, SZ_1M);
	memblock_reserve(RAM, SZ_4M);
	memblock_reserve_kern(RAM, SZ_8M);
	ASSERT_EQ(SZ_1M + SZ_4M, kern_size(PHYS_ADDR_MAX, NUMA_NO_NODE));
	ASSERT_EQ(SZ_8M, memblock.reserved.total_size);

	ASSERT_EQ(0, memblock_clear_kho_scratch(RAM + SZ_1M, SZ_1M));
	ASSERT_EQ(memblock.memory.cnt, 1);

	end_handover();
	return 0;
}

void kho_reserved_checks(void)
{
	kho_kern_size_check();
	kho_kern_size_node_check();
	kho_kern_fallback_check();
	kho_reserve_check();
	kho_flags_check();
}
