/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _KHO_TEST_LINUX_KMEMLEAK_H
#define _KHO_TEST_LINUX_KMEMLEAK_H

#include <linux/types.h>

struct vm_struct;

static inline void kmemleak_ignore_phys(phys_addr_t phys) { (void)phys; }

static inline void kmemleak_alloc_phys(phys_addr_t phys, size_t size, gfp_t gfp)
{
	(void)phys;
	(void)size;
	(void)gfp;
}

static inline void kmemleak_free_part_phys(phys_addr_t phys, size_t size)
{
	(void)phys;
	(void)size;
}

static inline void kmemleak_vmalloc(const struct vm_struct *area, size_t size,
				    gfp_t gfp)
{
	(void)area;
	(void)size;
	(void)gfp;
}

#endif /* _KHO_TEST_LINUX_KMEMLEAK_H */
