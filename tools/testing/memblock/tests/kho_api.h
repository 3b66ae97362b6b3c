/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _MEMBLOCK_KHO_API_H
#define _MEMBLOCK_KHO_API_H

#ifdef CONFIG_MEMBLOCK_KHO_SCRATCH
/* internal.h */
extern bool mirrored_kernelcore;

int memblock_kho_checks(void);
#else
static inline int memblock_kho_checks(void)
{
	return 0;
}
#endif

#endif
