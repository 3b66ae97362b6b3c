/* SPDX-License-Identifier: GPL-2.0 */
/* A copy of exactly the mapped bytes, so that ASan sees what lies beyond. */
#ifndef _KHO_TEST_ASM_EARLY_IOREMAP_H
#define _KHO_TEST_ASM_EARLY_IOREMAP_H

#include <linux/types.h>

void *early_memremap(phys_addr_t phys, unsigned long size);
void early_memunmap(void *addr, unsigned long size);

#endif /* _KHO_TEST_ASM_EARLY_IOREMAP_H */
