// SPDX-License-Identifier: GPL-2.0
/*
 * What the code under test makes of a layout, against the naive model.
 */

#include <stdlib.h>

#include "layout.h"

const char *layout_check_digest(struct layout *l)
{
	const unsigned int order = l->digest.order;
	unsigned long block, last = -1UL, pages = 0, orders = 0, busy = 0, i;
	bool have, marked;

	for (i = 0; i < l->nr_runs; i++) {
		pages += l->runs[i].nr << l->runs[i].order;
		orders |= BIT(l->runs[i].order);
	}
	if (l->digest.pages != pages)
		return "another number of pages";
	if (l->digest.orders != orders)
		return "other orders";

	/* Blocks with tables aside, and then those of the window. */
	for (i = PHYS_PFN(LAYOUT_SPARE); i < l->next_spare; i++) {
		block = i >> order;
		if (!test_bit(block, l->digest.busy))
			return "a table in a block that is not busy";
		busy += block != last;
		last = block;
	}
	for (i = 0; i < l->nr;) {
		block = (l->base + i) >> order;
		have = block == last;
		for (; i < l->nr && (l->base + i) >> order == block; i++)
			have |= l->page[i] & (PAGE_KEY | PAGE_TABLE);
		marked = block < l->digest.nr && test_bit(block, l->digest.busy);
		if (have != marked)
			return have ? "a block that is not busy" : "a busy block";
		busy += have && block != last;
	}
	for (i = 0, last = 0; i < BITS_TO_LONGS(l->digest.nr); i++)
		last += hweight_long(l->digest.busy[i]);
	return last == busy ? NULL : "busy blocks elsewhere";
}

/* Pieces of the map as the successor asks for them. */
static unsigned int visit(struct layout *l, struct kho_pick *pick, bool take,
			  struct kho_piece *pieces)
{
	struct kho_piece piece;
	struct memblock_region *r;
	unsigned long end;
	unsigned int n = 0;

	for_each_mem_region(r) {
		if (memblock_is_kho_scratch(r))
			continue;
		piece.end = memblock_region_memory_base_pfn(r);
		end = memblock_region_memory_end_pfn(r);
		while (piece.end < end) {
			piece.start = piece.end;
			if (!kho_digest_next(&l->digest, &piece, end))
				break;
			if (!take)
				kho_pick_note(pick, &piece);
			if (!take || kho_pick_take(pick, &piece))
				pieces[n++] = piece;
		}
	}
	return n;
}

static int larger(const void *a, const void *b)
{
	return *(const unsigned char *)b - *(const unsigned char *)a;
}

const char *layout_check_pieces(struct layout *l, unsigned int max)
{
	static struct kho_piece all[LAYOUT_MAX_PAGES], some[LAYOUT_MAX_PAGES];
	static unsigned char sizes[LAYOUT_MAX_PAGES];
	unsigned int nr, n, i, k = 0, left[64] = {};
	const struct kho_digest *d = &l->digest;
	struct kho_pick pick = {};
	struct memblock_region *r;
	unsigned long pfn, end, m;
	bool is_free, was_free;

	nr = visit(l, &pick, false, all);

	/* Just the free runs of each region. */
	for_each_mem_region(r) {
		if (memblock_is_kho_scratch(r))
			continue;
		was_free = false;
		end = PFN_DOWN(r->base + r->size);
		for (pfn = PFN_UP(r->base); pfn < end; pfn++) {
			is_free = !(d->busy[(pfn >> d->order) / 64] >>
				    (pfn >> d->order) % 64 & 1);
			m = pfn - l->base;
			if (is_free && pfn >= l->base &&
			    l->page[m] & (PAGE_KEY | PAGE_TABLE))
				return "free, but preserved";
			if (is_free && !was_free && (k >= nr || all[k].start != pfn))
				return "a piece begins elsewhere";
			if (!is_free && was_free && all[k++].end != pfn)
				return "a piece ends elsewhere";
			was_free = is_free;
		}
		if (was_free && all[k++].end != end)
			return "a piece does not end with its region";
	}
	if (k != nr)
		return "more pieces";

	kho_pick_limit(&pick, max);
	n = visit(l, &pick, true, some);
	if (n != min(nr, max))
		return "another number of pieces is taken";
	for (i = 0; i < nr; i++)
		sizes[i] = ilog2(all[i].end - all[i].start);
	qsort(sizes, nr, 1, larger);
	for (i = 0; i < n; i++)
		left[sizes[i]]++;
	for (i = 0, k = 0; i < n; i++, k++) {
		while (k < nr && all[k].start != some[i].start)
			k++;
		if (k == nr || all[k].end != some[i].end)
			return "a piece that was not there";
		if (!left[ilog2(some[i].end - some[i].start)]--)
			return "not the largest pieces";
	}
	return NULL;
}

const char *layout_check_covers(struct layout *l)
{
	unsigned long i, first, nr;
	unsigned int times = 8;
	bool covered;

	while (times--) {
		first = layout_below(l, l->nr);
		nr = 1 + layout_below(l, min(l->nr - first, 1UL << (times * 2)));
		covered = true;
		for (i = first; i < first + nr; i++)
			covered &= !!(l->page[i] & PAGE_KEY);
		if (kho_tree_covers(l->root, l->digest.orders, l->base + first,
				    l->base + first + nr) != covered)
			return covered ? "not all preserved" : "all preserved";
	}
	return NULL;
}

const char *layout_check_count(struct layout *l)
{
	unsigned long i, first, nr, pages, count;
	unsigned int times = 8;

	while (times--) {
		first = layout_below(l, l->nr);
		nr = layout_below(l, l->nr - first) + 1;
		for (i = first, pages = 0; i < first + nr; i++)
			pages += !!(l->page[i] & PAGE_PRESERVED);
		count = kho_release_count(l->base + first, l->base + first + nr);
		if (count != pages)
			return "another number of pages in a range";
	}
	return NULL;
}

/* Release */

static struct layout *released;
static unsigned char freed[LAYOUT_MAX_PAGES];

static void free_range(unsigned long pfn, unsigned long end)
{
	sim_never(pfn >= end || pfn < released->base ||
		  end > released->base + released->nr);
	for (pfn -= released->base; pfn < end - released->base; pfn++)
		sim_never(freed[pfn]++);
}

#define MAX_PARTS	8192

static struct {
	unsigned long pfn;
	unsigned long end;
} parts[MAX_PARTS];

static unsigned int nr_parts, next_part;

/* As they come, in chunks of the deferred initialisation, or anyhow. */
static void cut(unsigned long pfn, unsigned long end)
{
	struct layout *l = released;
	unsigned int how = layout_below(l, 4);
	unsigned long next;

	for (; pfn < end && nr_parts < MAX_PARTS; pfn = next) {
		next = end;
		if (how == 1)
			next = (pfn | (MAX_ORDER_NR_PAGES - 1)) + 1;
		else if (how == 2)
			next = pfn + 1 + layout_below(l, end - pfn);
		else if (how == 3)
			next = pfn + 1 + layout_below(l, 40);
		next = min(next, end);
		if (nr_parts == MAX_PARTS - 1)
			next = end;
		if (pfn < l->base)
			continue;	/* scratch, and tables aside */
		parts[nr_parts].pfn = pfn;
		parts[nr_parts++].end = next;
	}
}

/* Where blocks would start that reach into a part from below. */
static unsigned int find_heads(unsigned long pfn, unsigned long *heads)
{
	unsigned long head, last = pfn;
	unsigned int order, n = 0;

	for (order = 1; order < 20; order++) {
		head = pfn >> order << order;
		if (head < released->base)
			break;
		if (head != last)
			heads[n++] = head;
		last = head;
	}
	return n;
}

/* Who took a block that started before must not find its tag there again. */
static bool release_part(unsigned long pfn, unsigned long end)
{
	unsigned long tags[20], heads[20];
	unsigned int nr = find_heads(pfn, heads), i;
	bool touched = false;

	for (i = 0; i < nr; i++) {
		tags[i] = pfn_to_page(heads[i])->private;
		pfn_to_page(heads[i])->private = 0;
	}
	kho_release_range(pfn, end, free_range);
	for (i = 0; i < nr; i++) {
		touched |= !!pfn_to_page(heads[i])->private;
		pfn_to_page(heads[i])->private = tags[i];
	}
	return touched;
}

static void *release_parts(void *unused)
{
	unsigned int i;

	while ((i = __atomic_fetch_add(&next_part, 1, __ATOMIC_RELAXED)) <
	       nr_parts)
		kho_release_range(parts[i].pfn, parts[i].end, free_range);
	return unused;
}

const char *layout_check_release(struct layout *l, unsigned int threads)
{
	const char *bad;
	pthread_t thread[8];
	phys_addr_t start, end;
	unsigned long i, k;
	bool held, rsv;
	u64 free;

	released = l;
	nr_parts = 0;
	next_part = 0;
	memset(freed, 0, l->nr);
	for (i = 0; i < l->nr; i++)
		pfn_to_page(l->base + i)->private = 0;

	kho_release_start(l->root, l->digest.orders);
	kho_release_check_reserved();
	bad = layout_check_count(l);
	if (bad)
		return bad;

	for_each_free_mem_range(free, NUMA_NO_NODE, MEMBLOCK_NONE, &start, &end,
				NULL)
		cut(PFN_UP(start), PFN_DOWN(end));
	if (nr_parts == MAX_PARTS)
		return NULL;
	for (i = nr_parts; i > 1; i--) {
		k = layout_below(l, i);
		swap(parts[k], parts[i - 1]);
	}
	for (i = 0; threads < 2 && i < nr_parts; i++)
		if (release_part(parts[i].pfn, parts[i].end))
			return "tagged a block of another part";
	for (i = 0; threads > 1 && i < threads; i++)
		pthread_create(&thread[i], NULL, release_parts, NULL);
	while (i)
		pthread_join(thread[--i], NULL);

	for (i = 0; i < l->nr; i++) {
		union kho_page_info info = {
			.private = pfn_to_page(l->base + i)->private,
		};

		rsv = l->page[i] & PAGE_RESERVED;
		held = l->page[i] & PAGE_PRESERVED;
		if (freed[i] != (l->page[i] & PAGE_MEMORY && !rsv && !held))
			return freed[i] ? "freed what it may not" : "not freed";
		if (!l->head[i] || rsv) {
			if (info.private)
				return "a tag too many";
		} else if (l->page[i] & PAGE_TABLE) {
			if (info.magic != KHO_OWN_MAGIC)
				return "a table that anybody can have";
		} else if (info.magic != KHO_PAGE_MAGIC ||
			   info.order + 1 != l->head[i]) {
			return "no tag, or another one";
		}
	}
	return NULL;
}
