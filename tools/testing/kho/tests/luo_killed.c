// SPDX-License-Identifier: GPL-2.0
/*
 * Live update: who is killed while another one works does not wait until that is
 * done, and has changed nothing.
 */

#include "luo_stub.h"

/* Nobody has the locks, and what there is is as before. */
static void expect_works(struct luo_session *session, struct state was)
{
	expect_state(was);
	must(!preserve(session, 1));
	must(!liveupdate_reboot());
	liveupdate_reboot_cancel();
	expect_eq(sim_warnings(), 0);
}

static void test_session(void)
{
	struct luo_session *a;
	struct state was;
	struct file *file;

	begin();
	a = create("a");
	was = state_get();
	mutex_lock(&a->lock);
	sim_killed = true;
	expect_eq(preserve(a, 1), -EINTR);
	sim_killed = false;
	mutex_unlock(&a->lock);
	expect_trace("");
	expect_works(a, was);

	jump();
	a = retrieve("a");
	mutex_lock(&a->lock);
	sim_killed = true;
	expect_eq(luo_session_retrieve_file(a, 1, &file), -EINTR);
	expect_eq(luo_session_finish(a), -EINTR);
	sim_killed = false;
	mutex_unlock(&a->lock);
	expect_file(a, 1);
	expect_eq(luo_session_finish(a), 0);
}

/* The jump is being prepared: it takes as long as what is preserved then. */
static void test_freeze(void)
{
	struct luo_session *a, *b;
	struct state was;

	begin();
	a = create("a");
	was = state_get();
	must(!liveupdate_reboot());
	sim_killed = true;
	expect_eq(preserve(a, 1), -EINTR);
	expect_eq(luo_session_create("b", &b), -EINTR);
	expect_eq(luo_session_retrieve("b", &b), -EINTR);
	sim_killed = false;
	liveupdate_reboot_cancel();
	expect_works(a, was);
}

/* The other way round: somebody preserves a file, and there is no jump yet. */
static void test_reboot(void)
{
	struct luo_session *a;
	struct state was;

	begin();
	a = create("a");
	was = state_get();
	down_read(&luo_serialize_rwsem);
	sim_killed = true;
	expect_eq(liveupdate_reboot(), -EINTR);
	sim_killed = false;
	up_read(&luo_serialize_rwsem);
	expect_works(a, was);
}

/* Of two FLBs the second is being preserved: the first is given up again. */
static void test_flb(void)
{
	struct luo_session *a;
	struct mutex *lock;
	struct state was;

	begin();
	add_flbs();
	a = create("a");
	was = state_get();
	lock = &luo_flb_private(&flbs[1])->outgoing.lock;
	mutex_lock(lock);
	sim_killed = true;
	expect_eq(preserve(a, 1), -EINTR);
	sim_killed = false;
	mutex_unlock(lock);
	expect_works(a, was);
}

static const struct tap_case cases[] = {
	{ "luo killed: another one uses the session", test_session },
	{ "luo killed: a jump is being prepared", test_freeze },
	{ "luo killed: a jump that waits for a file", test_reboot },
	{ "luo killed: another one preserves an FLB", test_flb },
};

TAP_MAIN(cases)
