// SPDX-License-Identifier: GPL-2.0
/* What gigantic pages are broken by an allocation after a kexec handover. */
#include "kho_api.h"

/* 16 MiB, a free block of the smallest gigantic page, and 16 MiB again. */
#define BASE			(RAM + SZ_1G)
#define HEAD			(BASE + SZ_16M)
#define BLOCK			(BASE + SZ_32M)
#define TAIL			(BASE + SZ_64M)
#define TAIL_END		(TAIL + SZ_16M)

/* No scratch, and one range in which nothing was preserved. */
static void setup_sparing(phys_addr_t start, phys_addr_t end)
{
	setup_handover();
	memblock_clear_kho_scratch(SCRATCH, SCRATCH_SIZE);
	memblock_mark_kho_unpreserved(start, end - start);
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
	setup_sparing(RAM + SZ_1G, hole);
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

/* Expect the tail of a range first, then its head, and the block at last. */
static int kho_sparing_order_check(void)
{
	PREFIX_PUSH();
	setup_sparing(HEAD, TAIL_END);

	ASSERT_ONCE(TAIL, memblock_phys_alloc(SZ_16M, SZ_4K));
	ASSERT_ONCE(HEAD, memblock_phys_alloc(SZ_16M, SZ_4K));
	ASSERT_ONCE(BLOCK + SZ_16M, memblock_phys_alloc(SZ_16M, SZ_4K));

	end_handover();
	return 0;
}

/* Expect nothing above the bound, and the block to be spared below it, too. */
static int kho_sparing_end_check(void)
{
	PREFIX_PUSH();
	setup_sparing(HEAD, TAIL_END);

	ASSERT_ONCE(0, memblock_phys_alloc_range(SZ_1M, SZ_4K, 0, HEAD));
	ASSERT_ONCE(HEAD + SZ_1M,
		    memblock_phys_alloc_range(SZ_1M, SZ_4K, 0, HEAD + SZ_2M));
	ASSERT_ONCE(BLOCK - SZ_1M,
		    memblock_phys_alloc_range(SZ_1M, SZ_4K, 0, TAIL));
	ASSERT_ONCE(TAIL + SZ_1M,
		    memblock_phys_alloc_range(SZ_1M, SZ_4K, 0, TAIL + SZ_2M));
	/* No bound: the tail again. */
	ASSERT_ONCE(TAIL_END - SZ_1M,
		    memblock_phys_alloc_range(SZ_1M, SZ_4K, 0,
					      MEMBLOCK_ALLOC_ANYWHERE));

	end_handover();
	return 0;
}

/* Expect that of memblock where the caller has none of its own. */
static int kho_sparing_current_limit_check(void)
{
	PREFIX_PUSH();
	setup_sparing(HEAD, TAIL_END);
	memblock_set_current_limit(TAIL);

	ASSERT_ONCE(BLOCK - SZ_1M, memblock_phys_alloc(SZ_1M, SZ_4K));
	ASSERT_ONCE(BLOCK - SZ_2M,
		    memblock_phys_alloc_range(SZ_1M, SZ_4K, 0,
					      MEMBLOCK_ALLOC_NOLEAKTRACE));

	end_handover();
	return 0;
}

/* Expect nothing below the bound, and the block to be spared above it, too. */
static int kho_sparing_start_check(void)
{
	const phys_addr_t start = HEAD + SZ_4M;

	PREFIX_PUSH();
	setup_sparing(HEAD, TAIL_END);

	ASSERT_ONCE(start, memblock_phys_alloc_range(SZ_8M + SZ_4M, SZ_4K, start,
						     TAIL));
	/* The rest of the tail is too small, the head is below. */
	ASSERT_ONCE(0, memblock_phys_alloc_range(SZ_8M + SZ_4M, SZ_4K,
						 TAIL + SZ_8M, TAIL_END));
	ASSERT_ONCE(TAIL + SZ_8M, memblock_phys_alloc_range(SZ_8M, SZ_4K,
							    TAIL + SZ_8M,
							    TAIL_END));
	end_handover();

	PREFIX_PUSH();
	setup_sparing(HEAD, TAIL_END);
	/* The rest of the head is too small, the tail is above. */
	ASSERT_ONCE(TAIL - SZ_16M,
		    memblock_phys_alloc_range(SZ_16M, SZ_4K, start, TAIL));
	end_handover();
	return 0;
}

/* Expect no part of the first page of memory, and nothing below address 0. */
static int kho_sparing_first_page_check(void)
{
	PREFIX_PUSH();
	setup_sparing(RAM, RAM);
	memblock_add_node(0, SZ_64K, 0, MEMBLOCK_NONE);
	memblock_mark_kho_unpreserved(0, SZ_8K);

	ASSERT_ONCE(0, memblock_phys_alloc(SZ_4K + SZ_2K, SZ_1K));
	ASSERT_ONCE(0, memblock_phys_alloc(SZ_64K, SZ_4K));
	ASSERT_ONCE(SZ_4K, memblock_phys_alloc(SZ_4K, SZ_1K));

	end_handover();
	return 0;
}

/* Expect alignment, and nothing below the range because of it. */
static int kho_sparing_align_check(void)
{
	PREFIX_PUSH();
	setup_sparing(HEAD, BLOCK);

	ASSERT_ONCE(0, memblock_phys_alloc(SZ_1M, SZ_32M));
	ASSERT_ONCE(HEAD + SZ_8M, memblock_phys_alloc(SZ_1M, SZ_8M));
	ASSERT_ONCE(HEAD, memblock_phys_alloc(SZ_1M, SZ_16M));
	end_handover();

	PREFIX_PUSH();
	setup_sparing(HEAD, TAIL_END);
	ASSERT_ONCE(TAIL_END - SZ_8M, memblock_phys_alloc(SZ_1M, SZ_8M));
	ASSERT_ONCE(BLOCK - SZ_8M,
		    memblock_phys_alloc_range(SZ_1M, SZ_8M, 0, TAIL));
	end_handover();
	return 0;
}

/*
 * Expect a range that holds no block at all to be taken first, whether it crosses
 * from one to the next or lies within, and however large the allocation is.
 */
static int kho_sparing_no_block_check(void)
{
	const phys_addr_t two = BASE + SZ_512M + SZ_32M;

	PREFIX_PUSH();
	/* Above each, there is a range of two blocks of 32 MiB. */
	setup_sparing(HEAD, BLOCK + SZ_16M);
	memblock_mark_kho_unpreserved(two, SZ_64M);
	ASSERT_ONCE(BLOCK - SZ_8M, memblock_phys_alloc(SZ_16M + SZ_8M, SZ_4K));
	end_handover();

	PREFIX_PUSH();
	setup_sparing(BLOCK + SZ_8M, BLOCK + SZ_16M);
	memblock_mark_kho_unpreserved(two, SZ_64M);
	ASSERT_ONCE(BLOCK + SZ_8M, memblock_phys_alloc(SZ_8M, SZ_4K));
	ASSERT_ONCE(0, memblock_phys_alloc_range(SZ_16M, SZ_4K, 0, two));
	end_handover();

	PREFIX_PUSH();
	setup_sparing(BASE + SZ_1M, TAIL - SZ_1M);
	memblock_mark_kho_unpreserved(two, SZ_64M);
	ASSERT_ONCE(TAIL - SZ_1M - SZ_32M - SZ_8M,
		    memblock_phys_alloc(SZ_32M + SZ_8M, SZ_4K));
	end_handover();
	return 0;
}

/*
 * Expect gigantic pages of the smallest size to be broken first. For each size
 * there is a range that consists of two smaller pages, the larger ones above.
 */
static int kho_sparing_sizes_check(void)
{
	const phys_addr_t apart = (phys_addr_t)SZ_16G * 4;
	phys_addr_t size, base;

	PREFIX_PUSH();
	setup_sparing(RAM, RAM);
	for (size = SZ_32M, base = apart; size <= SZ_16G; size *= 2) {
		memblock_add_node(base + size / 2, size, 0, MEMBLOCK_NONE);
		memblock_mark_kho_unpreserved(base + size / 2, size);
		base += apart;
	}
	memblock_add_node(base, apart, 0, MEMBLOCK_NONE);
	memblock_mark_kho_unpreserved(base, apart);

	for (size = SZ_32M, base = apart; size <= SZ_16G; size *= 2) {
		ASSERT_ONCE(base + size / 2 + SZ_1M,
			    memblock_phys_alloc(size - SZ_1M, SZ_4K));
		base += apart;
	}
	/* There is as much only in what holds pages of all sizes. */
	ASSERT_ONCE(base + apart - SZ_2M, memblock_phys_alloc(SZ_2M, SZ_4K));

	end_handover();
	return 0;
}

/* Expect the node that was asked for, though another would break less. */
static int kho_sparing_node_check(void)
{
	PREFIX_PUSH();
	setup_sparing(BASE, BASE + SZ_64M);
	memblock_set_node(RAM + SZ_2G, SZ_2G, &memblock.memory, 1);
	memblock_mark_kho_unpreserved(RAM + SZ_2G + SZ_16M, SZ_8M);

	if (IS_ENABLED(CONFIG_NUMA))
		ASSERT_ONCE(BASE + SZ_64M - SZ_1M,
			    memblock_phys_alloc_try_nid(SZ_1M, SZ_4K, 0));
	ASSERT_ONCE(RAM + SZ_2G + SZ_16M + SZ_8M - SZ_1M,
		    memblock_phys_alloc(SZ_1M, SZ_4K));

	end_handover();
	return 0;
}

void kho_sparing_checks(void)
{
	kho_sparing_check();
	kho_sparing_order_check();
	kho_sparing_end_check();
	kho_sparing_current_limit_check();
	kho_sparing_start_check();
	kho_sparing_first_page_check();
	kho_sparing_align_check();
	kho_sparing_no_block_check();
	kho_sparing_sizes_check();
	kho_sparing_node_check();
}
