/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Live update: how kinds of files, and what they share, survive into the next
 * kernel.
 */
#ifndef _LINUX_LIVEUPDATE_H
#define _LINUX_LIVEUPDATE_H

#include <linux/bug.h>
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/kho/abi/luo.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/refcount.h>
#include <linux/rwsem.h>
#include <linux/types.h>
#include <uapi/linux/liveupdate.h>

struct file;
struct liveupdate_file_handler;
struct liveupdate_flb;
struct liveupdate_session;
struct module;

/**
 * DOC: The life of a file
 *
 * A file handler preserves one kind of files. User space puts files into
 * sessions; a session is handed over with all its files or not at all::
 *
 *     this kernel                               the next kernel
 *
 *    preserve                                   retrieve
 *       |                                          |
 *       v        freeze                            v          finish
 *   preserved ---------> frozen ~~ kexec ~~> incoming, then -------> gone
 *       |     <---------                     retrieved or
 *       |      unfreeze                      failed
 *       v
 *   unpreserve
 *
 * All memory that a handler needs in the next kernel is preserved with KHO and
 * reachable from one number, its serialized data. It may change in freeze, which
 * runs in the reboot system call while user space still does, and must not leave
 * what unfreeze cannot undo.
 *
 * finish is called for files that were never retrieved too: it then discards
 * what was handed over. retrieve cleans up after itself when it fails.
 */

/**
 * struct liveupdate_file_op_args - what a file operation is told, and tells
 * @handler: the handler.
 * @retrieve_status: in can_finish and finish: 0 if the file was never retrieved,
 *	1 if it was, or the error of the attempt.
 * @file: the file; set by retrieve to a file with a reference for the caller.
 *	NULL in can_finish and finish if the file was not retrieved.
 * @serialized_data: what is handed over; set by preserve, may be changed by
 *	freeze.
 * @private_data: what the handler wants to find again in unpreserve, freeze and
 *	unfreeze; set by preserve. NULL in the next kernel, where retrieve may set
 *	it for its next call, or for finish.
 */
struct liveupdate_file_op_args {
	struct liveupdate_file_handler *handler;
	int retrieve_status;
	struct file *file;
	u64 serialized_data;
	void *private_data;
};

/**
 * struct liveupdate_file_ops - operations of a file handler
 * @can_preserve: tells whether a file is of the kind that it handles.
 * @preserve: makes a file survive; everything is undone on error.
 * @unpreserve: undoes preserve.
 * @freeze: optional; the last chance to change what is handed over. An error
 *	stops the reboot.
 * @unfreeze: optional; undoes freeze, the kernel is not replaced after all.
 * @retrieve: makes a file of what was handed over, which is consumed, or freed
 *	on error; but on -EAGAIN all is as it was, and it may be called again.
 * @can_finish: optional; tells whether finish may be called.
 * @finish: the live update is over for this file.
 * @get_id: optional; a number that is the same for two files that cannot both
 *	be preserved, by default the address of the struct file.
 * @owner: THIS_MODULE; referenced for each file that is preserved or incoming.
 *
 * All may sleep, but for get_id. They are called under a lock of the session.
 */
struct liveupdate_file_ops {
	bool (*can_preserve)(struct liveupdate_file_handler *handler,
			     struct file *file);
	int (*preserve)(struct liveupdate_file_op_args *args);
	void (*unpreserve)(struct liveupdate_file_op_args *args);
	int (*freeze)(struct liveupdate_file_op_args *args);
	void (*unfreeze)(struct liveupdate_file_op_args *args);
	int (*retrieve)(struct liveupdate_file_op_args *args);
	bool (*can_finish)(struct liveupdate_file_op_args *args);
	void (*finish)(struct liveupdate_file_op_args *args);
	unsigned long (*get_id)(struct file *file);
	struct module *owner;
};

/**
 * struct liveupdate_file_handler - preserves one kind of files
 * @ops: its operations.
 * @compatible: names what it hands over; the next kernel must have a handler of
 *	the same name.
 */
struct liveupdate_file_handler {
	const struct liveupdate_file_ops *ops;
	const char compatible[LIVEUPDATE_HNDL_COMPAT_LENGTH];

	/* private: */
	struct list_head __private list;	/* all handlers */
	struct list_head __private flb_list;	/* its FLBs */
};

/**
 * DOC: File-lifecycle-bound state
 *
 * An FLB is state that files of one or more handlers share, such as that of the
 * device they belong to. It is preserved with the first of these files and
 * unpreserved with the last; in the next kernel it is retrieved when somebody
 * asks for it, and finished with the last of the files.
 */

/**
 * struct liveupdate_flb_op_args - what an FLB operation is told, and tells
 * @flb: the FLB.
 * @data: what is handed over; set by preserve.
 * @obj: the live object; set by preserve, if there is one, and by retrieve.
 */
struct liveupdate_flb_op_args {
	struct liveupdate_flb *flb;
	u64 data;
	void *obj;
};

/**
 * struct liveupdate_flb_ops - operations of an FLB
 * @preserve: sets data and obj; everything is undone on error.
 * @unpreserve: undoes it, given both.
 * @retrieve: sets obj, given data, in the next kernel.
 * @finish: the last user is done, given obj.
 * @owner: THIS_MODULE; referenced from preserve to unpreserve, and from retrieve
 *	to finish.
 *
 * All may sleep. They are called under a lock of the FLB and must not call
 * liveupdate_flb_*() for it.
 */
struct liveupdate_flb_ops {
	int (*preserve)(struct liveupdate_flb_op_args *argp);
	void (*unpreserve)(struct liveupdate_flb_op_args *argp);
	int (*retrieve)(struct liveupdate_flb_op_args *argp);
	void (*finish)(struct liveupdate_flb_op_args *argp);
	struct module *owner;
};

/*
 * One side of an FLB, outgoing or incoming; all under @lock.
 * @count: users: dependent files, and references of others.
 * @data: what is handed over.
 * @obj: the live object.
 * @frozen: outgoing: written down for the next kernel, which counts as a user.
 * @loaded: incoming: @count and @data were read from the handover.
 * @retrieve_status: incoming: as in struct liveupdate_file_op_args.
 * @finished: incoming: the last user is done.
 */
struct luo_flb_state {
	struct mutex lock;		/* protects the rest */
	unsigned long count;
	u64 data;
	void *obj;
	bool frozen;
	bool loaded;
	int retrieve_status;
	bool finished;
};

/*
 * @flb: the FLB that this is part of.
 * @list: all FLBs that a handler has.
 * @outgoing: towards the next kernel.
 * @incoming: from the previous kernel.
 * @users: number of handlers that have it.
 * @initialized: the rest is valid; an FLB may be a zeroed static object.
 */
struct luo_flb_private {
	struct liveupdate_flb *flb;
	struct list_head list;
	struct luo_flb_state outgoing;
	struct luo_flb_state incoming;
	unsigned int users;
	bool initialized;
};

/**
 * struct liveupdate_flb - state that files share
 * @ops: its operations.
 * @compatible: names what it hands over; the next kernel finds it by this name.
 */
struct liveupdate_flb {
	const struct liveupdate_flb_ops *ops;
	const char compatible[LIVEUPDATE_FLB_COMPAT_LENGTH];

	/* private: */
	struct luo_flb_private __private private;
};

#ifdef CONFIG_LIVEUPDATE

bool liveupdate_enabled(void);

int liveupdate_reboot(void);
void liveupdate_reboot_cancel(void);

int liveupdate_register_file_handler(struct liveupdate_file_handler *fh);
void liveupdate_unregister_file_handler(struct liveupdate_file_handler *fh);

int liveupdate_register_flb(struct liveupdate_file_handler *fh,
			    struct liveupdate_flb *flb);
void liveupdate_unregister_flb(struct liveupdate_file_handler *fh,
			       struct liveupdate_flb *flb);

int liveupdate_flb_get_incoming(struct liveupdate_flb *flb, void **objp);
void liveupdate_flb_put_incoming(struct liveupdate_flb *flb);
int liveupdate_flb_get_outgoing(struct liveupdate_flb *flb, void **objp);
void liveupdate_flb_put_outgoing(struct liveupdate_flb *flb);

#else /* CONFIG_LIVEUPDATE */

static inline bool liveupdate_enabled(void)
{
	return false;
}

static inline int liveupdate_reboot(void)
{
	return 0;
}

static inline void liveupdate_reboot_cancel(void) { }

static inline int
liveupdate_register_file_handler(struct liveupdate_file_handler *fh)
{
	return -EOPNOTSUPP;
}

static inline void
liveupdate_unregister_file_handler(struct liveupdate_file_handler *fh)
{
}

static inline int liveupdate_register_flb(struct liveupdate_file_handler *fh,
					  struct liveupdate_flb *flb)
{
	return -EOPNOTSUPP;
}

static inline void liveupdate_unregister_flb(struct liveupdate_file_handler *fh,
					     struct liveupdate_flb *flb)
{
}

static inline int liveupdate_flb_get_incoming(struct liveupdate_flb *flb,
					      void **objp)
{
	return -EOPNOTSUPP;
}

static inline void liveupdate_flb_put_incoming(struct liveupdate_flb *flb) { }

static inline int liveupdate_flb_get_outgoing(struct liveupdate_flb *flb,
					      void **objp)
{
	return -EOPNOTSUPP;
}

static inline void liveupdate_flb_put_outgoing(struct liveupdate_flb *flb) { }

#endif /* CONFIG_LIVEUPDATE */

#endif /* _LINUX_LIVEUPDATE_H */
