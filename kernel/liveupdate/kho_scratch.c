// SPDX-License-Identifier: GPL-2.0
/*
 * Kexec HandOver: scratch, the areas that never hold preserved memory.
 *
 * They are sized and reserved on a cold boot, and handed on unchanged by every
 * kernel after that. At run time they are MIGRATE_CMA: only pages that can be
 * moved live there.
 */

#define pr_fmt(fmt) "KHO: " fmt

#include <linux/align.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/kernel.h>
#include <linux/kmemleak.h>
#include <linux/kstrtox.h>
#include <linux/memblock.h>
#include <linux/mm.h>
#include <linux/nodemask.h>
#include <linux/overflow.h>
#include <linux/printk.h>
#include <linux/sizes.h>
#include <linux/string.h>

#include <asm/sections.h>

#include "kho_internal.h"

/* The areas, NULL while there are none. Fixed for the whole chain of kernels. */
struct kho_scratch *kho_scratch __ro_after_init;
unsigned int kho_scratch_cnt __ro_after_init;

/* What kho_scratch= asks for. */
static struct kho_scratch_param kho_scratch_param __initdata;
static bool kho_scratch_asked __initdata;

/* What the kernel takes before it can know what is preserved, in bytes. */
static phys_addr_t kho_early_size __initdata;

/* Without kho_scratch= scratch takes this of memory, and no more than that. */
#define KHO_SCRATCH_SHARE	8
#define KHO_SCRATCH_ENOUGH	((phys_addr_t)SZ_256M)

/* Beside what was measured: other early allocations, places between segments. */
#define KHO_SCRATCH_SLACK	((phys_addr_t)SZ_32M)

/*
 * A number, and what comes after it. Not with memparse(), which cuts off what
 * does not fit.
 */
static int __init kho_scratch_parse_number(const char **arg,
					   unsigned int base, u64 *value)
{
	size_t len = strspn(*arg, "0123456789abcdefABCDEFxX");
	char number[24];

	if (!len || len >= sizeof(number))
		return -EINVAL;

	memcpy(number, *arg, len);
	number[len] = '\0';
	*arg += len;
	return kstrtou64(number, base, value);
}

/* One of three sizes: a number, a suffix, and then @delim. */
static int __init kho_scratch_parse_size(const char **arg, char delim,
					 phys_addr_t *size)
{
	unsigned int shift = 0;
	u64 value;

	if (kho_scratch_parse_number(arg, 0, &value))
		return -EINVAL;

	switch (**arg) {
	case 'G':
	case 'g':
		shift += 10;
		fallthrough;
	case 'M':
	case 'm':
		shift += 10;
		fallthrough;
	case 'K':
	case 'k':
		shift += 10;
		(*arg)++;
	}
	if (**arg != delim ||
	    value > (PHYS_ADDR_MAX - KHO_SCRATCH_ALIGN) >> shift)
		return -EINVAL;

	*size = ALIGN(value << shift, KHO_SCRATCH_ALIGN);
	(*arg)++;
	return 0;
}

/**
 * kho_scratch_parse - understand the value of kho_scratch=
 * @arg: "LOW,GLOBAL,NODE", three sizes with optional suffixes K, M, G; or "P%".
 * @param: set to what @arg says; sizes are rounded up to KHO_SCRATCH_ALIGN.
 *
 * Return: 0; -EINVAL if @arg is malformed or has three sizes of 0, and then
 * @param is as it was.
 */
int __init kho_scratch_parse(const char *arg, struct kho_scratch_param *param)
{
	struct kho_scratch_param new = {};
	const char *end = arg + strspn(arg, "0123456789");

	if (end - arg <= 10 && !strcmp(end, "%")) {
		if (kho_scratch_parse_number(&arg, 10, &new.percent))
			return -EINVAL;
		*param = new;
		return 0;
	}

	new.explicit = true;
	if (kho_scratch_parse_size(&arg, ',', &new.low) ||
	    kho_scratch_parse_size(&arg, ',', &new.global) ||
	    kho_scratch_parse_size(&arg, '\0', &new.node) ||
	    !(new.low || new.global || new.node))
		return -EINVAL;

	*param = new;
	return 0;
}

static int __init kho_scratch_setup(char *arg)
{
	struct kho_scratch_param *param = &kho_scratch_param;

	if (!arg || kho_scratch_parse(arg, param)) {
		pr_err("kho_scratch=%s ignored: neither three sizes LOW,GLOBAL,NODE nor a percentage\n",
		       arg ?: "");
		return -EINVAL;
	}

	kho_scratch_asked = true;
	if (param->explicit)
		pr_info("scratch areas: low memory %lluMiB, global %lluMiB, per node %lluMiB\n",
			(u64)param->low / SZ_1M, (u64)param->global / SZ_1M,
			(u64)param->node / SZ_1M);
	else
		pr_info("scratch scale: %llu%%\n", param->percent);
	return 0;
}
early_param("kho_scratch", kho_scratch_setup);

/**
 * kho_scratch_check - tell whether a list of areas makes sense
 * @areas: the areas.
 * @nr: number of entries.
 * @fault: set to what is wrong.
 *
 * Areas of size 0 are normal, whatever their address.
 *
 * Return: 0 or -EINVAL.
 */
int __init kho_scratch_check(const struct kho_scratch *areas, unsigned int nr,
			     struct kho_fault *fault)
{
	phys_addr_t total = 0, end;
	unsigned int i, j, used = 0;

	for (i = 0; i < nr; i++) {
		const struct kho_scratch *area = &areas[i];

		if (!area->size)
			continue;
		if (!IS_ALIGNED(area->addr | area->size, KHO_SCRATCH_ALIGN))
			return kho_fault(fault, "unaligned scratch area",
					 area->addr);
		if (check_add_overflow(area->addr, area->size, &end))
			return kho_fault(fault, "endless scratch area",
					 area->addr);
		for (j = 0; j < i; j++)
			if (areas[j].size && areas[j].addr < end &&
			    area->addr < areas[j].addr + areas[j].size)
				return kho_fault(fault,
						 "overlapping scratch area",
						 area->addr);
		if (++used > KHO_SCRATCH_MAX_USED)
			return kho_fault(fault, "too many scratch areas", nr);
		total += area->size;
	}
	return total ? 0 : kho_fault(fault, "no scratch memory", nr);
}

/* What the kernel itself took below @limit on node @nid, scaled. */
static phys_addr_t __init kho_scratch_scale(phys_addr_t limit, int nid)
{
	phys_addr_t kern = memblock_reserved_kern_size(limit, nid) -
			   memblock_reserved_hugetlb_size(limit, nid);
	phys_addr_t size;

	if (check_mul_overflow(kern, kho_scratch_param.percent, &size))
		size = PHYS_ADDR_MAX;
	return size / 100;
}

/* Sizes before rounding, from how much of all this boot needed (ABI 5.3). */
static void __init kho_scratch_estimate(phys_addr_t *low, phys_addr_t *global)
{
	phys_addr_t all = kho_scratch_scale(PHYS_ADDR_MAX, NUMA_NO_NODE);

	*low = kho_scratch_scale(ARCH_LOW_ADDRESS_LIMIT, NUMA_NO_NODE);
	*global = all > *low ? all - *low : 0;
}

/**
 * kho_scratch_note_early - take note of what was needed so far
 *
 * The first time counts.
 *
 * Context: Boot, where a successor finds out what is free besides scratch.
 */
void __init kho_scratch_note_early(void)
{
	if (!kho_early_size)
		kho_early_size = memblock_reserved_kern_size(PHYS_ADDR_MAX,
							     NUMA_NO_NODE);
}

/*
 * How large scratch is if nobody says: room for the image and the initrd, where
 * the kernel is decompressed to, and what it allocates before it reads the
 * tracker. Almost all of that was measured when this kernel came so far. Not
 * more than a share of memory is added for the case that a successor finds
 * nothing free besides; the sender refuses to jump where that would not do.
 */
static phys_addr_t __init kho_scratch_default(void)
{
	phys_addr_t least = kho_early_size + (_end - _text) + KHO_SCRATCH_SLACK;
	phys_addr_t share = memblock_phys_mem_size() / KHO_SCRATCH_SHARE;

	return max(least, min(share, KHO_SCRATCH_ENOUGH));
}

static bool __init kho_scratch_try(struct kho_scratch *area, phys_addr_t size,
				   phys_addr_t limit, int nid)
{
	area->addr = 0;
	area->size = ALIGN(size, KHO_SCRATCH_ALIGN);
	if (!area->size)
		return true;

	area->addr = memblock_alloc_range_nid(area->size, KHO_SCRATCH_ALIGN, 0,
					      limit, nid, true);
	return area->addr;
}

static int __init kho_scratch_alloc(struct kho_scratch *area, phys_addr_t size,
				    phys_addr_t limit, int nid,
				    const char *what)
{
	if (kho_scratch_try(area, size, limit, nid))
		return 0;

	pr_err("no room for %lluMiB of %s scratch, kexec handover is off; set kho_scratch=\n",
	       (u64)area->size / SZ_1M, what);
	area->size = 0;
	return -ENOMEM;
}

static void __init kho_scratch_free_areas(struct kho_scratch *areas,
					  unsigned int nr)
{
	while (nr--)
		if (areas[nr].size)
			memblock_phys_free(areas[nr].addr, areas[nr].size);
}

/* One area, in low memory if it can be: whatever needs that is there then. */
static int __init kho_scratch_alloc_default(struct kho_scratch *areas)
{
	phys_addr_t size = kho_scratch_default();

	if (kho_scratch_try(&areas[0], size, ARCH_LOW_ADDRESS_LIMIT,
			    NUMA_NO_NODE))
		return 0;

	areas[0].size = 0;
	return kho_scratch_alloc(&areas[1], size, MEMBLOCK_ALLOC_ACCESSIBLE,
				 NUMA_NO_NODE, "global");
}

static int __init kho_scratch_alloc_areas(struct kho_scratch *areas)
{
	const struct kho_scratch_param *param = &kho_scratch_param;
	phys_addr_t low = param->low, global = param->global, node;
	unsigned int i = 0;
	int nid, err;

	if (!kho_scratch_asked)
		return kho_scratch_alloc_default(areas);

	/* Measure everything before the areas themselves count. */
	if (!param->explicit)
		kho_scratch_estimate(&low, &global);
	for_each_node_state(nid, N_MEMORY)
		areas[2 + i++].size = param->explicit ? param->node :
				      kho_scratch_scale(PHYS_ADDR_MAX, nid);

	err = kho_scratch_alloc(&areas[0], low, ARCH_LOW_ADDRESS_LIMIT,
				NUMA_NO_NODE, "low-memory");
	if (err)
		return err;
	i = 1;

	err = kho_scratch_alloc(&areas[1], global, MEMBLOCK_ALLOC_ACCESSIBLE,
				NUMA_NO_NODE, "global");
	if (err)
		goto free;
	i = 2;

	for_each_node_state(nid, N_MEMORY) {
		node = areas[i].size;
		err = kho_scratch_alloc(&areas[i], node,
					MEMBLOCK_ALLOC_ACCESSIBLE, nid, "node");
		if (err)
			goto free;
		i++;
	}
	return 0;
free:
	kho_scratch_free_areas(areas, i);
	return err;
}

/**
 * kho_scratch_reserve - reserve the areas of a cold boot
 *
 * Entry 0 is in low memory, entry 1 anywhere, and then comes one for each node
 * that has memory.
 *
 * Context: Boot, right before memblock is released.
 * Return: 0, or -ENOMEM, and then nothing is reserved.
 */
int __init kho_scratch_reserve(void)
{
	unsigned int nr = nodes_weight(node_states[N_MEMORY]) + 2;
	struct kho_scratch *areas;
	struct kho_fault fault;
	int err;

	areas = memblock_alloc(array_size(nr, sizeof(*areas)), PAGE_SIZE);
	if (!areas) {
		pr_err("no memory for %u scratch areas, kexec handover is off\n",
		       nr);
		return -ENOMEM;
	}

	err = kho_scratch_alloc_areas(areas);
	if (err)
		goto free;

	if (kho_scratch_check(areas, nr, &fault)) {
		pr_err("%s (%#llx), kexec handover is off; set kho_scratch=\n",
		       fault.what, fault.value);
		kho_scratch_free_areas(areas, nr);
		err = -ENOMEM;
		goto free;
	}

	kho_scratch_adopt(areas, nr);
	pr_info("scratch: %lluMiB in %u areas\n",
		(u64)kho_scratch_total() / SZ_1M, nr);
	return 0;
free:
	memblock_free(areas, array_size(nr, sizeof(*areas)));
	return err;
}

/**
 * kho_scratch_adopt - use a list of areas from now on
 * @areas: the areas, kept.
 * @nr: number of entries.
 */
void __init kho_scratch_adopt(struct kho_scratch *areas, unsigned int nr)
{
	kho_scratch = areas;
	kho_scratch_cnt = nr;
}

/**
 * kho_scratch_total - how much memory scratch takes
 *
 * Return: the size of all areas together in bytes.
 */
phys_addr_t kho_scratch_total(void)
{
	phys_addr_t total = 0;
	unsigned int i;

	for (i = 0; i < kho_scratch_cnt; i++)
		total += kho_scratch[i].size;
	return total;
}

/**
 * kho_scratch_nr_reserved - how much scratch is reserved only for now
 *
 * On a cold boot the areas are reserved until struct pages are there, and then
 * become free memory for movable pages.
 *
 * Context: Boot.
 * Return: number of pages.
 */
unsigned long __init kho_scratch_nr_reserved(void)
{
	return is_kho_boot() ? 0 : PHYS_PFN(kho_scratch_total());
}

/**
 * kho_scratch_overlap - tell whether memory touches scratch
 * @phys: physical start address in bytes.
 * @size: size in bytes.
 *
 * Context: Any.
 * Return: true if [@phys, @phys + @size) intersects any scratch area.
 */
bool kho_scratch_overlap(phys_addr_t phys, size_t size)
{
	const struct kho_scratch *area = kho_scratch;
	const struct kho_scratch *end = area + kho_scratch_cnt;

	for (; area < end; area++)
		if (phys < area->addr + area->size &&
		    area->addr < phys + size && area->size)
			return true;
	return false;
}

/* Call @fn for each pageblock of all areas. */
static void __init kho_scratch_visit_pageblocks(void (*fn)(struct page *page))
{
	unsigned long pfn, end;
	unsigned int i;

	for (i = 0; i < kho_scratch_cnt; i++) {
		pfn = PHYS_PFN(kho_scratch[i].addr);
		end = pfn + PHYS_PFN(kho_scratch[i].size);
		for (; pfn < end; pfn += pageblock_nr_pages)
			fn(pfn_to_page(pfn));
	}
}

static void __init kho_scratch_free_pageblock(struct page *page)
{
	unsigned long i;

	for (i = 0; i < pageblock_nr_pages; i++)
		free_reserved_page(page + i);
}

/**
 * kho_scratch_release - let movable pages use the areas after a cold boot
 *
 * Context: After all struct pages are initialised.
 */
void __init kho_scratch_release(void)
{
	unsigned int i;

	for (i = 0; i < kho_scratch_cnt; i++)
		if (kho_scratch[i].size)
			kmemleak_ignore_phys(kho_scratch[i].addr);

	kho_scratch_visit_pageblocks(kho_mm_release_pageblock);
}

/**
 * kho_scratch_count - count areas that were handed over as CMA
 *
 * They have that type since their struct pages were initialised.
 *
 * Context: After all struct pages are initialised.
 */
void __init kho_scratch_count(void)
{
	kho_scratch_visit_pageblocks(kho_mm_count_pageblock);
}

/**
 * kho_scratch_abandon - give the areas of a cold boot up
 *
 * Context: Instead of kho_scratch_release(), when there will be no handover.
 */
void __init kho_scratch_abandon(void)
{
	kho_scratch_visit_pageblocks(kho_scratch_free_pageblock);
	kho_scratch_cnt = 0;
	kho_scratch = NULL;
}
