// SPDX-License-Identifier: GPL-2.0
/* What the kernel has from other headers. */
#include <limits.h>
#include <linux/types.h>
#include <linux/kmemleak.h>
#include <linux/seq_file.h>

/* tests/kho_alloc_api.c */
void kho_test_kmemleak_alloc(phys_addr_t phys, size_t size, gfp_t gfp);
#define kmemleak_alloc_phys	kho_test_kmemleak_alloc

#include "../../../mm/memblock_kho.c"
