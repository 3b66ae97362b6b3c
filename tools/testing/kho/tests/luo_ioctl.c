// SPDX-License-Identifier: GPL-2.0
/*
 * Live update: descriptors of files that are retrieved.
 *
 * Here are the parts of the kernel that nothing else needs: user memory, which is
 * as good as any other, descriptors, and a security module that can say no.
 */

#include <fcntl.h>

#include <linux/cleanup.h>
#include <linux/file.h>
#include <linux/slab.h>

#include "luo_stub.h"

#define __user

#define get_user(x, ptr)	({ (x) = *(ptr); 0; })

static int copy_struct_from_user(void *dst, size_t ksize, const void *src,
				 size_t usize)
{
	memcpy(dst, src, min(ksize, usize));
	return 0;
}

static unsigned long copy_to_user(void *to, const void *from, size_t n)
{
	memcpy(to, from, n);
	return 0;
}

/* Descriptor 7 is free, or has a file. */
#define FD	7

static struct file *installed;

static int take_free_fd(unsigned int flags)
{
	expect_eq(flags, O_CLOEXEC);
	return FD;
}

static void fd_install(int fd, struct file *file)
{
	expect_eq(fd, FD);
	installed = file;
}

#define CLASS(name, var)	int var = take_free_fd
#define take_fd(fd)		(fd)

/* What the security module says, and how often it was asked. */
static int verdict;
static unsigned int asked;

static int security_file_receive(struct file *file)
{
	expect_eq(file->content, 5);
	asked++;
	return verdict;
}

/* The device is not used. */

struct inode;

struct file_operations {
	struct module *owner;
	int (*open)(struct inode *inode, struct file *file);
	int (*release)(struct inode *inode, struct file *file);
	long (*unlocked_ioctl)(struct file *file, unsigned int cmd,
			       unsigned long arg);
};

struct miscdevice {
	int minor;
	const char *name;
	const struct file_operations *fops;
};

#define THIS_MODULE		(&owner)
#define MISC_DYNAMIC_MINOR	255
#define misc_register(misc)	((misc)->minor ? 0 : -EBUSY)

#define kasprintf(gfp, ...)	((char *)kzalloc(100, gfp))
#define sim_free_kfree		sim_free_kvfree

static struct file *anon_inode_getfile(const char *name,
				       const struct file_operations *fops,
				       void *data, int flags)
{
	return sim_file_alloc(0);
}

#define atomic_cmpxchg(v, old, new)	\
	((v)->counter == (old) ? (v)->counter = (new), (old) : (v)->counter)

/* As the kernel is compiled. */
#pragma clang diagnostic ignored "-Wpointer-sign"
#undef pr_fmt
#include "../../../../kernel/liveupdate/luo_ioctl.c"

/* Retrieve file 5 through a descriptor of the session. */
static int retrieve_fd(struct luo_session *session)
{
	struct liveupdate_session_retrieve_fd arg = {
		.size = sizeof(arg), .fd = -1, .token = 5,
	};
	struct file file = { .private_data = session };
	int err;

	installed = NULL;
	err = luo_session_ioctl(&file, LIVEUPDATE_SESSION_RETRIEVE_FD,
				(unsigned long)&arg);
	expect_eq(arg.fd, err ? -1 : FD);
	expect_eq(!installed, !!err);
	return err;
}

/* As for a descriptor that comes through a socket, and each time: who asks may change. */
static void test_receive(void)
{
	struct luo_session *session;
	struct file *first;

	begin();
	must(!preserve(create("a"), 5));
	jump();
	session = retrieve("a");

	asked = 0;
	verdict = -EACCES;
	expect_eq(retrieve_fd(session), -EACCES);
	expect_eq(asked, 1);

	/* Nothing is lost. */
	verdict = 0;
	must(expect_eq(retrieve_fd(session), 0));
	expect_eq(asked, 2);
	first = installed;
	expect_eq(first->refs, 2);

	verdict = -EACCES;
	expect_eq(retrieve_fd(session), -EACCES);
	expect_eq(asked, 3);
	expect_eq(first->refs, 2);

	luo_session_release(session);
	expect_eq(first->refs, 1);
	fput(first);
	expect_eq(sim_warnings(), 0);
}

static const struct tap_case cases[] = {
	{ "luo_ioctl: a security module sees who gets a file", test_receive },
};

TAP_MAIN(cases)
