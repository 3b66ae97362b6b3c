/* SPDX-License-Identifier: GPL-2.0 */
/* See sim/ram.c. */
#ifndef _KHO_TEST_LINUX_IOPORT_H
#define _KHO_TEST_LINUX_IOPORT_H

#include <linux/types.h>

#define IORESOURCE_SYSTEM_RAM	0x01000200
#define IORES_DESC_NONE		0

enum { REGION_INTERSECTS, REGION_DISJOINT, REGION_MIXED };

int region_intersects(u64 start, size_t size, unsigned long flags,
		      unsigned long desc);

#endif /* _KHO_TEST_LINUX_IOPORT_H */
