// SPDX-License-Identifier: GPL-2.0-only
/*
 * Test store for Kexec HandOver: overwrite all memory that is believed free.
 *
 * Memory that the tracker was to protect, but that the page allocator got
 * nevertheless, still holds its bytes shortly after boot. So a test takes
 * every free page, whatever its zone, node or migrate type, down to the last
 * one, overwrites it and gives it back, before anything is restored:
 *
 *	/sys/kernel/debug/kho_store/scramble	write to do it, read for the result
 *	test_kho_store.scramble=1		do it at core_initcall time
 *
 * Most pages are taken while everything runs. The last ones are taken with all
 * other CPUs stopped and given back at once, so that nobody sees the machine
 * out of memory.
 */

#define pr_fmt(fmt) "test_kho_store: " fmt

#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/gfp.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/sizes.h>
#include <linux/stop_machine.h>
#include <linux/string.h>
#include <linux/vmstat.h>

#include "test_kho_store.h"

#undef MODULE_PARAM_PREFIX
#define MODULE_PARAM_PREFIX "test_kho_store."

#define SCRAMBLE_BYTE	0xdb

/* Movable, so that CMA (and with it scratch) is included; never reclaims. */
#define GFP_SCRAMBLE	((GFP_HIGHUSER_MOVABLE & ~__GFP_RECLAIM) | __GFP_NOWARN)

/* What others may use meanwhile, in pages. */
#define SPARE_MAX	((unsigned long)SZ_128M >> PAGE_SHIFT)

static bool scramble_at_boot;
module_param_named(scramble, scramble_at_boot, bool, 0444);
MODULE_PARM_DESC(scramble, "overwrite all free memory early during boot");

/* Result of the last run, in pages. */
static unsigned long scramble_poisoned;
static unsigned long scramble_left;
static DEFINE_MUTEX(scramble_lock);

/* Free pages that serve every allocation. */
static unsigned long free_for_all(void)
{
	long nr = global_zone_page_state(NR_FREE_PAGES) -
		  global_zone_page_state(NR_FREE_CMA_PAGES);

	return max(nr, 0);
}

/*
 * Take and overwrite free pages while there are more than @spare; without
 * @spare all of them, in atomic context.
 */
static void take_all(gfp_t gfp, unsigned long spare, struct list_head *pile)
{
	struct page *page;

	for (int order = MAX_PAGE_ORDER; order >= 0; order--) {
		while (!spare || free_for_all() > spare) {
			page = alloc_pages(gfp, order);
			if (!page)
				break;
			memset(page_address(page), SCRAMBLE_BYTE,
			       PAGE_SIZE << order);
			set_page_private(page, order);
			list_add(&page->lru, pile);
			scramble_poisoned += 1UL << order;
			if (spare)
				cond_resched();
		}
	}
}

static void give_back(struct list_head *pile)
{
	struct page *page, *next;

	list_for_each_entry_safe(page, next, pile, lru) {
		unsigned int order = page_private(page);

		list_del(&page->lru);
		set_page_private(page, 0);
		__free_pages(page, order);
	}
}

static int take_rest(void *unused)
{
	LIST_HEAD(pile);

	/* Regardless of watermarks. */
	take_all(GFP_SCRAMBLE | __GFP_MEMALLOC, 0, &pile);
	scramble_left = global_zone_page_state(NR_FREE_PAGES);
	give_back(&pile);
	return 0;
}

static void scramble(void)
{
	unsigned long spare = min(totalram_pages() / 16, SPARE_MAX);
	LIST_HEAD(pile);

	guard(mutex)(&scramble_lock);

	scramble_poisoned = 0;
	take_all(GFP_SCRAMBLE | __GFP_NOMEMALLOC, spare, &pile);
	drain_all_pages(NULL);
	stop_machine(take_rest, NULL, NULL);
	give_back(&pile);
	pr_info("scrambled %lu pages, %lu were out of reach\n",
		scramble_poisoned, scramble_left);
}

static ssize_t scramble_write(struct file *file, const char __user *buf,
			      size_t count, loff_t *ppos)
{
	scramble();
	return count;
}

static int scramble_show(struct seq_file *m, void *unused)
{
	guard(mutex)(&scramble_lock);

	seq_printf(m, "scrambled %lu\nleft %lu\n", scramble_poisoned,
		   scramble_left);
	return 0;
}

static int scramble_open(struct inode *inode, struct file *file)
{
	return single_open(file, scramble_show, NULL);
}

static const struct file_operations scramble_fops = {
	.owner = THIS_MODULE,
	.open = scramble_open,
	.read = seq_read,
	.write = scramble_write,
	.llseek = seq_lseek,
	.release = single_release,
};

/**
 * kho_store_scramble_debugfs - create the file scramble
 * @dir: directory of the store.
 */
void kho_store_scramble_debugfs(struct dentry *dir)
{
	debugfs_create_file("scramble", 0600, dir, NULL, &scramble_fops);
}

static int __init scramble_init(void)
{
	if (scramble_at_boot)
		scramble();
	return 0;
}
core_initcall(scramble_init);
