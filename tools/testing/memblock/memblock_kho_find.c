// SPDX-License-Identifier: GPL-2.0
/* What the kernel has from other headers. */
#include <limits.h>
#include <linux/kexec_handover.h>
#include <linux/seq_file.h>

#include "../../../mm/memblock_kho_find.c"
