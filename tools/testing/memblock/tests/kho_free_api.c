// SPDX-License-Identifier: GPL-2.0
/* What kexec handover does when memblock is released, and what is free by then. */
#include "kho_api.h"

/* Allocated by kho_memory_init(), on node 0. */
static phys_addr_t init_alloc;
static unsigned int nr_init, nr_release;
static unsigned long freed, added;

static bool scratch_only(void)
{
	return memblock_kho_scratch_only ||
	       !IS_ENABLED(CONFIG_MEMBLOCK_KHO_SCRATCH);
}

/* Before anything was released, and memory may be preserved. */
void kho_memory_init(void)
{
	nr_init++;
	ASSERT_TRUE(scratch_only());
	ASSERT_EQ(0, nr_release);
	ASSERT_EQ(0, freed);
	init_alloc = memblock_phys_alloc(SZ_1M, SZ_4K);
}

/* After the last change of memblock.reserved, and before the first page is free. */
void kho_memory_release(void)
{
	nr_release++;
	ASSERT_TRUE(scratch_only());
	ASSERT_EQ(1, nr_init);
	ASSERT_EQ(0, freed);
	if (IS_ENABLED(CONFIG_NUMA))
		ASSERT_EQ(0, memblock_get_region_node(reserved_at(init_alloc)));
}

#ifdef CONFIG_KEXEC_HANDOVER
/* mm/kho.c: the first page of each range was handed over. */
unsigned long kho_mm_free_early(unsigned long pfn, unsigned long end,
				void (*free)(unsigned long pfn,
					     unsigned long end))
{
	free(pfn + 1, end);
	return end - pfn - 1;
}
#endif

void kho_test_free_pages(struct page *page, unsigned long pfn,
			 unsigned int order)
{
	ASSERT_EQ(1, nr_release);
	freed += 1UL << order;
}

void kho_test_add_pages(long pages)
{
	added += pages;
}

/* Expect all to be freed that is neither reserved nor preserved, in order. */
static int kho_free_all_check(void)
{
	unsigned long ranges = 0, expected;

	PREFIX_PUSH();
	setup_handover();
	memblock_reserve(RAM + SZ_2G, SZ_1M);

	max_low_pfn = PHYS_PFN(RAM + RAM_SIZE);
	memblock_free_all();
	ASSERT_EQ(1, nr_init);
	ASSERT_EQ(1, nr_release);
	ASSERT_FALSE(memblock_kho_scratch_only);
	if (IS_ENABLED(CONFIG_KEXEC_HANDOVER)) {
		ASSERT_TRUE(inside(init_alloc, SZ_1M, SCRATCH, SCRATCH_SIZE));
		/* Below scratch, in it, above it, above what is reserved. */
		ranges = 4;
	}
	expected = PHYS_PFN(RAM_SIZE - SZ_2M) - ranges;
	ASSERT_EQ(expected, freed);
	ASSERT_EQ(expected, added);

	end_handover();
	return 0;
}

/* Expect what is preserved not to count as free, and scratch to. */
static int kho_estimated_nr_free_check(void)
{
	const unsigned long pages = PHYS_PFN(RAM_SIZE - SZ_1M);

	PREFIX_PUSH();
	setup_handover();
	memblock_reserve(RAM, SZ_1M);

	ASSERT_EQ(pages, memblock_estimated_nr_free_pages());
	kho_answer_nr_pages(1000, 0);
	ASSERT_EQ(pages - 1000, memblock_estimated_nr_free_pages());
	kho_answer_nr_pages(1000, 10);
	ASSERT_EQ(pages - 1000 + 10, memblock_estimated_nr_free_pages());
	/* More than there is, as far as is known. */
	kho_answer_nr_pages(pages + 1, 10);
	ASSERT_EQ(10, memblock_estimated_nr_free_pages());
	kho_answer_nr_pages(0, 0);

	end_handover();
	return 0;
}

void kho_free_checks(void)
{
	kho_free_all_check();
	kho_estimated_nr_free_check();
}
