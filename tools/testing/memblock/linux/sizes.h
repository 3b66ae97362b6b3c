/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _MEMBLOCK_LINUX_SIZES_H
#define _MEMBLOCK_LINUX_SIZES_H

#include <../../include/linux/sizes.h>

#define SZ_16G				_AC(0x400000000, ULL)

#endif
