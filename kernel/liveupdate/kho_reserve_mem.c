// SPDX-License-Identifier: GPL-2.0
/*
 * Kexec HandOver: reserve_mem= regions.
 *
 * A region that the previous kernel handed over is adopted where it is if name
 * and size are the same; all regions are handed over to the next kernel.
 */

#define pr_fmt(fmt) "KHO: " fmt

#include <linux/align.h>
#include <linux/err.h>
#include <linux/init.h>
#include <linux/io.h>
#include <linux/kexec_handover.h>
#include <linux/libfdt.h>
#include <linux/memblock.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/string.h>
#include <linux/unaligned.h>

#include <linux/kho/abi/memblock.h>

#include "kho_internal.h"

/* As many, and with names as long, as reserve_mem= takes. */
#define KHO_RESERVE_MEM_MAX	8
#define KHO_RESERVE_MEM_NAME	16

static struct kho_reserve_mem {
	char name[KHO_RESERVE_MEM_NAME];
	phys_addr_t start;
	phys_addr_t size;
} kho_regions[KHO_RESERVE_MEM_MAX] __initdata;

static unsigned int kho_nr_regions __initdata;

/* The FDT that the previous kernel handed over, NULL if there is none. */
static const void *__init kho_reserve_mem_fdt(void)
{
	phys_addr_t phys;
	const void *fdt;
	size_t size;

	if (kho_retrieve_subtree(MEMBLOCK_KHO_FDT, &phys, &size))
		return NULL;

	fdt = phys_to_virt(phys);
	if (!IS_ALIGNED(phys, sizeof(u64)) ||
	    size < sizeof(struct fdt_header) || fdt_check_header(fdt) ||
	    fdt_totalsize(fdt) > size || fdt_version(fdt) < 17 ||
	    fdt_node_check_compatible(fdt, 0, MEMBLOCK_KHO_NODE_COMPATIBLE)) {
		pr_warn("reserve_mem: the list of regions that was handed over makes no sense, ignored\n");
		return NULL;
	}
	return fdt;
}

static bool __init kho_reserve_mem_read(const void *fdt, int node,
					const char *name, u64 *value)
{
	const void *prop;
	int len;

	prop = fdt_getprop(fdt, node, name, &len);
	if (!prop || len != sizeof(u64))
		return false;

	*value = get_unaligned((const u64 *)prop);
	return true;
}

/* Reserve the memory of a region, or tell why not. */
static const char *__init kho_reserve_mem_adopt(u64 start, u64 size)
{
	if (!kho_in_memblock(start, size))
		return "is not all memory";
	/* Linux 7.3 does not preserve the last page if it is not a whole one. */
	if (!kho_in_preserved(start & PAGE_MASK, max(size & PAGE_MASK, 1ULL)))
		return "is not preserved";
	if (memblock_is_region_reserved(start, size) ||
	    memblock_reserve(start, size))
		return "is in use";
	return NULL;
}

/**
 * kho_reserve_mem_revive - find a region of the previous kernel
 * @name: label of the region.
 * @size: size in bytes that is asked for.
 * @align: alignment in bytes that is asked for.
 *
 * Works with kho=off too.
 *
 * Context: Boot, while reserve_mem= is parsed.
 * Return: physical address of the region, which is reserved; 0 if none can be
 * adopted.
 */
phys_addr_t __init kho_reserve_mem_revive(const char *name, phys_addr_t size,
					  phys_addr_t align)
{
	const void *fdt = kho_reserve_mem_fdt();
	const char *fault;
	u64 start, old_size;
	int node;

	if (!fdt)
		return 0;

	node = kho_fdt_subnode(fdt, 0, name);
	if (node < 0) {
		pr_warn("reserve_mem: no region \"%s\" was handed over, reserving a new one\n",
			name);
		return 0;
	}

	if (fdt_node_check_compatible(fdt, node,
				      RESERVE_MEM_KHO_NODE_COMPATIBLE) ||
	    !kho_reserve_mem_read(fdt, node, "start", &start) ||
	    !kho_reserve_mem_read(fdt, node, "size", &old_size)) {
		pr_warn("reserve_mem: region \"%s\" that was handed over makes no sense, reserving a new one\n",
			name);
		return 0;
	}

	if (old_size != size || start % align)
		fault = "is not what is asked for";
	else
		fault = kho_reserve_mem_adopt(start, size);
	if (fault) {
		pr_warn("reserve_mem: region \"%s\" that was handed over (%#llx bytes at %#llx) %s, reserving a new one\n",
			name, old_size, start, fault);
		return 0;
	}

	pr_info("reserve_mem: revived region \"%s\", %#llx bytes at %#llx\n",
		name, old_size, start);
	return start;
}

/**
 * kho_reserve_mem_track - take note of a region to hand it over
 * @name: label of the region.
 * @start: physical address.
 * @size: size in bytes.
 *
 * Context: Boot, while reserve_mem= is parsed.
 */
void __init kho_reserve_mem_track(const char *name, phys_addr_t start,
				  phys_addr_t size)
{
	struct kho_reserve_mem *region;

	if (WARN_ON(kho_nr_regions == KHO_RESERVE_MEM_MAX))
		return;

	region = &kho_regions[kho_nr_regions++];
	strscpy(region->name, name);
	region->start = start;
	region->size = size;
}

static int __init kho_reserve_mem_write(void *fdt,
					const struct kho_reserve_mem *region)
{
	u64 start = region->start, size = region->size;
	int err;

	if (!size)
		return 0;

	err = fdt_begin_node(fdt, region->name);
	err = err ?: fdt_property_string(fdt, "compatible",
					 RESERVE_MEM_KHO_NODE_COMPATIBLE);
	err = err ?: fdt_property(fdt, "start", &start, sizeof(start));
	err = err ?: fdt_property(fdt, "size", &size, sizeof(size));
	return err ?: fdt_end_node(fdt);
}

/* Whether a region has a page in common with one before it. */
static bool __init kho_reserve_mem_shares(const struct kho_reserve_mem *region)
{
	const struct kho_reserve_mem *r;

	for (r = kho_regions; r < region; r++)
		if (r->size &&
		    PFN_DOWN(r->start) < PFN_UP(region->start + region->size) &&
		    PFN_DOWN(region->start) < PFN_UP(r->start + r->size))
			return true;
	return false;
}

/*
 * Preserve a region, with all of its first and last page. A region that cannot
 * be preserved is left out. Returns whether it is preserved.
 */
static bool __init kho_reserve_mem_preserve(struct kho_reserve_mem *region)
{
	unsigned long pfn = PFN_DOWN(region->start);
	unsigned long end = PFN_UP(region->start + region->size);
	int err = -EINVAL;

	/* Where a foreign kernel had it may be scratch, or another region. */
	if (!kho_scratch_overlap(region->start, region->size) &&
	    !kho_reserve_mem_shares(region))
		err = kho_preserve_pages(pfn_to_page(pfn), end - pfn);
	if (err) {
		pr_err("reserve_mem: region \"%s\" is not handed over (error %d)\n",
		       region->name, err);
		region->size = 0;
	}
	return !err;
}

static void __init kho_reserve_mem_unpreserve(void)
{
	struct kho_reserve_mem *r;

	for (r = kho_regions; r < kho_regions + kho_nr_regions; r++)
		if (r->size)
			kho_unpreserve_pages(pfn_to_page(PFN_DOWN(r->start)),
					     PFN_UP(r->start + r->size) -
					     PFN_DOWN(r->start));
}

static int __init kho_reserve_mem_list(void *fdt)
{
	unsigned int i;
	int err;

	err = fdt_create(fdt, PAGE_SIZE);
	err = err ?: fdt_finish_reservemap(fdt);
	err = err ?: fdt_begin_node(fdt, "");
	err = err ?: fdt_property_string(fdt, "compatible",
					 MEMBLOCK_KHO_NODE_COMPATIBLE);
	for (i = 0; i < kho_nr_regions; i++)
		err = err ?: kho_reserve_mem_write(fdt, &kho_regions[i]);
	err = err ?: fdt_end_node(fdt);
	err = err ?: fdt_finish(fdt);
	return err ?: kho_add_subtree(MEMBLOCK_KHO_FDT, fdt,
				      fdt_totalsize(fdt));
}

static int __init kho_reserve_mem_init(void)
{
	unsigned int i, nr = 0;
	void *fdt;
	int err;

	if (!kho_is_enabled())
		return 0;

	for (i = 0; i < kho_nr_regions; i++)
		nr += kho_reserve_mem_preserve(&kho_regions[i]);

	/* Who has nothing to hand over must not be in the way of a jump. */
	if (!nr)
		return 0;

	fdt = kho_alloc_preserve(PAGE_SIZE);
	err = IS_ERR(fdt) ? PTR_ERR(fdt) : kho_reserve_mem_list(fdt);
	if (err) {
		pr_err("reserve_mem: no region is handed over (error %d)\n",
		       err);
		if (!IS_ERR(fdt))
			kho_unpreserve_free(fdt);
		kho_reserve_mem_unpreserve();
	}
	return err;
}
late_initcall(kho_reserve_mem_init);
