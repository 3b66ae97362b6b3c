/* SPDX-License-Identifier: GPL-2.0 */
/* Physical memory, read and written through /dev/mem. */
#ifndef _LUO_PHYS_H
#define _LUO_PHYS_H

#include "luo.h"

static int mem = -1;

static inline void open_mem(void)
{
	mem = open("/dev/mem", O_RDWR);
	must(mem >= 0, "open /dev/mem");
}

static inline void peek(uint64_t phys, void *to, size_t size)
{
	must(pread(mem, to, size, phys) == (ssize_t)size, "read /dev/mem");
}

static inline void poke(uint64_t phys, const void *from, size_t size)
{
	must(pwrite(mem, from, size, phys) == (ssize_t)size, "write /dev/mem");
}

static inline void poke64(uint64_t phys, uint64_t value)
{
	poke(phys, &value, sizeof(value));
}

static inline void poke32(uint64_t phys, uint32_t value)
{
	poke(phys, &value, sizeof(value));
}

/*
 * For a copy of what is looked for at the start of pages: never there itself, where
 * it would be found, too.
 */
static inline void *own_copy(void)
{
	static char page[4096] __attribute__((aligned(4096)));

	return page + 64;
}

#endif /* _LUO_PHYS_H */
