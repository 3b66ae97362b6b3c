// SPDX-License-Identifier: GPL-2.0
/*
 * Live update: the sessions of this kernel, and those of the previous one.
 *
 * Outgoing sessions live as long as their file descriptor. Incoming ones are
 * rebuilt when user space first asks, wait to be retrieved once, and go when they
 * are finished. What a foreign kernel wrote is checked before it is believed; if
 * it makes no sense, all incoming sessions are lost, and nothing else.
 */

#define pr_fmt(fmt) "luo: " fmt

#include <linux/err.h>
#include <linux/file.h>
#include <linux/init.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/oom.h>
#include <linux/printk.h>
#include <linux/rbtree.h>
#include <linux/rwsem.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "kho_internal.h"
#include "luo_internal.h"

/**
 * struct luo_session_set - outgoing or incoming sessions
 * @lock: protects the rest.
 * @sessions: all of them, in the order of creation.
 * @names: the same by name.
 * @blocks: what is or was handed over; outgoing, there is just enough room.
 * @count: number of sessions.
 */
struct luo_session_set {
	struct mutex lock;		/* protects the rest */
	struct list_head sessions;
	struct rb_root names;
	struct kho_block_set blocks;
	u64 count;
};

#define LUO_SESSION_SET_INIT(name) {					\
	.lock = __MUTEX_INITIALIZER((name).lock),			\
	.sessions = LIST_HEAD_INIT((name).sessions),			\
	.names = RB_ROOT,						\
	.blocks = KHO_BLOCK_SET_INIT((name).blocks,			\
				     sizeof(struct luo_session_ser)),	\
}

static struct luo_session_set luo_out = LUO_SESSION_SET_INIT(luo_out);
static struct luo_session_set luo_in = LUO_SESSION_SET_INIT(luo_in);

DECLARE_RWSEM(luo_serialize_rwsem);

/**
 * luo_session_is_incoming - tell which kind of session it is
 * @session: the session.
 *
 * Return: true if the previous kernel handed it over.
 */
bool luo_session_is_incoming(const struct luo_session *session)
{
	return session->set == &luo_in;
}

static int luo_session_cmp_name(const void *key, const struct rb_node *node)
{
	return strncmp(key, rb_entry(node, struct luo_session, node)->name,
		       LIVEUPDATE_SESSION_NAME_LENGTH);
}

static int luo_session_cmp(struct rb_node *node, const struct rb_node *other)
{
	return luo_session_cmp_name(rb_entry(node, struct luo_session,
					     node)->name, other);
}

static struct luo_session *luo_session_alloc(struct luo_session_set *set,
					     const char *name)
{
	struct luo_session *session;

	session = kzalloc(sizeof(*session), GFP_KERNEL_ACCOUNT);
	if (!session)
		return NULL;

	session->set = set;
	mutex_init(&session->lock);
	luo_file_set_init(&session->files);
	strscpy(session->name, name);
	return session;
}

/* Returns false if there is one of that name. */
static bool luo_session_insert(struct luo_session *session)
{
	struct luo_session_set *set = session->set;

	if (rb_find_add(&session->node, &set->names, luo_session_cmp))
		return false;

	list_add_tail(&session->list, &set->sessions);
	set->count++;
	return true;
}

static void luo_session_remove(struct luo_session *session)
{
	struct luo_session_set *set = session->set;

	rb_erase(&session->node, &set->names);
	list_del(&session->list);
	set->count--;
}

/*
 * Use a session for an ioctl. Another one may keep it, or the whole of live
 * update, for long: who is killed must not wait for that.
 */
static int luo_session_lock(struct luo_session *session)
{
	if (down_read_killable(&luo_serialize_rwsem))
		return -EINTR;
	if (mutex_lock_killable(&session->lock)) {
		up_read(&luo_serialize_rwsem);
		return -EINTR;
	}
	return 0;
}

static void luo_session_unlock(struct luo_session *session)
{
	mutex_unlock(&session->lock);
	up_read(&luo_serialize_rwsem);
}

static void luo_session_free(struct luo_session *session)
{
	mutex_destroy(&session->lock);
	kfree(session);
}

/* Outgoing */

static int luo_session_add(struct luo_session *session)
{
	struct luo_session_set *set = session->set;
	int err;

	guard(mutex)(&set->lock);
	err = kho_block_set_grow(&set->blocks, set->count + 1);
	if (err)
		return err;

	if (!luo_session_insert(session)) {
		kho_block_set_shrink(&set->blocks, set->count);
		return -EEXIST;
	}
	return 0;
}

/**
 * luo_session_create - make an empty outgoing session
 * @name: its name, NUL-terminated.
 * @sessionp: set to the session, to be released.
 *
 * Context: Process context, may sleep; for ever once a jump is certain.
 * Return: 0; -ENOMEM; -ENOSPC if there are too many; -EEXIST if there is an
 * outgoing session of this name; -EINTR if a signal ends the caller.
 */
int luo_session_create(const char *name, struct luo_session **sessionp)
{
	struct luo_session *session;
	int err;

	session = luo_session_alloc(&luo_out, name);
	if (!session)
		return -ENOMEM;

	err = down_read_killable(&luo_serialize_rwsem);
	if (!err) {
		err = luo_session_add(session);
		up_read(&luo_serialize_rwsem);
	}
	if (err) {
		luo_session_free(session);
		return err;
	}
	*sessionp = session;
	return 0;
}

static void luo_session_release_outgoing(struct luo_session *session)
{
	scoped_guard(mutex, &session->lock)
		luo_file_unpreserve_all(&session->files);

	scoped_guard(mutex, &luo_out.lock) {
		luo_session_remove(session);
		kho_block_set_shrink(&luo_out.blocks, luo_out.count);
	}
	luo_session_free(session);
}

/**
 * luo_session_preserve_fd - add a file to an outgoing session
 * @session: the session.
 * @token: number under which it is asked for in the next kernel.
 * @fd: file descriptor of the calling task.
 *
 * Context: Process context, may sleep; for ever once a jump is certain.
 * Return: as luo_file_preserve(); -EINTR if a signal ends the caller.
 */
int luo_session_preserve_fd(struct luo_session *session, u64 token, int fd)
{
	int err = luo_session_lock(session);

	if (err)
		return err;
	err = luo_file_preserve(&session->files, token, fd);
	luo_session_unlock(session);
	return err;
}

static void luo_session_unfreeze_one(struct luo_session *session)
{
	guard(mutex)(&session->lock);
	luo_file_unfreeze_all(&session->files);
}

static int luo_session_freeze_one(struct luo_session *session,
				  struct luo_session_ser *ser)
{
	guard(mutex)(&session->lock);
	strscpy_pad(ser->name, session->name);
	return luo_file_freeze_all(&session->files, &ser->file_set_ser);
}

/* Called with luo_out.lock, like the next one. */
static int luo_session_freeze_all(void)
{
	struct luo_session *session;
	struct kho_block_set_it it;
	int err;

	kho_block_set_it_init(&it, &luo_out.blocks);
	list_for_each_entry(session, &luo_out.sessions, list) {
		err = luo_session_freeze_one(session,
					     kho_block_set_it_reserve_entry(&it));
		if (err) {
			pr_err("session \"%s\" cannot be handed over (error %d)\n",
			       session->name, err);
			goto unfreeze;
		}
	}
	return 0;

unfreeze:
	list_for_each_entry_continue_reverse(session, &luo_out.sessions, list)
		luo_session_unfreeze_one(session);
	kho_block_set_clear(&luo_out.blocks);
	return err;
}

static void luo_session_unfreeze_all(void)
{
	struct luo_session *session;

	list_for_each_entry_reverse(session, &luo_out.sessions, list)
		luo_session_unfreeze_one(session);
	kho_block_set_clear(&luo_out.blocks);
}

/**
 * luo_session_freeze - write all outgoing sessions down for the next kernel
 * @head_pa: set to the physical address of their first block, 0 if there are
 *	none.
 *
 * Waits for all who use a session, and keeps others from it.
 *
 * Context: Process context, may sleep.
 * Return: 0, and luo_serialize_rwsem is held for writing until
 * luo_session_unfreeze(); or what a handler returned, or -EINTR if a signal ends
 * the caller, nothing is frozen and the lock is not held then.
 */
int luo_session_freeze(u64 *head_pa)
{
	int err;

	if (down_write_killable(&luo_serialize_rwsem))
		return -EINTR;
	scoped_guard(mutex, &luo_out.lock) {
		err = luo_session_freeze_all();
		*head_pa = kho_block_set_head_pa(&luo_out.blocks);
	}
	if (err)
		up_write(&luo_serialize_rwsem);
	return err;
}

/**
 * luo_session_count - tell how many sessions there are to hand over
 *
 * Return: their number.
 */
u64 luo_session_count(void)
{
	return READ_ONCE(luo_out.count);
}

/**
 * luo_session_unfreeze - undo luo_session_freeze()
 *
 * Context: Process context of the task that froze them, may sleep.
 */
void luo_session_unfreeze(void)
{
	scoped_guard(mutex, &luo_out.lock)
		luo_session_unfreeze_all();
	up_write(&luo_serialize_rwsem);
}

/* Incoming */

/**
 * luo_session_attach - take over the sessions of the previous kernel
 * @head_pa: physical address of their first block, 0 if there are none.
 *
 * They are rebuilt by luo_session_deserialize().
 *
 * Context: Boot, may sleep.
 * Return: as kho_block_set_restore().
 */
int __init luo_session_attach(u64 head_pa)
{
	return kho_block_set_restore(&luo_in.blocks, head_pa);
}

static int luo_session_deserialize_one(const struct luo_session_ser *ser)
{
	char name[LIVEUPDATE_SESSION_NAME_LENGTH];
	struct luo_session *session;
	int err;

	/* One without an end is cut. */
	memcpy(name, ser->name, sizeof(name));
	name[sizeof(name) - 1] = '\0';

	session = luo_session_alloc(&luo_in, name);
	if (!session)
		return -ENOMEM;
	if (!luo_session_insert(session)) {
		pr_err("session \"%s\" is there twice\n", name);
		luo_session_free(session);
		return -EEXIST;
	}

	err = luo_file_deserialize(&session->files, &ser->file_set_ser);
	if (err)
		pr_err("session \"%s\" makes no sense here (error %d)\n", name,
		       err);
	return err;
}

static void luo_session_forget_all(void)
{
	struct luo_session *session, *next;

	list_for_each_entry_safe(session, next, &luo_in.sessions, list) {
		luo_file_forget_all(&session->files);
		luo_session_remove(session);
		luo_session_free(session);
	}
}

static int luo_session_deserialize_all(void)
{
	const struct luo_session_ser *ser;
	struct kho_block_set_it it;
	int err = 0;

	guard(mutex)(&luo_in.lock);
	kho_block_set_it_init(&it, &luo_in.blocks);
	while (!err && (ser = kho_block_set_it_read_entry(&it)))
		err = luo_session_deserialize_one(ser);

	if (err) {
		pr_err("no session of the previous kernel can be retrieved, their memory is kept until the next live update\n");
		luo_session_forget_all();
	}
	kho_block_set_destroy(&luo_in.blocks);
	return err;
}

/**
 * luo_session_deserialize - rebuild the sessions of the previous kernel
 *
 * The second call, and all that follow, return what the first one did.
 *
 * Context: Process context, may sleep. The caller makes sure that there is only
 * one call at a time.
 * Return: 0; -EINVAL, -EEXIST, -ENOENT, -ENOSPC or -ENOMEM if that failed: there
 * are no incoming sessions then.
 */
int luo_session_deserialize(void)
{
	static bool done;
	static int err;

	if (!done) {
		done = true;
		err = luo_session_deserialize_all();
	}
	return err;
}

/* Called with luo_serialize_rwsem held. */
static int luo_session_take(const char *name, struct luo_session **sessionp)
{
	struct luo_session *session;
	struct rb_node *node;

	guard(mutex)(&luo_in.lock);
	node = rb_find(name, &luo_in.names, luo_session_cmp_name);
	if (!node)
		return -ENOENT;

	session = rb_entry(node, struct luo_session, node);
	if (session->retrieved)
		return -EINVAL;

	session->retrieved = true;
	*sessionp = session;
	return 0;
}

/**
 * luo_session_retrieve - get a session of the previous kernel
 * @name: its name; need not end within LIVEUPDATE_SESSION_NAME_LENGTH.
 * @sessionp: set to the session, to be released.
 *
 * Context: Process context, may sleep; for ever once a jump is certain.
 * Return: 0; -ENOENT if there is no such session; -EINVAL if somebody has it, or
 * closed it and it could not be finished; -EINTR if a signal ends the caller.
 */
int luo_session_retrieve(const char *name, struct luo_session **sessionp)
{
	int err = down_read_killable(&luo_serialize_rwsem);

	if (err)
		return err;
	err = luo_session_take(name, sessionp);
	up_read(&luo_serialize_rwsem);
	return err;
}

/**
 * luo_session_unretrieve - undo luo_session_retrieve()
 * @session: the session; nobody has it.
 *
 * Context: Process context, may sleep.
 */
void luo_session_unretrieve(struct luo_session *session)
{
	guard(mutex)(&luo_in.lock);
	session->retrieved = false;
}

/**
 * luo_session_retrieve_file - get a file of an incoming session
 * @session: the session.
 * @token: number under which the file was preserved.
 * @filep: set to the file, with a reference.
 *
 * Context: Process context, may sleep; for ever once a jump is certain.
 * Return: as luo_file_retrieve(); -EINTR if a signal ends the caller.
 */
int luo_session_retrieve_file(struct luo_session *session, u64 token,
			      struct file **filep)
{
	int err = luo_session_lock(session);

	if (err)
		return err;
	err = luo_file_retrieve(&session->files, token, filep);
	luo_session_unlock(session);
	return err;
}

/**
 * luo_session_finish - the live update is over for an incoming session
 * @session: the session; it is empty then.
 *
 * Context: Process context, may sleep; for ever once a jump is certain.
 * Return: 0; -EBUSY if a file is not ready, or -EINTR if a signal ends the caller,
 * nothing has changed then.
 */
int luo_session_finish(struct luo_session *session)
{
	int err = luo_session_lock(session);

	if (err)
		return err;
	err = luo_file_finish_all(&session->files);
	luo_session_unlock(session);
	return err;
}

/*
 * Who had to die to free memory did not mean to end the session: it waits to be
 * retrieved again, as it is. Files that were retrieved are still its own.
 */
static bool luo_session_shelve(struct luo_session *session)
{
	if (!tsk_is_oom_victim(current) || !session->files.count)
		return false;

	pr_warn("session \"%s\" lost its process to the OOM killer, it can be retrieved again\n",
		session->name);
	luo_session_unretrieve(session);
	return true;
}

static void luo_session_release_incoming(struct luo_session *session)
{
	int err;

	if (luo_session_shelve(session))
		return;

	scoped_guard(mutex, &session->lock)
		err = luo_file_finish_all(&session->files);
	if (err) {
		pr_warn("session \"%s\" was closed and cannot be finished (error %d), its files are kept until the next live update\n",
			session->name, err);
		return;
	}

	scoped_guard(mutex, &luo_in.lock)
		luo_session_remove(session);
	luo_session_free(session);
}

/**
 * luo_session_release - nobody has the session any more
 * @session: the session.
 *
 * An outgoing session is gone with all that is preserved; an incoming one is
 * finished, unless the OOM killer ended who had it.
 *
 * Context: Process context, may sleep; for ever once a jump is certain.
 */
void luo_session_release(struct luo_session *session)
{
	guard(rwsem_read)(&luo_serialize_rwsem);
	if (luo_session_is_incoming(session))
		luo_session_release_incoming(session);
	else
		luo_session_release_outgoing(session);
}
