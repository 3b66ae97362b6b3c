// SPDX-License-Identifier: GPL-2.0
/*
 * memblock of the simulated machine: sorted lists of regions that are joined
 * only if they are alike, as mm/memblock.c with our patches has it.
 */

#include "sim.h"

struct sim_memblock sim_memory, sim_reserved;
bool sim_scratch_only;
/* So many regions and no more; tests may lower it. */
unsigned int sim_memblock_max = ARRAY_SIZE(sim_memory.regions);

void sim_memblock_reset(void)
{
	sim_memory.cnt = 0;
	sim_reserved.cnt = 0;
	sim_scratch_only = false;
	sim_memblock_max = ARRAY_SIZE(sim_memory.regions);
}

static phys_addr_t sim_end(const struct memblock_region *r)
{
	return r->base + r->size;
}

/* The first region that ends after @phys. */
static unsigned int sim_find(const struct sim_memblock *mb, phys_addr_t phys)
{
	unsigned int low = 0, high = mb->cnt, mid;

	while (low < high) {
		mid = (low + high) / 2;
		if (sim_end(&mb->regions[mid]) > phys)
			high = mid;
		else
			low = mid + 1;
	}
	return low;
}

static int sim_insert(struct sim_memblock *mb, unsigned int i,
		      struct memblock_region r)
{
	if (mb->cnt >= sim_memblock_max)
		return -ENOMEM;
	memmove(&mb->regions[i + 1], &mb->regions[i],
		(mb->cnt - i) * sizeof(r));
	mb->regions[i] = r;
	mb->cnt++;
	return 0;
}

static void sim_remove(struct sim_memblock *mb, unsigned int i)
{
	mb->cnt--;
	memmove(&mb->regions[i], &mb->regions[i + 1],
		(mb->cnt - i) * sizeof(mb->regions[0]));
}

/* Let a region begin at @phys if one goes across it. */
static int sim_split(struct sim_memblock *mb, phys_addr_t phys)
{
	unsigned int i = sim_find(mb, phys);
	struct memblock_region r;
	int err;

	if (i == mb->cnt || mb->regions[i].base >= phys)
		return 0;

	r = mb->regions[i];
	r.size = sim_end(&r) - phys;
	r.base = phys;
	err = sim_insert(mb, i + 1, r);
	if (!err)
		mb->regions[i].size -= r.size;
	return err;
}

/* Join what is alike between the neighbours of [@base, @end). */
static void sim_join(struct sim_memblock *mb, phys_addr_t base, phys_addr_t end)
{
	unsigned int i = sim_find(mb, base ? base - 1 : 0);

	while (i + 1 < mb->cnt && mb->regions[i].base <= end) {
		struct memblock_region *r = &mb->regions[i];

		if (sim_end(r) == r[1].base && r->flags == r[1].flags &&
		    r->nid == r[1].nid) {
			r->size += r[1].size;
			sim_remove(mb, i + 1);
		} else {
			i++;
		}
	}
}

static int sim_add(struct sim_memblock *mb, phys_addr_t base, phys_addr_t size,
		   int nid, unsigned int flags)
{
	phys_addr_t end = base + size, start = base;
	struct memblock_region r;
	unsigned int i;
	int err = 0;

	sim_never(end < base);
	for (i = sim_find(mb, base); !err && base < end; i++) {
		r = (struct memblock_region) { base, end - base, flags, nid };
		if (i < mb->cnt && mb->regions[i].base <= base) {
			/* There already; its attributes stay. */
			WARN_ON(flags && mb->regions[i].flags &&
				flags != mb->regions[i].flags);
			base = sim_end(&mb->regions[i]);
			continue;
		}
		if (i < mb->cnt)
			r.size = min(end, mb->regions[i].base) - base;
		err = sim_insert(mb, i, r);
		base += r.size;
	}
	sim_join(mb, start, end);
	return err;
}

static int sim_change_flags(struct sim_memblock *mb, phys_addr_t base,
			    phys_addr_t size, unsigned int flag, bool set)
{
	phys_addr_t end = base + min(size, PHYS_ADDR_MAX - base);
	unsigned int i;

	if (sim_split(mb, base) || sim_split(mb, end))
		return -ENOMEM;
	for (i = sim_find(mb, base); i < mb->cnt && mb->regions[i].base < end; i++)
		mb->regions[i].flags = set ? mb->regions[i].flags | flag :
					     mb->regions[i].flags & ~flag;
	sim_join(mb, base, end);
	return 0;
}

int memblock_add_node(phys_addr_t base, phys_addr_t size, int nid)
{
	int err = sim_add(&sim_memory, base, size, nid, MEMBLOCK_NONE);
	unsigned int i;

	/* memblock_set_node() */
	if (err || sim_split(&sim_memory, base) ||
	    sim_split(&sim_memory, base + size))
		return -ENOMEM;
	i = sim_find(&sim_memory, base);
	for (; i < sim_memory.cnt && sim_memory.regions[i].base < base + size; i++)
		sim_memory.regions[i].nid = nid;
	sim_join(&sim_memory, base, base + size);
	return 0;
}

int memblock_add(phys_addr_t base, phys_addr_t size)
{
	if (sim_should_fail())
		return -ENOMEM;
	return sim_add(&sim_memory, base, size, NUMA_NO_NODE, MEMBLOCK_NONE);
}

int __memblock_reserve(phys_addr_t base, phys_addr_t size, int nid,
		       enum memblock_flags flags)
{
	if (sim_should_fail())
		return -ENOMEM;
	return sim_add(&sim_reserved, base, size, nid, flags);
}

int memblock_reserve(phys_addr_t base, phys_addr_t size)
{
	return __memblock_reserve(base, size, NUMA_NO_NODE, MEMBLOCK_NONE);
}

static int sim_take_out(struct sim_memblock *mb, phys_addr_t base,
			phys_addr_t size)
{
	phys_addr_t end = base + min(size, PHYS_ADDR_MAX - base);
	unsigned int i;

	if (sim_split(mb, base) || sim_split(mb, end))
		return -ENOMEM;
	i = sim_find(mb, base);
	while (i < mb->cnt && mb->regions[i].base < end)
		sim_remove(mb, i);
	return 0;
}

int memblock_phys_free(phys_addr_t base, phys_addr_t size)
{
	return sim_take_out(&sim_reserved, base, size);
}

int memblock_remove(phys_addr_t base, phys_addr_t size)
{
	return sim_take_out(&sim_memory, base, size);
}

void memblock_free(void *ptr, size_t size)
{
	if (ptr)
		memblock_phys_free(__pa(ptr), size);
}

/* The highest place for @size bytes in [@start, @end), 0 if there is none. */
static phys_addr_t sim_find_place(phys_addr_t start, phys_addr_t end,
				  phys_addr_t size, phys_addr_t align)
{
	phys_addr_t base;
	unsigned int i;

	while (end > start && end - start >= size) {
		base = ALIGN_DOWN(end - size, align);
		if (base < start)
			return 0;
		i = sim_find(&sim_reserved, base);
		if (i == sim_reserved.cnt ||
		    sim_reserved.regions[i].base >= base + size)
			return base;
		end = sim_reserved.regions[i].base;
	}
	return 0;
}

/* In memory of a node, if it is not NUMA_NO_NODE, and with a flag, if not 0. */
static phys_addr_t sim_find_in(phys_addr_t size, phys_addr_t align,
			       phys_addr_t start, phys_addr_t end, int nid,
			       unsigned int flag)
{
	phys_addr_t base;
	unsigned int i;

	if (end == MEMBLOCK_ALLOC_ACCESSIBLE)
		end = PHYS_ADDR_MAX;
	start = max_t(phys_addr_t, start, PAGE_SIZE);

	for (i = sim_memory.cnt; i--;) {
		struct memblock_region *r = &sim_memory.regions[i];

		if (nid != NUMA_NO_NODE && r->nid != nid)
			continue;
		if (flag && !(r->flags & flag))
			continue;
		base = sim_find_place(max(start, r->base), min(end, sim_end(r)),
				      size, align);
		if (base)
			return base;
	}
	/* What is free beside scratch is the second choice. */
	if (flag == MEMBLOCK_KHO_SCRATCH)
		return sim_find_in(size, align, start, end, nid,
				   MEMBLOCK_KHO_UNPRESERVED);
	return 0;
}

phys_addr_t memblock_alloc_range_nid(phys_addr_t size, phys_addr_t align,
				     phys_addr_t start, phys_addr_t end,
				     int nid, bool exact_nid)
{
	unsigned int flag = sim_scratch_only ? MEMBLOCK_KHO_SCRATCH : 0;
	phys_addr_t base;

	if (sim_should_fail())
		return 0;

	base = sim_find_in(size, align, start, end, nid, flag);
	if (!base && nid != NUMA_NO_NODE && !exact_nid)
		base = sim_find_in(size, align, start, end, NUMA_NO_NODE, flag);
	sim_never(base && sim_add(&sim_reserved, base, size, NUMA_NO_NODE,
				  MEMBLOCK_RSRV_KERN));
	return base;
}

phys_addr_t memblock_phys_alloc(phys_addr_t size, phys_addr_t align)
{
	return memblock_alloc_range_nid(size, align, 0,
					MEMBLOCK_ALLOC_ACCESSIBLE, NUMA_NO_NODE,
					false);
}

phys_addr_t memblock_phys_alloc_unpreserved(phys_addr_t size, phys_addr_t align,
					    phys_addr_t start, phys_addr_t end,
					    int nid)
{
	phys_addr_t phys;

	phys = sim_find_in(size, align, start, end, nid,
			   MEMBLOCK_KHO_UNPRESERVED);
	sim_never(phys && memblock_reserve_kern(phys, size));
	return phys;
}

void *memblock_alloc(phys_addr_t size, phys_addr_t align)
{
	phys_addr_t phys;

	sim_never(slab_is_available());
	phys = memblock_alloc_range_nid(size, align, 0,
					MEMBLOCK_ALLOC_ACCESSIBLE, NUMA_NO_NODE,
					false);
	return phys ? memset(phys_to_virt(phys), 0, size) : NULL;
}

void *sim_memblock_alloc_hugetlb(phys_addr_t size, int nid)
{
	phys_addr_t phys;

	phys = sim_find_in(size, size, 0, 0, nid,
			   sim_scratch_only ? MEMBLOCK_KHO_UNPRESERVED : 0);
	if (!phys)
		return NULL;
	sim_never(memblock_reserve_kern(phys, size));
	sim_change_flags(&sim_reserved, phys, size, MEMBLOCK_RSRV_HUGETLB, true);
	return phys_to_virt(phys);
}

/* Like the kernel's: a range that two regions share is not in a region. */
bool memblock_is_region_memory(phys_addr_t base, phys_addr_t size)
{
	phys_addr_t end = base + min(size, PHYS_ADDR_MAX - base);
	unsigned int i = sim_find(&sim_memory, base);

	return i < sim_memory.cnt && sim_memory.regions[i].base <= base &&
	       sim_end(&sim_memory.regions[i]) >= end;
}

bool sim_is_reserved(phys_addr_t base, phys_addr_t size)
{
	phys_addr_t end = base + size;
	unsigned int i;

	for (i = sim_find(&sim_reserved, base); i < sim_reserved.cnt; i++) {
		if (base >= end || sim_reserved.regions[i].base > base)
			break;
		base = sim_end(&sim_reserved.regions[i]);
	}
	return base >= end;
}

bool memblock_is_region_reserved(phys_addr_t base, phys_addr_t size)
{
	unsigned int i = sim_find(&sim_reserved, base);

	return i < sim_reserved.cnt && sim_reserved.regions[i].base < base + size;
}

phys_addr_t memblock_end_of_DRAM(void)
{
	return sim_memory.cnt ? sim_end(&sim_memory.regions[sim_memory.cnt - 1]) : 0;
}

phys_addr_t memblock_phys_mem_size(void)
{
	struct memblock_region *r;
	phys_addr_t size = 0;

	for_each_mem_region(r)
		size += r->size;
	return size;
}

const struct sim_lists memblock = { .memory = { .cnt = 4, .max = 128 } };

bool sim_mem_range(u64 i, phys_addr_t *start, phys_addr_t *end)
{
	if (i >= sim_memory.cnt)
		return false;
	*start = sim_memory.regions[i].base;
	*end = sim_end(&sim_memory.regions[i]);
	return true;
}

/* Nothing here belongs to firmware. */
bool memblock_is_map_memory(phys_addr_t addr)
{
	return memblock_is_region_memory(addr, 1);
}

void sim_for_each_free(void (*fn)(unsigned long pfn, unsigned long end, int nid))
{
	const struct sim_memblock *rsv = &sim_reserved;
	phys_addr_t base, end, next;
	struct memblock_region *r;
	unsigned int i;

	for_each_mem_region(r) {
		for (base = r->base; base < sim_end(r); base = next) {
			i = sim_find(rsv, base);
			end = sim_end(r);
			next = end;
			if (i < rsv->cnt && rsv->regions[i].base < end) {
				end = max(base, rsv->regions[i].base);
				next = sim_end(&rsv->regions[i]);
			}
			if (PFN_UP(base) < PFN_DOWN(end))
				fn(PFN_UP(base), PFN_DOWN(end), r->nid);
		}
	}
}

int memblock_mark_kho_scratch(phys_addr_t base, phys_addr_t size)
{
	if (sim_should_fail())
		return -ENOMEM;
	return sim_change_flags(&sim_memory, base, size, MEMBLOCK_KHO_SCRATCH,
				true);
}

int memblock_clear_kho_scratch(phys_addr_t base, phys_addr_t size)
{
	return sim_change_flags(&sim_memory, base, size, MEMBLOCK_KHO_SCRATCH,
				false);
}

int memblock_mark_kho_unpreserved(phys_addr_t base, phys_addr_t size)
{
	if (sim_should_fail())
		return -ENOMEM;
	return sim_change_flags(&sim_memory, base, size,
				MEMBLOCK_KHO_UNPRESERVED, true);
}

int memblock_clear_kho_unpreserved(phys_addr_t base, phys_addr_t size)
{
	return sim_change_flags(&sim_memory, base, size,
				MEMBLOCK_KHO_UNPRESERVED, false);
}

void memblock_set_kho_scratch_only(void)
{
	sim_scratch_only = true;
}

void memblock_clear_kho_scratch_only(void)
{
	sim_scratch_only = false;
}

/* Bytes below @limit on node @nid that are reserved with @flag. */
static phys_addr_t sim_reserved_size(phys_addr_t limit, int nid,
				     unsigned int flag)
{
	phys_addr_t from, to, size = 0;
	unsigned int i, j;

	for (i = 0; i < sim_reserved.cnt; i++) {
		struct memblock_region *r = &sim_reserved.regions[i];

		if (!(r->flags & flag))
			continue;
		if (nid == NUMA_NO_NODE && r->base < limit)
			size += min(limit, sim_end(r)) - r->base;
		for (j = 0; nid != NUMA_NO_NODE && j < sim_memory.cnt; j++) {
			struct memblock_region *m = &sim_memory.regions[j];

			from = max(r->base, m->base);
			to = min(min(limit, sim_end(r)), sim_end(m));
			if (m->nid == nid && from < to)
				size += to - from;
		}
	}
	return size;
}

phys_addr_t memblock_reserved_kern_size(phys_addr_t limit, int nid)
{
	return sim_reserved_size(limit, nid, MEMBLOCK_RSRV_KERN);
}

phys_addr_t memblock_reserved_hugetlb_size(phys_addr_t limit, int nid)
{
	return sim_reserved_size(limit, nid, MEMBLOCK_RSRV_HUGETLB);
}
