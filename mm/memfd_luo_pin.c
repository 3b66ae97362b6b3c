// SPDX-License-Identifier: GPL-2.0
/*
 * Live update: memfds, pinning their folios where they may stay.
 *
 * Holes get folios, what is swapped out comes back, and what may not stay where it
 * is moves: out of CMA, which includes scratch, out of movable zones, and out of
 * hot-added memory, which the next kernel does not see. Nobody else pays for that:
 * what cannot be had without killing somebody is refused, what others hold is waited
 * for only so long, and a fatal signal ends it all.
 */

#define pr_fmt(fmt) "memfd_luo: " fmt

#include <linux/fs.h>
#include <linux/highmem.h>
#include <linux/migrate.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/pagevec.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/shmem_fs.h>
#include <linux/sizes.h>
#include <linux/swap.h>
#include <linux/vmstat.h>

#include "internal.h"
#include "kho.h"
#include "memfd_luo.h"
#include "../kernel/liveupdate/kho_internal.h"

/* No OOM killer for new folios. */
#define MEMFD_LUO_GFP_NO_OOM	(__GFP_RETRY_MAYFAIL | __GFP_NOWARN)

/* So often and so long a folio is waited for that cannot move. */
#define MEMFD_LUO_TRIES		50
#define MEMFD_LUO_WAIT_MS	20

/* After so many new pages it is looked how many there are. */
#define MEMFD_LUO_CREDIT	(SZ_4M >> PAGE_SHIFT)

/* What is left for the others, to live on. */
static long memfd_luo_reserve(void)
{
	return min_t(long, totalram_pages() / 64, SZ_64M >> PAGE_SHIFT);
}

/* Base pages that can be had for what may not move: not in CMA, not in movable zones. */
static long memfd_luo_available(void)
{
	long pages = si_mem_available() + get_nr_swap_pages() -
		     global_zone_page_state(NR_FREE_CMA_PAGES);
	struct zone *zone;

	for_each_populated_zone(zone)
		if (zone_idx(zone) == ZONE_MOVABLE)
			pages -= zone_page_state(zone, NR_FREE_PAGES);
	return pages - memfd_luo_reserve();
}

/**
 * memfd_luo_pin_start - prepare to pin all folios of a file
 * @pin: filled.
 * @file: the file, which is frozen.
 * @size: its size, not 0.
 *
 * Return: 0, or -ENOMEM if there is not enough memory for its holes and what is
 * swapped out.
 */
int memfd_luo_pin_start(struct memfd_luo_pin *pin, struct file *file, u64 size)
{
	const unsigned long nr = memfd_luo_last_index(size) + 1;
	unsigned long missing = nr - min(nr, file->f_mapping->nrpages);
	long available = memfd_luo_available();

	*pin = (struct memfd_luo_pin) { .file = file, .last = nr - 1 };
	if (!missing || (available > 0 && missing <= (unsigned long)available))
		return 0;

	pr_warn_ratelimited("%lu pages of %pD are holes or swapped out, there are only %ld for them: not preserved\n",
			    missing, file, max(available, 0L));
	return -ENOMEM;
}

/* Before so many pages are allocated. */
static int memfd_luo_take_credit(struct memfd_luo_pin *pin, long pages)
{
	if (pin->credit < pages) {
		if (memfd_luo_available() < MEMFD_LUO_CREDIT + pages) {
			pr_warn_ratelimited("no memory to preserve page %lu of %pD without killing somebody: not preserved\n",
					    pin->index, pin->file);
			return -ENOMEM;
		}
		pin->credit = MEMFD_LUO_CREDIT + pages;
	}
	pin->credit -= pages;
	return 0;
}

static int memfd_luo_fill_hole(struct memfd_luo_pin *pin)
{
	struct address_space *mapping = pin->file->f_mapping;
	struct folio *folio;
	unsigned int flags;
	int err;

	err = memfd_luo_take_credit(pin, 1);
	if (err)
		return err;

	flags = memalloc_pin_save();
	folio = shmem_read_folio_gfp(mapping, pin->index,
				     mapping_gfp_mask(mapping) |
				     MEMFD_LUO_GFP_NO_OOM);
	memalloc_pin_restore(flags);
	if (IS_ERR(folio))
		return PTR_ERR(folio);

	pin->credit -= folio_nr_pages(folio) - 1;
	folio_put(folio);
	return 0;
}

static bool memfd_luo_may_stay(struct folio *folio)
{
	return folio_is_longterm_pinnable(folio) &&
	       kho_mm_is_boot_memory(folio_pfn(folio));
}

/* Where a folio lies that may not stay there. */
static const char *memfd_luo_place(struct folio *folio)
{
	if (!kho_mm_is_boot_memory(folio_pfn(folio)))
		return "hot-added memory";
	return folio_is_zone_movable(folio) ? "a movable zone" :
					      "scratch or CMA";
}

/* A folio that stayed where it may not. */
static int memfd_luo_wait(struct memfd_luo_pin *pin, struct folio *folio)
{
	if (pin->tries < MEMFD_LUO_TRIES) {
		schedule_timeout_killable(msecs_to_jiffies(MEMFD_LUO_WAIT_MS));
		return 0;
	}

	pr_warn_ratelimited("page %lu of %pD, pfn %#lx, cannot leave %s, somebody holds it (%d references): not preserved\n",
			    folio->index, pin->file, folio_pfn(folio),
			    memfd_luo_place(folio), folio_ref_count(folio));
	return -EBUSY;
}

static struct folio *memfd_luo_get_target(struct folio *src,
					  unsigned long targets)
{
	struct folio *dst;

	list_for_each_entry(dst, (struct list_head *)targets, lru) {
		if (folio_order(dst) == folio_order(src)) {
			list_del(&dst->lru);
			return dst;
		}
	}
	return NULL;
}

static void memfd_luo_put_target(struct folio *dst, unsigned long targets)
{
	list_add(&dst->lru, (struct list_head *)targets);
}

/*
 * What folios move to. Not allocated when they are locked: others may have to move
 * for it. A large folio that gets none is split when it is to move, and its parts
 * move the next time.
 */
static int memfd_luo_alloc_targets(struct memfd_luo_pin *pin,
				   struct list_head *movable,
				   struct list_head *targets)
{
	struct folio *src, *dst;

	list_for_each_entry(src, movable, lru) {
		dst = kho_mm_alloc_folio(GFP_USER, folio_order(src),
					 folio_nid(src));
		if (dst) {
			list_add_tail(&dst->lru, targets);
		} else if (!folio_test_large(src)) {
			pr_warn_ratelimited("page %lu of %pD, pfn %#lx, lies in %s, and there is no memory that was there at boot to move it to: not preserved\n",
					    src->index, pin->file,
					    folio_pfn(src),
					    memfd_luo_place(src));
			return -ENOMEM;
		}
	}
	return 0;
}

static int memfd_luo_migrate(struct memfd_luo_pin *pin,
			     struct list_head *movable)
{
	struct folio *dst, *next;
	LIST_HEAD(targets);
	int err;

	err = memfd_luo_alloc_targets(pin, movable, &targets);
	/* It fails for those that were split, which is no failure of ours. */
	if (!err)
		migrate_pages(movable, memfd_luo_get_target,
			      memfd_luo_put_target, (unsigned long)&targets,
			      MIGRATE_SYNC, MR_LONGTERM_PIN, NULL);

	list_for_each_entry_safe(dst, next, &targets, lru) {
		list_del(&dst->lru);
		folio_put(dst);
	}
	return err;
}

/*
 * Move the folios of a batch that may not stay. Whether that worked shows the next
 * time that they are looked for: the batch is given up.
 */
static int memfd_luo_move(struct memfd_luo_pin *pin, struct folio_batch *fbatch)
{
	LIST_HEAD(movable);
	struct folio *folio;
	unsigned int i;
	long pages = 0;
	int err;

	/* Not yet on a list of the LRU, some processor has it. */
	if (pin->tries > 1)
		lru_add_drain_all();
	else
		lru_add_drain();

	for (i = 0; i < fbatch->nr; i++) {
		folio = fbatch->folios[i];
		if (memfd_luo_may_stay(folio) ||
		    !folio_isolate_lru(folio))
			continue;
		list_add_tail(&folio->lru, &movable);
		node_stat_mod_folio(folio, NR_ISOLATED_ANON +
				    folio_is_file_lru(folio),
				    folio_nr_pages(folio));
		pages += folio_nr_pages(folio);
	}
	/* Nor must we have a reference. */
	folio_batch_release(fbatch);

	err = memfd_luo_take_credit(pin, pages);
	if (!err && pages)
		err = memfd_luo_migrate(pin, &movable);
	putback_movable_pages(&movable);
	return err;
}

/* The folios from pin->index on up to the first hole, with a reference. */
static void memfd_luo_find(const struct memfd_luo_pin *pin,
			   struct folio_batch *fbatch)
{
	pgoff_t next = pin->index, expected = pin->index;
	unsigned int i, nr;

	folio_batch_init(fbatch);
	filemap_get_folios(pin->file->f_mapping, &next, pin->last, fbatch);
	for (i = 0; i < fbatch->nr; i++) {
		if (fbatch->folios[i]->index > expected)
			break;
		expected = folio_next_index(fbatch->folios[i]);
	}

	nr = i;
	while (i < fbatch->nr)
		folio_put(fbatch->folios[i++]);
	fbatch->nr = nr;
}

/* A fallocated page has no content yet, and nobody after us would know. */
static void memfd_luo_give_content(struct folio *folio)
{
	if (!folio_test_uptodate(folio)) {
		folio_lock(folio);
		if (!folio_test_uptodate(folio)) {
			folio_zero_range(folio, 0, folio_size(folio));
			flush_dcache_folio(folio);
			folio_mark_uptodate(folio);
		}
		folio_unlock(folio);
	}
	/* Not to be dropped by reclaim, here or there. */
	folio_mark_dirty(folio);
}

/*
 * Pin folios of a batch, at most @max. Returns how many; fewer than there are, if
 * the next one may not stay where it is, or cannot be pinned, which only the first
 * one tells about.
 */
static int memfd_luo_pin_batch(struct memfd_luo_pin *pin,
			       struct folio_batch *fbatch,
			       struct folio **folios, unsigned int max)
{
	struct folio *folio;
	unsigned int i;
	int err = 0;

	for (i = 0; i < min(fbatch->nr, max); i++) {
		folio = fbatch->folios[i];
		if (folio_contain_hwpoisoned_page(folio)) {
			err = -EHWPOISON;
			break;
		}
		if (!memfd_luo_may_stay(folio))
			break;
		err = try_grab_folio(folio, 1, FOLL_PIN);
		if (err)
			break;
		memfd_luo_give_content(folio);
		folios[i] = folio;
		pin->index = folio_next_index(folio);
		pin->tries = 0;
		cond_resched();
	}
	if (i || !err)
		return i;

	if (err == -EHWPOISON)
		pr_warn_ratelimited("page %lu of %pD, pfn %#lx, has a memory error: not preserved\n",
				    folio->index, pin->file, folio_pfn(folio));
	return err;
}

/* One step: pin some folios, or do what is needed so that the next step can. */
static int memfd_luo_pin_some(struct memfd_luo_pin *pin, struct folio **folios,
			      unsigned int max)
{
	struct folio_batch fbatch;
	int nr, err;

	memfd_luo_find(pin, &fbatch);
	if (!fbatch.nr)
		return memfd_luo_fill_hole(pin);

	nr = memfd_luo_pin_batch(pin, &fbatch, folios, max);
	if (nr) {
		folio_batch_release(&fbatch);
		return nr;
	}

	/* The first time there is nothing to wait for yet. */
	err = pin->tries++ ? memfd_luo_wait(pin, fbatch.folios[0]) : 0;
	if (err) {
		folio_batch_release(&fbatch);
		return err;
	}
	return memfd_luo_move(pin, &fbatch);
}

/**
 * memfd_luo_pin_folios - pin the next folios of a file
 * @pin: of memfd_luo_pin_start().
 * @folios: filled with them, in the order of the file and without a gap.
 * @max: room in @folios.
 *
 * Context: Process context, may sleep.
 * Return: their number, 0 after the last one; -EHWPOISON if one has a memory error;
 * -EBUSY if one cannot move because somebody holds it; -ENOMEM, also if there is no
 * memory of boot to move one to that lies in hot-added memory; -ENOSPC for limits of
 * the file system or strict accounting; -EINTR if a signal ends the caller; -EIO if
 * one cannot be read from swap. None is pinned by the call then.
 */
int memfd_luo_pin_folios(struct memfd_luo_pin *pin, struct folio **folios,
			 unsigned int max)
{
	unsigned int total = 0;
	int nr = 0;

	while (total < max && pin->index <= pin->last) {
		nr = fatal_signal_pending(current) ? -EINTR :
			memfd_luo_pin_some(pin, folios + total, max - total);
		if (nr < 0) {
			unpin_folios(folios, total);
			return nr;
		}
		total += nr;
		cond_resched();
	}
	return total;
}
