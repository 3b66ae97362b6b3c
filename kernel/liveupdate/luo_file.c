// SPDX-License-Identifier: GPL-2.0
/*
 * Live update: the files of a session, from preservation to finish.
 *
 * Works on one set at a time, whose lock the caller holds. No file is in two
 * sets: an index over all of them knows who is preserved, or retrieved and not
 * finished.
 */

#define pr_fmt(fmt) "luo: " fmt

#include <linux/bug.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/list.h>
#include <linux/printk.h>
#include <linux/rbtree.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/xarray.h>

#include "luo_internal.h"

/**
 * struct luo_file - a file of a set
 * @list: in luo_file_set::files.
 * @node: in luo_file_set::tokens.
 * @fh: its handler, referenced.
 * @file: the file, referenced; NULL if incoming and not retrieved.
 * @token: number by which user space knows it.
 * @serialized_data: what the handler hands over, or handed over.
 * @private_data: what the handler wants to find again.
 * @retrieve_status: incoming: 0, 1 if it was retrieved, or the error.
 * @indexed: it is in luo_file_index.
 */
struct luo_file {
	struct list_head list;
	struct rb_node node;
	struct liveupdate_file_handler *fh;
	struct file *file;
	u64 token;
	u64 serialized_data;
	void *private_data;
	int retrieve_status;
	bool indexed;
};

/* Identities of files that are in some set. */
static DEFINE_XARRAY(luo_file_index);

static unsigned long luo_file_id(struct liveupdate_file_handler *fh,
				 struct file *file)
{
	return fh->ops->get_id ? fh->ops->get_id(file) : (unsigned long)file;
}

static int luo_file_index_add(struct luo_file *lf)
{
	int err;

	err = xa_insert(&luo_file_index, luo_file_id(lf->fh, lf->file), lf,
			GFP_KERNEL_ACCOUNT);
	lf->indexed = !err;
	return err;
}

static void luo_file_index_del(struct luo_file *lf)
{
	if (lf->indexed)
		xa_erase(&luo_file_index, luo_file_id(lf->fh, lf->file));
	lf->indexed = false;
}

static struct liveupdate_file_op_args luo_file_args(struct luo_file *lf)
{
	return (struct liveupdate_file_op_args) {
		.handler = lf->fh,
		.retrieve_status = lf->retrieve_status,
		.file = lf->file,
		.serialized_data = lf->serialized_data,
		.private_data = lf->private_data,
	};
}

/**
 * luo_file_set_init - make an empty set
 * @set: the set.
 */
void luo_file_set_init(struct luo_file_set *set)
{
	INIT_LIST_HEAD(&set->files);
	set->tokens = RB_ROOT;
	set->count = 0;
	kho_block_set_init(&set->blocks, sizeof(struct luo_file_ser));
}

static int luo_file_cmp_token(const void *key, const struct rb_node *node)
{
	const u64 token = *(const u64 *)key;
	const struct luo_file *lf = rb_entry(node, struct luo_file, node);

	return token < lf->token ? -1 : token > lf->token;
}

static int luo_file_cmp(struct rb_node *node, const struct rb_node *other)
{
	return luo_file_cmp_token(&rb_entry(node, struct luo_file, node)->token,
				  other);
}

static struct luo_file *luo_file_find(struct luo_file_set *set, u64 token)
{
	struct rb_node *node = rb_find(&token, &set->tokens,
				       luo_file_cmp_token);

	return node ? rb_entry(node, struct luo_file, node) : NULL;
}

/* Returns false if the set has the token of @lf already. */
static bool luo_file_append(struct luo_file_set *set, struct luo_file *lf)
{
	if (rb_find_add(&lf->node, &set->tokens, luo_file_cmp))
		return false;

	list_add_tail(&lf->list, &set->files);
	set->count++;
	return true;
}

/* Take a file out of its set and free it; the blocks stay. */
static void luo_file_remove(struct luo_file_set *set, struct luo_file *lf)
{
	list_del(&lf->list);
	rb_erase(&lf->node, &set->tokens);
	set->count--;

	luo_file_index_del(lf);
	luo_handler_put(lf->fh);
	if (lf->file)
		fput(lf->file);
	kfree(lf);
}

/* Outgoing */

/* Make a file survive that has a handler, and is known by a new token. */
static int luo_file_preserve_one(struct luo_file *lf)
{
	struct liveupdate_file_op_args args;
	int err;

	err = luo_file_index_add(lf);
	if (err)
		return err;

	err = luo_flb_preserve_all(lf->fh);
	if (err)
		goto del_index;

	args = luo_file_args(lf);
	err = lf->fh->ops->preserve(&args);
	if (err)
		goto unpreserve_flbs;

	lf->serialized_data = args.serialized_data;
	lf->private_data = args.private_data;
	return 0;

unpreserve_flbs:
	luo_flb_unpreserve_all(lf->fh);
del_index:
	luo_file_index_del(lf);
	return err;
}

static int luo_file_preserve_fd(struct luo_file_set *set, u64 token, int fd)
{
	struct luo_file *lf;
	int err;

	lf = kzalloc(sizeof(*lf), GFP_KERNEL_ACCOUNT);
	if (!lf)
		return -ENOMEM;

	lf->token = token;
	lf->file = fget(fd);
	if (!lf->file) {
		err = -EBADF;
		goto free_lf;
	}

	lf->fh = luo_handler_get_for_file(lf->file);
	if (IS_ERR(lf->fh)) {
		err = PTR_ERR(lf->fh);
		goto put_file;
	}

	err = luo_file_preserve_one(lf);
	if (err)
		goto put_handler;

	luo_file_append(set, lf);
	return 0;

put_handler:
	luo_handler_put(lf->fh);
put_file:
	fput(lf->file);
free_lf:
	kfree(lf);
	return err;
}

/**
 * luo_file_preserve - add a file to an outgoing set
 * @set: the set.
 * @token: number under which it is asked for in the next kernel.
 * @fd: file descriptor of the calling task.
 *
 * Context: Process context, may sleep.
 * Return: 0; -EEXIST if the token is used; -ENOSPC if there are too many files;
 * -EBADF; -ENOENT if no handler accepts the file; -EBUSY if it is in a set
 * already; -ENOMEM; or what an FLB or the handler returned. On error nothing has
 * changed.
 */
int luo_file_preserve(struct luo_file_set *set, u64 token, int fd)
{
	int err;

	if (luo_file_find(set, token))
		return -EEXIST;

	err = kho_block_set_grow(&set->blocks, set->count + 1);
	if (err)
		return err;

	err = luo_file_preserve_fd(set, token, fd);
	if (err)
		kho_block_set_shrink(&set->blocks, set->count);
	return err;
}

/**
 * luo_file_unpreserve_all - empty an outgoing set, the newest file first
 * @set: the set.
 *
 * Context: Process context, may sleep.
 */
void luo_file_unpreserve_all(struct luo_file_set *set)
{
	struct liveupdate_file_op_args args;
	struct luo_file *lf, *prev;

	list_for_each_entry_safe_reverse(lf, prev, &set->files, list) {
		args = luo_file_args(lf);
		lf->fh->ops->unpreserve(&args);
		luo_flb_unpreserve_all(lf->fh);
		luo_file_remove(set, lf);
		kho_block_set_shrink(&set->blocks, set->count);
	}
}

static int luo_file_freeze(struct luo_file *lf, struct luo_file_ser *ser)
{
	struct liveupdate_file_op_args args = luo_file_args(lf);
	int err;

	if (lf->fh->ops->freeze) {
		err = lf->fh->ops->freeze(&args);
		if (err < 0) {
			pr_err("file handler \"%s\" cannot freeze token %#llx (error %d), no live update\n",
			       lf->fh->compatible, lf->token, err);
			return err;
		}
		lf->serialized_data = args.serialized_data;
	}

	strscpy_pad(ser->compatible, lf->fh->compatible);
	ser->data = lf->serialized_data;
	ser->token = lf->token;
	return 0;
}

static void luo_file_unfreeze(struct luo_file *lf)
{
	struct liveupdate_file_op_args args = luo_file_args(lf);

	if (lf->fh->ops->unfreeze)
		lf->fh->ops->unfreeze(&args);
}

/**
 * luo_file_freeze_all - write a set down for the next kernel
 * @set: an outgoing set.
 * @ser: set to what is handed over.
 *
 * Context: Process context, may sleep.
 * Return: 0, or what a handler returned; nothing is frozen then.
 */
int luo_file_freeze_all(struct luo_file_set *set,
			struct luo_file_set_ser *ser)
{
	struct kho_block_set_it it;
	struct luo_file *lf, *failed;
	int err;

	kho_block_set_it_init(&it, &set->blocks);
	list_for_each_entry(lf, &set->files, list) {
		err = luo_file_freeze(lf, kho_block_set_it_reserve_entry(&it));
		if (err)
			goto unfreeze;
	}
	ser->files = kho_block_set_head_pa(&set->blocks);
	ser->count = set->count;
	return 0;

unfreeze:
	failed = lf;
	list_for_each_entry(lf, &set->files, list) {
		if (lf == failed)
			break;
		luo_file_unfreeze(lf);
	}
	kho_block_set_clear(&set->blocks);
	return err;
}

/**
 * luo_file_unfreeze_all - undo luo_file_freeze_all()
 * @set: the set.
 *
 * Context: Process context, may sleep.
 */
void luo_file_unfreeze_all(struct luo_file_set *set)
{
	struct luo_file *lf;

	list_for_each_entry(lf, &set->files, list)
		luo_file_unfreeze(lf);
	kho_block_set_clear(&set->blocks);
}

/* Incoming */

static int luo_file_deserialize_one(struct luo_file_set *set,
				    const struct luo_file_ser *ser)
{
	struct luo_file *lf;

	if (strnlen(ser->compatible, sizeof(ser->compatible)) ==
	    sizeof(ser->compatible)) {
		pr_err("the name of a file handler has no end\n");
		return -EINVAL;
	}

	lf = kzalloc(sizeof(*lf), GFP_KERNEL_ACCOUNT);
	if (!lf)
		return -ENOMEM;

	lf->token = ser->token;
	lf->serialized_data = ser->data;
	lf->fh = luo_handler_get_by_name(ser->compatible);
	if (IS_ERR(lf->fh)) {
		kfree(lf);
		pr_err("there is no file handler \"%s\"\n", ser->compatible);
		return -ENOENT;
	}

	if (!luo_file_append(set, lf)) {
		luo_handler_put(lf->fh);
		kfree(lf);
		pr_err("token %#llx is there twice\n", ser->token);
		return -EINVAL;
	}
	return 0;
}

/**
 * luo_file_deserialize - take over the files of a session
 * @set: an empty set.
 * @ser: what was handed over.
 *
 * Context: Process context, may sleep.
 * Return: 0; -EINVAL if what was handed over makes no sense; -ENOSPC if there
 * are too many files; -ENOENT if a file has no handler here; -ENOMEM. On error
 * luo_file_forget_all() frees what there is.
 */
int luo_file_deserialize(struct luo_file_set *set,
			 const struct luo_file_set_ser *ser)
{
	const struct luo_file_ser *file_ser;
	struct kho_block_set_it it;
	int err;

	if (!ser->files) {
		if (ser->count)
			pr_warn("%llu files were announced, but none handed over\n",
				ser->count);
		return 0;
	}

	err = kho_block_set_restore(&set->blocks, ser->files);
	if (err)
		return err;

	kho_block_set_it_init(&it, &set->blocks);
	while ((file_ser = kho_block_set_it_read_entry(&it))) {
		err = luo_file_deserialize_one(set, file_ser);
		if (err)
			return err;
	}

	if (set->count != ser->count) {
		pr_err("%llu files were announced, %llu handed over\n",
		       ser->count, set->count);
		return -EINVAL;
	}
	return 0;
}

/**
 * luo_file_forget_all - empty an incoming set without telling handlers
 * @set: the set. No file was retrieved.
 *
 * What handlers preserved stays where it is until the next handover.
 *
 * Context: Process context, may sleep.
 */
void luo_file_forget_all(struct luo_file_set *set)
{
	struct luo_file *lf, *prev;

	list_for_each_entry_safe_reverse(lf, prev, &set->files, list)
		luo_file_remove(set, lf);
	kho_block_set_destroy(&set->blocks);
}

/**
 * luo_file_retrieve - get a file that was handed over
 * @set: an incoming set.
 * @token: number under which it was preserved.
 * @filep: set to the file, with a reference.
 *
 * Context: Process context, may sleep.
 * Return: 0; -ENOENT if there is no such file; what the handler returned, now or
 * earlier, but -EAGAIN says nothing of the next time; -ENOMEM or -EBUSY if the
 * file is retrieved but cannot be tracked, it can be asked for again then.
 */
int luo_file_retrieve(struct luo_file_set *set, u64 token,
		      struct file **filep)
{
	struct luo_file *lf = luo_file_find(set, token);
	struct liveupdate_file_op_args args;
	int err;

	if (!lf)
		return -ENOENT;
	if (lf->retrieve_status < 0)
		return lf->retrieve_status;

	if (!lf->retrieve_status) {
		args = luo_file_args(lf);
		err = lf->fh->ops->retrieve(&args);
		lf->private_data = args.private_data;
		if (!err && WARN_ON(!args.file))
			err = -EINVAL;
		if (err) {
			if (err != -EAGAIN)
				lf->retrieve_status = err;
			return err;
		}
		lf->file = args.file;
		lf->retrieve_status = 1;
	}

	if (!lf->indexed) {
		err = luo_file_index_add(lf);
		if (err)
			return err;
	}
	*filep = get_file(lf->file);
	return 0;
}

static bool luo_file_can_finish(struct luo_file *lf)
{
	struct liveupdate_file_op_args args = luo_file_args(lf);

	return !lf->fh->ops->can_finish || lf->fh->ops->can_finish(&args);
}

/**
 * luo_file_finish_all - end an incoming set, the newest file first
 * @set: the set; it is empty then.
 *
 * Context: Process context, may sleep.
 * Return: 0; -EBUSY if a file is not ready, nothing has changed then.
 */
int luo_file_finish_all(struct luo_file_set *set)
{
	struct liveupdate_file_op_args args;
	struct luo_file *lf, *prev;

	list_for_each_entry(lf, &set->files, list)
		if (!luo_file_can_finish(lf))
			return -EBUSY;

	list_for_each_entry_safe_reverse(lf, prev, &set->files, list) {
		args = luo_file_args(lf);
		lf->fh->ops->finish(&args);
		luo_flb_finish_all(lf->fh);
		luo_file_remove(set, lf);
		kho_block_set_shrink(&set->blocks, set->count);
	}
	kho_block_set_destroy(&set->blocks);
	return 0;
}
