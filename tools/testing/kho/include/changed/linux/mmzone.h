/* SPDX-License-Identifier: GPL-2.0 */
/* Nodes and sections follow the ranges of the machine, see sim/ram.c. */
#ifndef _KHO_TEST_LINUX_MMZONE_H
#define _KHO_TEST_LINUX_MMZONE_H

#include <linux/io.h>
#include <linux/numa.h>
#include <linux/pfn.h>
#include <linux/types.h>

#ifndef MAX_PAGE_ORDER
#define MAX_PAGE_ORDER	(PAGE_SHIFT == 12 ? 10 : PAGE_SHIFT == 14 ? 11 : 13)
#endif

#define pageblock_order		((unsigned int)(PAGE_SHIFT - 3 < MAX_PAGE_ORDER ? \
						PAGE_SHIFT - 3 : MAX_PAGE_ORDER))
#define pageblock_nr_pages	(1UL << pageblock_order)

#define pageblock_aligned(pfn)	(!((pfn) & (pageblock_nr_pages - 1)))
#define pageblock_start_pfn(pfn)	((pfn) & ~(pageblock_nr_pages - 1))
#define pageblock_align(pfn)	pageblock_start_pfn((pfn) + pageblock_nr_pages - 1)
#define MAX_ORDER_NR_PAGES	(1UL << MAX_PAGE_ORDER)

enum migratetype {
	MIGRATE_UNMOVABLE,
	MIGRATE_MOVABLE,
	MIGRATE_CMA,
};

enum zone_type {
	ZONE_NORMAL,
	ZONE_MOVABLE,
};

enum meminit_context {
	MEMINIT_EARLY,
};

#define PFN_SECTION_SHIFT	(27 - PAGE_SHIFT)
#define PAGES_PER_SECTION	(1UL << PFN_SECTION_SHIFT)
#define SECTION_ALIGN_DOWN(pfn)	((pfn) & ~(PAGES_PER_SECTION - 1))

/* One for all memory. */
struct zone {
	unsigned long cma_pages;
	unsigned long zone_start_pfn;
	atomic_long_t managed_pages;
};

extern struct zone sim_zone;

#define zone_to_nid(zone)	((void)(zone), NUMA_NO_NODE)
#define zone_end_pfn(zone)	((void)(zone), PHYS_PFN(SIM_PHYS_END))

/* Nobody counts the pages of a node. */
#define MAX_NR_ZONES		1

typedef struct pglist_data {
	struct zone node_zones[MAX_NR_ZONES];
} pg_data_t;

#define for_each_online_pgdat(pgdat)					\
	for ((pgdat) = NULL; (pgdat); (pgdat)++)

/* One bit tells whether it was there at boot. */
struct mem_section;

int pfn_to_nid(unsigned long pfn);
struct mem_section *__pfn_to_section(unsigned long pfn);
int early_section(const struct mem_section *section);

#define early_pfn_to_nid(pfn)	pfn_to_nid(pfn)

#endif /* _KHO_TEST_LINUX_MMZONE_H */
