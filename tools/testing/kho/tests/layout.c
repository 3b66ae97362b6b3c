// SPDX-License-Identifier: GPL-2.0

#include <linux/mutex.h>

#include "layout.h"

#define SCRATCH		MiB(16)
#define SCRATCH_SIZE	MiB(16)
/* A hole before the window. */
#define LOWEST		(PHYS_PFN(LAYOUT_SPARE) + LAYOUT_SPARE_PAGES + 64)

static const struct sim_machine machine = {
	.ram = { { .start = 0, .size = SIM_PHYS_END } },
};

static struct kho_scratch scratch = { SCRATCH, SCRATCH_SIZE };
static unsigned char pages[LAYOUT_MAX_PAGES], heads[LAYOUT_MAX_PAGES];

void layout_power_on(void)
{
	sim_power_on(&machine);
}

/* A part of the window that is memory, perhaps with odd ends. */
static void add_memory(struct layout *l, unsigned long first, unsigned long end,
		       int nid)
{
	phys_addr_t start = PFN_PHYS(l->base + first);
	phys_addr_t stop = PFN_PHYS(l->base + end);

	if (!layout_below(l, 4))
		start += 1 + layout_below(l, PAGE_SIZE - 1);
	if (!layout_below(l, 4))
		stop -= 1 + layout_below(l, PAGE_SIZE - 1);
	if (start >= stop)
		return;

	sim_never(memblock_add_node(start, stop - start, nid,
				    MEMBLOCK_NONE));
	first = PFN_UP(start) - l->base;
	end = PFN_DOWN(stop) - l->base;
	if (first < end)
		memset(l->page + first, PAGE_MEMORY, end - first);
}

/* Places where bitmaps, tables and digest blocks begin and end. */
static unsigned long any_base(struct layout *l, unsigned long nr)
{
	const unsigned long leaf = KHO_RADIX_LEAF_MASK + 1;
	unsigned long base;

	switch (layout_below(l, 4)) {
	case 0:
		base = leaf;
		break;
	case 1:
		base = leaf * (1 + nr / leaf) - nr / 2;
		break;
	case 2:
		base = 5 * MAX_ORDER_NR_PAGES + layout_below(l, 64);
		break;
	default:
		base = layout_below(l, 1UL << 18);
	}
	base = min(base & ~(layout_below(l, 2) * 63),
		   PHYS_PFN(SIM_PHYS_END) - nr);
	return max(base, LOWEST);
}

void layout_map(struct layout *l, unsigned long nr)
{
	unsigned long first = 0, end;
	int nid = 0;

	sim_reset_kernel();
	memblock_allow_resize();
	sim_log_clear();
	l->page = pages;
	l->head = heads;
	l->nr = nr;
	l->base = any_base(l, nr);
	l->nr_runs = 0;
	sim_never(l->nr > LAYOUT_MAX_PAGES);
	memset(l->page, 0, nr);

	sim_never(memblock_add_node(SCRATCH, SCRATCH_SIZE, 0, MEMBLOCK_NONE) ||
		  memblock_mark_kho_scratch(SCRATCH, SCRATCH_SIZE) ||
		  memblock_add_node(LAYOUT_SPARE, LAYOUT_SPARE_PAGES * PAGE_SIZE,
				    0, MEMBLOCK_NONE));
	memblock_set_kho_scratch_only();
	kho_scratch_adopt(&scratch, 1);

	while (first < nr) {
		end = nr;
		if (layout_below(l, 3))
			end = first + 1 + layout_below(l, nr - first);
		add_memory(l, first, end, nid);
		first = end + (layout_below(l, 2) ? layout_below(l, 70) : 0);
		nid = (nid + layout_below(l, 2)) % MAX_NUMNODES;
	}

	l->next_spare = PHYS_PFN(LAYOUT_SPARE);
	l->root = PFN_PHYS(l->next_spare++);
	memset(phys_to_virt(l->root), 0, PAGE_SIZE);
}

/* In the window, or if there is no room, aside. */
static phys_addr_t new_table(struct layout *l)
{
	unsigned long i = layout_below(l, 2 * l->nr), pfn;

	if (i < l->nr && l->page[i] == PAGE_MEMORY) {
		l->page[i] |= PAGE_TABLE;
		pfn = l->base + i;
	} else {
		pfn = l->next_spare++;
		sim_never(l->next_spare > PHYS_PFN(LAYOUT_SPARE) + LAYOUT_SPARE_PAGES);
	}
	memset(phys_to_virt(PFN_PHYS(pfn)), 0, PAGE_SIZE);
	return PFN_PHYS(pfn);
}

static unsigned long *find_leaf(struct layout *l, unsigned long key)
{
	u64 *slot, *table = phys_to_virt(l->root);
	unsigned int level;

	for (level = KHO_RADIX_ROOT_LEVEL; level; level--) {
		slot = &table[kho_radix_index(key, level)];
		if (!*slot)
			*slot = new_table(l);
		table = phys_to_virt(*slot);
	}
	return (unsigned long *)table;
}

static bool can_add(struct layout *l, unsigned long pfn, unsigned int order)
{
	unsigned long i = pfn - l->base, end = i + (1UL << order);

	if (pfn < l->base || pfn & ((1UL << order) - 1) || end > l->nr)
		return false;
	for (; i < end; i++)
		if ((l->page[i] & ~(l->twice ? PAGE_KEY : 0)) != PAGE_MEMORY)
			return false;
	return true;
}

bool layout_add(struct layout *l, unsigned long pfn, unsigned long nr,
		unsigned int order)
{
	unsigned long key, *leaf;
	bool all = true;

	if (l->nr_runs == LAYOUT_MAX_BLOCKS)
		return false;

	l->runs[l->nr_runs] = (struct layout_run) { pfn, 0, order };
	for (; nr--; pfn += 1UL << order) {
		key = kho_key_encode(pfn, order);
		leaf = NULL;
		/* A table may take the place. */
		if (can_add(l, pfn, order))
			leaf = find_leaf(l, key);
		key &= KHO_RADIX_LEAF_MASK;
		if (!leaf || !can_add(l, pfn, order) || test_bit(key, leaf)) {
			all = false;
			if (l->runs[l->nr_runs].nr &&
			    ++l->nr_runs == LAYOUT_MAX_BLOCKS)
				return false;
			l->runs[l->nr_runs] = (struct layout_run) {
				pfn + (1UL << order), 0, order };
			continue;
		}
		__set_bit(key, leaf);
		l->runs[l->nr_runs].nr++;
		memset(l->page + pfn - l->base, PAGE_MEMORY | PAGE_KEY,
		       1UL << order);
	}
	if (l->runs[l->nr_runs].nr)
		l->nr_runs++;
	return all;
}

void layout_fill(struct layout *l, unsigned int times)
{
	unsigned long pfn, step, i, nr;
	unsigned int order;

	while (times--) {
		order = layout_below(l, 2) ? layout_below(l, 4) :
					     layout_below(l, ilog2(l->nr) + 1);
		pfn = (l->base + layout_below(l, l->nr)) >> order << order;
		nr = max(l->nr >> order, 1UL);
		switch (layout_below(l, 6)) {
		case 0:		/* a few blocks anywhere */
			for (i = layout_below(l, 8); i--;)
				layout_add(l, (l->base + layout_below(l, l->nr))
					   >> order << order, 1, order);
			break;
		case 1:		/* a run */
			layout_add(l, pfn, 1 + layout_below(l, nr), order);
			break;
		case 2:		/* every other one, or one of several */
			step = 2 + (layout_below(l, 2) ? layout_below(l, 64) : 0);
			nr = min(1 + layout_below(l, nr), 64UL);
			for (i = 0; i < nr; i++)
				layout_add(l, pfn + ((i * step) << order), 1,
					   order);
			break;
		case 3:		/* all that there is */
			layout_add(l, ALIGN(l->base, 1UL << order), nr, order);
			break;
		case 4:		/* a range of pages as kho_preserve_pages() cuts it */
			nr = 1 + layout_below(l, l->nr);
			for (pfn = l->base + layout_below(l, l->nr); nr;
			     pfn += 1UL << order, nr -= 1UL << order) {
				order = ilog2(nr);
				if (pfn)
					order = min_t(unsigned int, order,
						      __ffs(pfn));
				layout_add(l, pfn, 1, order);
			}
			break;
		default:	/* to the end of all memory, and the first page */
			layout_add(l, (l->base + l->nr - 1) >> order << order, 1,
				   order);
			layout_add(l, ALIGN(l->base, 1UL << order), 1, order);
		}
	}
}

void layout_reserve(struct layout *l, unsigned int nr)
{
	phys_addr_t base = PFN_PHYS(l->base), start, size;
	unsigned long i;

	while (nr--) {
		start = base + layout_below(l, l->nr * PAGE_SIZE);
		size = 1 + layout_below(l, layout_below(l, 2) ? PAGE_SIZE :
					   64 * PAGE_SIZE);
		if (layout_below(l, 2)) {
			start = ALIGN_DOWN(start, PAGE_SIZE);
			size = ALIGN(size, PAGE_SIZE);
		}
		size = min(size, base + PFN_PHYS(l->nr) - start);
		/* Tables are not lost, nobody reserved them in time. */
		for (i = PFN_DOWN(start); i < PFN_UP(start + size); i++)
			if (l->page[i - l->base] & PAGE_TABLE)
				break;
		if (i < PFN_UP(start + size))
			continue;
		sim_never(__memblock_reserve(start, size, NUMA_NO_NODE,
					     layout_below(l, 2) ?
					     MEMBLOCK_RSRV_KERN : 0));
		for (i = PFN_DOWN(start); i < PFN_UP(start + size); i++)
			l->page[i - l->base] |= PAGE_RESERVED;
	}
}

static int read_table(u64 phys, void *data)
{
	struct layout *l = data;

	l->nr_tables++;
	kho_digest_add(&l->digest, PHYS_PFN(phys), PHYS_PFN(phys) + 1);
	return 0;
}

static void read_leaf(const struct kho_radix_leaf *leaf, unsigned long key,
		      void *data)
{
	struct layout *l = data;

	kho_digest_add_leaf(&l->digest, leaf, key);
}

static int own_table(u64 phys, void *data)
{
	return kho_own_add(PHYS_PFN(phys));
}

static void own_leaf(const struct kho_radix_leaf *leaf, unsigned long key,
		     void *data)
{
}

int layout_read(struct layout *l, int order)
{
	const struct kho_tree_visitor own = {
		.table = own_table,
		.leaf = own_leaf,
	};
	const struct kho_tree_visitor visitor = {
		.table = read_table,
		.leaf = read_leaf,
		.data = l,
	};
	static unsigned long map[1UL << 18];
	unsigned long end = PFN_UP(memblock_end_of_DRAM()), twice;
	size_t size = kho_digest_size(&l->digest, end);
	int err;

	if (order >= 0) {
		l->digest.order = order;
		l->digest.nr = DIV_ROUND_UP(end, BIT(order));
		size = BITS_TO_LONGS(l->digest.nr) * sizeof(long);
	}
	sim_never(size > sizeof(map));
	memset(map, 0, size);
	kho_digest_start(&l->digest, map);
	l->nr_tables = 0;
	err = kho_tree_check_tables(l->root, &visitor, &l->fault) ?:
	      kho_tree_check_keys(l->root, l->digest.orders, &l->fault);
	if (err)
		return err;

	sim_never(kho_own_start(l->nr_tables));
	sim_never(kho_tree_check_tables(l->root, &own, &l->fault));
	return kho_own_finish(&twice);
}

/* A block that a reserved region has, but not all of it. */
static bool is_lost(struct layout *l, unsigned long pfn, unsigned long nr)
{
	struct memblock_region *r;
	unsigned long first, end;

	for (first = pfn - l->base; first < pfn - l->base + nr; first++)
		if (l->page[first] & PAGE_RESERVED)
			break;
	if (first == pfn - l->base + nr)
		return false;

	for_each_reserved_mem_region(r) {
		first = PFN_DOWN(r->base);
		end = PFN_UP(r->base + r->size);
		if (first < pfn + nr && pfn < end &&
		    (pfn < first || pfn + nr > end))
			return true;
	}
	return false;
}

void layout_judge(struct layout *l)
{
	unsigned int order = BITS_PER_LONG, i;
	const struct layout_run *run;
	unsigned long n, page, k;

	memset(l->head, 0, l->nr);
	while (order--)
		for (i = 0; i < l->nr_runs; i++) {
			run = &l->runs[i];
			if (run->order != order)
				continue;
			for (n = 0; n < run->nr; n++) {
				page = run->pfn + (n << order);
				if (is_lost(l, page, 1UL << order))
					continue;
				page -= l->base;
				if (!(l->page[page] & PAGE_PRESERVED))
					l->head[page] = order + 1;
				for (k = 0; k < 1UL << order; k++)
					l->page[page + k] |= PAGE_PRESERVED;
			}
		}
	for (page = 0; page < l->nr; page++)
		if (l->page[page] & PAGE_TABLE) {
			l->page[page] |= PAGE_PRESERVED;
			l->head[page] = 1;
		}
}
