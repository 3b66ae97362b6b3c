// SPDX-License-Identifier: GPL-2.0
/*
 * Kexec HandOver: what the previous kernel says.
 *
 * Believed in two steps, each when what it needs is there. Populate, before
 * memblock knows any memory: the root FDT and the list of scratch areas; from
 * then on allocations come from scratch only. Attach, with the linear map: the
 * tree of preserved memory and the blobs; from then on allocations may come from
 * memory of which nothing is preserved too. Anything that makes no sense ends it
 * with one line in the log and a boot without handover. How memory is released
 * around what is preserved is told in kho_release.c.
 */

#define pr_fmt(fmt) "KHO: " fmt

#include <linux/export.h>
#include <linux/io.h>
#include <linux/libfdt.h>
#include <linux/memblock.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/pfn.h>
#include <linux/printk.h>
#include <linux/timex.h>

#include <asm/early_ioremap.h>

#include "kho_hwpoison.h"
#include "kho_internal.h"
#include "kho_radix.h"

struct kho_incoming kho_in __ro_after_init;

/* Orders in the tree, a bit for each. */
static unsigned long kho_in_orders __initdata;

/* What is preserved and nobody had reserved when memblock was released, in pages. */
static unsigned long kho_in_left __ro_after_init;

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
 * kho_in_memblock - tell whether all of a range is memory for memblock
 * @start: physical start address in bytes.
 * @size: size in bytes.
 *
 * Memory that belongs to firmware and is not mapped is none.
 *
 * Return: true if it is.
 */
bool __init kho_in_memblock(phys_addr_t start, phys_addr_t size)
{
	phys_addr_t end = start + size, mem_start, mem_end;
	u64 i;

	if (end < start)
		return false;

	for_each_mem_range(i, &mem_start, &mem_end)
		if (mem_start <= start && start < mem_end)
			start = mem_end;
	return start >= end;
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
	return kho_in_memblock(start, size);
}

/* Read the root FDT; only what it says, nothing that it points to. */
static int __init kho_populate_fdt(phys_addr_t phys, u64 len,
				   phys_addr_t *tree, struct kho_fault *fault)
{
	void *fdt;
	int err;

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

	/* The sender gives the size of its page, whatever the FDT takes. */
	if (fdt_len != PAGE_SIZE) {
		pr_warn("handover ignored: the previous kernel has pages of %llu bytes, this one of %lu; booting without it\n",
			fdt_len, PAGE_SIZE);
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

/*
 * Where the memory ends that this kernel uses. An architecture that does not
 * know it yet has cut memblock already.
 */
static phys_addr_t __init kho_memory_end(void)
{
	return max_pfn ? PFN_PHYS(max_pfn) : memblock_end_of_DRAM();
}

/**
 * kho_in_forget - stop believing
 * @fault: why.
 *
 * All memory is ours again, and nothing was handed over.
 */
void __init kho_in_forget(const struct kho_fault *fault)
{
	pr_warn("handover dropped: %s (%#llx); what was preserved is lost, booting without it\n",
		fault->what, fault->value);
	kho_in.fdt = 0;
	kho_in.attached = false;
	kho_own_forget();
	kho_scratch_adopt(NULL, 0);
	memblock_clear_kho_unpreserved(0, PHYS_ADDR_MAX);
	memblock_clear_kho_scratch(0, PHYS_ADDR_MAX);
	memblock_clear_kho_scratch_only();
}

/**
 * kho_check_memory_map - drop a handover whose scratch is not memory any more
 *
 * For architectures that tell memblock of memory after the command line was
 * read, which may have cut memory off, mem= for example. Until then memblock
 * knows the scratch areas only. What was cut off is taken out again, or it
 * would be used without being mapped.
 *
 * Context: Boot, right before memory is added to memblock.
 */
void __init kho_check_memory_map(void)
{
	struct kho_fault fault;
	struct memblock_region *r;

	if (!kho_in.fdt)
		return;

	for_each_mem_region(r) {
		if (arch_kho_is_ram(r->base, r->size))
			continue;
		kho_fault(&fault, "scratch area beyond mem=", r->base);
		memblock_remove(0, PHYS_ADDR_MAX);
		kho_in_forget(&fault);
		return;
	}
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

/**
 * kho_in_check_limit - tell whether all areas are memory that this kernel uses
 * @fault: set to what is wrong.
 *
 * Return: 0 or -EINVAL.
 */
int __init kho_in_check_limit(struct kho_fault *fault)
{
	unsigned int i;

	for (i = 0; i < kho_scratch_cnt; i++)
		if (kho_scratch[i].size &&
		    (kho_scratch[i].addr + kho_scratch[i].size >
		     kho_memory_end() ||
		     !kho_in_memblock(kho_scratch[i].addr,
				      kho_scratch[i].size)))
			return kho_fault(fault, "scratch area beyond mem=",
					 kho_scratch[i].addr);
	return 0;
}

/* What is preserved, in pages: each of them once, whatever the keys say. */
static void __init kho_in_count(void)
{
	kho_in.stats.pages = kho_release_count(0, PHYS_PFN(memblock_end_of_DRAM())) -
			     kho_in.stats.tables;
}

/* A table of the tree: its page is needed until memory is released. */
static int __init kho_in_table(u64 phys, void *digest)
{
	/* Whoever reserved it may write to it at any time. */
	if (memblock_is_region_reserved(phys, PAGE_SIZE))
		return -EBUSY;

	kho_in.stats.tables++;
	kho_digest_add(digest, PHYS_PFN(phys), PHYS_PFN(phys) + 1);
	return 0;
}

static void __init kho_in_leaf(const struct kho_radix_leaf *leaf,
			       unsigned long key, void *digest)
{
	kho_digest_add_leaf(digest, leaf, key);
}

/* The same once more, when it is known how many there are. */
static int __init kho_in_own_table(u64 phys, void *data)
{
	return kho_own_add(PHYS_PFN(phys));
}

static void __init kho_in_own_leaf(const struct kho_radix_leaf *leaf,
				   unsigned long key, void *data)
{
}

/* The root FDT and the tables are nobody else's, nor is one of them another. */
static int __init kho_in_claim(struct kho_fault *fault)
{
	const struct kho_tree_visitor visitor = {
		.table = kho_in_own_table,
		.leaf = kho_in_own_leaf,
	};
	unsigned long twice;
	int err;

	if (memblock_is_region_reserved(kho_in.fdt, PAGE_SIZE))
		return kho_fault(fault, "FDT in reserved memory", kho_in.fdt);
	if (kho_own_start(kho_in.stats.tables + 1))
		return kho_fault(fault, "no memory to take note of tables",
				 kho_in.stats.tables);

	err = kho_own_add(PHYS_PFN(kho_in.fdt)) ?:
	      kho_tree_check_tables(kho_in.tree, &visitor, fault);
	if (!err && kho_own_finish(&twice))
		err = kho_fault(fault, "table that is used twice",
				PFN_PHYS(twice));
	return err;
}

static int __init kho_in_read_tree(struct kho_digest *digest,
				   struct kho_fault *fault)
{
	const struct kho_tree_visitor visitor = {
		.table = kho_in_table,
		.leaf = kho_in_leaf,
		.data = digest,
	};
	const unsigned long fdt = PHYS_PFN(kho_in.fdt);
	int err;

	kho_in.stats.tables = 0;
	err = kho_tree_check_tables(kho_in.tree, &visitor, fault);
	err = err ?: kho_in_claim(fault);
	err = err ?: kho_tree_check_keys(kho_in.tree, digest->orders, fault);
	if (err)
		return err;

	kho_in_orders = digest->orders;
	if (!kho_tree_covers(kho_in.tree, kho_in_orders, fdt, fdt + 1))
		return kho_fault(fault, "FDT is not preserved", kho_in.fdt);

	kho_own_report(kho_in.tree, kho_in_orders, fdt);
	kho_release_start(kho_in.tree, kho_in_orders);
	kho_in_count();
	kho_in.attached = true;
	return 0;
}

/* Note or, with @pieces, take those pieces of memory that are in no busy block. */
static unsigned int __init
kho_in_visit_pieces(const struct kho_digest *digest, struct kho_piece *pieces,
		    struct kho_pick *pick)
{
	struct kho_piece piece;
	struct memblock_region *r;
	unsigned long end;
	unsigned int n = 0;

	for_each_mem_region(r) {
		if (memblock_is_kho_scratch(r) || memblock_is_nomap(r))
			continue;
		piece.end = memblock_region_memory_base_pfn(r);
		end = memblock_region_memory_end_pfn(r);
		for (;;) {
			piece.start = piece.end;
			if (piece.start >= end ||
			    !kho_digest_next(digest, &piece, end))
				break;
			if (!pieces)
				kho_pick_note(pick, &piece);
			else if (kho_pick_take(pick, &piece))
				pieces[n++] = piece;
		}
	}
	return n;
}

/**
 * kho_in_add_scratch - add the scratch areas to a digest
 * @digest: the digest.
 */
void __init kho_in_add_scratch(struct kho_digest *digest)
{
	unsigned int i;

	for (i = 0; i < kho_scratch_cnt; i++)
		kho_digest_add(digest, PHYS_PFN(kho_scratch[i].addr),
			       PHYS_PFN(kho_scratch[i].addr +
					kho_scratch[i].size));
}

/**
 * kho_in_mark_free - allow allocations from what is not preserved
 * @digest: what is preserved, and scratch.
 * @pieces: room for @max pieces.
 * @max: so many pieces of memory are used, the largest ones.
 */
void __init kho_in_mark_free(const struct kho_digest *digest,
			     struct kho_piece *pieces, unsigned long max)
{
	struct kho_in_stats *stats = &kho_in.stats;
	struct kho_pick pick = {};
	unsigned int i, nr;

	stats->found = 0;
	kho_in_visit_pieces(digest, NULL, &pick);
	kho_pick_limit(&pick, max);
	nr = kho_in_visit_pieces(digest, pieces, &pick);

	stats->pieces = memblock_mark_kho_pieces(pieces, nr);
	for (i = 0; i < stats->pieces; i++)
		stats->found += pieces[i].end - pieces[i].start;
}

/* The list of pieces is as long as the digest demands; without it scratch must do. */
static void __init kho_in_find_free(struct kho_digest *digest)
{
	struct kho_piece *pieces;
	struct kho_pick pick = {};
	unsigned long max;

	kho_in_add_scratch(digest);
	kho_in_visit_pieces(digest, NULL, &pick);
	max = kho_pick_max(&pick);
	pieces = memblock_alloc(array_size(max, sizeof(*pieces)), PAGE_SIZE);
	if (!pieces)
		return;

	kho_in_mark_free(digest, pieces, max);
	memblock_free(pieces, array_size(max, sizeof(*pieces)));
}

static int __init kho_in_digest(struct kho_fault *fault)
{
	struct kho_digest digest;
	size_t size;
	void *map;
	int err;

	size = kho_digest_size(&digest, PFN_UP(memblock_end_of_DRAM()));
	map = memblock_alloc(size, PAGE_SIZE);
	if (!map)
		return kho_fault(fault, "no memory for a digest, bytes", size);

	kho_digest_start(&digest, map);
	err = kho_in_read_tree(&digest, fault);
	if (!err) {
		kho_in_find_free(&digest);
		kho_in.stats.block = PFN_PHYS(BIT(digest.order));
	}
	memblock_free(map, size);
	return err;
}

static void __init kho_in_report(void)
{
	const struct kho_in_stats *stats = &kho_in.stats;

	pr_info("%lu KiB preserved, in %lu tables; %lu MiB found free in %u pieces\n",
		stats->pages << (PAGE_SHIFT - 10), stats->tables,
		stats->found >> (20 - PAGE_SHIFT), stats->pieces);
}

/**
 * kho_in_attach - check the tree, and find out which memory is free
 *
 * Context: Boot, with the linear map.
 */
void __init kho_in_attach(void)
{
	cycles_t start = get_cycles();
	struct kho_fault fault;

	if (!kho_in.fdt)
		return;

	/* Memory that mem= cut off is not mapped. */
	if (kho_in.scratch >= kho_memory_end()) {
		kho_fault(&fault, "scratch list beyond mem=", kho_in.scratch);
		kho_in_forget(&fault);
		return;
	}

	kho_scratch_adopt(phys_to_virt(kho_in.scratch), kho_in.scratch_cnt);

	if (kho_in_check_limit(&fault) || kho_in_digest(&fault)) {
		kho_in_forget(&fault);
		return;
	}
	kho_in_check_blobs(phys_to_virt(kho_in.fdt));
	kho_metadata_note();
	kho_hwpoison_read();
	kho_in.stats.digest_cycles = get_cycles() - start;
	kho_in_report();
}

/**
 * kho_in_preserved - tell whether somebody can have all of a range
 * @phys: physical start address.
 * @size: size in bytes.
 *
 * Context: Boot, before all memory is released.
 * Return: true if it is RAM that the previous kernel preserved, and no page of it
 * is one that the handover itself needs.
 */
bool __init kho_in_preserved(phys_addr_t phys, u64 size)
{
	unsigned long pfn = PHYS_PFN(phys), end;

	if (!kho_in.attached || !size || phys >= memblock_end_of_DRAM() ||
	    size > memblock_end_of_DRAM() - phys)
		return false;

	end = PFN_UP(phys + size);
	return kho_own_find(pfn, end) == end &&
	       kho_tree_covers(kho_in.tree, kho_in_orders, pfn, end);
}

/**
 * kho_in_touches - tell whether anything of a range is needed
 * @phys: physical start address.
 * @size: size in bytes.
 *
 * For those who are about to free reserved memory. Before kho_in_attach() nothing
 * is known, and the answer is no.
 *
 * Context: Boot, before all memory is released.
 * Return: true if the previous kernel preserved a page of it, or more, or if the
 * handover itself is in it.
 */
bool __init kho_in_touches(phys_addr_t phys, u64 size)
{
	unsigned long pfn = PHYS_PFN(phys), end;

	if (!kho_in.attached || !size || phys >= memblock_end_of_DRAM())
		return false;

	end = PFN_UP(min(phys + size, memblock_end_of_DRAM()));
	return kho_own_find(pfn, end) < end ||
	       kho_tree_any(kho_in.tree, kho_in_orders, pfn, end);
}

/**
 * kho_in_block - tell whether a block was preserved that somebody can have
 * @pfn: its first page frame.
 * @order: log2 of the number of its pages.
 *
 * Context: As kho_in_preserved().
 * Return: true if the previous kernel preserved exactly this block.
 */
bool __init kho_in_block(unsigned long pfn, unsigned int order)
{
	struct kho_tree_cursor cursor = {
		.root = kho_in.tree,
		.order = order,
	};
	unsigned long end;

	if (!kho_in.attached || !(kho_in_orders & BIT(order)) ||
	    pfn >= PHYS_PFN(memblock_end_of_DRAM()) ||
	    !IS_ALIGNED(pfn, 1UL << order))
		return false;

	end = pfn + (1UL << order);
	return kho_tree_find(&cursor, pfn, pfn + 1) == pfn &&
	       kho_own_find(pfn, end) == end;
}

/**
 * kho_in_nr_pages - how much is preserved of what is not reserved
 *
 * Context: Boot, between kho_memory_init_early() and the initcalls.
 * Return: number of pages, 0 if nothing was handed over.
 */
unsigned long __init kho_in_nr_pages(void)
{
	unsigned long pages, pfn, end = 0;
	struct memblock_region *r;

	if (!kho_in.attached)
		return 0;

	pages = kho_in.stats.pages + kho_in.stats.tables;
	for_each_reserved_mem_region(r) {
		pfn = max(end, PFN_DOWN(r->base));
		end = max(pfn, PFN_UP(r->base + r->size));
		pages -= kho_release_count(pfn, end);
	}
	return pages;
}

/**
 * kho_in_unclaimed - how much nobody has taken yet
 *
 * What is reserved has an owner: a reserve_mem= region is adopted where it is, and
 * never restored.
 *
 * Context: Any, after memblock was released.
 * Return: number of pages, those of tables included.
 */
unsigned long kho_in_unclaimed(void)
{
	return kho_in_left - kho_restored();
}

/**
 * kho_in_release - let memory go to the page allocator, but what is preserved
 *
 * Context: Boot, right before memblock is released.
 */
void __init kho_in_release(void)
{
	if (kho_release_check_reserved())
		kho_in_count();
	kho_in_left = kho_in_nr_pages();
	memblock_clear_kho_unpreserved(0, PHYS_ADDR_MAX);
	memblock_clear_kho_scratch(0, PHYS_ADDR_MAX);
}

/**
 * kho_in_note_release - keep for the record what releasing memory took
 * @cycles: of get_cycles(), of all processors together.
 */
void __init kho_in_note_release(unsigned long cycles)
{
	kho_in.stats.release_cycles = cycles;
}

/**
 * kho_in_get_stats - what is known about the handover
 *
 * Return: the figures; all zero if nothing was handed over.
 */
const struct kho_in_stats *kho_in_get_stats(void)
{
	return &kho_in.stats;
}
