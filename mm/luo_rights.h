/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Live update: who may preserve a file whose next descriptor the kernel makes.
 *
 * In the next kernel it is a new file of no mount: open for reading and writing,
 * owned by who retrieves it, with a mode that may be another one. Nobody must be
 * able to do more with it then than now.
 */
#ifndef _MM_LUO_RIGHTS_H
#define _MM_LUO_RIGHTS_H

#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/printk.h>

/* Returns 0, or -EACCES for the descriptor, -EPERM for what restricts the file. */
static inline int luo_rights_check_file(const struct file *file)
{
	const fmode_t both = FMODE_READ | FMODE_WRITE;
	const struct inode *inode = file_inode(file);

	if ((file->f_mode & both) != both)
		return -EACCES;

	if (path_noexec(&file->f_path)) {
		pr_warn_ratelimited("%pD is on a noexec mount, the next kernel could execute it: not preserved\n",
				    file);
		return -EPERM;
	}
	if (IS_IMMUTABLE(inode) || IS_APPEND(inode)) {
		pr_warn_ratelimited("%pD is immutable or append-only, in the next kernel it would not be: not preserved\n",
				    file);
		return -EPERM;
	}
	return 0;
}

/* The same for the mode: @next is what it would be in the next kernel. */
static inline int luo_rights_check_mode(const struct file *file, umode_t next)
{
	const umode_t mode = file_inode(file)->i_mode & 0777;

	if (!(next & ~mode))
		return 0;
	pr_warn_ratelimited("%pD has mode %04o, in the next kernel it would have %04o: not preserved, chmod it before\n",
			    file, mode, next);
	return -EPERM;
}

#endif /* _MM_LUO_RIGHTS_H */
