// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests of live update: sessions and files with real locks, real file
 * descriptors and several threads. What a foreign kernel may write, and the way
 * to the next kernel, is tested in tools/testing/kho and in real kexecs.
 */

#include <kunit/test.h>

#include <linux/anon_inodes.h>
#include <linux/fdtable.h>
#include <linux/file.h>
#include <linux/io.h>
#include <linux/kexec_handover.h>
#include <linux/liveupdate.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "kho_internal.h"
#include "kho_kunit.h"
#include "luo_internal.h"

/* What handlers and FLBs were asked to do: a letter, and which file. */
static char luo_test_trace[256];

static void luo_test_note(char what, unsigned long which)
{
	size_t len = strlen(luo_test_trace);

	snprintf(luo_test_trace + len, sizeof(luo_test_trace) - len, "%c%lu ",
		 what, which);
}

static void luo_test_expect(struct kunit *test, const char *want)
{
	KUNIT_EXPECT_STREQ(test, luo_test_trace, want);
	luo_test_trace[0] = '\0';
}

/* Files whose private data is a number. */

static const struct file_operations luo_test_fops = {
	.owner = THIS_MODULE,
};

static unsigned long luo_test_number(struct file *file)
{
	return (unsigned long)file->private_data;
}

/* The numbers of files that fail, or are not ready; never 0. */
static unsigned long luo_test_bad_preserve, luo_test_bad_freeze;
static unsigned long luo_test_bad_retrieve, luo_test_not_ready;
/* Off while several threads are at work. */
static bool luo_test_traced;

static bool luo_test_can_preserve(struct liveupdate_file_handler *fh,
				  struct file *file)
{
	return file->f_op == &luo_test_fops;
}

static int luo_test_preserve(struct liveupdate_file_op_args *args)
{
	unsigned long nr = luo_test_number(args->file);
	void *page;

	if (nr == luo_test_bad_preserve)
		return -EFBIG;
	page = kho_alloc_preserve(PAGE_SIZE);
	if (IS_ERR(page))
		return PTR_ERR(page);

	args->private_data = page;
	args->serialized_data = virt_to_phys(page);
	if (luo_test_traced)
		luo_test_note('p', nr);
	return 0;
}

static void luo_test_unpreserve(struct liveupdate_file_op_args *args)
{
	if (luo_test_traced)
		luo_test_note('u', luo_test_number(args->file));
	kho_unpreserve_free(args->private_data);
}

static int luo_test_freeze(struct liveupdate_file_op_args *args)
{
	unsigned long nr = luo_test_number(args->file);

	if (nr == luo_test_bad_freeze)
		return -EUCLEAN;
	if (luo_test_traced)
		luo_test_note('f', nr);
	return 0;
}

static void luo_test_unfreeze(struct liveupdate_file_op_args *args)
{
	if (luo_test_traced)
		luo_test_note('t', luo_test_number(args->file));
}

static int luo_test_retrieve(struct liveupdate_file_op_args *args)
{
	unsigned long nr = args->serialized_data;
	struct file *file;

	luo_test_note('r', nr);
	if (nr == luo_test_bad_retrieve)
		return -EIO;
	file = anon_inode_getfile("[luo_test]", &luo_test_fops, (void *)nr,
				  O_RDWR);
	if (IS_ERR(file))
		return PTR_ERR(file);
	args->file = file;
	return 0;
}

static bool luo_test_can_finish(struct liveupdate_file_op_args *args)
{
	return args->serialized_data != luo_test_not_ready;
}

static void luo_test_finish(struct liveupdate_file_op_args *args)
{
	luo_test_note(args->retrieve_status > 0 ? 'e' :
		      args->retrieve_status ? 'x' : 'd', args->serialized_data);
}

static const struct liveupdate_file_ops luo_test_ops = {
	.can_preserve = luo_test_can_preserve,
	.preserve = luo_test_preserve,
	.unpreserve = luo_test_unpreserve,
	.freeze = luo_test_freeze,
	.unfreeze = luo_test_unfreeze,
	.retrieve = luo_test_retrieve,
	.can_finish = luo_test_can_finish,
	.finish = luo_test_finish,
	.owner = THIS_MODULE,
};

static struct liveupdate_file_handler luo_test_handler = {
	.ops = &luo_test_ops,
	.compatible = "luo-kunit-v1",
};

/* FLBs that count. */

static bool luo_test_bad_flb;

static unsigned long luo_test_flb_number(struct liveupdate_flb_op_args *args);

static int luo_test_flb_preserve(struct liveupdate_flb_op_args *args)
{
	if (luo_test_bad_flb && luo_test_flb_number(args) == 1)
		return -EDOM;
	args->obj = args->flb;
	args->data = luo_test_flb_number(args);
	if (luo_test_traced)
		luo_test_note('P', luo_test_flb_number(args));
	return 0;
}

static void luo_test_flb_unpreserve(struct liveupdate_flb_op_args *args)
{
	if (luo_test_traced)
		luo_test_note('U', luo_test_flb_number(args));
}

static int luo_test_flb_retrieve(struct liveupdate_flb_op_args *args)
{
	args->obj = args->flb;
	return 0;
}

static void luo_test_flb_finish(struct liveupdate_flb_op_args *args)
{
}

static const struct liveupdate_flb_ops luo_test_flb_ops = {
	.preserve = luo_test_flb_preserve,
	.unpreserve = luo_test_flb_unpreserve,
	.retrieve = luo_test_flb_retrieve,
	.finish = luo_test_flb_finish,
	.owner = THIS_MODULE,
};

static struct liveupdate_flb luo_test_flbs[] = {
	{ .ops = &luo_test_flb_ops, .compatible = "luo-kunit-flb-0" },
	{ .ops = &luo_test_flb_ops, .compatible = "luo-kunit-flb-1" },
};

static unsigned long luo_test_flb_number(struct liveupdate_flb_op_args *args)
{
	return args->flb - luo_test_flbs;
}

static int luo_test_init(struct kunit *test)
{
	struct kho_kunit_look *before;
	unsigned int i;

	if (!liveupdate_enabled())
		kunit_skip(test, "needs kho=on liveupdate=on");

	luo_test_bad_preserve = 0;
	luo_test_bad_freeze = 0;
	luo_test_bad_retrieve = 0;
	luo_test_not_ready = 0;
	luo_test_bad_flb = false;
	luo_test_traced = true;
	luo_test_trace[0] = '\0';

	before = kunit_kzalloc(test, sizeof(*before), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, before);
	*before = kho_kunit_look(&kho_out_tree);

	KUNIT_ASSERT_EQ(test,
			liveupdate_register_file_handler(&luo_test_handler), 0);
	for (i = 0; i < ARRAY_SIZE(luo_test_flbs); i++)
		KUNIT_ASSERT_EQ(test, liveupdate_register_flb(&luo_test_handler,
							      &luo_test_flbs[i]),
				0);
	test->priv = before;
	return 0;
}

static void luo_test_exit(struct kunit *test)
{
	if (!test->priv)
		return;

	liveupdate_unregister_file_handler(&luo_test_handler);
	KUNIT_EXPECT_TRUE(test, kho_kunit_same(&kho_out_tree, test->priv));
}

/* A file descriptor of a new file. */
static int luo_test_open(unsigned long nr)
{
	return anon_inode_getfd("[luo_test]", &luo_test_fops, (void *)nr,
				O_RDWR | O_CLOEXEC);
}

/* Preserve a new file under its own number; nobody else holds it. */
static int luo_test_add(struct luo_session *session, unsigned long nr)
{
	int fd, err;

	fd = luo_test_open(nr);
	if (fd < 0)
		return fd;

	err = luo_session_preserve_fd(session, nr, fd);
	close_fd(fd);
	return err;
}

static struct luo_session *luo_test_create(struct kunit *test, const char *name)
{
	struct luo_session *session;

	KUNIT_ASSERT_EQ(test, luo_session_create(name, &session), 0);
	return session;
}

static void luo_session_test(struct kunit *test)
{
	struct luo_session *a, *b, *other;
	int fd;

	a = luo_test_create(test, "luo-kunit-a");
	b = luo_test_create(test, "luo-kunit-b");
	KUNIT_EXPECT_EQ(test, luo_session_create("luo-kunit-a", &other),
			-EEXIST);
	KUNIT_EXPECT_EQ(test, luo_session_retrieve("luo-kunit-a", &other),
			-ENOENT);

	KUNIT_EXPECT_EQ(test, luo_test_add(a, 1), 0);
	KUNIT_EXPECT_EQ(test, luo_test_add(a, 2), 0);
	KUNIT_EXPECT_EQ(test, luo_test_add(a, 2), -EEXIST);
	luo_test_expect(test, "P0 P1 p1 p2 ");

	fd = luo_test_open(3);
	KUNIT_ASSERT_GE(test, fd, 0);
	KUNIT_EXPECT_EQ(test, luo_session_preserve_fd(b, 3, fd), 0);
	KUNIT_EXPECT_EQ(test, luo_session_preserve_fd(b, 4, fd), -EBUSY);
	KUNIT_EXPECT_EQ(test, luo_session_preserve_fd(a, 4, fd), -EBUSY);
	close_fd(fd);
	KUNIT_EXPECT_EQ(test, luo_session_preserve_fd(a, 4, fd), -EBADF);
	luo_test_bad_preserve = 5;
	KUNIT_EXPECT_EQ(test, luo_test_add(a, 5), -EFBIG);
	luo_test_expect(test, "p3 ");

	/* Close: the newest file first. FLBs go with the last file of all. */
	luo_session_release(a);
	luo_test_expect(test, "u2 u1 ");
	KUNIT_EXPECT_EQ(test, luo_session_create("luo-kunit-a", &a), 0);
	luo_session_release(b);
	luo_test_expect(test, "u3 U1 U0 ");
	luo_session_release(a);
	luo_test_expect(test, "");
}

static void luo_flb_test(struct kunit *test)
{
	struct liveupdate_flb *flb = &luo_test_flbs[0];
	struct luo_session *session;
	void *obj;

	KUNIT_EXPECT_EQ(test, liveupdate_register_flb(&luo_test_handler, flb),
			-EEXIST);
	KUNIT_EXPECT_EQ(test, liveupdate_flb_get_outgoing(flb, &obj), -ENOENT);
	session = luo_test_create(test, "luo-kunit");

	/* An FLB that fails takes back those before it, and the file. */
	luo_test_bad_flb = true;
	KUNIT_EXPECT_EQ(test, luo_test_add(session, 1), -EDOM);
	luo_test_expect(test, "P0 U0 ");
	luo_test_bad_flb = false;
	luo_test_bad_preserve = 1;
	KUNIT_EXPECT_EQ(test, luo_test_add(session, 1), -EFBIG);
	luo_test_expect(test, "P0 P1 U1 U0 ");
	luo_test_bad_preserve = 0;
	KUNIT_EXPECT_EQ(test, luo_test_add(session, 1), 0);
	luo_test_expect(test, "P0 P1 p1 ");

	/* Who holds on to an FLB keeps it preserved. */
	KUNIT_ASSERT_EQ(test, liveupdate_flb_get_outgoing(flb, &obj), 0);
	KUNIT_EXPECT_PTR_EQ(test, obj, (void *)flb);
	luo_session_release(session);
	luo_test_expect(test, "u1 U1 ");
	liveupdate_flb_put_outgoing(flb);
	luo_test_expect(test, "U0 ");
}

static void luo_reboot_test(struct kunit *test)
{
	struct luo_session *a, *b;
	void *obj;

	a = luo_test_create(test, "luo-kunit-a");
	b = luo_test_create(test, "luo-kunit-b");
	KUNIT_ASSERT_EQ(test, luo_test_add(a, 1), 0);
	KUNIT_ASSERT_EQ(test, luo_test_add(a, 2), 0);
	KUNIT_ASSERT_EQ(test, luo_test_add(b, 3), 0);
	KUNIT_ASSERT_EQ(test, luo_test_add(b, 4), 0);
	luo_test_trace[0] = '\0';

	/* The file that failed is not unfrozen, those before it are. */
	luo_test_bad_freeze = 4;
	KUNIT_EXPECT_EQ(test, liveupdate_reboot(), -EUCLEAN);
	luo_test_expect(test, "f1 f2 f3 t3 t1 t2 ");
	KUNIT_EXPECT_FALSE(test, rwsem_is_locked(&luo_serialize_rwsem));

	luo_test_bad_freeze = 0;
	KUNIT_ASSERT_EQ(test, liveupdate_reboot(), 0);
	luo_test_expect(test, "f1 f2 f3 f4 ");
	KUNIT_EXPECT_TRUE(test, luo_has_data());
	KUNIT_EXPECT_FALSE(test, down_read_trylock(&luo_serialize_rwsem));

	/* An FLB that is written down stays, whoever lets go of it. */
	KUNIT_ASSERT_EQ(test,
			liveupdate_flb_get_outgoing(&luo_test_flbs[0], &obj),
			0);
	liveupdate_flb_put_outgoing(&luo_test_flbs[0]);

	liveupdate_reboot_cancel();
	luo_test_expect(test, "t3 t4 t1 t2 ");
	KUNIT_EXPECT_TRUE(test, luo_has_data());
	KUNIT_EXPECT_FALSE(test, rwsem_is_locked(&luo_serialize_rwsem));

	KUNIT_EXPECT_EQ(test, luo_test_add(a, 5), 0);
	luo_session_release(b);
	luo_session_release(a);
	luo_test_expect(test, "p5 u4 u3 u5 u2 u1 U1 U0 ");
	KUNIT_EXPECT_FALSE(test, luo_has_data());
}

static int luo_test_make(unsigned long nr)
{
	struct luo_session *session;
	int err;

	err = luo_session_create("luo-kunit-nomem", &session);
	if (err)
		return err;

	err = luo_test_add(session, nr);
	luo_session_release(session);
	return err;
}

/* Page allocations of the thread fail one after the other. */
static void luo_nomem_test(struct kunit *test)
{
	const struct kho_kunit_look before = kho_kunit_look(&kho_out_tree);
	unsigned int nth, failed = 0;
	int err;

	kho_kunit_fail_init(test);
	luo_test_traced = false;
	KUNIT_ASSERT_EQ(test, luo_test_make(1), 0);
	for (nth = 1;; nth++) {
		kho_kunit_fail_begin(nth);
		err = luo_test_make(nth);
		if (!kho_kunit_fail_end())
			break;
		if (err)
			failed++;
		KUNIT_EXPECT_TRUE(test, !err || err == -ENOMEM);
		KUNIT_EXPECT_TRUE(test, kho_kunit_same(&kho_out_tree, &before));
	}
	KUNIT_EXPECT_EQ(test, err, 0);
	/* At least the block of the session and that of its file. */
	KUNIT_EXPECT_GE(test, failed, 2);
}

/*
 * Files as the previous kernel would have handed them over; the handler needs
 * nothing but the number.
 */
static struct luo_file_set *luo_test_incoming(struct kunit *test,
					      unsigned int nr)
{
	struct kho_block_header_ser *block;
	struct luo_file_set_ser ser;
	struct luo_file_set *set;
	struct luo_file_ser *file;
	struct page *page;
	unsigned int i;

	page = alloc_page(GFP_KERNEL | __GFP_ZERO);
	KUNIT_ASSERT_NOT_NULL(test, page);
	block = page_address(page);
	block->count = nr;
	file = (struct luo_file_ser *)(block + 1);
	for (i = 0; i < nr; i++) {
		strscpy(file[i].compatible, luo_test_handler.compatible);
		file[i].token = i + 1;
		file[i].data = i + 1;
	}
	kho_kunit_hand_over(page, 0);

	set = kunit_kzalloc(test, sizeof(*set), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, set);
	luo_file_set_init(set);
	ser.files = page_to_phys(page);
	ser.count = nr;
	KUNIT_ASSERT_EQ(test, luo_file_deserialize(set, &ser), 0);
	return set;
}

static void luo_retrieve_test(struct kunit *test)
{
	unsigned long managed = totalram_pages();
	struct luo_file_set *set = luo_test_incoming(test, 4);
	struct file *file, *same;

	KUNIT_EXPECT_EQ(test, luo_file_retrieve(set, 5, &file), -ENOENT);
	KUNIT_ASSERT_EQ(test, luo_file_retrieve(set, 3, &file), 0);
	KUNIT_ASSERT_EQ(test, luo_file_retrieve(set, 3, &same), 0);
	KUNIT_EXPECT_PTR_EQ(test, file, same);
	fput(same);
	KUNIT_EXPECT_EQ(test, luo_test_number(file), 3);
	luo_test_bad_retrieve = 1;
	KUNIT_EXPECT_EQ(test, luo_file_retrieve(set, 1, &same), -EIO);
	luo_test_bad_retrieve = 0;
	KUNIT_EXPECT_EQ(test, luo_file_retrieve(set, 1, &same), -EIO);
	luo_test_expect(test, "r3 r1 ");

	luo_test_not_ready = 2;
	KUNIT_EXPECT_EQ(test, luo_file_finish_all(set), -EBUSY);
	luo_test_expect(test, "");
	luo_test_not_ready = 0;
	KUNIT_EXPECT_EQ(test, luo_file_finish_all(set), 0);
	luo_test_expect(test, "d4 e3 d2 x1 ");
	KUNIT_EXPECT_EQ(test, luo_file_finish_all(set), 0);
	KUNIT_EXPECT_EQ(test, luo_file_retrieve(set, 3, &same), -ENOENT);
	KUNIT_EXPECT_EQ(test, totalram_pages(), managed);
	fput(file);
}

static void luo_forget_test(struct kunit *test)
{
	unsigned long managed = totalram_pages();
	struct luo_file_set *set = luo_test_incoming(test, 3);

	luo_file_forget_all(set);
	KUNIT_EXPECT_EQ(test, set->count, 0);
	KUNIT_EXPECT_EQ(test, totalram_pages(), managed);
	luo_test_expect(test, "");
}

#define LUO_TEST_THREADS	4
#define LUO_TEST_ROUNDS		200

struct luo_test_threads {
	struct luo_session *shared;
	unsigned int failed[LUO_TEST_THREADS];
};

/* One thread goes to the brink of a jump and back, the others use sessions. */
static void luo_test_thread(void *arg, unsigned int i)
{
	struct luo_test_threads *threads = arg;
	struct luo_session *session;
	unsigned int round;
	char name[32];
	int err;

	snprintf(name, sizeof(name), "luo-kunit-%u", i);
	for (round = 0; round < LUO_TEST_ROUNDS; round++) {
		if (!i) {
			threads->failed[i] += !!liveupdate_reboot();
			liveupdate_reboot_cancel();
			cond_resched();
			continue;
		}

		err = luo_test_add(threads->shared,
				   1000 + i * LUO_TEST_ROUNDS + round);
		if (!err)
			err = luo_session_create(name, &session);
		if (!err) {
			err = luo_test_add(session, round + 1);
			luo_session_release(session);
		}
		threads->failed[i] += !!err;
	}
}

static void luo_threads_test(struct kunit *test)
{
	struct luo_test_threads *threads;
	unsigned int i;

	threads = kunit_kzalloc(test, sizeof(*threads), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, threads);
	luo_test_traced = false;
	threads->shared = luo_test_create(test, "luo-kunit-shared");
	kho_kunit_run_threads(test, LUO_TEST_THREADS, luo_test_thread, threads);
	for (i = 0; i < LUO_TEST_THREADS; i++)
		KUNIT_EXPECT_EQ(test, threads->failed[i], 0);
	KUNIT_EXPECT_EQ(test, threads->shared->files.count,
			(LUO_TEST_THREADS - 1) * LUO_TEST_ROUNDS);
	luo_session_release(threads->shared);
}

static struct kunit_case luo_test_cases[] = {
	KUNIT_CASE(luo_session_test),
	KUNIT_CASE(luo_flb_test),
	KUNIT_CASE(luo_reboot_test),
	KUNIT_CASE(luo_nomem_test),
	KUNIT_CASE(luo_retrieve_test),
	KUNIT_CASE(luo_forget_test),
	KUNIT_CASE(luo_threads_test),
	{}
};

static struct kunit_suite luo_test_suite = {
	.name = "luo",
	.init = luo_test_init,
	.exit = luo_test_exit,
	.test_cases = luo_test_cases,
};

kunit_test_suite(luo_test_suite);
