// SPDX-License-Identifier: GPL-2.0
/*
 * Kexec HandOver: memory for the page tables of the linear map.
 *
 * Where these can take more than scratch has, some of what is free must be known
 * before there is a linear map. The tables of the tracker are read through early
 * mappings, one at a time, and only the largest pieces of free memory are marked,
 * because memblock cannot make its lists longer yet. kho_in_attach() reads
 * everything once more, with all checks, and marks the rest.
 */

#define pr_fmt(fmt) "KHO: " fmt

#include <linux/init.h>
#include <linux/memblock.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/pfn.h>
#include <linux/string.h>

#include <asm/early_ioremap.h>

#include "kho_internal.h"
#include "kho_radix.h"

static struct kho_piece kho_unmapped_list[KHO_UNMAPPED_PIECES] __initdata;

static int __init kho_unmapped_table(u64 phys, void *digest)
{
	kho_digest_add(digest, PHYS_PFN(phys), PHYS_PFN(phys) + 1);
	return 0;
}

static void __init kho_unmapped_leaf(const struct kho_radix_leaf *leaf,
				     unsigned long key, void *digest)
{
	kho_digest_add_leaf(digest, leaf, key);
}

/*
 * Every piece can split a region of memblock's into three. As many regions as
 * that takes are left for those who mark memory until the lists can grow.
 */
static unsigned long __init kho_unmapped_pieces(void)
{
	unsigned long room = memblock.memory.max - memblock.memory.cnt;

	return min(KHO_UNMAPPED_PIECES, room / 4);
}

static int __init kho_unmapped_read(struct kho_digest *digest,
				    struct kho_fault *fault)
{
	const struct kho_tree_visitor visitor = {
		.unmapped = true,
		.table = kho_unmapped_table,
		.leaf = kho_unmapped_leaf,
		.data = digest,
	};
	int err;

	err = kho_tree_check_tables(kho_in.tree, &visitor, fault);
	if (err)
		return err;

	kho_in_add_scratch(digest);
	kho_in_mark_free(digest, kho_unmapped_list, kho_unmapped_pieces());
	return 0;
}

/* With the list of scratch areas there to be looked at. */
static int __init kho_unmapped_digest(struct kho_fault *fault)
{
	struct kho_digest digest;
	phys_addr_t phys;
	size_t size;
	void *map;
	int err;

	err = kho_in_check_limit(fault);
	if (err)
		return err;

	/* At most what early_memremap() can map on every 6.12.y. */
	size = kho_digest_size(&digest, PFN_UP(memblock_end_of_DRAM()));
	phys = memblock_phys_alloc(size, PAGE_SIZE);
	if (!phys)
		return kho_fault(fault, "no memory for a digest, bytes", size);

	map = early_memremap(phys, size);
	if (map) {
		memset(map, 0, size);
		kho_digest_start(&digest, map);
		err = kho_unmapped_read(&digest, fault);
		early_memunmap(map, size);
	} else {
		err = kho_fault(fault, "cannot map a digest, bytes", size);
	}
	memblock_phys_free(phys, size);
	return err;
}

/**
 * kho_memory_init_unmapped - find some of what is free without a linear map
 *
 * For architectures that allocate much for their linear map. What they take
 * from memblock before this call must fit into scratch.
 *
 * Context: Boot, with all memory in memblock, before the linear map.
 */
void __init kho_memory_init_unmapped(void)
{
	size_t size = kho_in.scratch_cnt * sizeof(struct kho_scratch);
	struct kho_scratch *areas;
	struct kho_fault fault;
	int err;

	kho_scratch_note_early();
	if (!is_kho_boot())
		return;

	areas = early_memremap(kho_in.scratch, size);
	if (areas) {
		kho_scratch_adopt(areas, kho_in.scratch_cnt);
		err = kho_unmapped_digest(&fault);
		kho_scratch_adopt(NULL, 0);
		early_memunmap(areas, size);
	} else {
		err = kho_fault(&fault, "cannot map the scratch list",
				kho_in.scratch);
	}
	if (err)
		kho_in_forget(&fault);
}
