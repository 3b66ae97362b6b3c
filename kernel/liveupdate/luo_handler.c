// SPDX-License-Identifier: GPL-2.0
/*
 * Live update: who preserves which kind of files.
 *
 * Handlers are asked in the order of their registration. One that has a file,
 * preserved or incoming, cannot be unloaded.
 */

#define pr_fmt(fmt) "luo: " fmt

#include <linux/err.h>
#include <linux/list_private.h>
#include <linux/module.h>
#include <linux/printk.h>
#include <linux/string.h>

#include "luo_internal.h"

DECLARE_RWSEM(luo_register_rwsem);

static LIST_HEAD(luo_handlers);

/* Both are called with luo_register_rwsem held. */
static struct liveupdate_file_handler *luo_handler_find(const char *compatible)
{
	struct liveupdate_file_handler *fh;

	list_private_for_each_entry(fh, &luo_handlers, list)
		if (!strcmp(fh->compatible, compatible))
			return fh;
	return NULL;
}

/**
 * luo_handler_is_registered - tell whether a handler is registered
 * @fh: the handler.
 *
 * Context: luo_register_rwsem is held.
 * Return: true if it is.
 */
bool luo_handler_is_registered(struct liveupdate_file_handler *fh)
{
	struct liveupdate_file_handler *other;

	list_private_for_each_entry(other, &luo_handlers, list)
		if (other == fh)
			return true;
	return false;
}

/**
 * luo_handler_get_for_file - find who can preserve a file
 * @file: the file.
 *
 * Context: Process context, may sleep.
 * Return: the first handler that accepts it, to be put; ERR_PTR(-ENOENT) if
 * there is none, or it is being unloaded.
 */
struct liveupdate_file_handler *luo_handler_get_for_file(struct file *file)
{
	struct liveupdate_file_handler *fh;

	guard(rwsem_read)(&luo_register_rwsem);
	list_private_for_each_entry(fh, &luo_handlers, list) {
		if (!fh->ops->can_preserve(fh, file))
			continue;
		return try_module_get(fh->ops->owner) ? fh : ERR_PTR(-ENOENT);
	}
	return ERR_PTR(-ENOENT);
}

/**
 * luo_handler_get_by_name - find who understands what was handed over
 * @compatible: name of the handler in the previous kernel.
 *
 * Context: Process context, may sleep.
 * Return: the handler, to be put; ERR_PTR(-ENOENT) if there is none, or it is
 * being unloaded.
 */
struct liveupdate_file_handler *luo_handler_get_by_name(const char *compatible)
{
	struct liveupdate_file_handler *fh;

	guard(rwsem_read)(&luo_register_rwsem);
	fh = luo_handler_find(compatible);
	return fh && try_module_get(fh->ops->owner) ? fh : ERR_PTR(-ENOENT);
}

/**
 * luo_handler_put - allow a handler to be unloaded
 * @fh: the handler.
 */
void luo_handler_put(struct liveupdate_file_handler *fh)
{
	module_put(fh->ops->owner);
}

static int luo_handler_add(struct liveupdate_file_handler *fh)
{
	const struct liveupdate_file_ops *ops = fh->ops;

	if (!ops->can_preserve || !ops->preserve || !ops->unpreserve ||
	    !ops->retrieve || !ops->finish ||
	    strnlen(fh->compatible, sizeof(fh->compatible)) ==
	    sizeof(fh->compatible))
		return -EINVAL;

	guard(rwsem_write)(&luo_register_rwsem);
	if (luo_handler_find(fh->compatible)) {
		pr_err("there is a file handler \"%s\" already, the second one is refused\n",
		       fh->compatible);
		return -EEXIST;
	}

	INIT_LIST_HEAD(&ACCESS_PRIVATE(fh, flb_list));
	list_add_tail(&ACCESS_PRIVATE(fh, list), &luo_handlers);
	return 0;
}

/**
 * liveupdate_register_file_handler - offer to preserve a kind of files
 * @fh: the handler, which must stay until it is unregistered.
 *
 * The handler must be there before user space opens /dev/liveupdate, or what
 * was handed over for it is lost: late_initcall at the latest.
 *
 * Context: Process context, may sleep.
 * Return: 0; -EOPNOTSUPP if live update is off; -EINVAL if an operation is
 * missing that is not optional, or the name has no end; -EEXIST if there is a
 * handler of this name.
 */
int liveupdate_register_file_handler(struct liveupdate_file_handler *fh)
{
	int err;

	if (!liveupdate_enabled())
		return -EOPNOTSUPP;

	err = luo_handler_add(fh);
	if (!err)
		liveupdate_test_register(fh);
	return err;
}

/**
 * liveupdate_unregister_file_handler - do not preserve such files any more
 * @fh: the handler, registered or not. It has no files: those hold a reference
 *	on its module.
 *
 * Its FLBs are unregistered from it.
 *
 * Context: Process context, may sleep.
 */
void liveupdate_unregister_file_handler(struct liveupdate_file_handler *fh)
{
	if (!liveupdate_enabled())
		return;

	guard(rwsem_write)(&luo_register_rwsem);
	if (!luo_handler_is_registered(fh))
		return;

	luo_flb_detach_all(fh);
	list_del_init(&ACCESS_PRIVATE(fh, list));
}
