// SPDX-License-Identifier: GPL-2.0
/*
 * Takes a kexec handover that the previous kernel tells of in /chosen of the
 * flat device tree. Reads it while the tree is scanned, and believes nothing of
 * it until memblock knows all memory.
 */
#define pr_fmt(fmt)	"OF: fdt: " fmt

#include <linux/init.h>
#include <linux/kexec_handover.h>
#include <linux/libfdt.h>
#include <linux/memblock.h>
#include <linux/of_fdt.h>
#include <linux/of_kho.h>
#include <linux/printk.h>

/* What /chosen says about a kexec handover. */
static struct {
	bool found;
	u64 fdt, fdt_size;
	u64 scratch, scratch_size;
} dt_kho __initdata;

/*
 * Decode one (address, size) pair of /chosen. The property is taken out: it is
 * not for those who read the tree to start yet another kernel.
 *
 * Return: 1, 0 if there is no such property, or -EINVAL if it is malformed.
 */
static int __init early_init_dt_take_kho(unsigned long node, const char *name,
					 u64 *addr, u64 *size)
{
	const __be32 *prop;
	int len, expected;

	prop = of_get_flat_dt_prop(node, name, &len);
	if (!prop)
		return 0;

	expected = (dt_root_addr_cells + dt_root_size_cells) * sizeof(*prop);
	if (len == expected) {
		*addr = dt_mem_next_cell(dt_root_addr_cells, &prop);
		*size = dt_mem_next_cell(dt_root_size_cells, &prop);
	} else {
		pr_warn("%s has %d bytes instead of %d, ignoring the handover\n",
			name, len, expected);
	}

	fdt_nop_property(initial_boot_params, node, name);
	/* The tree has changed: this takes a new checksum of it. */
	early_init_dt_verify(initial_boot_params, initial_boot_params_pa);
	return len == expected ? 1 : -EINVAL;
}

/**
 * early_init_dt_scan_kho - Decode a kexec handover from flat tree
 * @node: reference to node containing it ('chosen')
 */
void __init early_init_dt_scan_kho(unsigned long node)
{
	int fdt, scratch;

	fdt = early_init_dt_take_kho(node, "linux,kho-fdt", &dt_kho.fdt,
				     &dt_kho.fdt_size);
	scratch = early_init_dt_take_kho(node, "linux,kho-scratch",
					 &dt_kho.scratch, &dt_kho.scratch_size);
	dt_kho.found = fdt == 1 && scratch == 1;
	if (fdt + scratch == 1)
		pr_warn("no linux,kho-%s, ignoring the handover\n",
			fdt ? "scratch" : "fdt");
}

/**
 * early_init_dt_check_kho - Take the kexec handover that the tree told of
 *
 * To be called when memblock knows all memory, and before anything is
 * allocated from it.
 */
void __init early_init_dt_check_kho(void)
{
	if (dt_kho.found)
		kho_populate(dt_kho.fdt, dt_kho.fdt_size, dt_kho.scratch,
			     dt_kho.scratch_size);
}

/**
 * early_init_dt_reserve_kho - Reserve what kexec put into scratch
 *
 * Of some segments, such as the list of measurements of IMA, only /memreserve/
 * tells. To be called before anything is allocated from scratch.
 */
void __init early_init_dt_reserve_kho(void)
{
	u64 base, size;
	int n;

	for (n = 0; is_kho_boot(); n++) {
		fdt_get_mem_rsv(initial_boot_params, n, &base, &size);
		if (!size)
			break;
		if (memblock_kho_is_usable(base, size))
			memblock_reserve(base, size);
	}
}
