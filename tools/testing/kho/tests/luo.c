// SPDX-License-Identifier: GPL-2.0
/*
 * Live update: sessions, files and FLBs, to the next kernel and without it.
 */

#include <stdio.h>

#include <linux/file.h>
#include <linux/liveupdate.h>
#include <linux/module.h>

#include "state.h"

#include "../../../../kernel/liveupdate/luo_internal.h"

#define SESSIONS	51	/* in a block, ABI 9 */
#define FILES		63

static const struct sim_machine machine = {
	.ram = { { .start = MiB(1), .size = MiB(63) } },
};

static const char cmdline[] = "kho=on kho_scratch=4M,0,0 liveupdate=on";

/* What handlers and FLBs were asked to do: a letter, and which file. */
static char trace[4096];
static struct state before;

static void note(const char *what, u64 content)
{
	size_t len = strlen(trace);

	snprintf(trace + len, sizeof(trace) - len, "%s%llu ", what,
		 (unsigned long long)content);
}

static void expect_trace_at(int line, const char *want)
{
	if (strcmp(trace, want))
		tap_fail(__FILE__, line, "trace is \"%s\", not \"%s\"", trace,
			 want);
	trace[0] = 0;
}

#define expect_trace(want)	expect_trace_at(__LINE__, want)

/* A handler that hands over a page with the content of the file. */

static struct module owner;
static u64 fail_preserve, fail_freeze, fail_retrieve, not_ready;

static bool page_can_preserve(struct liveupdate_file_handler *fh,
			      struct file *file)
{
	return file->content < 1000;
}

static int page_preserve(struct liveupdate_file_op_args *args)
{
	u64 *page;

	if (args->file->content == fail_preserve)
		return -EFBIG;
	page = kho_alloc_preserve(PAGE_SIZE);
	if (IS_ERR(page))
		return PTR_ERR(page);
	*page = args->file->content;
	args->serialized_data = virt_to_phys(page);
	args->private_data = page;
	note("p", *page);
	return 0;
}

static void page_unpreserve(struct liveupdate_file_op_args *args)
{
	must(phys_to_virt(args->serialized_data) == args->private_data);
	must(*(u64 *)args->private_data == args->file->content);
	note("u", args->file->content);
	kho_unpreserve_free(args->private_data);
}

static int page_freeze(struct liveupdate_file_op_args *args)
{
	if (args->file->content == fail_freeze)
		return -EUCLEAN;
	note("f", *(u64 *)args->private_data);
	return 0;
}

static void page_unfreeze(struct liveupdate_file_op_args *args)
{
	note("t", *(u64 *)args->private_data);
}

static int page_retrieve(struct liveupdate_file_op_args *args)
{
	u64 *page, content;

	if (!kho_is_handed_over(args->serialized_data, 0))
		return -EINVAL;
	must(!args->file && !args->private_data);
	page = phys_to_virt(args->serialized_data);
	content = *page;
	kho_restore_free(page);
	note("r", content);
	if (content == fail_retrieve)
		return -EIO;
	args->file = sim_file_alloc(content);
	return args->file ? 0 : -ENOMEM;
}

static bool page_can_finish(struct liveupdate_file_op_args *args)
{
	return !args->file || args->file->content != not_ready;
}

static void page_finish(struct liveupdate_file_op_args *args)
{
	note("e", args->file ? args->file->content : 0);
	must(!args->file == (args->retrieve_status <= 0));
	if (!args->retrieve_status && kho_is_handed_over(args->serialized_data, 0))
		kho_restore_free(phys_to_virt(args->serialized_data));
}

static unsigned long page_id(struct file *file)
{
	return file->content;
}

static const struct liveupdate_file_ops page_ops = {
	.can_preserve = page_can_preserve,
	.preserve = page_preserve,
	.unpreserve = page_unpreserve,
	.freeze = page_freeze,
	.unfreeze = page_unfreeze,
	.retrieve = page_retrieve,
	.can_finish = page_can_finish,
	.finish = page_finish,
	.get_id = page_id,
	.owner = &owner,
};

static const struct liveupdate_file_handler page_handler = {
	.ops = &page_ops,
	.compatible = "test-page-v1",
};

static struct liveupdate_file_handler handler;

/* Two FLBs that hand over a number. */

static u64 fail_flb;

static u64 flb_nr(struct liveupdate_flb_op_args *args)
{
	return args->flb->compatible[3] - '0';
}

static int flb_preserve(struct liveupdate_flb_op_args *args)
{
	if (flb_nr(args) == fail_flb)
		return -EDOM;
	args->data = 100 + flb_nr(args);
	args->obj = args->flb;
	note("P", flb_nr(args));
	return 0;
}

static void flb_unpreserve(struct liveupdate_flb_op_args *args)
{
	must(args->data == 100 + flb_nr(args) && args->obj == args->flb);
	note("U", flb_nr(args));
}

static int flb_retrieve(struct liveupdate_flb_op_args *args)
{
	if (args->data != 100 + flb_nr(args))
		return -EINVAL;
	if (flb_nr(args) == fail_flb)
		return -EDOM;
	args->obj = args->flb;
	note("R", flb_nr(args));
	return 0;
}

static void flb_finish(struct liveupdate_flb_op_args *args)
{
	must(args->obj == args->flb && !args->data);
	note("E", flb_nr(args));
}

static const struct liveupdate_flb_ops flb_ops = {
	.preserve = flb_preserve,
	.unpreserve = flb_unpreserve,
	.retrieve = flb_retrieve,
	.finish = flb_finish,
	.owner = &owner,
};

static const struct liveupdate_flb flb_init[2] = {
	{ .ops = &flb_ops, .compatible = "flb1" },
	{ .ops = &flb_ops, .compatible = "flb2" },
};

static struct liveupdate_flb flbs[2];

/* Boots and jumps */

static void start(void)
{
	memcpy((void *)&handler, &page_handler, sizeof(handler));
	memcpy((void *)flbs, flb_init, sizeof(flbs));
	owner = (struct module) {};
	fail_preserve = fail_freeze = fail_retrieve = not_ready = ~0ULL;
	fail_flb = 0;
	trace[0] = 0;
	must(liveupdate_enabled());
	must(!liveupdate_register_file_handler(&handler));
	before = state_get();
}

static void begin(void)
{
	sim_power_on(&machine);
	sim_boot(cmdline);
	start();
}

static void add_flbs(void)
{
	must(!liveupdate_register_flb(&handler, &flbs[0]));
	must(!liveupdate_register_flb(&handler, &flbs[1]));
	before = state_get();
}

static void jump(void)
{
	must(!liveupdate_reboot());
	sim_kexec(cmdline);
	must(is_kho_boot() && kho_is_enabled());
	start();
	must(!luo_session_deserialize());
}

static struct luo_session *create(const char *name)
{
	struct luo_session *session;

	must(!luo_session_create(name, &session));
	return session;
}

static struct luo_session *retrieve(const char *name)
{
	struct luo_session *session = NULL;

	must(!luo_session_retrieve(name, &session));
	return session;
}

/* Preserve a new file, whose content is its token; nobody else holds it. */
static int preserve_content(struct luo_session *session, u64 token, u64 content)
{
	int fd, err;

	fd = sim_fd_install(sim_file_alloc(content));
	err = luo_session_preserve_fd(session, token, fd);
	sim_fd_close(fd);
	return err;
}

static int preserve(struct luo_session *session, u64 content)
{
	return preserve_content(session, content, content);
}

static void expect_file(struct luo_session *session, u64 token)
{
	struct file *file = NULL;

	must(expect_eq(luo_session_retrieve_file(session, token, &file), 0));
	expect_eq(file->content, token);
	fput(file);
}

static const struct luo_ser *out_ser(void)
{
	const void *fdt = phys_to_virt(kho_out_fdt_phys());
	phys_addr_t phys;
	u64 size;

	must(!kho_fdt_find(fdt, LUO_KHO_ENTRY_NAME, &phys, &size));
	expect_eq(size, sizeof(struct luo_ser));
	must(is_preserved(PHYS_PFN(phys), 0));
	return phys_to_virt(phys);
}

static void test_off(void)
{
	static const char * const off[] = {
		"kho=on kho_scratch=4M,0,0", "liveupdate=on", "",
		"kho=on kho_scratch=4M,0,0 liveupdate=off",
	};
	struct liveupdate_file_handler fh = page_handler;
	struct liveupdate_flb flb = flb_init[0];
	unsigned int i;
	void *obj;

	for (i = 0; i < ARRAY_SIZE(off); i++) {
		sim_power_on(&machine);
		sim_boot(off[i]);
		expect(!liveupdate_enabled());
		expect_eq(liveupdate_register_file_handler(&fh), -EOPNOTSUPP);
		expect_eq(liveupdate_register_flb(&fh, &flb), -EOPNOTSUPP);
		expect_eq(liveupdate_flb_get_incoming(&flb, &obj), -EOPNOTSUPP);
		expect_eq(liveupdate_flb_get_outgoing(&flb, &obj), -EOPNOTSUPP);
		liveupdate_unregister_flb(&fh, &flb);
		liveupdate_unregister_file_handler(&fh);
		expect_eq(liveupdate_reboot(), 0);
		liveupdate_reboot_cancel();
		expect(!luo_has_data());
	}
	expect_eq(sim_warnings(), 0);
}

static void test_root(void)
{
	const struct luo_flb_header_ser *page;
	const struct luo_ser *ser;

	begin();
	ser = out_ser();
	expect(!memcmp(ser, "luo-v5\0\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 24));
	must(is_preserved(PHYS_PFN(ser->flbs_pa), 0));
	page = phys_to_virt(ser->flbs_pa);
	expect_eq(page->pgcnt, 1);
	expect_eq(page->count, 0);

	/* Nothing to hand over but the number. */
	must(!liveupdate_reboot());
	expect(!luo_has_data());
	expect_eq(ser->sessions_pa, 0);
	sim_kexec(cmdline);
	expect_log("Retrieved live update data, liveupdate number: 1\n");
	expect_eq(out_ser()->liveupdate_num, 2);
	start();
	must(!luo_session_deserialize());
	expect_state(before);
}

static void test_register(void)
{
	struct liveupdate_file_handler again = page_handler, fh = page_handler;
	struct liveupdate_file_ops ops = page_ops;
	struct liveupdate_flb_ops no_ops = flb_ops;
	struct liveupdate_flb flb = flb_init[0], many[LUO_FLB_MAX + 1];
	unsigned int i;

	begin();
	expect_eq(liveupdate_register_file_handler(&again), -EEXIST);
	fh.ops = &ops;
	ops.finish = NULL;
	expect_eq(liveupdate_register_file_handler(&fh), -EINVAL);

	expect_eq(liveupdate_register_flb(&again, &flb), -EINVAL);
	expect_eq(sim_warnings(), 1);
	no_ops.retrieve = NULL;
	flb.ops = &no_ops;
	expect_eq(liveupdate_register_flb(&handler, &flb), -EINVAL);
	expect_eq(sim_warnings(), 1);

	add_flbs();
	expect_eq(liveupdate_register_flb(&handler, &flbs[0]), -EEXIST);
	memcpy((void *)&flb, &flb_init[0], sizeof(flb));
	expect_eq(liveupdate_register_flb(&handler, &flb), -EEXIST);
	liveupdate_unregister_flb(&handler, &flb);
	expect_eq(sim_warnings(), 1);
	liveupdate_unregister_flb(&handler, &flbs[0]);
	expect_eq(liveupdate_register_flb(&handler, &flb), 0);
	liveupdate_unregister_file_handler(&handler);
	expect_eq(liveupdate_register_flb(&handler, &flb), -EINVAL);
	expect_eq(sim_warnings(), 1);

	must(!liveupdate_register_file_handler(&handler));
	expect_eq(LUO_FLB_MAX, (PAGE_SIZE - 16) / 64);
	for (i = 0; i < ARRAY_SIZE(many); i++) {
		memcpy((void *)&many[i], &flb_init[0], sizeof(flb));
		snprintf((char *)many[i].compatible, sizeof(many[i].compatible),
			 "many%u", i);
		expect_eq(liveupdate_register_flb(&handler, &many[i]),
			  i < LUO_FLB_MAX ? 0 : -ENOSPC);
	}
	liveupdate_unregister_file_handler(&handler);
	liveupdate_unregister_file_handler(&handler);
}

static void test_life(void)
{
	struct luo_session *a, *b, *session;
	struct file *file, *same;

	begin();
	a = create("a");
	b = create("b");
	expect_eq(luo_session_create("a", &session), -EEXIST);
	must(!preserve(a, 1));
	must(!preserve(b, 2));
	must(!preserve(a, 3));
	expect_eq(owner.refs, 3);
	expect_trace("p1 p2 p3 ");

	/* Closed: the newest file goes first, and the name is free. */
	luo_session_release(a);
	expect_trace("u3 u1 ");
	a = create("a");
	must(!preserve(a, 3));
	must(!preserve(a, 1));
	must(!preserve(a, 0));
	trace[0] = 0;
	expect_eq(luo_session_retrieve("a", &session), -ENOENT);

	jump();
	expect_trace("");
	expect_eq(luo_session_retrieve("c", &session), -ENOENT);
	a = retrieve("a");
	expect_eq(luo_session_retrieve("a", &session), -EINVAL);
	expect(luo_session_is_incoming(a));
	expect_eq(luo_session_retrieve_file(a, 2, &file), -ENOENT);
	must(!luo_session_retrieve_file(a, 1, &file));
	must(!luo_session_retrieve_file(a, 1, &same));
	expect(file == same);
	fput(same);
	expect_trace("r1 ");

	/* An outgoing session may have the same name; the file is busy. */
	session = create("a");
	expect_eq(preserve(session, 1), -EBUSY);
	expect_file(a, 3);
	expect_trace("r3 ");
	expect_eq(owner.refs, 4);
	expect_eq(luo_session_finish(a), 0);
	expect_trace("e0 e1 e3 ");
	expect_eq(owner.refs, 1);
	expect_eq(luo_session_finish(a), 0);
	expect_eq(luo_session_retrieve_file(a, 1, &same), -ENOENT);
	must(!preserve(session, 1));
	luo_session_release(session);
	luo_session_release(a);
	expect_eq(luo_session_retrieve("a", &session), -ENOENT);
	expect_eq(file->refs, 1);
	fput(file);

	/* Closing finishes. */
	trace[0] = 0;
	luo_session_release(retrieve("b"));
	expect_trace("e0 ");
	expect_eq(luo_session_retrieve("b", &session), -ENOENT);
	expect_eq(owner.refs, 0);
	expect_eq(state_get().objects, before.objects - 1);
	expect_eq(sim_warnings(), 0);
}

static void test_not_ready(void)
{
	struct luo_session *a, *session;

	begin();
	a = create("a");
	must(!preserve(a, 1));
	must(!preserve(a, 2));
	jump();
	not_ready = 1;
	a = retrieve("a");
	expect_file(a, 1);
	trace[0] = 0;
	expect_eq(luo_session_finish(a), -EBUSY);
	expect_file(a, 2);
	luo_session_release(a);
	expect_log("cannot be finished");
	expect_trace("r2 ");
	expect_eq(luo_session_retrieve("a", &session), -EINVAL);
	expect_eq(owner.refs, 2);
}

static void test_preserve_errors(void)
{
	struct luo_session *a, *b;
	unsigned int i;
	int fd;

	begin();
	add_flbs();
	a = create("a");
	b = create("b");
	/* The next file needs a new block. */
	for (i = 0; i < FILES; i++)
		must(!preserve(a, i));
	trace[0] = 0;
	fd = sim_fd_install(sim_file_alloc(7));
	before = state_get();
	expect_eq(luo_session_preserve_fd(a, 5, fd), -EEXIST);
	expect_eq(luo_session_preserve_fd(a, 500, -1), -EBADF);
	expect_eq(luo_session_preserve_fd(a, 500, fd), -EBUSY);
	expect_eq(luo_session_preserve_fd(b, 500, fd), -EBUSY);
	expect_eq(preserve(a, 1000), -ENOENT);
	fail_preserve = 600;
	expect_eq(preserve(a, 600), -EFBIG);
	owner.going = true;
	expect_eq(preserve(a, 601), -ENOENT);
	owner.going = false;
	expect_state(before);
	expect_trace("");
	expect_eq(owner.refs, FILES + 2);
	luo_session_release(a);
	expect_eq(owner.refs, 0);

	/* FLBs go back in reverse order. */
	trace[0] = 0;
	fail_preserve = 1;
	expect_eq(preserve(b, 1), -EFBIG);
	expect_trace("P1 P2 U2 U1 ");
	fail_flb = 2;
	expect_eq(preserve(b, 2), -EDOM);
	expect_trace("P1 U1 ");
	expect_eq(owner.refs, 0);
	luo_session_release(b);
	expect_eq(sim_warnings(), 0);
}

static int make_session(void *arg)
{
	struct luo_session *session;
	int err;

	err = luo_session_create("x", &session);
	if (err)
		return err;
	err = preserve(session, 1) ?: preserve(session, 2);
	luo_session_release(session);
	return err;
}

static int make_session_fd(void *arg)
{
	struct luo_session *session;
	int err;

	err = luo_session_create("x", &session);
	if (err)
		return err;
	err = luo_session_preserve_fd(session, 1, *(int *)arg);
	luo_session_release(session);
	return err;
}

static void test_enomem(void)
{
	int fd;

	begin();
	add_flbs();
	fd = sim_fd_install(sim_file_alloc(1));
	before = state_get();
	expect(fail_everywhere(make_session_fd, &fd) >= 6);
	expect_state(before);
	sim_fail_nth(0);
	expect_eq(make_session(NULL), 0);
	expect_state(before);
	expect_eq(owner.refs, 0);
	expect_eq(sim_warnings(), 0);
}

/* No block without entries is handed over, whatever the number. */
static void check_chain(u64 pa, u64 count, u64 per_block)
{
	const struct kho_block_header_ser *ser;
	u64 n = 0;

	for (; pa; pa = ser->next) {
		ser = phys_to_virt(pa);
		must(is_preserved(PHYS_PFN(pa), 0));
		expect(ser->count && ser->count <= per_block);
		if (ser->next)
			expect_eq(ser->count, per_block);
		n += ser->count;
	}
	expect_eq(n, count);
}

static void test_counts(void)
{
	static const unsigned int counts[] = {
		0, 1, FILES - 1, FILES, FILES + 1, 3 * FILES, 3 * FILES + 1,
	};
	struct luo_session *session, *other;
	unsigned int i, n;
	char name[16];

	for (i = 0; i < ARRAY_SIZE(counts); i++) {
		begin();
		session = create("a");
		for (n = 0; n < counts[i]; n++)
			must(!preserve(session, n));
		expect_eq(preserve(session, 5000), -ENOENT);
		must(!liveupdate_reboot());
		expect(luo_has_data());
		check_chain(out_ser()->sessions_pa, 1, SESSIONS);
		check_chain(((struct luo_session_ser *)
			     (phys_to_virt(out_ser()->sessions_pa) + 16))->file_set_ser.files,
			    counts[i], FILES);
		liveupdate_reboot_cancel();
		expect_eq(out_ser()->sessions_pa, 0);
		jump();
		session = retrieve("a");
		for (n = 0; n < counts[i]; n += 3)
			expect_file(session, n);
		luo_session_release(session);
		expect_eq(owner.refs, 0);
		expect_eq(sim_warnings(), 0);
	}

	for (n = SESSIONS - 1; n <= 2 * SESSIONS + 1; n++) {
		if (n > SESSIONS + 1 && n < 2 * SESSIONS - 1)
			continue;
		begin();
		for (i = 0; i < n; i++) {
			snprintf(name, sizeof(name), "session %u", i);
			session = create(name);
			expect_eq(luo_session_create(name, &other), -EEXIST);
		}
		must(!liveupdate_reboot());
		check_chain(out_ser()->sessions_pa, n, SESSIONS);
		liveupdate_reboot_cancel();
		jump();
		for (i = 0; i < n; i++) {
			snprintf(name, sizeof(name), "session %u", i);
			luo_session_release(retrieve(name));
		}
		expect_eq(state_get().objects,
			  before.objects - DIV_ROUND_UP(n, SESSIONS));
	}
}

static void test_freeze(void)
{
	struct luo_session *a, *b, *c;
	struct state frozen;

	begin();
	a = create("a");
	b = create("b");
	c = create("c");
	must(!preserve(a, 1) && !preserve(a, 2) && !preserve(b, 3) &&
	     !preserve(c, 4) && !preserve(c, 5) && !preserve(c, 6));
	trace[0] = 0;
	before = state_get();

	/* What failed is not unfrozen, what came before it is. */
	fail_freeze = 6;
	expect_eq(liveupdate_reboot(), -EUCLEAN);
	expect_trace("f1 f2 f3 f4 f5 t4 t5 t3 t1 t2 ");
	expect_eq(out_ser()->sessions_pa, 0);
	expect_state(before);
	expect_log("cannot be handed over");
	fail_freeze = 1;
	expect_eq(liveupdate_reboot(), -EUCLEAN);
	expect_trace("");

	/* Everything can be used again. */
	fail_freeze = ~0ULL;
	must(!preserve(b, 7));
	trace[0] = 0;
	must(!liveupdate_reboot());
	expect_trace("f1 f2 f3 f7 f4 f5 f6 ");
	frozen = state_get();
	liveupdate_reboot_cancel();
	expect_trace("t4 t5 t6 t3 t7 t1 t2 ");
	expect_state(frozen);
	liveupdate_reboot_cancel();
	expect_trace("");
	luo_session_release(b);
	expect_trace("u7 u3 ");

	jump();
	c = retrieve("c");
	expect_file(c, 5);
	expect_eq(luo_session_retrieve("b", &b), -ENOENT);
	expect_eq(sim_warnings(), 0);
}

static void test_failed_retrieve(void)
{
	struct luo_session *a;
	struct file *file;
	long used;

	begin();
	a = create("a");
	must(!preserve(a, 1) && !preserve(a, 2));
	jump();
	used = state_get().objects;
	fail_retrieve = 1;
	a = retrieve("a");
	expect_eq(luo_session_retrieve_file(a, 1, &file), -EIO);
	expect_eq(state_get().objects, used);
	expect_trace("r1 ");
	fail_retrieve = ~0ULL;
	expect_eq(luo_session_retrieve_file(a, 1, &file), -EIO);
	expect_trace("");
	expect_file(a, 2);

	/* It is finished as one that failed. */
	luo_session_release(a);
	expect_trace("r2 e2 e0 ");
	expect_eq(owner.refs, 0);
	expect_eq(sim_warnings(), 0);
}

/* The file is there, but not in the index: it is not lost. */
static void test_retrieve_enomem(void)
{
	struct luo_session *a;
	struct file *file;

	begin();
	a = create("a");
	must(!preserve(a, 1));
	jump();
	a = retrieve("a");
	sim_fail_nth(2);
	expect_eq(luo_session_retrieve_file(a, 1, &file), -ENOMEM);
	sim_fail_nth(0);
	expect_trace("r1 ");
	expect_file(a, 1);
	expect_trace("");
	luo_session_release(a);
	expect_trace("e1 ");
}

static void test_flb(void)
{
	struct luo_session *a, *b;
	const struct luo_flb_header_ser *page;
	const struct luo_flb_ser *ser;
	void *obj;

	begin();
	expect_eq(liveupdate_flb_get_incoming(&flbs[0], &obj), -ENODATA);
	expect_eq(liveupdate_flb_get_outgoing(&flbs[0], &obj), -ENOENT);
	add_flbs();
	a = create("a");
	b = create("b");
	must(!preserve(a, 1) && !preserve(a, 2) && !preserve(b, 3));
	expect_trace("P1 P2 p1 p2 p3 ");
	expect_eq(owner.refs, 3 + 2);
	must(!liveupdate_flb_get_outgoing(&flbs[0], &obj));
	expect(obj == &flbs[0]);

	must(!liveupdate_reboot());
	page = phys_to_virt(out_ser()->flbs_pa);
	ser = (const void *)(page + 1);
	expect_eq(page->count, 2);
	expect(!strcmp(ser[0].name, "flb1") && !strcmp(ser[1].name, "flb2"));
	expect_eq(ser[0].data, 101);
	expect_eq(ser[0].count, 4);
	expect_eq(ser[1].count, 3);

	/* Whoever lets go now does not take away what is written down. */
	liveupdate_flb_put_outgoing(&flbs[0]);
	trace[0] = 0;
	liveupdate_reboot_cancel();
	expect_eq(page->count, 0);
	luo_session_release(b);
	luo_session_release(a);
	expect_trace("t3 t1 t2 u3 u2 u1 U2 U1 ");
	expect_eq(owner.refs, 0);

	a = create("a");
	must(!preserve(a, 1) && !preserve(a, 2) && !preserve(a, 3));
	jump();
	add_flbs();

	/* Retrieved by somebody who asks, finished with the last file. */
	must(!liveupdate_flb_get_incoming(&flbs[0], &obj));
	must(!liveupdate_flb_get_incoming(&flbs[0], &obj));
	liveupdate_flb_put_incoming(&flbs[0]);
	expect_trace("R1 ");
	a = retrieve("a");
	expect_eq(luo_session_finish(a), 0);
	expect_trace("e0 e0 e0 R2 E2 ");
	expect_eq(liveupdate_flb_get_incoming(&flbs[1], &obj), -ENODATA);
	must(!liveupdate_flb_get_incoming(&flbs[0], &obj));
	liveupdate_flb_put_incoming(&flbs[0]);
	liveupdate_flb_put_incoming(&flbs[0]);
	expect_trace("E1 ");
	expect_eq(liveupdate_flb_get_incoming(&flbs[0], &obj), -ENODATA);
	expect_eq(owner.refs, 0);
	expect_eq(sim_warnings(), 0);
	liveupdate_flb_put_incoming(&flbs[0]);
	expect_eq(sim_warnings(), 1);
}

static void test_flb_errors(void)
{
	struct luo_session *a;
	void *obj;

	begin();
	must(!liveupdate_register_flb(&handler, &flbs[0]));
	a = create("a");
	must(!preserve(a, 1));
	jump();
	add_flbs();
	expect_eq(liveupdate_flb_get_incoming(&flbs[1], &obj), -ENOENT);
	fail_flb = 1;
	expect_eq(liveupdate_flb_get_incoming(&flbs[0], &obj), -EDOM);
	fail_flb = 0;
	expect_eq(liveupdate_flb_get_incoming(&flbs[0], &obj), -EDOM);
	expect_eq(owner.refs, 1);
	luo_session_release(retrieve("a"));
	expect_trace("e0 ");
	expect_eq(liveupdate_flb_get_incoming(&flbs[0], &obj), -ENODATA);
	expect_eq(owner.refs, 0);
	expect_eq(sim_warnings(), 0);
}

/* What a foreign kernel may have written. The jump is up to the caller. */

static struct luo_session_ser *session_ser(unsigned int i)
{
	struct kho_block_header_ser *block = phys_to_virt(out_ser()->sessions_pa);

	return (struct luo_session_ser *)(block + 1) + i;
}

static struct luo_file_ser *file_ser(unsigned int session, unsigned int i)
{
	struct kho_block_header_ser *block =
		phys_to_virt(session_ser(session)->file_set_ser.files);

	return (struct luo_file_ser *)(block + 1) + i;
}

static void foreign(void)
{
	struct luo_session *a, *b;

	begin();
	add_flbs();
	a = create("a");
	b = create("b");
	must(!preserve(a, 1) && !preserve(a, 2) && !preserve(b, 3));
	must(!liveupdate_reboot());
}

static void land(void)
{
	sim_kexec(cmdline);
	must(is_kho_boot() && kho_is_enabled());
	start();
}

/* As after a cold boot. */
static void expect_refused(const char *why)
{
	struct luo_session *session;
	void *obj;

	land();
	expect_log(why);
	expect_log("are refused");
	expect_eq(out_ser()->liveupdate_num, 1);
	expect_eq(luo_session_deserialize(), 0);
	expect_eq(luo_session_retrieve("a", &session), -ENOENT);
	expect_eq(liveupdate_flb_get_incoming(&flbs[0], &obj), -ENODATA);
	expect_eq(make_session(NULL), 0);
	expect_state(before);
	expect_eq(sim_warnings(), 0);
}

static void expect_broken(const char *why, int err)
{
	struct luo_session *session;

	land();
	sim_log_clear();
	expect_eq(luo_session_deserialize(), err);
	expect_log(why);
	expect_log("no session of the previous kernel can be retrieved");
	expect_eq(luo_session_deserialize(), err);
	expect_eq(luo_session_retrieve("a", &session), -ENOENT);
	expect_eq(owner.refs, 0);
	expect_eq(state_get().objects, before.objects - 1);
	expect_eq(make_session(NULL), 0);
	expect_eq(sim_warnings(), 0);
}

static void test_refused(void)
{
	struct kho_block_header_ser *block;
	struct luo_flb_header_ser *page;
	struct luo_ser *ser;

#define spoil(statement, why) do {					\
	foreign();							\
	ser = (void *)out_ser();					\
	page = phys_to_virt(ser->flbs_pa);				\
	block = phys_to_virt(ser->sessions_pa);				\
	(void)block, (void)page;					\
	statement;							\
	expect_refused(why);						\
} while (0)

	spoil(ser->compatible[5] = '4', "speaks \"luo-v4\"");
	spoil(memset(ser->compatible, 'x', 8), "speaks \"xxxxxxxx\"");
	spoil(ser->compatible[6] = '0', "speaks \"luo-v50\"");
	spoil(ser->sessions_pa += 8, "refused");
	spoil(ser->sessions_pa = MiB(40), "refused");
	spoil(ser->sessions_pa = ~0ULL, "refused");
	spoil(ser->sessions_pa = virt_to_phys(ser), "refused");
	spoil(ser->sessions_pa = ser->flbs_pa, "refused");
	spoil(ser->flbs_pa = virt_to_phys(ser), "was not handed over");
	spoil(ser->flbs_pa = ~0ULL, "was not handed over");
	spoil(ser->flbs_pa++, "was not handed over");
	spoil(page->count = LUO_FLB_MAX + 1, "at most");
	spoil(page->count = ~0ULL, "at most");
	spoil(memset(page + 1, 'x', 48), "no end");
	spoil(((struct luo_flb_ser *)(page + 1))->count = 1ULL << 63, "users");
	spoil(block->count = SESSIONS + 1, "claims");
	spoil(block->next = ser->sessions_pa, "no end");
	spoil(block->next = 1, "refused");
#undef spoil

	/* Too small; and not to be restored. */
	foreign();
	kho_remove_subtree((void *)out_ser());
	must(!kho_add_subtree("LUO", kho_alloc_preserve(8), 31));
	expect_refused("31 bytes");
	foreign();
	kho_unpreserve_folio(virt_to_folio((void *)out_ser()));
	sim_kexec(cmdline);
	expect(liveupdate_enabled());
	expect_eq(sim_warnings(), 0);
}

static void test_broken(void)
{
	struct luo_session_ser *a, *b;
	struct luo_file_ser *f;

#define spoil(statement, why, err) do {					\
	foreign();							\
	a = session_ser(0);						\
	b = session_ser(1);						\
	f = file_ser(0, 1);						\
	(void)a, (void)b, (void)f;					\
	statement;							\
	expect_broken(why, err);					\
} while (0)

	spoil(strcpy(b->name, "a"), "there twice", -EEXIST);
	spoil(strcpy(f->compatible, "other"), "no file handler \"other\"",
	      -ENOENT);
	spoil(memset(f->compatible, 'x', 48), "no end", -EINVAL);
	spoil(f->token = 1, "there twice", -EINVAL);
	spoil(a->file_set_ser.count = 1, "announced", -EINVAL);
	spoil(b->file_set_ser.count = ~0ULL, "announced", -EINVAL);
	spoil(b->file_set_ser.files++, "refused", -EINVAL);
	spoil(b->file_set_ser.files = MiB(5), "refused", -EINVAL);
	/* A block has one owner. */
	spoil(b->file_set_ser = a->file_set_ser, "refused", -EINVAL);
	spoil(b->file_set_ser.files = out_ser()->sessions_pa, "refused",
	      -EINVAL);
#undef spoil

	/* A name without an end is cut; files that are not there are none. */
	foreign();
	memset(session_ser(0)->name, 'x', 64);
	session_ser(0)->file_set_ser.files = 0;
	land();
	expect_eq(luo_session_deserialize(), 0);
	expect_log("2 files were announced");
	luo_session_release(retrieve("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
				     "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"));
	luo_session_release(retrieve("b"));
	expect_eq(sim_warnings(), 0);
}

static void test_deserialize_enomem(void)
{
	unsigned long nth;
	int err = -ENOMEM;

	for (nth = 1; err; nth++) {
		foreign();
		land();
		sim_fail_nth(nth);
		err = luo_session_deserialize();
		if (sim_fail_nth(0) < nth)
			break;
		expect_eq(err, -ENOMEM);
		expect_eq(state_get().objects, before.objects - 1);
		expect_eq(owner.refs, 0);
		expect_eq(sim_warnings(), 0);
	}
	expect_eq(nth, 8);
}

/* Use whatever came over. */
static void use_all(void)
{
	static const char * const names[] = { "a", "b" };
	struct luo_session *session;
	unsigned int i, token;
	struct file *file;
	void *obj;

	for (i = 0; i < 2; i++)
		if (!liveupdate_flb_get_incoming(&flbs[i], &obj))
			liveupdate_flb_put_incoming(&flbs[i]);
	for (i = 0; i < 2; i++) {
		if (luo_session_retrieve(names[i], &session))
			continue;
		for (token = 0; token < 5; token++)
			if (!luo_session_retrieve_file(session, token, &file))
				fput(file);
		luo_session_release(session);
	}
}

/* Some bytes of one of the pages are not what they were. */
static void test_flips(void)
{
	static const size_t sizes[] = { 32, 16 + 128, 16 + 160, 16 + 128, 16 + 64 };
	unsigned int round, flips, n;
	struct luo_ser *ser;
	unsigned char *page;
	u64 pages[5];

	for (round = 0; round < 400; round++) {
		foreign();
		ser = (void *)out_ser();
		pages[0] = virt_to_phys(ser);
		pages[1] = ser->flbs_pa;
		pages[2] = ser->sessions_pa;
		pages[3] = session_ser(0)->file_set_ser.files;
		pages[4] = session_ser(1)->file_set_ser.files;
		n = rnd_below(ARRAY_SIZE(pages));
		page = phys_to_virt(pages[n]);
		for (flips = 1 + rnd_below(3); flips; flips--)
			page[rnd_below(sizes[n])] = rnd_below(2) ? rnd() : 0;

		sim_kexec(cmdline);
		must(is_kho_boot() && kho_is_enabled());
		start();
		must(!liveupdate_register_flb(&handler, &flbs[0]));
		must(!liveupdate_register_flb(&handler, &flbs[1]));
		luo_session_deserialize();
		use_all();
		expect_eq(make_session(NULL), 0);
		must(expect_eq(sim_warnings(), 0));
	}
}

/* A chain of updates; nothing is left behind by any. */
static void test_chain(void)
{
	struct luo_session *old, *new;
	struct file *file;
	struct state was = {};
	unsigned int hop;
	u64 token;
	int fd;

	begin();
	add_flbs();
	new = create("chain");
	for (token = 0; token < 2 * FILES; token++)
		must(!preserve(new, token));
	for (hop = 1; hop <= 20; hop++) {
		jump();
		add_flbs();
		expect_eq(out_ser()->liveupdate_num, hop + 1);
		old = retrieve("chain");
		new = create("chain");
		for (token = 0; token < 2 * FILES; token++) {
			must(!luo_session_retrieve_file(old, token, &file));
			must(file->content == token);
			fd = sim_fd_install(file);
			expect_eq(luo_session_preserve_fd(new, token, fd),
				  -EBUSY);
		}
		must(!luo_session_finish(old));
		for (token = 0; token < 2 * FILES; token++) {
			must(!luo_session_preserve_fd(new, token, token));
			sim_fd_close(token);
		}
		luo_session_release(old);
		if (hop > 1) {
			expect_eq(state_get().objects, was.objects);
			expect_eq(state_get().pages, was.pages);
			expect_eq(state_get().nr_keys, was.nr_keys);
		}
		was = state_get();
	}
	expect_eq(sim_warnings(), 0);
}

static const struct tap_case cases[] = {
	{ "luo: off", test_off },
	{ "luo: root of the handover", test_root },
	{ "luo: registration", test_register },
	{ "luo: life of files", test_life },
	{ "luo: not ready to finish", test_not_ready },
	{ "luo: files that cannot be preserved", test_preserve_errors },
	{ "luo: no memory to preserve", test_enomem },
	{ "luo: number of files and sessions", test_counts },
	{ "luo: freeze and unfreeze", test_freeze },
	{ "luo: a retrieve that fails", test_failed_retrieve },
	{ "luo: no memory to track what was retrieved", test_retrieve_enomem },
	{ "luo: FLBs", test_flb },
	{ "luo: FLBs that fail", test_flb_errors },
	{ "luo: data that are refused at boot", test_refused },
	{ "luo: data that are refused at first use", test_broken },
	{ "luo: no memory to take it over", test_deserialize_enomem },
	{ "luo: data with wrong bytes", test_flips },
	{ "luo: twenty updates", test_chain },
};

TAP_MAIN(cases)
