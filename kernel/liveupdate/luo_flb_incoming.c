// SPDX-License-Identifier: GPL-2.0
/*
 * Live update: state that files share (FLB) and that came from the previous
 * kernel: retrieved when somebody asks for it, finished with the last file.
 *
 * The number of users that came with an FLB is loaded before the first one is
 * subtracted, whoever comes first: somebody who asks for the object, or a file
 * that is finished.
 */

#define pr_fmt(fmt) "luo: " fmt

#include <linux/bits.h>
#include <linux/bug.h>
#include <linux/init.h>
#include <linux/io.h>
#include <linux/list.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/printk.h>
#include <linux/string.h>

#include "kho_internal.h"
#include "luo_internal.h"

/* More users than there can be: beyond it is garbage. */
#define LUO_FLB_MAX_USERS	BIT_ULL(40)

/* The page of the previous kernel; checked, and not changed any more. */
static const struct luo_flb_header_ser *luo_flb_in;

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
