// SPDX-License-Identifier: GPL-2.0
/*
 * Kexec HandOver: what the previous kernel says.
 *
 * Believed in three steps, each when what it needs is there. Populate, before
 * memblock knows any memory: the root FDT and the list of scratch areas; from
 * then on allocations come from scratch only. Attach, with the linear map: the
 * tree of preserved memory and the blobs. Protect, before memblock is released:
 * what the tree names is kept from the page allocator. Anything that makes no
 * sense ends it with one line in the log and a boot without handover.
 */

#define pr_fmt(fmt) "KHO: " fmt

#include <linux/export.h>
#include <linux/io.h>
#include <linux/libfdt.h>
#include <linux/memblock.h>
#include <linux/mm.h>
#include <linux/printk.h>

#include <asm/early_ioremap.h>

#include "kho_internal.h"

static struct {
	phys_addr_t fdt;	/* 0: not a KHO boot */
	phys_addr_t tree;
	phys_addr_t scratch;
	unsigned int scratch_cnt;
	bool attached;
} kho_in __ro_after_init;

/**
 * is_kho_boot - tell whether the previous kernel handed something over
 *
 * Does not depend on kho=: even a kernel that hands nothing on respects what it
 * was handed.
 *
 * Context: Any, after the architecture's boot data was parsed.
 * Return: true if there is valid handover data.
 */
bool is_kho_boot(void)
{
	return kho_in.fdt;
}
EXPORT_SYMBOL_GPL(is_kho_boot);

/**
 * kho_in_fdt - the incoming root FDT
 *
 * Return: its address in the linear map, or NULL if nothing was handed over.
 */
const void *kho_in_fdt(void)
{
	return kho_in.attached ? phys_to_virt(kho_in.fdt) : NULL;
}

/**
 * arch_kho_is_ram - tell whether a range is all RAM
 * @start: physical start address in bytes.
 * @size: size in bytes.
 *
 * Architectures whose memory is not in memblock yet when they call
 * kho_populate() have their own.
 *
 * Return: true if it is.
 */
bool __init __weak arch_kho_is_ram(phys_addr_t start, phys_addr_t size)
{
	return memblock_is_region_memory(start, size);
}

/* Read the root FDT; only what it says, nothing that it points to. */
static int __init kho_populate_fdt(phys_addr_t phys, u64 len,
				   phys_addr_t *tree, struct kho_fault *fault)
{
	void *fdt;
	int err;

	/* The sender gives the size of its page, whatever the FDT takes. */
	if (len != PAGE_SIZE)
		return kho_fault(fault, "FDT not of our page size", len);
	if (!phys || !PAGE_ALIGNED(phys) || !arch_kho_is_ram(phys, len))
		return kho_fault(fault, "FDT not at a page of memory", phys);

	fdt = early_memremap(phys, len);
	if (!fdt)
		return kho_fault(fault, "cannot map the FDT", phys);

	err = kho_fdt_check(fdt, len, tree, fault);
	early_memunmap(fdt, len);
	if (err)
		return err;

	if (!arch_kho_is_ram(*tree, PAGE_SIZE))
		return kho_fault(fault, "root of the tree not in memory", *tree);
	return 0;
}

/* Whether [@start, @start + @size) lies in, or touches, one of the areas. */
static bool __init kho_in_areas(const struct kho_scratch *areas,
				unsigned int nr, phys_addr_t start,
				phys_addr_t size, bool inside)
{
	phys_addr_t end = start + size, area_end;
	unsigned int i;

	for (i = 0; i < nr; i++) {
		area_end = areas[i].addr + areas[i].size;
		if (inside ? start >= areas[i].addr && end <= area_end :
			     start < area_end && areas[i].addr < end)
			return true;
	}
	return false;
}

static int __init kho_check_areas(const struct kho_scratch *areas,
				  unsigned int nr, phys_addr_t array,
				  phys_addr_t fdt, phys_addr_t tree,
				  struct kho_fault *fault)
{
	unsigned int i;
	int err;

	err = kho_scratch_check(areas, nr, fault);
	if (err)
		return err;

	for (i = 0; i < nr; i++)
		if (areas[i].size &&
		    !arch_kho_is_ram(areas[i].addr, areas[i].size))
			return kho_fault(fault, "scratch area not all memory",
					 areas[i].addr);

	if (!kho_in_areas(areas, nr, array, nr * sizeof(*areas), true))
		return kho_fault(fault, "scratch list not in scratch", array);
	if (kho_in_areas(areas, nr, fdt, PAGE_SIZE, false))
		return kho_fault(fault, "FDT in scratch", fdt);
	if (kho_in_areas(areas, nr, tree, PAGE_SIZE, false))
		return kho_fault(fault, "root of the tree in scratch", tree);
	return 0;
}

/* Make the areas known to memblock, and the only place to allocate from. */
static int __init kho_use_areas(const struct kho_scratch *areas,
				unsigned int nr, phys_addr_t array)
{
	unsigned int i;
	int err;

	err = memblock_reserve(array, nr * sizeof(*areas));
	for (i = 0; !err && i < nr; i++) {
		if (!areas[i].size)
			continue;
		err = memblock_add(areas[i].addr, areas[i].size);
		err = err ?: memblock_mark_kho_scratch(areas[i].addr,
						       areas[i].size);
	}
	if (!err) {
		memblock_set_kho_scratch_only();
		return 0;
	}

	/* All of it is memory: that it was added does no harm. */
	while (i--)
		if (areas[i].size)
			memblock_clear_kho_scratch(areas[i].addr, areas[i].size);
	memblock_phys_free(array, nr * sizeof(*areas));
	return err;
}

static int __init kho_populate_scratch(phys_addr_t phys, u64 len,
				       phys_addr_t fdt, phys_addr_t tree,
				       struct kho_fault *fault)
{
	unsigned int nr = len / sizeof(struct kho_scratch);
	struct kho_scratch *areas;
	int err;

	if (!len || len % sizeof(*areas) ||
	    len > KHO_SCRATCH_MAX_AREAS * sizeof(*areas))
		return kho_fault(fault, "impossible size of the scratch list",
				 len);
	if (!PAGE_ALIGNED(phys) || !arch_kho_is_ram(phys, len))
		return kho_fault(fault, "scratch list not in memory", phys);

	areas = early_memremap(phys, len);
	if (!areas)
		return kho_fault(fault, "cannot map the scratch list", phys);

	err = kho_check_areas(areas, nr, phys, fdt, tree, fault);
	if (!err && kho_use_areas(areas, nr, phys))
		err = kho_fault(fault, "no room in memblock for the scratch list",
				nr);
	early_memunmap(areas, len);
	return err;
}

/**
 * kho_populate - take note of a handover
 * @fdt_phys: physical address of the root FDT.
 * @fdt_len: bytes that may be read there, the sender's page size.
 * @scratch_phys: physical address of the array of scratch areas.
 * @scratch_len: its length in bytes.
 *
 * If all of it makes sense, memblock allocates from the scratch areas only when
 * this returns, and is_kho_boot() is true. If not, nothing has changed but for
 * a line in the log.
 *
 * Context: Boot, when the architecture parses its boot data, before anything is
 * allocated.
 */
void __init kho_populate(phys_addr_t fdt_phys, u64 fdt_len,
			 phys_addr_t scratch_phys, u64 scratch_len)
{
	struct kho_fault fault;
	phys_addr_t tree;

	if (kho_in.fdt) {
		pr_warn("second handover (FDT at %#llx) ignored\n",
			(u64)fdt_phys);
		return;
	}

	if (kho_populate_fdt(fdt_phys, fdt_len, &tree, &fault) ||
	    kho_populate_scratch(scratch_phys, scratch_len, fdt_phys, tree,
				 &fault)) {
		pr_warn("handover ignored: %s (%#llx); booting without it\n",
			fault.what, fault.value);
		return;
	}

	kho_in.fdt = fdt_phys;
	kho_in.tree = tree;
	kho_in.scratch = scratch_phys;
	kho_in.scratch_cnt = scratch_len / sizeof(struct kho_scratch);
	pr_info("found kexec handover data.\n");
}

/* Stop believing: all memory is ours again, and nothing was handed over. */
static void __init kho_in_forget(const struct kho_fault *fault)
{
	pr_warn("handover dropped: %s (%#llx); what was preserved is lost, booting without it\n",
		fault->what, fault->value);
	kho_in.fdt = 0;
	kho_in.attached = false;
	kho_scratch_adopt(NULL, 0);
	memblock_clear_kho_scratch(0, PHYS_ADDR_MAX);
	memblock_clear_kho_scratch_only();
	/* Nobody but us added memory beyond mem=. */
	memblock_remove(PFN_PHYS(max_pfn), PHYS_ADDR_MAX - PFN_PHYS(max_pfn));
}

/*
 * Take sub-nodes out whose blob is not preserved: by the time somebody looks at
 * it, it may be anything.
 */
static void __init kho_in_check_blobs(void *fdt)
{
	phys_addr_t blob;
	int node, next;
	u64 size;

	/* A node that was taken out has no next one, but others stay put. */
	for (node = fdt_first_subnode(fdt, 0); node >= 0; node = next) {
		next = fdt_next_subnode(fdt, node);
		if (kho_fdt_read_blob(fdt, node, &blob, &size))
			continue;
		if (!size || kho_in_preserved(blob, size))
			continue;

		pr_warn("subtree \"%s\" ignored: its %llu bytes at %#llx are not preserved\n",
			fdt_get_name(fdt, node, NULL), size, (u64)blob);
		fdt_nop_node(fdt, node);
	}
}

/* All areas must be memory that this kernel uses. */
static int __init kho_check_limit(struct kho_fault *fault)
{
	unsigned int i;

	for (i = 0; i < kho_scratch_cnt; i++)
		if (kho_scratch[i].size &&
		    kho_scratch[i].addr + kho_scratch[i].size >
		    PFN_PHYS(max_pfn))
			return kho_fault(fault, "scratch area beyond mem=",
					 kho_scratch[i].addr);
	return 0;
}

/**
 * kho_in_attach - check the tree, and use the scratch areas as our own
 *
 * Context: Boot, with the linear map.
 */
void __init kho_in_attach(void)
{
	struct kho_fault fault;

	if (!kho_in.fdt)
		return;

	/* Memory that mem= cut off is not mapped. */
	if (kho_in.scratch >= PFN_PHYS(max_pfn)) {
		kho_fault(&fault, "scratch list beyond mem=", kho_in.scratch);
		kho_in_forget(&fault);
		return;
	}

	kho_scratch_adopt(phys_to_virt(kho_in.scratch), kho_in.scratch_cnt);

	if (kho_check_limit(&fault) || kho_tree_check(kho_in.tree, &fault)) {
		kho_in_forget(&fault);
		return;
	}

	kho_in.attached = true;
	if (!kho_in_preserved(kho_in.fdt, PAGE_SIZE)) {
		kho_fault(&fault, "FDT is not preserved", kho_in.fdt);
		kho_in_forget(&fault);
		return;
	}
	kho_in_check_blobs(phys_to_virt(kho_in.fdt));
}

/**
 * kho_in_preserved - tell whether all of a range was preserved
 * @phys: physical start address.
 * @size: size in bytes.
 *
 * Context: Boot, before memblock is released.
 * Return: true if it is RAM that the previous kernel preserved.
 */
bool __init kho_in_preserved(phys_addr_t phys, u64 size)
{
	return kho_in.attached && size && phys < memblock_end_of_DRAM() &&
	       size <= memblock_end_of_DRAM() - phys &&
	       kho_tree_covers(kho_in.tree, phys, size);
}

/* Blocks that follow each other are reserved together. */
static struct {
	unsigned long start, end;	/* page frames */
} kho_reserve_run __initdata;

static int __init kho_reserve_flush(void)
{
	unsigned long start = kho_reserve_run.start;
	unsigned long end = kho_reserve_run.end;

	kho_reserve_run.start = 0;
	kho_reserve_run.end = 0;
	if (start == end)
		return 0;
	return __memblock_reserve(PFN_PHYS(start), PFN_PHYS(end - start),
				  NUMA_NO_NODE, MEMBLOCK_RSRV_NOINIT);
}

/* Blocks that kho_protect_block() has seen. */
static unsigned long kho_nr_protected __initdata;

static int __init kho_protect_block(unsigned long pfn, unsigned int order)
{
	int err = 0;

	kho_nr_protected++;
	kho_mm_init_block(pfn, order);
	if (pfn != kho_reserve_run.end) {
		err = kho_reserve_flush();
		kho_reserve_run.start = pfn;
	}
	kho_reserve_run.end = pfn + (1UL << order);
	return err;
}

/* What is reserved stays so: it may be a reserve_mem= region in use. */
static int __init kho_untag_block(unsigned long pfn, unsigned int order)
{
	if (!kho_nr_protected)
		return 1;

	kho_nr_protected--;
	pfn_to_page(pfn)->private = 0;
	return 0;
}

/**
 * kho_in_protect - keep what is preserved from the page allocator
 *
 * Every preserved block becomes a reservation in memblock whose struct pages
 * nobody else touches, and that kho_restore_block() knows.
 *
 * Context: Boot, right before memblock is released.
 * Return: 0; or -ENOMEM if memblock has no room for the reservations, and then
 * the handover is dropped.
 */
int __init kho_in_protect(void)
{
	struct kho_fault fault;
	int err;

	if (!kho_in.fdt)
		return 0;

	err = kho_tree_for_each(kho_in.tree, kho_protect_block);
	if (!err)
		err = kho_reserve_flush();
	if (err) {
		kho_tree_for_each(kho_in.tree, kho_untag_block);
		kho_fault(&fault, "no memory to reserve it, errno", -err);
		kho_in_forget(&fault);
	}
	return err;
}
