// SPDX-License-Identifier: GPL-2.0
/*
 * Kexec HandOver: what the KUnit suites share. No suite of its own.
 */

#include <kunit/test.h>

#include <linux/bitops.h>
#include <linux/completion.h>
#include <linux/container_of.h>
#include <linux/cpumask.h>
#include <linux/error-injection.h>
#include <linux/io.h>
#include <linux/kexec_handover.h>
#include <linux/kprobes.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/page_ref.h>
#include <linux/ptrace.h>
#include <linux/sched.h>

#include <linux/kho/abi/kexec_handover.h>

#include "kho_internal.h"
#include "kho_kunit.h"
#include "kho_radix.h"

static int kho_kunit_look_table(phys_addr_t phys, void *data)
{
	struct kho_kunit_look *look = data;

	look->tables++;
	return 0;
}

static int kho_kunit_look_key(unsigned long key, void *data)
{
	struct kho_kunit_look *look = data;
	unsigned int order = 0;

	kho_key_decode(key, &order);
	look->keys++;
	look->pages += BIT(order);
	look->hash = look->hash * 31 + key;
	return 0;
}

/**
 * kho_kunit_look - see what is in a tree
 * @tree: the tree.
 *
 * Return: a summary.
 */
struct kho_kunit_look kho_kunit_look(struct kho_radix_tree *tree)
{
	static const struct kho_radix_walk_cb cb = {
		.node = kho_kunit_look_table,
		.leaf = kho_kunit_look_key,
	};
	struct kho_kunit_look look = {};

	kho_radix_walk_tree(tree, &cb, &look);
	return look;
}

/**
 * kho_kunit_same - tell whether a tree is as it was
 * @tree: the tree.
 * @look: what kho_kunit_look() said before.
 *
 * Return: true if it holds the same keys. Tables may have been added.
 */
bool kho_kunit_same(struct kho_radix_tree *tree,
		    const struct kho_kunit_look *look)
{
	const struct kho_kunit_look now = kho_kunit_look(tree);

	return now.keys == look->keys && now.pages == look->pages &&
	       now.hash == look->hash;
}

/**
 * kho_kunit_has - tell whether a key is in a tree
 * @tree: the tree.
 * @key: the key. Nobody else adds or deletes it.
 *
 * Return: true if it is.
 */
bool kho_kunit_has(struct kho_radix_tree *tree, unsigned long key)
{
	const union kho_radix_page *page;
	unsigned int level;

	page = container_of(tree->root, union kho_radix_page, node);
	for (level = KHO_RADIX_ROOT_LEVEL; page && level > 0; level--)
		page = kho_radix_child(&page->node, kho_radix_index(key, level));
	return page && test_bit(kho_radix_bit(key), page->leaf.bitmap);
}

/**
 * kho_kunit_has_block - tell whether a block will be handed over
 * @pfn: first page frame.
 * @order: log2 of the number of pages.
 *
 * Return: true if there is a key of just that block.
 */
bool kho_kunit_has_block(unsigned long pfn, unsigned int order)
{
	return kho_kunit_has(&kho_out_tree, kho_key_encode(pfn, order));
}

/**
 * kho_kunit_need_kho - skip a test that needs kho=on
 * @test: the test.
 */
void kho_kunit_need_kho(struct kunit *test)
{
	if (!kho_is_enabled())
		kunit_skip(test, "needs kho=on");
}

#if defined(CONFIG_FAIL_PAGE_ALLOC) && defined(CONFIG_FUNCTION_ERROR_INJECTION)

/* Which page allocation of which thread is to fail, 0 if none. */
static struct task_struct *kho_kunit_fail_task;
static unsigned int kho_kunit_fail_nth;

static int kho_kunit_fail_pre(struct kprobe *probe, struct pt_regs *regs)
{
	if (current != READ_ONCE(kho_kunit_fail_task) ||
	    !kho_kunit_fail_nth || --kho_kunit_fail_nth)
		return 0;

	regs_set_return_value(regs, true);
	override_function_with_return(regs);
	return 1;
}

/* With a post-handler the probe is not replaced by a jump. */
static void kho_kunit_fail_post(struct kprobe *probe, struct pt_regs *regs,
				unsigned long flags)
{
}

static struct kprobe kho_kunit_fail_probe;

static void kho_kunit_fail_exit(void *unused)
{
	unregister_kprobe(&kho_kunit_fail_probe);
}

/**
 * kho_kunit_fail_init - let a test make page allocations fail
 * @test: the test. Skipped if that is not possible.
 */
void kho_kunit_fail_init(struct kunit *test)
{
	kho_kunit_fail_task = NULL;
	kho_kunit_fail_probe = (struct kprobe) {
		.symbol_name = "should_fail_alloc_page",
		.pre_handler = kho_kunit_fail_pre,
		.post_handler = kho_kunit_fail_post,
	};
	KUNIT_ASSERT_EQ(test, register_kprobe(&kho_kunit_fail_probe), 0);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test,
							kho_kunit_fail_exit,
							NULL), 0);
}

/**
 * kho_kunit_fail_begin - let a page allocation of this thread fail
 * @nth: the how many-th from now on, 1 is the next one.
 */
void kho_kunit_fail_begin(unsigned int nth)
{
	kho_kunit_fail_nth = nth;
	WRITE_ONCE(kho_kunit_fail_task, current);
}

/**
 * kho_kunit_fail_end - no more failures
 *
 * The page allocator and slab allocate for their own debugging too, and go on
 * without: what was called meanwhile may have succeeded all the same.
 *
 * Return: true if there was one, false if there were not so many allocations.
 */
bool kho_kunit_fail_end(void)
{
	WRITE_ONCE(kho_kunit_fail_task, NULL);
	return !kho_kunit_fail_nth;
}

#else

void kho_kunit_fail_init(struct kunit *test)
{
	kunit_skip(test,
		   "needs CONFIG_FAIL_PAGE_ALLOC and CONFIG_FUNCTION_ERROR_INJECTION");
}

void kho_kunit_fail_begin(unsigned int nth)
{
}

bool kho_kunit_fail_end(void)
{
	return false;
}

#endif

/**
 * kho_kunit_hand_over - leave a block as if the previous kernel had preserved it
 * @page: first page of a block that was allocated without __GFP_COMP, or of
 *	pages that follow each other.
 * @order: log2 of the number of pages.
 *
 * The pages are as kho_mm_init_block() leaves them, and belong to nobody until
 * they are restored.
 */
void kho_kunit_hand_over(struct page *page, unsigned int order)
{
	const union kho_page_info info = {
		.order = order,
		.magic = KHO_PAGE_MAGIC,
	};
	unsigned long i;

	for (i = 0; i < 1UL << order; i++)
		set_page_count(page + i, 1);
	page->private = info.private;
	adjust_managed_page_count(page, -(1L << order));
}

/* Threads of one test. */
struct kho_kunit_thread {
	struct task_struct *task;
	struct completion done;
	void (*fn)(void *arg, unsigned int i);
	void *arg;
	unsigned int i;
};

static int kho_kunit_thread_main(void *data)
{
	struct kho_kunit_thread *thread = data;

	thread->fn(thread->arg, thread->i);
	complete(&thread->done);
	return 0;
}

/**
 * kho_kunit_run_threads - run something in several threads at once
 * @test: the test.
 * @nr: number of threads; they are spread over the CPUs.
 * @fn: called with @arg and the number of the thread.
 * @arg: for @fn.
 *
 * Returns when all of them are done.
 */
void kho_kunit_run_threads(struct kunit *test, unsigned int nr,
			   void (*fn)(void *arg, unsigned int i), void *arg)
{
	struct kho_kunit_thread *threads;
	struct task_struct *task;
	unsigned int i, started;

	threads = kunit_kcalloc(test, nr, sizeof(*threads), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, threads);

	for (started = 0; started < nr; started++) {
		threads[started].fn = fn;
		threads[started].arg = arg;
		threads[started].i = started;
		init_completion(&threads[started].done);
		task = kthread_create(kho_kunit_thread_main, &threads[started],
				      "kho_kunit/%u", started);
		if (IS_ERR(task))
			break;
		kthread_bind(task, cpumask_nth(started % num_online_cpus(),
					       cpu_online_mask));
		threads[started].task = get_task_struct(task);
	}
	for (i = 0; i < started; i++)
		wake_up_process(threads[i].task);
	for (i = 0; i < started; i++) {
		wait_for_completion(&threads[i].done);
		kthread_stop_put(threads[i].task);
	}
	KUNIT_ASSERT_EQ(test, started, nr);
}
