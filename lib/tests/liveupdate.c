// SPDX-License-Identifier: GPL-2.0
/*
 * Test of live update: state that all files share.
 *
 * Built in, it hooks into the registration of file handlers and gives each of
 * them three FLBs. The first kernel preserves them with its first file; the next
 * one retrieves them when its first handler registers, and finishes them with
 * the last file.
 */

#define pr_fmt(fmt) "liveupdate test: " fmt

#include <linux/bug.h>
#include <linux/cleanup.h>
#include <linux/liveupdate.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/printk.h>

#include "../../kernel/liveupdate/luo_internal.h"

#define TEST_FLB_DATA	0xFEEDF00DCAFEBEE0ULL

static const struct liveupdate_flb_ops test_flb_ops;

#define TEST_FLB(i) {						\
	.ops = &test_flb_ops,					\
	.compatible = LIVEUPDATE_TEST_FLB_COMPATIBLE(i),	\
}

static struct liveupdate_flb test_flbs[] = {
	TEST_FLB(0), TEST_FLB(1), TEST_FLB(2),
};

static u64 test_flb_data(const struct liveupdate_flb *flb)
{
	return TEST_FLB_DATA + (flb - test_flbs);
}

static int test_flb_preserve(struct liveupdate_flb_op_args *argp)
{
	argp->data = test_flb_data(argp->flb);
	pr_info("%s preserved\n", argp->flb->compatible);
	return 0;
}

static void test_flb_unpreserve(struct liveupdate_flb_op_args *argp)
{
	WARN_ON(argp->data != test_flb_data(argp->flb));
	pr_info("%s unpreserved\n", argp->flb->compatible);
}

static int test_flb_retrieve(struct liveupdate_flb_op_args *argp)
{
	if (WARN_ON(argp->data != test_flb_data(argp->flb)))
		return -EINVAL;

	argp->obj = (void *)(unsigned long)argp->data;
	pr_info("%s retrieved\n", argp->flb->compatible);
	return 0;
}

static void test_flb_finish(struct liveupdate_flb_op_args *argp)
{
	WARN_ON((unsigned long)argp->obj != test_flb_data(argp->flb));
	pr_info("%s finished\n", argp->flb->compatible);
}

static const struct liveupdate_flb_ops test_flb_ops = {
	.preserve = test_flb_preserve,
	.unpreserve = test_flb_unpreserve,
	.retrieve = test_flb_retrieve,
	.finish = test_flb_finish,
	.owner = THIS_MODULE,
};

/* Look for what the previous kernel handed over, once. */
static void test_flbs_retrieve(void)
{
	static DEFINE_MUTEX(lock);
	static bool done;
	unsigned int i;
	void *obj;
	int err;

	guard(mutex)(&lock);
	if (done)
		return;
	done = true;

	for (i = 0; i < ARRAY_SIZE(test_flbs); i++) {
		err = liveupdate_flb_get_incoming(&test_flbs[i], &obj);
		if (!err)
			liveupdate_flb_put_incoming(&test_flbs[i]);
		else if (err != -ENODATA && err != -ENOENT)
			pr_err("%s cannot be retrieved (error %d)\n",
			       test_flbs[i].compatible, err);
	}
}

/**
 * liveupdate_test_register - give a new file handler the FLBs of the test
 * @fh: the handler, which is registered.
 */
void liveupdate_test_register(struct liveupdate_file_handler *fh)
{
	unsigned int i;
	int err;

	test_flbs_retrieve();

	for (i = 0; i < ARRAY_SIZE(test_flbs); i++) {
		err = liveupdate_register_flb(fh, &test_flbs[i]);
		if (err)
			pr_err("%s cannot be registered with %s (error %d)\n",
			       test_flbs[i].compatible, fh->compatible, err);
	}

	err = liveupdate_register_flb(fh, &test_flbs[0]);
	if (err != -EEXIST)
		pr_err("second registration of %s with %s: %d, not %d\n",
		       test_flbs[0].compatible, fh->compatible, err, -EEXIST);
}
