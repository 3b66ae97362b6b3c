// SPDX-License-Identifier: GPL-2.0
/*
 * Tells the next kernel in /chosen of its device tree where the kexec handover
 * is. Built without handover as well: what this kernel was told itself must
 * never reach the next one, which would take free memory for preserved.
 */
#include <linux/kexec.h>
#include <linux/libfdt.h>
#include <linux/of_kho.h>

/**
 * of_kexec_setup_kho - tell the next kernel where the handover is, if any
 * @image: the image that is loaded.
 * @fdt: device tree for the next kernel.
 * @chosen_node: offset of /chosen there.
 *
 * What this kernel was told itself is out of date in any case. A kernel that
 * cannot take the handover is told nothing: it might pass it on.
 *
 * Return: 0, or an error of libfdt.
 */
int of_kexec_setup_kho(const struct kimage *image, void *fdt, int chosen_node)
{
	int ret;

	ret = fdt_delprop(fdt, chosen_node, "linux,kho-fdt");
	if (ret && ret != -FDT_ERR_NOTFOUND)
		return ret;
	ret = fdt_delprop(fdt, chosen_node, "linux,kho-scratch");
	if (ret && ret != -FDT_ERR_NOTFOUND)
		return ret;

	if (!image->kho.fdt || !image->kho.scratch || image->kho.reject)
		return 0;

	ret = fdt_appendprop_addrrange(fdt, 0, chosen_node, "linux,kho-fdt",
				       image->kho.fdt, PAGE_SIZE);
	if (ret)
		return ret;
	return fdt_appendprop_addrrange(fdt, 0, chosen_node,
					"linux,kho-scratch",
					image->kho.scratch->mem,
					image->kho.scratch->bufsz);
}
