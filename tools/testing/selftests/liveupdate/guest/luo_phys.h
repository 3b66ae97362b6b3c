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

/* The physical address of a page that is mapped here. */
static inline uint64_t phys_of(const void *address)
{
	const unsigned long page = sysconf(_SC_PAGESIZE);
	int fd = open("/proc/self/pagemap", O_RDONLY);
	uint64_t word = 0;

	must(pread(fd, &word, 8, (unsigned long)address / page * 8) == 8,
	     "read pagemap");
	close(fd);
	return (word & ((1ull << 55) - 1)) * page;
}

/* Whether something of [@phys, @phys + @size) lies in scratch. */
static inline bool scratch_has(uint64_t phys, uint64_t size)
{
	FILE *a = fopen("/sys/kernel/debug/kho/out/scratch_phys", "r");
	FILE *b = fopen("/sys/kernel/debug/kho/out/scratch_len", "r");
	uint64_t addr, len;
	bool found = false;
	char line[64];

	must(a && b, "open the list of scratch areas");
	while (fgets(line, sizeof(line), a)) {
		addr = strtoull(line, NULL, 0);
		must(fgets(line, sizeof(line), b), "read sizes of scratch areas");
		len = strtoull(line, NULL, 0);
		found |= phys + size > addr && phys < addr + len;
	}
	fclose(a);
	fclose(b);
	return found;
}

#endif /* _LUO_PHYS_H */
