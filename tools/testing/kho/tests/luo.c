// SPDX-License-Identifier: GPL-2.0
/*
 * Live update: sessions, files and FLBs, to the next kernel and without it.
 */

#include <stdio.h>

#include "luo_stub.h"

#define FILES		63

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
	struct liveupdate_file_ops ops = *page_handler.ops;
	struct liveupdate_flb_ops no_ops = *flb_init[0].ops;
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

/* Who has sessions and files pays for all that is allocated for them, anywhere. */
static void test_account(void)
{
	int fds[2 * FILES];
	struct luo_session *session;
	long for_free;
	unsigned int i;
	char name[16];

	begin();
	for (i = 0; i < ARRAY_SIZE(fds); i++)
		fds[i] = sim_fd_install(sim_file_alloc(i));

	for_free = sim_allocs_for_free();
	session = create("a");
	for (i = 0; i < ARRAY_SIZE(fds); i++)
		must(!luo_session_preserve_fd(session, i, fds[i]));
	for (i = 0; i < 2 * SESSIONS; i++) {
		snprintf(name, sizeof(name), "session %u", i);
		create(name);
	}
	expect_eq(sim_allocs_for_free(), for_free);

	for (i = 0; i < ARRAY_SIZE(fds); i++)
		sim_fd_close(fds[i]);
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
	{ "luo: memory is charged", test_account },
	{ "luo: freeze and unfreeze", test_freeze },
	{ "luo: a retrieve that fails", test_failed_retrieve },
	{ "luo: no memory to track what was retrieved", test_retrieve_enomem },
	{ "luo: FLBs", test_flb },
	{ "luo: FLBs that fail", test_flb_errors },
	{ "luo: twenty updates", test_chain },
};

TAP_MAIN(cases)
