// SPDX-License-Identifier: GPL-2.0
/*
 * Live update: state that files share (FLB), preserved with the first of them
 * and finished with the last.
 *
 * An FLB has two sides that know nothing of each other: what goes to the next
 * kernel, and what came from the previous one. The number of users that came
 * with it is loaded before the first one is subtracted, whoever comes first:
 * somebody who asks for the object, or a file that is finished.
 */

#define pr_fmt(fmt) "luo: " fmt

#include <linux/bits.h>
#include <linux/bug.h>
#include <linux/init.h>
#include <linux/io.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "kho_internal.h"
#include "luo_internal.h"

/* More users than there can be: beyond it is garbage. */
#define LUO_FLB_MAX_USERS	BIT_ULL(40)

/* An FLB of a handler, in its flb_list. */
struct luo_flb_link {
	struct list_head list;
	struct liveupdate_flb *flb;
};

/* All FLBs that a handler has. Under luo_register_rwsem. */
static LIST_HEAD(luo_flbs);
static unsigned int luo_nr_flbs;

/* The page of the previous kernel; checked, and not changed any more. */
static const struct luo_flb_header_ser *luo_flb_in;

/* The private part of an FLB, which may be a static object nobody initialised. */
static struct luo_flb_private *luo_flb_private(struct liveupdate_flb *flb)
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

static int luo_flb_preserve(struct liveupdate_flb *flb)
{
	struct luo_flb_state *out = &luo_flb_private(flb)->outgoing;
	struct liveupdate_flb_op_args args = { .flb = flb };
	int err;

	guard(mutex)(&out->lock);
	if (!out->count) {
		if (!try_module_get(flb->ops->owner))
			return -ENODEV;
		err = flb->ops->preserve(&args);
		if (err) {
			module_put(flb->ops->owner);
			return err;
		}
		out->data = args.data;
		out->obj = args.obj;
	}
	out->count++;
	return 0;
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
 * Return: 0; -ENODEV if an FLB is being unloaded; or what an FLB returned.
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

/* Incoming */

static int __init luo_flb_check(const struct luo_flb_header_ser *page)
{
	const struct luo_flb_ser *ser = (const void *)(page + 1);
	u64 i;

	if (page->count > LUO_FLB_MAX) {
		pr_err("page of FLBs claims %llu of at most %zu\n",
		       page->count, LUO_FLB_MAX);
		return -EINVAL;
	}

	for (i = 0; i < page->count; i++) {
		if (strnlen(ser[i].name, sizeof(ser[i].name)) ==
		    sizeof(ser[i].name) || ser[i].count > LUO_FLB_MAX_USERS) {
			pr_err("FLB %llu has no end of its name, or %llu users\n",
			       i, ser[i].count);
			return -EINVAL;
		}
	}
	return 0;
}

/**
 * luo_flb_attach - take over the page of the previous kernel
 * @pa: its physical address, 0 if there is none.
 *
 * It is read where it is, and kept.
 *
 * Context: Boot.
 * Return: 0; -EINVAL if there is no page, or it makes no sense.
 */
int __init luo_flb_attach(u64 pa)
{
	int err;

	if (!pa)
		return 0;
	if (!kho_is_handed_over(pa, 0) || !kho_restore_folio(pa)) {
		pr_err("page of FLBs at %#llx was not handed over\n", pa);
		return -EINVAL;
	}

	luo_flb_in = phys_to_virt(pa);
	err = luo_flb_check(luo_flb_in);
	if (err)
		luo_flb_forget();
	return err;
}

/**
 * luo_flb_forget - undo luo_flb_attach()
 *
 * Context: Boot.
 */
void __init luo_flb_forget(void)
{
	if (luo_flb_in)
		folio_put(virt_to_folio(luo_flb_in));
	luo_flb_in = NULL;
}

/*
 * Find what the previous kernel left for an FLB. Called, like all below, with
 * the lock of @in.
 */
static int luo_flb_load(struct liveupdate_flb *flb, struct luo_flb_state *in)
{
	const struct luo_flb_ser *ser;
	u64 i;

	if (in->loaded)
		return 0;
	if (!luo_flb_in)
		return -ENODATA;

	ser = (const void *)(luo_flb_in + 1);
	for (i = 0; i < luo_flb_in->count; i++, ser++) {
		if (strcmp(ser->name, flb->compatible))
			continue;
		in->count = ser->count;
		in->data = ser->data;
		in->loaded = true;
		return 0;
	}
	return -ENOENT;
}

/* Make the object, unless that was tried before. */
static int luo_flb_retrieve(struct liveupdate_flb *flb,
			    struct luo_flb_state *in)
{
	struct liveupdate_flb_op_args args = { .flb = flb, .data = in->data };
	int err;

	if (in->retrieve_status)
		return min(in->retrieve_status, 0);
	if (!try_module_get(flb->ops->owner))
		return -ENODEV;

	err = flb->ops->retrieve(&args);
	if (err) {
		module_put(flb->ops->owner);
		in->retrieve_status = err;
		return err;
	}
	in->obj = args.obj;
	in->retrieve_status = 1;
	return 0;
}

/*
 * A user less. The last one finishes the FLB, which is retrieved for that if
 * nobody did so before: only then it can discard what was handed over.
 */
static void luo_flb_drop(struct liveupdate_flb *flb, struct luo_flb_state *in)
{
	struct liveupdate_flb_op_args args = { .flb = flb };

	if (--in->count)
		return;

	in->finished = true;
	if (luo_flb_retrieve(flb, in))
		return;

	args.obj = in->obj;
	flb->ops->finish(&args);
	in->obj = NULL;
	module_put(flb->ops->owner);
}

static void luo_flb_finish(struct liveupdate_flb *flb)
{
	struct luo_flb_state *in = &luo_flb_private(flb)->incoming;

	guard(mutex)(&in->lock);
	/* The handler may have had no such FLB in the previous kernel. */
	if (in->finished || luo_flb_load(flb, in))
		return;
	if (!in->count) {
		pr_warn("FLB \"%s\" was handed over with fewer users than there are files\n",
			flb->compatible);
		return;
	}
	luo_flb_drop(flb, in);
}

/**
 * luo_flb_finish_all - a file of the previous kernel is finished
 * @fh: its handler.
 *
 * Context: Process context, may sleep.
 */
void luo_flb_finish_all(struct liveupdate_file_handler *fh)
{
	struct luo_flb_link *link;

	guard(rwsem_read)(&luo_register_rwsem);
	list_for_each_entry_reverse(link, &ACCESS_PRIVATE(fh, flb_list), list)
		luo_flb_finish(link->flb);
}

/**
 * liveupdate_flb_get_incoming - use the object that was handed over
 * @flb: the FLB, registered or not.
 * @objp: set to its object.
 *
 * Context: Process context, may sleep.
 * Return: 0, and the object stays until liveupdate_flb_put_incoming();
 * -EOPNOTSUPP if live update is off; -ENODATA if nothing was handed over, or it
 * is finished; -ENOENT if nothing was handed over for this FLB; -ENODEV if it is
 * being unloaded; or what its retrieve returned, now or earlier.
 */
int liveupdate_flb_get_incoming(struct liveupdate_flb *flb, void **objp)
{
	struct luo_flb_state *in;
	int err;

	if (!liveupdate_enabled())
		return -EOPNOTSUPP;

	in = &luo_flb_private(flb)->incoming;
	guard(mutex)(&in->lock);
	if (in->finished)
		return -ENODATA;

	err = luo_flb_load(flb, in) ?: luo_flb_retrieve(flb, in);
	if (err)
		return err;

	in->count++;
	*objp = in->obj;
	return 0;
}

/**
 * liveupdate_flb_put_incoming - undo liveupdate_flb_get_incoming()
 * @flb: the FLB. With its last user, it is finished.
 *
 * Context: Process context, may sleep.
 */
void liveupdate_flb_put_incoming(struct liveupdate_flb *flb)
{
	struct luo_flb_state *in = &luo_flb_private(flb)->incoming;

	guard(mutex)(&in->lock);
	if (!WARN_ON_ONCE(!in->count))
		luo_flb_drop(flb, in);
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
