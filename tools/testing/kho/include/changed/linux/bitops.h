/* SPDX-License-Identifier: GPL-2.0 */
/* Compiler builtins. Searches read words atomically, as CPUs do. */
#ifndef _KHO_TEST_LINUX_BITOPS_H
#define _KHO_TEST_LINUX_BITOPS_H

#include <linux/bits.h>
#include <linux/compiler.h>
#include <linux/types.h>

#define __fls(word)		(BITS_PER_LONG - 1 - (unsigned int)__builtin_clzl(word))
#define __ffs(word)		((unsigned int)__builtin_ctzl(word))
#define hweight_long(word)	((unsigned int)__builtin_popcountl(word))

static inline void set_bit(unsigned long nr, unsigned long *addr)
{
	sim_interleave();
	__atomic_fetch_or(addr + BIT_WORD(nr), BIT_MASK(nr), __ATOMIC_RELAXED);
}

static inline void clear_bit(unsigned long nr, unsigned long *addr)
{
	sim_interleave();
	__atomic_fetch_and(addr + BIT_WORD(nr), ~BIT_MASK(nr),
			   __ATOMIC_RELAXED);
}

static inline void __set_bit(unsigned long nr, unsigned long *addr)
{
	addr[BIT_WORD(nr)] |= BIT_MASK(nr);
}

static inline void __clear_bit(unsigned long nr, unsigned long *addr)
{
	addr[BIT_WORD(nr)] &= ~BIT_MASK(nr);
}

static inline bool test_bit(unsigned long nr, const unsigned long *addr)
{
	return __atomic_load_n(addr + BIT_WORD(nr), __ATOMIC_RELAXED) &
	       BIT_MASK(nr);
}

/* The first bit from @offset on that differs from the bits of @invert. */
static inline unsigned long __find_bit(const unsigned long *addr,
				       unsigned long size, unsigned long offset,
				       unsigned long invert)
{
	unsigned long word;

	while (offset < size) {
		word = __atomic_load_n(addr + BIT_WORD(offset), __ATOMIC_RELAXED);
		word = (word ^ invert) >> (offset % BITS_PER_LONG);
		if (word) {
			offset += __ffs(word);
			return offset < size ? offset : size;
		}
		offset = (offset | (BITS_PER_LONG - 1)) + 1;
	}
	return size;
}

#define find_next_bit(addr, size, offset)	__find_bit(addr, size, offset, 0)
#define find_next_zero_bit(addr, size, offset)	__find_bit(addr, size, offset, ~0UL)
#define find_first_bit(addr, size)		find_next_bit(addr, size, 0)

#define for_each_set_bit(bit, addr, size)				\
	for ((bit) = 0;							\
	     (bit) = find_next_bit((addr), (size), (bit)), (bit) < (size); \
	     (bit)++)

#endif /* _KHO_TEST_LINUX_BITOPS_H */
