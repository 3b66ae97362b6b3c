// SPDX-License-Identifier: GPL-2.0
/* What the kernel has from other headers. */
#include <linux/seq_file.h>

#include "../../../mm/memblock_kho_mark.c"
