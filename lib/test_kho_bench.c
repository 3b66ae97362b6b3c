// SPDX-License-Identifier: GPL-2.0-only
/*
 * What Kexec HandOver costs.
 *
 * Meant for a guest whose clock counts instructions (QEMU -icount shift=0): one
 * cycle is one instruction there. Booted with kho=on test_kho_bench.run=1 it
 * prints lines "kho_bench: name value unit", and measures a large range as well
 * if there is one (reserve_mem=48G:1G:bench). Asserts nothing, and leaves
 * everything as it was. See scripts/bench-kernel.
 *
 * Loops run several times and the cheapest run counts: no interrupt came in
 * between. What the empty loop takes is subtracted.
 */

#define pr_fmt(fmt) "kho_bench: " fmt

#include <linux/gfp.h>
#include <linux/init.h>
#include <linux/io.h>
#include <linux/kexec_handover.h>
#include <linux/kho/abi/kexec_handover.h>
#include <linux/limits.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sizes.h>
#include <linux/stringify.h>
#include <linux/timex.h>
#include <linux/vmalloc.h>

#include "../kernel/liveupdate/kho_internal.h"
#include "../kernel/liveupdate/kho_radix.h"

#define KHO_BENCH_ROUNDS	8
#define KHO_BENCH_NOPS		1000
#define KHO_BENCH_BLOCKS	4	/* of the largest order, cut into pages */
#define KHO_BENCH_PAGES		(KHO_BENCH_BLOCKS * (MAX_ORDER_NR_PAGES - 1))
#define KHO_BENCH_VMALLOC	SZ_64M
#define KHO_BENCH_DENSE		SZ_1G	/* of the range, as order-0 folios */

/* What one leaf of the tracker stands for in order-0 folios. */
#define KHO_BENCH_LEAF_SIZE	(PAGE_SIZE << KHO_BITMAP_SIZE_LOG2)

static bool run __initdata;
module_param(run, bool, 0);
MODULE_PARM_DESC(run, "measure at boot");

static struct page *kho_bench_page[KHO_BENCH_PAGES] __initdata;
static unsigned long kho_bench_arg[KHO_BENCH_PAGES] __initdata;
static int kho_bench_error __initdata;

/* Cycles that one turn of the empty loop, and clearing one page, take. */
static u64 kho_bench_turn __initdata;
static u64 kho_bench_clear __initdata;

static void __init kho_bench_print(const char *name, const char *part, u64 sum,
				   u64 nr)
{
	u64 tenths = div64_u64(sum * 10 + nr / 2, nr);

	pr_info("%s%s %llu.%llu cycles\n", name, part, tenths / 10,
		tenths % 10);
}

/* Cycles of @op on each of @nr arguments. */
static __always_inline u64 kho_bench_time(int (*op)(unsigned long arg),
					  const unsigned long *args,
					  unsigned long nr)
{
	u64 start, cycles;
	unsigned long i;
	int err = 0;

	start = get_cycles();
	for (i = 0; i < nr; i++)
		err |= op(args[i]);
	cycles = get_cycles() - start;

	kho_bench_error |= err;
	return cycles - min(cycles, kho_bench_turn * nr);
}

/* All of the page arguments, and the minimum of what that took before. */
static __always_inline u64 kho_bench_min(int (*op)(unsigned long arg), u64 least)
{
	return min(least, kho_bench_time(op, kho_bench_arg, KHO_BENCH_PAGES));
}

static __always_inline int kho_bench_op_nothing(unsigned long arg)
{
	int err;

	/* Something that the compiler cannot know, in no instructions. */
	asm volatile("" : "=r" (err) : "r" (arg));
	return err;
}

static __always_inline int kho_bench_op_clear(unsigned long arg)
{
	clear_page((void *)arg);
	return 0;
}

static __always_inline int kho_bench_op_alloc(unsigned long arg)
{
	struct page **page = (struct page **)arg;

	*page = alloc_page(GFP_KERNEL);
	return *page ? 0 : -ENOMEM;
}

static __always_inline int kho_bench_op_preserve(unsigned long arg)
{
	return kho_preserve_folio((struct folio *)arg);
}

static __always_inline int kho_bench_op_unpreserve(unsigned long arg)
{
	kho_unpreserve_folio((struct folio *)arg);
	return 0;
}

static __always_inline int kho_bench_op_restore(unsigned long arg)
{
	return kho_restore_folio(arg) ? 0 : -ENOENT;
}

/* Tables of the tracker, and how many of them its keys force on it. */
struct kho_bench_tables {
	unsigned long nr;
	unsigned long forced;
	unsigned long last_key;
};

static int __init kho_bench_count_node(phys_addr_t phys, void *data)
{
	struct kho_bench_tables *tables = data;

	tables->nr++;
	return 0;
}

/* Keys ascend: each begins new tables below the highest bit that it changes. */
static int __init kho_bench_count_key(unsigned long key, void *data)
{
	struct kho_bench_tables *tables = data;
	unsigned int level;

	for (level = 1; level <= KHO_RADIX_ROOT_LEVEL; level++)
		if (key >> kho_radix_shift(level) !=
		    tables->last_key >> kho_radix_shift(level))
			tables->forced++;
	tables->last_key = key;
	return 0;
}

/* The tracker as it was, while others take its place. */
static struct kho_radix_tree kho_bench_boot __initdata;

static int __init kho_bench_copy_key(unsigned long key, void *data)
{
	return kho_radix_add_key(&kho_out_tree, key);
}

/* Tables stay: what is measured with new ones takes a tree with boot's keys only. */
static void __init kho_bench_new_tree(void)
{
	static const struct kho_radix_walk_cb copy = {
		.leaf = kho_bench_copy_key,
	};

	if (!kho_bench_boot.root)
		kho_radix_init_tree(&kho_bench_boot, kho_out_tree.root);
	else
		kho_radix_destroy_tree(&kho_out_tree);
	kho_bench_error |= kho_radix_init_tree(&kho_out_tree, NULL);
	kho_bench_error |= kho_radix_walk_tree(&kho_bench_boot, &copy, NULL);
}

static void __init kho_bench_old_tree(void)
{
	kho_radix_destroy_tree(&kho_out_tree);
	kho_out_tree.root = kho_bench_boot.root;
}

static struct kho_bench_tables __init kho_bench_count(void)
{
	static const struct kho_radix_walk_cb count = {
		.node = kho_bench_count_node,
		.leaf = kho_bench_count_key,
	};
	/* The root is always there. */
	struct kho_bench_tables tables = { .forced = 1, .last_key = -1UL };

	kho_bench_error |= kho_radix_walk_tree(&kho_out_tree, &count, &tables);
	return tables;
}

static void __init kho_bench_print_tables(const char *name)
{
	struct kho_bench_tables tables = kho_bench_count();

	pr_info("%s_tables %lu tables\n", name, tables.nr);
	pr_info("%s_tables_forced %lu tables\n", name, tables.forced);
}

/* Cycles of something that took new tables, with and without clearing them. */
static void __init kho_bench_print_cold(const char *name, u64 cycles, u64 nr,
					unsigned long tables)
{
	u64 clear = tables * kho_bench_clear;

	kho_bench_print(name, "", cycles, nr);
	kho_bench_print(name, "_beside", cycles - min(cycles, clear), nr);
	pr_info("%s_new %lu tables\n", name, tables);
}

/* What a cycle is, what the loop takes. */
static void __init kho_bench_calibrate(void)
{
	u64 nops = U64_MAX, loop = U64_MAX, start;
	unsigned int round;

	for (round = 0; round < KHO_BENCH_ROUNDS; round++) {
		start = get_cycles();
		asm volatile(".rept " __stringify(KHO_BENCH_NOPS) "\n"
			     "nop\n"
			     ".endr");
		nops = min(nops, get_cycles() - start);
		loop = kho_bench_min(kho_bench_op_nothing, loop);
	}
	kho_bench_turn = div64_u64(loop, KHO_BENCH_PAGES);
	kho_bench_error = 0;
	kho_bench_print("nop", "", nops, KHO_BENCH_NOPS);
	kho_bench_print("empty_loop", "", kho_bench_turn, 1);
}

static void __init kho_bench_alloc(void)
{
	u64 alloc = U64_MAX;
	unsigned int i, round;

	for (i = 0; i < KHO_BENCH_PAGES; i++)
		kho_bench_arg[i] = (unsigned long)&kho_bench_page[i];

	for (round = 0; round < KHO_BENCH_ROUNDS; round++) {
		alloc = kho_bench_min(kho_bench_op_alloc, alloc);
		for (i = 0; i < KHO_BENCH_PAGES; i++)
			if (kho_bench_page[i])
				__free_page(kho_bench_page[i]);
	}
	kho_bench_print("alloc_page", "", alloc, KHO_BENCH_PAGES);
}

static void __init kho_bench_clear_pages(void)
{
	u64 clear = U64_MAX;
	unsigned int i, round;

	for (i = 0; i < KHO_BENCH_PAGES; i++)
		kho_bench_arg[i] =
			(unsigned long)page_address(kho_bench_page[i]);

	for (round = 0; round < KHO_BENCH_ROUNDS; round++)
		clear = kho_bench_min(kho_bench_op_clear, clear);
	kho_bench_clear = div64_u64(clear, KHO_BENCH_PAGES);
	kho_bench_print("clear_page", "", kho_bench_clear, 1);
}

/* Order-0 folios; @block keeps their leaves in the tree. */
static void __init kho_bench_preserve(struct page **block)
{
	u64 preserve = U64_MAX, again = U64_MAX, unpreserve = U64_MAX;
	unsigned int i, round;

	for (i = 0; i < KHO_BENCH_PAGES; i++)
		kho_bench_arg[i] =
			(unsigned long)page_folio(kho_bench_page[i]);
	for (i = 0; i < KHO_BENCH_BLOCKS; i++)
		kho_bench_error |= kho_preserve_folio(page_folio(block[i]));

	for (round = 0; round < KHO_BENCH_ROUNDS; round++) {
		preserve = kho_bench_min(kho_bench_op_preserve, preserve);
		again = kho_bench_min(kho_bench_op_preserve, again);
		unpreserve = kho_bench_min(kho_bench_op_unpreserve, unpreserve);
	}

	for (i = 0; i < KHO_BENCH_BLOCKS; i++)
		kho_unpreserve_folio(page_folio(block[i]));
	kho_bench_print("preserve_folio", "", preserve, KHO_BENCH_PAGES);
	kho_bench_print("preserve_folio_again", "", again, KHO_BENCH_PAGES);
	kho_bench_print("unpreserve_folio", "", unpreserve, KHO_BENCH_PAGES);
}

/* Take order-0 folios over that are tagged as boot would have tagged them. */
static void __init kho_bench_restore(void)
{
	const union kho_page_info info = { .magic = KHO_PAGE_MAGIC };
	u64 restore = U64_MAX;
	unsigned int i, round;

	for (i = 0; i < KHO_BENCH_PAGES; i++)
		kho_bench_arg[i] = page_to_phys(kho_bench_page[i]);

	for (round = 0; round < KHO_BENCH_ROUNDS; round++) {
		for (i = 0; i < KHO_BENCH_PAGES; i++)
			kho_bench_page[i]->private = info.private;
		restore = kho_bench_min(kho_bench_op_restore, restore);

		/* Restoring counts them as managed, which they were already. */
		for (i = 0; i < KHO_BENCH_PAGES; i++)
			adjust_managed_page_count(kho_bench_page[i], -1);
	}
	kho_bench_print("restore_folio", "", restore, KHO_BENCH_PAGES);
}

static void __init kho_bench_folios(void)
{
	struct page *block[KHO_BENCH_BLOCKS];
	unsigned int i, j, nr = 0;

	for (i = 0; i < KHO_BENCH_BLOCKS; i++) {
		block[i] = alloc_pages(GFP_KERNEL, MAX_PAGE_ORDER);
		if (!block[i]) {
			kho_bench_error = -ENOMEM;
			break;
		}
		split_page(block[i], MAX_PAGE_ORDER);
		for (j = 1; j < MAX_ORDER_NR_PAGES; j++)
			kho_bench_page[nr++] = block[i] + j;
	}

	if (i == KHO_BENCH_BLOCKS) {
		kho_bench_clear_pages();
		kho_bench_preserve(block);
		kho_bench_restore();
	}
	while (nr)
		__free_page(kho_bench_page[--nr]);
	while (i)
		__free_page(block[--i]);
}

/* Cycles per page of an area. */
static void __init kho_bench_vmalloc(const char *name, void *area)
{
	const unsigned long nr = KHO_BENCH_VMALLOC >> PAGE_SHIFT;
	u64 preserve = U64_MAX, unpreserve = U64_MAX, start;
	struct kho_vmalloc preservation;
	unsigned int round;
	int err;

	for (round = 0; area && round < KHO_BENCH_ROUNDS; round++) {
		start = get_cycles();
		err = kho_preserve_vmalloc(area, &preservation);
		preserve = min(preserve, get_cycles() - start);
		if (err) {
			kho_bench_error = err;
			break;
		}

		start = get_cycles();
		kho_unpreserve_vmalloc(&preservation);
		unpreserve = min(unpreserve, get_cycles() - start);
	}
	vfree(area);
	kho_bench_print("preserve_", name, preserve, nr);
	kho_bench_print("unpreserve_", name, unpreserve, nr);
}

/* The whole range in one call. */
static void __init kho_bench_range_pages(struct page *page, unsigned long nr)
{
	u64 preserve = U64_MAX, unpreserve = U64_MAX, start;
	u64 again = U64_MAX;
	unsigned long before = 0;
	unsigned int round;

	for (round = 0; round < KHO_BENCH_ROUNDS; round++) {
		kho_bench_new_tree();
		before = kho_bench_count().nr;
		start = get_cycles();
		kho_bench_error |= kho_preserve_pages(page, nr);
		preserve = min(preserve, get_cycles() - start);

		start = get_cycles();
		kho_unpreserve_pages(page, nr);
		unpreserve = min(unpreserve, get_cycles() - start);

		start = get_cycles();
		kho_bench_error |= kho_preserve_pages(page, nr);
		again = min(again, get_cycles() - start);
	}
	kho_bench_print_tables("range");
	kho_bench_print_cold("preserve_range", preserve, 1,
			     kho_bench_count().nr - before);
	kho_bench_print("preserve_range_again", "", again, 1);
	kho_bench_print("unpreserve_range", "", unpreserve, 1);
}

/* One order-0 folio in each leaf. */
static void __init kho_bench_range_sparse(struct page *page, unsigned long nr)
{
	const unsigned long step = PHYS_PFN(KHO_BENCH_LEAF_SIZE);
	unsigned long i, before;
	u64 preserve;

	nr = min_t(unsigned long, nr / step, KHO_BENCH_PAGES);
	if (!nr)
		return;
	for (i = 0; i < nr; i++)
		kho_bench_arg[i] = (unsigned long)page_folio(nth_page(page, i * step));

	kho_bench_new_tree();
	before = kho_bench_count().nr;
	preserve = kho_bench_time(kho_bench_op_preserve, kho_bench_arg, nr);
	kho_bench_print_cold("preserve_folio_sparse", preserve, nr,
			     kho_bench_count().nr - before);
}

/* Part of the range as order-0 folios that follow each other. */
static void __init kho_bench_range_dense(struct page *page, unsigned long nr)
{
	unsigned long i, done, step, before;
	u64 preserve = 0;

	kho_bench_new_tree();
	before = kho_bench_count().nr;
	nr = min_t(unsigned long, nr, KHO_BENCH_DENSE >> PAGE_SHIFT);
	for (done = 0; done < nr; done += step) {
		step = min_t(unsigned long, nr - done, KHO_BENCH_PAGES);
		for (i = 0; i < step; i++)
			kho_bench_arg[i] =
				(unsigned long)page_folio(nth_page(page, done + i));
		preserve += kho_bench_time(kho_bench_op_preserve,
					   kho_bench_arg, step);
	}
	kho_bench_print_cold("preserve_folio_dense", preserve, nr,
			     kho_bench_count().nr - before);
	kho_bench_print_tables("dense");
}

static void __init kho_bench_range(void)
{
	phys_addr_t start, size;
	struct page *page;
	unsigned long nr;

	if (!reserve_mem_find_by_name("bench", &start, &size)) {
		pr_info("no reserve_mem=48G:1G:bench, no large range\n");
		return;
	}
	page = pfn_to_page(PHYS_PFN(start));
	nr = PHYS_PFN(size);
	pr_info("range %llu MiB\n", size / SZ_1M);

	/* It was handed over as every such range. */
	kho_unpreserve_pages(page, nr);

	kho_bench_range_pages(page, nr);
	kho_bench_range_sparse(page, nr);
	kho_bench_range_dense(page, nr);
	kho_bench_old_tree();

	kho_bench_error |= kho_preserve_pages(page, nr);
}

static int __init kho_bench_init(void)
{
	if (!run)
		return 0;
	if (!kho_is_enabled()) {
		pr_err("nothing to measure without kho=on\n");
		return 0;
	}

	kho_bench_calibrate();
	kho_bench_alloc();
	kho_bench_folios();
	kho_bench_print_tables("boot");
	kho_bench_vmalloc("vmalloc", vmalloc(KHO_BENCH_VMALLOC));
	kho_bench_vmalloc("vmalloc_huge",
			  vmalloc_huge(KHO_BENCH_VMALLOC, GFP_KERNEL));
	kho_bench_range();
	pr_info("done %d error\n", kho_bench_error);
	return 0;
}
late_initcall_sync(kho_bench_init);
