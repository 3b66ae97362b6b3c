// SPDX-License-Identifier: GPL-2.0
/*
 * Live update: state that files share (FLB), who has it, and how it goes to the
 * next kernel: preserved with the first file, unpreserved with the last.
 *
 * An FLB has two sides that know nothing of each other. For the one that came
 * from the previous kernel see luo_flb_incoming.c.
 */

#include <linux/bug.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "luo_internal.h"

/* All FLBs that a handler has. Under luo_register_rwsem. */
static LIST_HEAD(luo_flbs);
static unsigned int luo_nr_flbs;

/**
 * luo_flb_private - the private part of an FLB
 * @flb: the FLB, which may be a static object that nobody initialised.
 *
 * Context: Process context, may sleep.
 * Return: its private part, valid.
 */
struct luo_flb_private *luo_flb_private(struct liveupdate_flb *flb)
{
	struct luo_flb_private *private = &ACCESS_PRIVATE(flb, private);
	static DEFINE_MUTEX(lock);

	guard(mutex)(&lock);
	if (!private->initialized) {
		INIT_LIST_HEAD(&private->list);
		mutex_init(&private->outgoing.lock);
		mutex_init(&private->incoming.lock);
		private->flb = flb;
		private->initialized = true;
	}
	return private;
}

/* Outgoing */

/* Called with the lock of @out. */
static int luo_flb_preserve_first(struct liveupdate_flb *flb,
				  struct luo_flb_state *out)
{
	struct liveupdate_flb_op_args args = { .flb = flb };
	int err;

	if (!try_module_get(flb->ops->owner))
		return -ENODEV;

	err = flb->ops->preserve(&args);
	if (err) {
		module_put(flb->ops->owner);
		return err;
	}
	out->data = args.data;
	out->obj = args.obj;
	return 0;
}

/* Who is killed must not wait until another one has preserved it. */
static int luo_flb_preserve(struct liveupdate_flb *flb)
{
	struct luo_flb_state *out = &luo_flb_private(flb)->outgoing;
	int err;

	if (mutex_lock_killable(&out->lock))
		return -EINTR;

	err = out->count ? 0 : luo_flb_preserve_first(flb, out);
	if (!err)
		out->count++;
	mutex_unlock(&out->lock);
	return err;
}

/* Called with the lock of @out. */
static void luo_flb_unpreserve(struct liveupdate_flb *flb,
			       struct luo_flb_state *out)
{
	struct liveupdate_flb_op_args args = {
		.flb = flb,
		.data = out->data,
		.obj = out->obj,
	};

	if (WARN_ON_ONCE(!out->count) || --out->count)
		return;

	flb->ops->unpreserve(&args);
	out->data = 0;
	out->obj = NULL;
	module_put(flb->ops->owner);
}

/**
 * luo_flb_preserve_all - a file is going to be preserved
 * @fh: its handler.
 *
 * Context: Process context, may sleep.
 * Return: 0; -ENODEV if an FLB is being unloaded; -EINTR if a signal ends the
 * caller; or what an FLB returned.
 */
int luo_flb_preserve_all(struct liveupdate_file_handler *fh)
{
	struct list_head *flbs = &ACCESS_PRIVATE(fh, flb_list);
	struct luo_flb_link *link;
	int err;

	guard(rwsem_read)(&luo_register_rwsem);
	list_for_each_entry(link, flbs, list) {
		err = luo_flb_preserve(link->flb);
		if (err)
			goto undo;
	}
	return 0;

undo:
	list_for_each_entry_continue_reverse(link, flbs, list)
		liveupdate_flb_put_outgoing(link->flb);
	return err;
}

/**
 * luo_flb_unpreserve_all - a file is not preserved any more
 * @fh: its handler.
 *
 * Context: Process context, may sleep.
 */
void luo_flb_unpreserve_all(struct liveupdate_file_handler *fh)
{
	struct luo_flb_link *link;

	guard(rwsem_read)(&luo_register_rwsem);
	list_for_each_entry_reverse(link, &ACCESS_PRIVATE(fh, flb_list), list)
		liveupdate_flb_put_outgoing(link->flb);
}

/**
 * liveupdate_flb_get_outgoing - use the object that is going to be preserved
 * @flb: the FLB.
 * @objp: set to its object.
 *
 * Context: Process context, may sleep.
 * Return: 0, and the FLB is preserved until liveupdate_flb_put_outgoing(), even
 * without files; -EOPNOTSUPP if live update is off; -ENOENT if no file made it
 * preserve anything, or there is no object.
 */
int liveupdate_flb_get_outgoing(struct liveupdate_flb *flb, void **objp)
{
	struct luo_flb_state *out;

	if (!liveupdate_enabled())
		return -EOPNOTSUPP;

	out = &luo_flb_private(flb)->outgoing;
	guard(mutex)(&out->lock);
	if (!out->obj)
		return -ENOENT;

	out->count++;
	*objp = out->obj;
	return 0;
}

/**
 * liveupdate_flb_put_outgoing - undo liveupdate_flb_get_outgoing()
 * @flb: the FLB. With its last user, it is unpreserved.
 *
 * Context: Process context, may sleep.
 */
void liveupdate_flb_put_outgoing(struct liveupdate_flb *flb)
{
	struct luo_flb_state *out = &luo_flb_private(flb)->outgoing;

	guard(mutex)(&out->lock);
	luo_flb_unpreserve(flb, out);
}

/**
 * luo_flb_freeze - write down what is preserved
 * @page: the page that is handed over.
 *
 * Each FLB on the page gets another user until luo_flb_unfreeze(), so that those
 * that are shut down meanwhile do not take away what was promised.
 *
 * Context: Process context, may sleep. No file is preserved or unpreserved.
 */
void luo_flb_freeze(struct luo_flb_header_ser *page)
{
	struct luo_flb_ser *ser = (void *)(page + 1);
	struct luo_flb_private *private;
	struct luo_flb_state *out;

	page->count = 0;
	guard(rwsem_read)(&luo_register_rwsem);
	list_for_each_entry(private, &luo_flbs, list) {
		out = &private->outgoing;
		guard(mutex)(&out->lock);
		if (!out->count)
			continue;

		memset(ser, 0, sizeof(*ser));
		strscpy(ser->name, private->flb->compatible);
		ser->data = out->data;
		ser->count = out->count++;
		out->frozen = true;
		ser++;
		page->count++;
	}
}

/**
 * luo_flb_unfreeze - undo luo_flb_freeze()
 * @page: the page that is not handed over after all.
 *
 * Context: Process context, may sleep.
 */
void luo_flb_unfreeze(struct luo_flb_header_ser *page)
{
	struct luo_flb_private *private;
	struct luo_flb_state *out;

	page->count = 0;
	guard(rwsem_read)(&luo_register_rwsem);
	list_for_each_entry(private, &luo_flbs, list) {
		out = &private->outgoing;
		guard(mutex)(&out->lock);
		if (!out->frozen)
			continue;

		out->frozen = false;
		luo_flb_unpreserve(private->flb, out);
	}
}

/* Registration */

static struct luo_flb_link *luo_flb_find_link(struct liveupdate_file_handler *fh,
					      struct liveupdate_flb *flb)
{
	struct luo_flb_link *link;

	list_for_each_entry(link, &ACCESS_PRIVATE(fh, flb_list), list)
		if (link->flb == flb)
			return link;
	return NULL;
}

/* The first handler that has this FLB. */
static int luo_flb_add(struct luo_flb_private *private)
{
	struct luo_flb_private *other;

	if (luo_nr_flbs == LUO_FLB_MAX)
		return -ENOSPC;
	list_for_each_entry(other, &luo_flbs, list)
		if (!strcmp(other->flb->compatible, private->flb->compatible))
			return -EEXIST;

	list_add_tail(&private->list, &luo_flbs);
	luo_nr_flbs++;
	return 0;
}

static void luo_flb_detach(struct luo_flb_link *link)
{
	struct luo_flb_private *private = luo_flb_private(link->flb);

	list_del(&link->list);
	kfree(link);
	if (--private->users)
		return;

	list_del_init(&private->list);
	luo_nr_flbs--;
}

/**
 * luo_flb_detach_all - a handler is going away
 * @fh: the handler.
 *
 * Context: luo_register_rwsem is held for writing.
 */
void luo_flb_detach_all(struct liveupdate_file_handler *fh)
{
	struct luo_flb_link *link, *next;

	list_for_each_entry_safe(link, next, &ACCESS_PRIVATE(fh, flb_list),
				 list)
		luo_flb_detach(link);
}

/**
 * liveupdate_register_flb - preserve something together with files
 * @fh: a registered handler of these files.
 * @flb: the FLB, which must stay until it is unregistered. It may be registered
 *	with several handlers.
 *
 * Must not happen while files of @fh are preserved or incoming files wait.
 *
 * Context: Process context, may sleep.
 * Return: 0; -EOPNOTSUPP if live update is off; -EINVAL (with a warning) if an
 * operation is missing, the name has no end, or @fh is not registered; -ENOMEM;
 * -EEXIST if @fh has it already, or another FLB has the same name; -ENOSPC if
 * there are too many.
 */
int liveupdate_register_flb(struct liveupdate_file_handler *fh,
			    struct liveupdate_flb *flb)
{
	const struct liveupdate_flb_ops *ops = flb->ops;
	struct luo_flb_private *private;
	struct luo_flb_link *link;
	int err;

	if (!liveupdate_enabled())
		return -EOPNOTSUPP;
	if (WARN_ON(!ops->preserve || !ops->unpreserve || !ops->retrieve ||
		    !ops->finish) ||
	    WARN_ON(strnlen(flb->compatible, sizeof(flb->compatible)) ==
		    sizeof(flb->compatible)))
		return -EINVAL;

	private = luo_flb_private(flb);
	guard(rwsem_write)(&luo_register_rwsem);
	if (WARN_ON(!luo_handler_is_registered(fh)))
		return -EINVAL;

	link = kzalloc(sizeof(*link), GFP_KERNEL);
	if (!link)
		return -ENOMEM;

	err = luo_flb_find_link(fh, flb) ? -EEXIST : 0;
	if (!err && !private->users)
		err = luo_flb_add(private);
	if (err) {
		kfree(link);
		return err;
	}

	private->users++;
	link->flb = flb;
	list_add_tail(&link->list, &ACCESS_PRIVATE(fh, flb_list));
	return 0;
}

/**
 * liveupdate_unregister_flb - undo liveupdate_register_flb()
 * @fh: the handler.
 * @flb: the FLB. Warns if @fh does not have it.
 *
 * Context: Process context, may sleep.
 */
void liveupdate_unregister_flb(struct liveupdate_file_handler *fh,
			       struct liveupdate_flb *flb)
{
	struct luo_flb_link *link = NULL;

	if (!liveupdate_enabled())
		return;

	guard(rwsem_write)(&luo_register_rwsem);
	if (luo_handler_is_registered(fh))
		link = luo_flb_find_link(fh, flb);
	if (!WARN_ON(!link))
		luo_flb_detach(link);
}
