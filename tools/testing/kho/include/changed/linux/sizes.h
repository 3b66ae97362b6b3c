/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _KHO_TEST_LINUX_SIZES_H
#define _KHO_TEST_LINUX_SIZES_H

#include_next <linux/sizes.h>

#define SZ_16G	_AC(0x400000000, ULL)

#endif /* _KHO_TEST_LINUX_SIZES_H */
