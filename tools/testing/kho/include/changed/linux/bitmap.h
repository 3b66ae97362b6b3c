/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _KHO_TEST_LINUX_BITMAP_H
#define _KHO_TEST_LINUX_BITMAP_H

#include <linux/bitops.h>
#include <linux/string.h>

#define BITMAP_FIRST_WORD_MASK(start)	(~0UL << ((start) & (BITS_PER_LONG - 1)))
#define BITMAP_LAST_WORD_MASK(nbits)	(~0UL >> (-(nbits) & (BITS_PER_LONG - 1)))

static inline bool bitmap_empty(const unsigned long *map, unsigned long nbits)
{
	return find_first_bit(map, nbits) == nbits;
}

static inline void bitmap_set(unsigned long *map, unsigned long start,
			      unsigned long nbits)
{
	unsigned long word = BIT_WORD(start), last = BIT_WORD(start + nbits - 1);

	if (!nbits)
		return;
	if (word == last) {
		map[word] |= BITMAP_FIRST_WORD_MASK(start) &
			     BITMAP_LAST_WORD_MASK(start + nbits);
		return;
	}
	map[word++] |= BITMAP_FIRST_WORD_MASK(start);
	while (word < last)
		map[word++] = ~0UL;
	map[last] |= BITMAP_LAST_WORD_MASK(start + nbits);
}

static inline void bitmap_clear(unsigned long *map, unsigned long start,
				unsigned long nbits)
{
	unsigned long end = start + nbits;

	for (; start < end; start++)
		map[BIT_WORD(start)] &= ~BIT_MASK(start);
}

static inline void bitmap_zero(unsigned long *map, unsigned long nbits)
{
	memset(map, 0, BITS_TO_LONGS(nbits) * sizeof(*map));
}

#endif /* _KHO_TEST_LINUX_BITMAP_H */
