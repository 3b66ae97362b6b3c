/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What early boot of arm64 asks of a kexec handover.
 */
#ifndef __ASM_KHO_H
#define __ASM_KHO_H

#include <linux/kexec_handover.h>
#include <linux/of_kho.h>

struct memblock_region;

#ifdef CONFIG_KEXEC_HANDOVER

struct memblock_region *kho_last_region(struct memblock_region *region);
void kho_initrd_check(void);

#else /* CONFIG_KEXEC_HANDOVER */

static inline struct memblock_region *
kho_last_region(struct memblock_region *region)
{
	return region;
}

static inline void kho_initrd_check(void) { }

#endif /* CONFIG_KEXEC_HANDOVER */

#endif /* __ASM_KHO_H */
