// SPDX-License-Identifier: GPL-2.0
/*
 * Live update: /dev/liveupdate and the file descriptors of sessions.
 *
 * Only arguments and file descriptors are dealt with here. The device serves one
 * opener at a time, who needs it only to make or find sessions: those live
 * through their own file descriptors.
 */

#define pr_fmt(fmt) "luo: " fmt

#include <linux/anon_inodes.h>
#include <linux/atomic.h>
#include <linux/cleanup.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/init.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/security.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "luo_internal.h"

/* Any argument, the size first. */
union luo_ioctl_arg {
	__u32 size;
	struct liveupdate_ioctl_create_session create;
	struct liveupdate_ioctl_retrieve_session retrieve;
	struct liveupdate_session_preserve_fd preserve_fd;
	struct liveupdate_session_retrieve_fd retrieve_fd;
	struct liveupdate_session_finish finish;
	struct liveupdate_session_get_name get_name;
};

/**
 * struct luo_ioctl_call - a call that is being executed
 * @uarg: the argument in user space.
 * @usize: its size as user space has it.
 * @size: its size as the kernel has it.
 * @session: the session; NULL on the device.
 * @arg: the argument in the kernel.
 */
struct luo_ioctl_call {
	void __user *uarg;
	u32 usize;
	u32 size;
	struct luo_session *session;
	union luo_ioctl_arg arg;
};

/* On which sessions a command makes sense */
#define LUO_OUTGOING	BIT(0)
#define LUO_INCOMING	BIT(1)

/**
 * struct luo_ioctl - a command
 * @cmd: its number.
 * @size: size of its argument.
 * @sessions: on which sessions it makes sense.
 * @execute: does it.
 */
struct luo_ioctl {
	unsigned int cmd;
	u32 size;
	unsigned int sessions;
	int (*execute)(struct luo_ioctl_call *call);
};

#define LUO_IOCTL(_cmd, _arg, _sessions, _execute) {	\
	.cmd = _cmd,					\
	.size = sizeof(_arg),				\
	.sessions = _sessions,				\
	.execute = _execute,				\
}

/* Only what user space knows is copied back. */
static int luo_ioctl_respond(struct luo_ioctl_call *call)
{
	if (copy_to_user(call->uarg, &call->arg, min(call->usize, call->size)))
		return -EFAULT;
	return 0;
}

static int luo_ioctl_execute(struct luo_ioctl_call *call,
			     const struct luo_ioctl *op, unsigned int cmd)
{
	unsigned int kind;
	int err;

	if (get_user(call->usize, (u32 __user *)call->uarg))
		return -EFAULT;
	if (op->cmd != cmd)
		return -ENOTTY;

	if (call->session) {
		kind = luo_session_is_incoming(call->session) ? LUO_INCOMING :
								LUO_OUTGOING;
		if (!(op->sessions & kind))
			return -EINVAL;
	}

	if (call->usize < op->size)
		return -EINVAL;
	err = copy_struct_from_user(&call->arg, op->size, call->uarg,
				    call->usize);
	if (err)
		return err;

	call->size = op->size;
	return op->execute(call);
}

/* Sessions */

static int luo_ioctl_preserve_fd(struct luo_ioctl_call *call)
{
	struct liveupdate_session_preserve_fd *arg = &call->arg.preserve_fd;
	int err;

	err = luo_session_preserve_fd(call->session, arg->token, arg->fd);
	return err ?: luo_ioctl_respond(call);
}

static int luo_ioctl_retrieve_fd(struct luo_ioctl_call *call)
{
	struct liveupdate_session_retrieve_fd *arg = &call->arg.retrieve_fd;
	struct file *file;
	int err;

	CLASS(get_unused_fd, fd)(O_CLOEXEC);
	if (fd < 0)
		return fd;

	err = luo_session_retrieve_file(call->session, arg->token, &file);
	if (err)
		return err;

	/* Who asks again may be somebody else than who made the file. */
	err = security_file_receive(file);
	if (!err) {
		arg->fd = fd;
		err = luo_ioctl_respond(call);
	}
	if (err) {
		fput(file);
		return err;
	}
	fd_install(take_fd(fd), file);
	return 0;
}

static int luo_ioctl_finish(struct luo_ioctl_call *call)
{
	if (call->arg.finish.reserved)
		return -EINVAL;

	return luo_session_finish(call->session);
}

static int luo_ioctl_get_name(struct luo_ioctl_call *call)
{
	struct liveupdate_session_get_name *arg = &call->arg.get_name;

	if (arg->reserved)
		return -EINVAL;

	strscpy_pad(arg->name, call->session->name);
	return luo_ioctl_respond(call);
}

static const struct luo_ioctl luo_session_ioctls[] = {
	LUO_IOCTL(LIVEUPDATE_SESSION_PRESERVE_FD,
		  struct liveupdate_session_preserve_fd, LUO_OUTGOING,
		  luo_ioctl_preserve_fd),
	LUO_IOCTL(LIVEUPDATE_SESSION_RETRIEVE_FD,
		  struct liveupdate_session_retrieve_fd, LUO_INCOMING,
		  luo_ioctl_retrieve_fd),
	LUO_IOCTL(LIVEUPDATE_SESSION_FINISH,
		  struct liveupdate_session_finish, LUO_INCOMING,
		  luo_ioctl_finish),
	LUO_IOCTL(LIVEUPDATE_SESSION_GET_NAME,
		  struct liveupdate_session_get_name,
		  LUO_INCOMING | LUO_OUTGOING, luo_ioctl_get_name),
};

static long luo_session_ioctl(struct file *file, unsigned int cmd,
			      unsigned long arg)
{
	struct luo_ioctl_call call = {
		.uarg = (void __user *)arg,
		.session = file->private_data,
	};
	unsigned int nr = _IOC_NR(cmd) - LIVEUPDATE_CMD_SESSION_BASE;

	if (nr >= ARRAY_SIZE(luo_session_ioctls))
		return -EINVAL;

	return luo_ioctl_execute(&call, &luo_session_ioctls[nr], cmd);
}

static int luo_session_file_release(struct inode *inode, struct file *file)
{
	luo_session_release(file->private_data);
	return 0;
}

static const struct file_operations luo_session_fops = {
	.owner = THIS_MODULE,
	.release = luo_session_file_release,
	.unlocked_ioctl = luo_session_ioctl,
};

static struct file *luo_session_file(struct luo_session *session)
{
	char *name __free(kfree) = kasprintf(GFP_KERNEL, "[luo_session] %s",
					     session->name);

	if (!name)
		return ERR_PTR(-ENOMEM);

	return anon_inode_getfile(name, &luo_session_fops, session, O_RDWR);
}

/*
 * Answer with the number of the file that the session gets. User space is told
 * before there is a file: a file that is put ends its session.
 */
static struct file *luo_ioctl_session_file(struct luo_ioctl_call *call,
					   struct luo_session *session,
					   __s32 *answer, int fd)
{
	int err;

	*answer = fd;
	err = luo_ioctl_respond(call);
	return err ? ERR_PTR(err) : luo_session_file(session);
}

/* The device */

static int luo_ioctl_create_session(struct luo_ioctl_call *call)
{
	struct liveupdate_ioctl_create_session *arg = &call->arg.create;
	size_t len = strnlen(arg->name, sizeof(arg->name));
	struct luo_session *session;
	struct file *file;
	int err;

	CLASS(get_unused_fd, fd)(O_CLOEXEC);
	if (fd < 0)
		return fd;
	if (!len || len == sizeof(arg->name))
		return -EINVAL;

	err = luo_session_create(arg->name, &session);
	if (err)
		return err;

	file = luo_ioctl_session_file(call, session, &arg->fd, fd);
	if (IS_ERR(file)) {
		luo_session_release(session);
		return PTR_ERR(file);
	}
	fd_install(take_fd(fd), file);
	return 0;
}

static int luo_ioctl_retrieve_session(struct luo_ioctl_call *call)
{
	struct liveupdate_ioctl_retrieve_session *arg = &call->arg.retrieve;
	struct luo_session *session;
	struct file *file;
	int err;

	CLASS(get_unused_fd, fd)(O_CLOEXEC);
	if (fd < 0)
		return fd;

	err = luo_session_retrieve(arg->name, &session);
	if (err)
		return err;

	file = luo_ioctl_session_file(call, session, &arg->fd, fd);
	if (IS_ERR(file)) {
		luo_session_unretrieve(session);
		return PTR_ERR(file);
	}
	fd_install(take_fd(fd), file);
	return 0;
}

static const struct luo_ioctl luo_device_ioctls[] = {
	LUO_IOCTL(LIVEUPDATE_IOCTL_CREATE_SESSION,
		  struct liveupdate_ioctl_create_session, 0,
		  luo_ioctl_create_session),
	LUO_IOCTL(LIVEUPDATE_IOCTL_RETRIEVE_SESSION,
		  struct liveupdate_ioctl_retrieve_session, 0,
		  luo_ioctl_retrieve_session),
};

static long luo_device_ioctl(struct file *file, unsigned int cmd,
			     unsigned long arg)
{
	struct luo_ioctl_call call = { .uarg = (void __user *)arg };
	unsigned int nr = _IOC_NR(cmd) - LIVEUPDATE_CMD_BASE;

	if (nr >= ARRAY_SIZE(luo_device_ioctls))
		return -EINVAL;

	return luo_ioctl_execute(&call, &luo_device_ioctls[nr], cmd);
}

static atomic_t luo_device_opened = ATOMIC_INIT(0);

static int luo_device_open(struct inode *inode, struct file *file)
{
	if (atomic_cmpxchg(&luo_device_opened, 0, 1))
		return -EBUSY;

	if (luo_session_deserialize()) {
		atomic_set(&luo_device_opened, 0);
		return -EIO;
	}
	return 0;
}

static int luo_device_release(struct inode *inode, struct file *file)
{
	atomic_set(&luo_device_opened, 0);
	return 0;
}

static const struct file_operations luo_device_fops = {
	.owner = THIS_MODULE,
	.open = luo_device_open,
	.release = luo_device_release,
	.unlocked_ioctl = luo_device_ioctl,
};

static struct miscdevice luo_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "liveupdate",
	.fops = &luo_device_fops,
};

static int __init luo_ioctl_init(void)
{
	return liveupdate_enabled() ? misc_register(&luo_device) : 0;
}
late_initcall(luo_ioctl_init);
