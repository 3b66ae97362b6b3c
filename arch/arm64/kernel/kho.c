// SPDX-License-Identifier: GPL-2.0
/*
 * Kexec handover in early boot of arm64: which initrd may be believed in, and
 * which regions of memblock are one piece of System RAM. The device tree tells
 * of the handover itself, see drivers/of/kho.c.
 */
#include <linux/init.h>
#include <linux/initrd.h>
#include <linux/memblock.h>
#include <linux/printk.h>

#include <asm/kho.h>

/**
 * kho_last_region - the end of a row of regions that are one piece of memory
 * @region: the first region of memblock.memory that is looked at.
 *
 * After a handover, memory is split into regions for allocations of early boot
 * only. /proc/iomem should not show that.
 *
 * Return: the last of the regions that follow @region without a gap and differ
 * from it in nothing else; @region itself if the next one does.
 */
struct memblock_region *__init kho_last_region(struct memblock_region *region)
{
	struct memblock_region *end = memblock.memory.regions + memblock.memory.cnt;

	for (; region + 1 < end; region++)
		if (region->base + region->size != region[1].base ||
		    memblock_get_region_node(region) !=
		    memblock_get_region_node(region + 1) ||
		    (region->flags ^ region[1].flags) &
		    ~(MEMBLOCK_KHO_SCRATCH | MEMBLOCK_KHO_UNPRESERVED))
			break;
	return region;
}

/**
 * kho_initrd_check - forget an initrd that is not from kexec after a handover
 *
 * An initrd that the firmware or the command line kept from an earlier boot may
 * lie where something is preserved.
 */
void __init kho_initrd_check(void)
{
	if (!IS_ENABLED(CONFIG_BLK_DEV_INITRD) || !phys_initrd_size ||
	    memblock_kho_is_usable(phys_initrd_start, phys_initrd_size))
		return;

	pr_warn("initrd at %pa ignored, it does not come from kexec\n",
		&phys_initrd_start);
	phys_initrd_size = 0;
}
