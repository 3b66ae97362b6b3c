/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Live update: what its files share. One file, one role:
 *
 *   luo_core.c     switch, order of start-up, root of the handover, reboot
 *   luo_session.c  the sessions of this kernel and of the previous one
 *   luo_file.c     the files of a session
 *   luo_handler.c  who preserves which kind of files
 *   luo_flb.c      state that files share, towards the next kernel
 *   luo_flb_incoming.c  the same, from the previous kernel
 *   luo_ioctl.c    /dev/liveupdate and the file descriptors of sessions
 *
 * Locks, outermost first:
 *
 *   luo_serialize_rwsem   read by all that uses a session; write by a reboot,
 *                         from when sessions are frozen until the jump
 *   luo_session_set::lock which sessions there are
 *   luo_session::lock     a session and its files
 *   luo_register_rwsem    which handlers and FLBs there are
 *   luo_flb_state::lock   one side of an FLB
 */
#ifndef _KERNEL_LIVEUPDATE_LUO_INTERNAL_H
#define _KERNEL_LIVEUPDATE_LUO_INTERNAL_H

#include <linux/kho_block.h>
#include <linux/list.h>
#include <linux/liveupdate.h>
#include <linux/mutex.h>
#include <linux/rbtree.h>
#include <linux/rwsem.h>
#include <linux/uaccess.h>

struct file;

/**
 * struct luo_file_set - files that survive together
 * @files: all of them, struct luo_file, in the order of preservation.
 * @tokens: the same by token.
 * @blocks: what is or was handed over; outgoing, there is just enough room.
 * @count: number of files.
 */
struct luo_file_set {
	struct list_head files;
	struct rb_root tokens;
	struct kho_block_set blocks;
	u64 count;
};

struct luo_session_set;

/**
 * struct luo_session - a session
 * @set: the set it belongs to: outgoing, or incoming.
 * @list: in luo_session_set::sessions.
 * @node: in luo_session_set::names.
 * @lock: serialises what is done to its files.
 * @files: its files.
 * @retrieved: incoming: somebody has or had it. Under luo_session_set::lock.
 * @name: its name.
 */
struct luo_session {
	struct luo_session_set *set;
	struct list_head list;
	struct rb_node node;
	struct mutex lock;		/* protects @files */
	struct luo_file_set files;
	bool retrieved;
	char name[LIVEUPDATE_SESSION_NAME_LENGTH];
};

/* luo_session.c */
extern struct rw_semaphore luo_serialize_rwsem;

bool luo_session_is_incoming(const struct luo_session *session);
int luo_session_create(const char *name, struct luo_session **sessionp);
int luo_session_retrieve(const char *name, struct luo_session **sessionp);
void luo_session_unretrieve(struct luo_session *session);
void luo_session_release(struct luo_session *session);
int luo_session_preserve_fd(struct luo_session *session, u64 token, int fd);
int luo_session_retrieve_file(struct luo_session *session, u64 token,
			      struct file **filep);
int luo_session_finish(struct luo_session *session);
int luo_session_attach(u64 head_pa);
int luo_session_deserialize(void);
int luo_session_freeze(u64 *head_pa);
void luo_session_unfreeze(void);

/* luo_file.c */
void luo_file_set_init(struct luo_file_set *set);
int luo_file_preserve(struct luo_file_set *set, u64 token, int fd);
void luo_file_unpreserve_all(struct luo_file_set *set);
int luo_file_freeze_all(struct luo_file_set *set,
			struct luo_file_set_ser *ser);
void luo_file_unfreeze_all(struct luo_file_set *set);
int luo_file_deserialize(struct luo_file_set *set,
			 const struct luo_file_set_ser *ser);
void luo_file_forget_all(struct luo_file_set *set);
int luo_file_retrieve(struct luo_file_set *set, u64 token,
		      struct file **filep);
int luo_file_finish_all(struct luo_file_set *set);

/* luo_handler.c */
extern struct rw_semaphore luo_register_rwsem;

struct liveupdate_file_handler *luo_handler_get_for_file(struct file *file);
struct liveupdate_file_handler *luo_handler_get_by_name(const char *compatible);
void luo_handler_put(struct liveupdate_file_handler *fh);
bool luo_handler_is_registered(struct liveupdate_file_handler *fh);

/* luo_flb.c */

/* FLBs that fit on the page that is handed over. */
#define LUO_FLB_MAX						\
	((PAGE_SIZE - sizeof(struct luo_flb_header_ser)) /	\
	 sizeof(struct luo_flb_ser))

/**
 * struct luo_flb_link - an FLB of a handler
 * @list: in liveupdate_file_handler::flb_list.
 * @flb: the FLB.
 */
struct luo_flb_link {
	struct list_head list;
	struct liveupdate_flb *flb;
};

struct luo_flb_private *luo_flb_private(struct liveupdate_flb *flb);
int luo_flb_preserve_all(struct liveupdate_file_handler *fh);
void luo_flb_unpreserve_all(struct liveupdate_file_handler *fh);
void luo_flb_detach_all(struct liveupdate_file_handler *fh);
void luo_flb_freeze(struct luo_flb_header_ser *page);
void luo_flb_unfreeze(struct luo_flb_header_ser *page);

/* luo_flb_incoming.c */
int luo_flb_attach(u64 pa);
void luo_flb_forget(void);
void luo_flb_finish_all(struct liveupdate_file_handler *fh);

/* lib/tests/liveupdate.c */
#ifdef CONFIG_LIVEUPDATE_TEST
void liveupdate_test_register(struct liveupdate_file_handler *fh);
#else
static inline void
liveupdate_test_register(struct liveupdate_file_handler *fh)
{
}
#endif

#endif /* _KERNEL_LIVEUPDATE_LUO_INTERNAL_H */
