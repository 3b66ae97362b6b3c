// SPDX-License-Identifier: GPL-2.0
/*
 * Physical memory of the simulated machine: one large mapping whose offsets are
 * physical addresses. What the machine has no memory for cannot be accessed.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <linux/nodemask.h>

#include "sim.h"

/* Beyond this, the struct pages of a new kernel are zero instead of garbage. */
#define SIM_MAX_GARBAGE	((1UL << 18) * sizeof(struct page))

struct sim_machine sim_machine;
char *sim_ram;
struct page *sim_pages;
nodemask_t node_states[NR_NODE_STATES];

void *sim_map(unsigned long size, int prot)
{
	void *p = mmap(NULL, size, prot,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED) {
		perror("mmap");
		exit(2);
	}
	madvise(p, size, MADV_DONTDUMP);
	return p;
}

static void sim_change_ram(const struct sim_range *r, int prot)
{
	char *ram = sim_ram + r->start;

	if (madvise(ram, r->size, MADV_DONTNEED) || mprotect(ram, r->size, prot)) {
		perror("sim_change_ram");
		exit(2);
	}
}

/* A machine whose memory is all zero, and no kernel. */
void sim_power_on(const struct sim_machine *machine)
{
	sim_alloc_start = 0;
	sim_contig_calls = 0;
	sim_killed = false;
	const struct sim_range *r;

	if (!sim_ram) {
		sim_ram = sim_map(SIM_PHYS_END, PROT_NONE);
		sim_pages = sim_map((SIM_PHYS_END >> PAGE_SHIFT) *
				    sizeof(struct page), PROT_READ | PROT_WRITE);
	}

	sim_pages_reset();
	sim_for_each_range(r)
		sim_change_ram(r, PROT_NONE);

	sim_machine = *machine;
	node_states[N_MEMORY].bits = 0;
	sim_for_each_range(r) {
		sim_change_ram(r, PROT_READ | PROT_WRITE);
		node_states[N_MEMORY].bits |= BIT(r->nid);
	}
	sim_start_kernel();
}

const struct sim_range *sim_find_range(phys_addr_t phys)
{
	const struct sim_range *r;

	sim_for_each_range(r)
		if (phys - r->start < r->size)
			return r;
	return NULL;
}

/* Whether all of it is memory, in however many ranges. */
bool sim_is_ram(phys_addr_t start, phys_addr_t size)
{
	const struct sim_range *r;
	phys_addr_t part;

	if (start + size < start)
		return false;
	for (; size; size -= part, start += part) {
		r = sim_find_range(start);
		if (!r)
			return false;
		part = min(size, r->start + r->size - start);
	}
	return true;
}

phys_addr_t sim_ram_size(void)
{
	const struct sim_range *r;
	phys_addr_t size = 0;

	sim_for_each_range(r)
		size += r->size;
	return size;
}

unsigned long get_num_physpages(void)
{
	return PHYS_PFN(sim_ram_size());
}

/* A new kernel finds garbage where its struct pages will be. */
void sim_reset_struct_pages(void)
{
	const struct sim_range *r;

	sim_for_each_range(r) {
		struct page *first = pfn_to_page(PHYS_PFN(r->start));
		size_t size = PHYS_PFN(r->size) * sizeof(struct page);

		if (size > SIM_MAX_GARBAGE)
			madvise(first, size, MADV_DONTNEED);
		else
			memset(first, 0xff, size);
	}
}

int pfn_to_nid(unsigned long pfn)
{
	const struct sim_range *r = sim_find_range(PFN_PHYS(pfn));

	return r ? r->nid : 0;
}

/* A section is told by the range that it is in. */
struct mem_section *__pfn_to_section(unsigned long pfn)
{
	return (struct mem_section *)sim_find_range(PFN_PHYS(pfn));
}

int early_section(const struct mem_section *section)
{
	const struct sim_range *r = (const struct sim_range *)section;

	return r && !r->hot_added;
}

struct page *pfn_to_online_page(unsigned long pfn)
{
	if (pfn >= PHYS_PFN(SIM_PHYS_END) || !sim_find_range(PFN_PHYS(pfn)))
		return NULL;
	return pfn_to_page(pfn);
}

/* An address that faults when it is used, as one beyond the linear map does. */
void *sim_no_virt(phys_addr_t phys)
{
	return (void *)(0xdead000000000000 | (phys & 0xffffffffffff));
}

phys_addr_t sim_no_phys(const volatile void *virt)
{
	fprintf(stderr, "virt_to_phys(%p): not in the linear map\n", virt);
	sim_bug(__FILE__, __LINE__, "BUG");
}
