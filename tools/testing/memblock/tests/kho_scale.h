/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _MEMBLOCK_KHO_SCALE_H
#define _MEMBLOCK_KHO_SCALE_H

#ifdef CONFIG_MEMBLOCK_KHO_SCRATCH
#include <stddef.h>

/* The compiler and the linker call them, to count. */
void __sanitizer_cov_trace_pc(void);
void *__real_memmove(void *to, const void *from, size_t size);
void *__wrap_memmove(void *to, const void *from, size_t size);

int memblock_kho_scale_checks(void);
#else
static inline int memblock_kho_scale_checks(void)
{
	return 0;
}
#endif

#endif
