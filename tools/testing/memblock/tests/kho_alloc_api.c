// SPDX-License-Identifier: GPL-2.0
/* Memory for others after a kexec handover: it is kept, and may be handed over. */
#include "kho_api.h"

#define HUGETLB_FLAGS	(MEMBLOCK_RSRV_KERN | MEMBLOCK_RSRV_HUGETLB)

static phys_addr_t revived, tracked, tracked_size;
static phys_addr_t accepted, accepted_size, kmemleak, kmemleak_size;
static bool enabled;

bool kho_is_enabled(void)
{
	return enabled;
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
	tracked_size = size;
}

void accept_memory(phys_addr_t start, unsigned long size)
{
	accepted = start;
	accepted_size = size;
}

void kho_test_kmemleak_alloc(phys_addr_t phys, size_t size, gfp_t gfp);
void kho_test_kmemleak_alloc(phys_addr_t phys, size_t size, gfp_t gfp)
{
	kmemleak = phys;
	kmemleak_size = size;
}

static phys_addr_t hugetlb_size(void)
{
	return memblock_reserved_hugetlb_size(PHYS_ADDR_MAX, NUMA_NO_NODE);
}

static phys_addr_t kern_size(void)
{
	return memblock_reserved_kern_size(PHYS_ADDR_MAX, NUMA_NO_NODE);
}

/* Expect gigantic pages from unpreserved memory only, and that they are counted. */
static int kho_hugetlb_check(void)
{
	const phys_addr_t base = RAM + SZ_1G;
	phys_addr_t phys;

	PREFIX_PUSH();
	setup_handover();
	memblock_mark_kho_scratch(SCRATCH, SZ_64M);

	ASSERT_ONCE(NULL, memblock_alloc_hugetlb(SZ_16M, NUMA_NO_NODE, false));
	memblock_mark_kho_unpreserved(base, SZ_32M + SZ_8M);
	phys = __pa(memblock_alloc_hugetlb(SZ_16M, NUMA_NO_NODE, false));
	ASSERT_EQ(base + SZ_16M, phys);
	ASSERT_EQ(HUGETLB_FLAGS, reserved_at(phys)->flags);
	ASSERT_EQ(SZ_16M, reserved_at(phys)->size);
	ASSERT_EQ(phys, accepted);
	ASSERT_EQ(SZ_16M, accepted_size);
	ASSERT_EQ(1, memblock_count_hugetlb(SZ_16M, NUMA_NO_NODE,
					    MEMBLOCK_KHO_UNPRESERVED));
	ASSERT_ONCE(base, __pa(memblock_alloc_hugetlb(SZ_16M, NUMA_NO_NODE,
						      false)));
	ASSERT_ONCE(NULL, memblock_alloc_hugetlb(SZ_16M, NUMA_NO_NODE, false));
	ASSERT_EQ(2 * SZ_16M, hugetlb_size());

	end_handover();
	return 0;
}

/* Expect a page on that node, or none, and none above the limit of memblock. */
static int kho_hugetlb_node_check(void)
{
	const phys_addr_t base = RAM + SZ_2G;

	PREFIX_PUSH();
	setup_handover();
	memblock_set_node(base, SZ_2G, &memblock.memory, 1);
	memblock_mark_kho_unpreserved(RAM + SZ_1G, SZ_64M);
	memblock_mark_kho_unpreserved(base, SZ_16M);

	if (IS_ENABLED(CONFIG_NUMA)) {
		ASSERT_ONCE(base, __pa(memblock_alloc_hugetlb(SZ_16M, 1, true)));
		ASSERT_ONCE(NULL, memblock_alloc_hugetlb(SZ_16M, 1, true));
		memblock_set_current_limit(RAM + SZ_1G + SZ_32M);
		ASSERT_ONCE(RAM + SZ_1G + SZ_16M,
			    __pa(memblock_alloc_hugetlb(SZ_16M, 1, false)));
		memblock_set_current_limit(RAM + SZ_1G + SZ_16M);
		ASSERT_ONCE(RAM + SZ_1G,
			    __pa(memblock_alloc_hugetlb(SZ_16M, 0, false)));
		ASSERT_ONCE(NULL, memblock_alloc_hugetlb(SZ_16M, 0, false));
	}

	end_handover();
	return 0;
}

/* Expect memory that others reserved to be the kernel's, too, as if allocated. */
static int kho_mark_hugetlb_check(void)
{
	PREFIX_PUSH();
	setup_handover();

	memblock_reserve(RAM, SZ_32M);
	memblock_mark_hugetlb(RAM, SZ_16M);
	ASSERT_EQ(HUGETLB_FLAGS, reserved_at(RAM)->flags);
	ASSERT_EQ(SZ_16M, reserved_at(RAM)->size);
	ASSERT_EQ(MEMBLOCK_NONE, reserved_at(RAM + SZ_16M)->flags);
	ASSERT_EQ(SZ_16M, hugetlb_size());
	ASSERT_EQ(SZ_16M, kern_size());

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

	/* Broken in two, in each half there is one of half the size. */
	memblock_reserve(RAM + SZ_2G + SZ_512M, SZ_4K);
	ASSERT_EQ(2, memblock_count_hugetlb(SZ_1G, NUMA_NO_NODE, MEMBLOCK_NONE));
	ASSERT_EQ(1 + 2 + 1 + 2,
		  memblock_count_hugetlb(SZ_512M, NUMA_NO_NODE, MEMBLOCK_NONE));

	memblock_set_node(RAM + SZ_2G, SZ_2G, &memblock.memory, 1);
	if (IS_ENABLED(CONFIG_NUMA)) {
		ASSERT_EQ(1, memblock_count_hugetlb(SZ_1G, 0, MEMBLOCK_NONE));
		ASSERT_EQ(1, memblock_count_hugetlb(SZ_1G, 1, MEMBLOCK_NONE));
		ASSERT_EQ(0, memblock_count_hugetlb(SZ_256M, 1,
						    MEMBLOCK_KHO_UNPRESERVED));
	}

	end_handover();
	return 0;
}

static phys_addr_t alloc_unpreserved(phys_addr_t size, phys_addr_t start,
				     phys_addr_t end, int nid)
{
	return memblock_phys_alloc_unpreserved(size, SZ_4K, start, end, nid);
}

/* Expect enough to be left to boot with: 1/32 of memory and 32 MiB. */
static int kho_alloc_unpreserved_left_check(void)
{
	const phys_addr_t base = RAM + SZ_1G, left = RAM_SIZE / 32 + SZ_32M;
	const phys_addr_t end = base + left - SCRATCH_SIZE + SZ_1M;

	PREFIX_PUSH();
	setup_handover();
	ASSERT_ONCE(0, alloc_unpreserved(SZ_4K, 0, MEMBLOCK_ALLOC_ANYWHERE,
					 NUMA_NO_NODE));
	memblock_mark_kho_unpreserved(base, end - base);
	ASSERT_ONCE(0, alloc_unpreserved(SZ_1M + SZ_4K, 0,
					 MEMBLOCK_ALLOC_ANYWHERE, NUMA_NO_NODE));
	ASSERT_ONCE(end - SZ_1M, alloc_unpreserved(SZ_1M, 0,
						   MEMBLOCK_ALLOC_ANYWHERE,
						   NUMA_NO_NODE));
	ASSERT_ONCE(0, alloc_unpreserved(SZ_4K, 0, MEMBLOCK_ALLOC_ANYWHERE,
					 NUMA_NO_NODE));

	end_handover();
	return 0;
}

/*
 * Expect it where the caller wants it, and never in scratch; that it is the
 * kernel's, that kmemleak knows it, and that it is accepted.
 */
static int kho_alloc_unpreserved_check(void)
{
	const phys_addr_t base = RAM + SZ_1G, end = base + SZ_512M;

	PREFIX_PUSH();
	setup_handover();
	memblock_mark_kho_scratch(RAM, SZ_1G);
	memblock_mark_kho_unpreserved(base, SZ_512M);

	ASSERT_ONCE(0, alloc_unpreserved(SZ_1M, 0, base, NUMA_NO_NODE));
	ASSERT_ONCE(0, alloc_unpreserved(SZ_1M, end, RAM + RAM_SIZE,
					 NUMA_NO_NODE));
	ASSERT_EQ(0, memblock.reserved.total_size);
	ASSERT_ONCE(base + SZ_1M, alloc_unpreserved(SZ_1M, 0, base + SZ_2M,
						    NUMA_NO_NODE));
	ASSERT_ONCE(0, alloc_unpreserved(SZ_2M, end - SZ_1M,
					 MEMBLOCK_ALLOC_ANYWHERE, NUMA_NO_NODE));
	ASSERT_ONCE(end - SZ_16M, memblock_phys_alloc_unpreserved(SZ_4K, SZ_16M,
								  0, end,
								  NUMA_NO_NODE));
	memblock_set_current_limit(base + SZ_16M);
	ASSERT_ONCE(base + SZ_8M, alloc_unpreserved(SZ_8M, 0,
						    MEMBLOCK_ALLOC_ACCESSIBLE,
						    NUMA_NO_NODE));

	ASSERT_EQ(MEMBLOCK_RSRV_KERN, reserved_at(base + SZ_8M)->flags);
	ASSERT_EQ(SZ_8M, reserved_at(base + SZ_8M)->size);
	ASSERT_EQ(base + SZ_8M, accepted);
	ASSERT_EQ(SZ_8M, accepted_size);
	ASSERT_EQ(base + SZ_8M, kmemleak);
	ASSERT_EQ(SZ_8M, kmemleak_size);

	end_handover();
	return 0;
}

/* Expect no memory of another node, and that of all nodes to be what is left. */
static int kho_alloc_unpreserved_node_check(void)
{
	PREFIX_PUSH();
	setup_handover();
	memblock_set_node(RAM + SZ_2G, SZ_2G, &memblock.memory, 1);
	memblock_mark_kho_unpreserved(RAM + SZ_1G, SZ_512M);

	if (IS_ENABLED(CONFIG_NUMA)) {
		ASSERT_ONCE(0, alloc_unpreserved(SZ_1M, 0,
						 MEMBLOCK_ALLOC_ANYWHERE, 1));
		memblock_mark_kho_unpreserved(RAM + SZ_2G, SZ_1M);
		ASSERT_ONCE(RAM + SZ_2G,
			    alloc_unpreserved(SZ_1M, 0, MEMBLOCK_ALLOC_ANYWHERE,
					      1));
	}

	end_handover();
	return 0;
}

/* Expect nothing to be done about regions that are not handed over. */
static int kho_reserve_mem_off_check(void)
{
	phys_addr_t phys;

	PREFIX_PUSH();
	reset_memblock_regions();
	memblock_add_node(RAM, RAM_SIZE, 0, MEMBLOCK_NONE);

	tracked = 0;
	phys = memblock_alloc_reserve_mem("new", 100, 64);
	/* From the top, at a multiple of 64. */
	ASSERT_EQ(RAM + RAM_SIZE - 128, phys);
	ASSERT_EQ(100, memblock.reserved.total_size);
	ASSERT_EQ(0, tracked);

	test_pass_pop();
	return 0;
}

/*
 * Expect a new region of reserve_mem= to have pages of its own outside of scratch,
 * or none.
 */
static int kho_reserve_mem_check(void)
{
	const phys_addr_t end = RAM + SZ_2G;
	phys_addr_t phys;

	PREFIX_PUSH();
	setup_handover();
	enabled = true;

	tracked = 0;
	catch_output();
	phys = memblock_alloc_reserve_mem("nowhere", SZ_4K, SZ_4K);
	ASSERT_TRUE(caught_output("booting without it"));
	ASSERT_EQ(0, phys);
	ASSERT_EQ(0, tracked);
	ASSERT_EQ(0, memblock.reserved.total_size);

	memblock_mark_kho_unpreserved(RAM + SZ_1G, SZ_1G);

	phys = memblock_alloc_reserve_mem("new", SZ_4K + 100, 8);
	ASSERT_EQ(end - SZ_8K, phys);
	ASSERT_EQ(phys, tracked);
	ASSERT_EQ(SZ_4K + 100, tracked_size);
	ASSERT_EQ(SZ_8K, memblock.reserved.total_size);
	/* Memory for others. */
	ASSERT_EQ(MEMBLOCK_NONE, reserved_at(phys)->flags);
	ASSERT_EQ(SZ_8K, reserved_at(phys)->size);
	ASSERT_ONCE(end - SZ_1M, memblock_alloc_reserve_mem("aligned", SZ_4K,
							    SZ_1M));

	tracked = 0;
	catch_output();
	phys = memblock_alloc_reserve_mem("large", SZ_2G, SZ_4K);
	ASSERT_TRUE(caught_output("booting without it"));
	ASSERT_EQ(0, phys);
	ASSERT_EQ(0, tracked);

	enabled = false;
	end_handover();
	return 0;
}

/* Expect a region that was handed over to be taken, and not to be the kernel's. */
static int kho_reserve_mem_revive_check(void)
{
	PREFIX_PUSH();
	setup_handover();
	enabled = true;

	revived = RAM;
	memblock_reserve_kern(RAM, SZ_8K);
	ASSERT_ONCE(RAM, memblock_alloc_reserve_mem("old", SZ_4K, SZ_4K));
	ASSERT_EQ(RAM, tracked);
	ASSERT_EQ(SZ_4K, tracked_size);
	ASSERT_EQ(SZ_8K, memblock.reserved.total_size);
	ASSERT_EQ(SZ_4K, kern_size());
	revived = 0;

	enabled = false;
	end_handover();
	return 0;
}

void kho_alloc_checks(void)
{
	kho_hugetlb_check();
	kho_hugetlb_node_check();
	kho_mark_hugetlb_check();
	kho_count_check();
	kho_alloc_unpreserved_left_check();
	kho_alloc_unpreserved_check();
	kho_alloc_unpreserved_node_check();
	kho_reserve_mem_off_check();
	kho_reserve_mem_check();
	kho_reserve_mem_revive_check();
}
