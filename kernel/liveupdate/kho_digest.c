// SPDX-License-Identifier: GPL-2.0
/*
 * Kexec HandOver: digest, a coarse map of what is preserved.
 *
 * A bit for each block of memory says whether anything in it is preserved. The
 * successor makes it before it allocates anything large, to find memory that
 * it may use; the sender makes the same from its own tree before it jumps, to
 * know what the successor will find. Costs as much as there are tables and
 * blocks, never as there are keys.
 *
 * Blocks are small, and of the memory between busy ones only the largest pieces
 * are taken: that finds more with fewer pieces than larger blocks do, see
 * Documentation/core-api/kho/digest.rst.
 */

#include <linux/align.h>
#include <linux/bitmap.h>
#include <linux/bits.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/sizes.h>

#include "kho_internal.h"
#include "kho_radix.h"

/* Words of a leaf that are looked at together. */
#define KHO_GROUP_WORDS	8UL
#define KHO_GROUP_BITS	(KHO_GROUP_WORDS * BITS_PER_LONG)

/* The block size that a machine of so much memory begins with. */
#define KHO_DIGEST_MIN_BLOCK	SZ_2M

/* Blocks grow so that the map does not: 256 KiB of it do for 4 TiB. */
#define KHO_DIGEST_MAX_BLOCKS	BIT(21)

/**
 * kho_digest_size - how large the map is
 * @digest: set to what is needed for memory up to @end_pfn, and empty.
 * @end_pfn: the page frame after all memory.
 *
 * Return: bytes of the map, which kho_digest_start() takes.
 */
size_t kho_digest_size(struct kho_digest *digest, unsigned long end_pfn)
{
	unsigned int order = ilog2(KHO_DIGEST_MIN_BLOCK) - PAGE_SHIFT;

	while (DIV_ROUND_UP(end_pfn, BIT(order)) > KHO_DIGEST_MAX_BLOCKS)
		order += 3;

	*digest = (struct kho_digest) {
		.order = order,
		.nr = DIV_ROUND_UP(end_pfn, BIT(order)),
	};
	return BITS_TO_LONGS(digest->nr) * sizeof(unsigned long);
}

/**
 * kho_digest_start - give a digest its map
 * @digest: as kho_digest_size() left it.
 * @busy: that many bytes, all zero.
 */
void kho_digest_start(struct kho_digest *digest, unsigned long *busy)
{
	digest->busy = busy;
}

/**
 * kho_digest_add - mark a range of pages as preserved
 * @digest: the digest.
 * @pfn: first page frame.
 * @end: the page frame after the range. What is beyond all memory is ignored.
 */
void kho_digest_add(struct kho_digest *digest, unsigned long pfn,
		    unsigned long end)
{
	unsigned long first = pfn >> digest->order, last;

	if (pfn >= end || first >= digest->nr)
		return;

	last = min((end - 1) >> digest->order, digest->nr - 1);
	bitmap_set(digest->busy, first, last - first + 1);
}

static inline void kho_digest_add_page(struct kho_digest *digest,
				       unsigned long pfn)
{
	unsigned long block = pfn >> digest->order;

	if (block < digest->nr)
		__set_bit(block, digest->busy);
}

/* A leaf of which every bit is a block of the map, or more than one. */
static void kho_digest_add_large(struct kho_digest *digest,
				 const unsigned long *bitmap,
				 unsigned long pfn, unsigned int order)
{
	const unsigned long nr_bits = KHO_RADIX_LEAF_MASK + 1;
	unsigned long bit, end;

	for (bit = find_first_bit(bitmap, nr_bits); bit < nr_bits;
	     bit = find_next_bit(bitmap, nr_bits, end)) {
		end = find_next_zero_bit(bitmap, nr_bits, bit);
		digest->pages += (end - bit) << order;
		kho_digest_add(digest, pfn + (bit << order),
			       pfn + (end << order));
	}
}

/* A word of a leaf that has something in it. */
static void kho_digest_add_word(struct kho_digest *digest, unsigned long word,
				unsigned long pfn, unsigned int order)
{
	const unsigned int shift = digest->order - order;
	unsigned int bit;

	digest->pages += hweight_long(word) << order;
	if (shift >= ilog2(BITS_PER_LONG)) {
		kho_digest_add_page(digest, pfn);
		return;
	}

	while (word) {
		bit = __ffs(word);
		kho_digest_add_page(digest, pfn + ((unsigned long)bit << order));
		bit = ALIGN_DOWN(bit, 1U << shift);
		word &= ~(GENMASK((1U << shift) - 1, 0) << bit);
	}
}

static void kho_digest_add_words(struct kho_digest *digest,
				 const unsigned long *word,
				 unsigned long pfn, unsigned int order)
{
	unsigned long i;

	for (i = 0; i < KHO_GROUP_WORDS; i++)
		if (word[i])
			kho_digest_add_word(digest, word[i],
					    pfn + (i * BITS_PER_LONG << order),
					    order);
}

static __always_inline bool kho_group_is_full(const unsigned long *word)
{
	unsigned long i, all = ~0UL;

#pragma GCC unroll 8
	for (i = 0; i < KHO_GROUP_WORDS; i++)
		all &= word[i];
	return all == ~0UL;
}

static __always_inline bool kho_group_is_empty(const unsigned long *word)
{
	unsigned long i, any = 0;

#pragma GCC unroll 8
	for (i = 0; i < KHO_GROUP_WORDS; i++)
		any |= word[i];
	return !any;
}

/* A leaf of which many bits are a block of the map. Most groups are full. */
static void kho_digest_add_small(struct kho_digest *digest,
				 const unsigned long *bitmap,
				 unsigned long pfn, unsigned int order)
{
	const unsigned long nr_bits = KHO_RADIX_LEAF_MASK + 1;
	unsigned long bit = 0, end;

	while (bit < nr_bits) {
		for (end = bit; end < nr_bits; end += KHO_GROUP_BITS)
			if (!kho_group_is_full(bitmap + BIT_WORD(end)))
				break;
		digest->pages += (end - bit) << order;
		kho_digest_add(digest, pfn + (bit << order),
			       pfn + (end << order));
		if (end < nr_bits &&
		    !kho_group_is_empty(bitmap + BIT_WORD(end)))
			kho_digest_add_words(digest, bitmap + BIT_WORD(end),
					     pfn + (end << order), order);
		bit = end + KHO_GROUP_BITS;
	}
}

/**
 * kho_digest_add_leaf - mark what a leaf of a tree says
 * @digest: the digest.
 * @leaf: the leaf. Others may change it meanwhile.
 * @key: the key of its first bit, not 0.
 */
void kho_digest_add_leaf(struct kho_digest *digest,
			 const struct kho_radix_leaf *leaf, unsigned long key)
{
	unsigned long pfn, before = digest->pages;
	unsigned int order;

	pfn = kho_key_decode(key, &order);
	if (order >= digest->order)
		kho_digest_add_large(digest, leaf->bitmap, pfn, order);
	else
		kho_digest_add_small(digest, leaf->bitmap, pfn, order);

	if (digest->pages != before)
		digest->orders |= BIT(order);
}

/**
 * kho_digest_next - the next piece of memory of which nothing is preserved
 * @digest: the digest.
 * @piece: the range to search; set to the piece that was found.
 * @end: the page frame after the range.
 *
 * Return: true if there is one.
 */
bool kho_digest_next(const struct kho_digest *digest, struct kho_piece *piece,
		     unsigned long end)
{
	unsigned long block, next;

	block = find_next_zero_bit(digest->busy, digest->nr,
				   min(piece->start >> digest->order,
				       digest->nr));
	if (block >= digest->nr)
		return false;

	next = find_next_bit(digest->busy, digest->nr, block);
	piece->start = max(piece->start, block << digest->order);
	piece->end = min(end, next << digest->order);
	return piece->start < piece->end;
}

/**
 * kho_pick_note - take note of a piece, to know later which are the largest
 * @pick: zero before the first one.
 * @piece: the piece.
 */
void kho_pick_note(struct kho_pick *pick, const struct kho_piece *piece)
{
	pick->nr[ilog2(piece->end - piece->start)]++;
}

/**
 * kho_pick_max - how many pieces a successor takes
 * @pick: has seen all pieces.
 *
 * So many that early allocations stay fast; but all that are large enough for
 * gigantic pages, which can come from nowhere else.
 *
 * Return: a number for kho_pick_limit().
 */
unsigned long kho_pick_max(const struct kho_pick *pick)
{
	unsigned long nr = 0;
	unsigned int i;

	for (i = ilog2(SZ_1G) - PAGE_SHIFT; i < BITS_PER_LONG; i++)
		nr += pick->nr[i];
	return max(nr, KHO_MAX_PIECES);
}

/**
 * kho_pick_limit - set how many of the pieces are taken
 * @pick: has seen all pieces.
 * @max: so many, or all if there are fewer.
 */
void kho_pick_limit(struct kho_pick *pick, unsigned long max)
{
	unsigned int i = BITS_PER_LONG;

	/* Of the smallest ones that are taken, the first that come. */
	while (i--) {
		pick->nr[i] = min(pick->nr[i], max);
		max -= pick->nr[i];
	}
}

/**
 * kho_pick_take - tell whether a piece is among those that are taken
 * @pick: limited.
 * @piece: a piece, each of them asked for once.
 *
 * Return: true if it is.
 */
bool kho_pick_take(struct kho_pick *pick, const struct kho_piece *piece)
{
	unsigned long *nr = &pick->nr[ilog2(piece->end - piece->start)];

	if (!*nr)
		return false;
	--*nr;
	return true;
}
