/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * Live update: what user space says to /dev/liveupdate.
 */
#ifndef _UAPI_LIVEUPDATE_H
#define _UAPI_LIVEUPDATE_H

#include <linux/ioctl.h>
#include <linux/types.h>

/**
 * DOC: General ioctl format
 *
 * Every argument starts with a u32 @size, which user space sets to the size of
 * the structure that it was compiled with. The kernel accepts a larger one if
 * what it does not know is zero, and copies back no more than it was given; a
 * smaller one than it needs is refused. No command encodes size or direction.
 *
 * These errors mean the same for all commands:
 *
 *  - EINVAL: a number that is no command, a command for the other kind of
 *    session, a structure that is too small, or a field that must be zero.
 *  - ENOTTY: the number of a command in something that is not that command.
 *  - EFAULT: the argument cannot be read or written.
 *  - E2BIG: there is something in the part of the structure that is unknown.
 */

/* The ioctl type, documented in ioctl-number.rst */
#define LIVEUPDATE_IOCTL_TYPE		0xBA

/* Bytes in the name of a session, with the NUL at its end. */
#define LIVEUPDATE_SESSION_NAME_LENGTH	64

/* Commands on /dev/liveupdate */
enum {
	LIVEUPDATE_CMD_BASE = 0x00,
	LIVEUPDATE_CMD_CREATE_SESSION = LIVEUPDATE_CMD_BASE,
	LIVEUPDATE_CMD_RETRIEVE_SESSION = 0x01,
};

/* Commands on the file descriptor of a session */
enum {
	LIVEUPDATE_CMD_SESSION_BASE = 0x40,
	LIVEUPDATE_CMD_SESSION_PRESERVE_FD = LIVEUPDATE_CMD_SESSION_BASE,
	LIVEUPDATE_CMD_SESSION_RETRIEVE_FD = 0x41,
	LIVEUPDATE_CMD_SESSION_FINISH = 0x42,
	LIVEUPDATE_CMD_SESSION_GET_NAME = 0x43,
};

/**
 * struct liveupdate_ioctl_create_session - ioctl(LIVEUPDATE_IOCTL_CREATE_SESSION)
 * @size: sizeof(struct liveupdate_ioctl_create_session)
 * @fd:   Output; file descriptor of the new session, close-on-exec.
 * @name: Name of the session, 1 to 63 bytes and a NUL; unique among the
 *        sessions that were created since boot and are still there.
 *
 * Makes an empty session for files that are to survive a live update. It lives
 * as long as its file descriptor or a duplicate of it is open: keep it open
 * until the kernel is replaced.
 */
struct liveupdate_ioctl_create_session {
	__u32 size;
	__s32 fd;
	__u8 name[LIVEUPDATE_SESSION_NAME_LENGTH];
};

#define LIVEUPDATE_IOCTL_CREATE_SESSION					\
	_IO(LIVEUPDATE_IOCTL_TYPE, LIVEUPDATE_CMD_CREATE_SESSION)

/**
 * struct liveupdate_ioctl_retrieve_session - ioctl(LIVEUPDATE_IOCTL_RETRIEVE_SESSION)
 * @size: sizeof(struct liveupdate_ioctl_retrieve_session)
 * @fd:   Output; file descriptor of the session, close-on-exec.
 * @name: Name under which it was created before the live update.
 *
 * Takes over a session of the previous kernel. That works once; to close the
 * last file descriptor of the session finishes it.
 */
struct liveupdate_ioctl_retrieve_session {
	__u32 size;
	__s32 fd;
	__u8 name[LIVEUPDATE_SESSION_NAME_LENGTH];
};

#define LIVEUPDATE_IOCTL_RETRIEVE_SESSION				\
	_IO(LIVEUPDATE_IOCTL_TYPE, LIVEUPDATE_CMD_RETRIEVE_SESSION)

/**
 * struct liveupdate_session_preserve_fd - ioctl(LIVEUPDATE_SESSION_PRESERVE_FD)
 * @size:  sizeof(struct liveupdate_session_preserve_fd)
 * @fd:    File descriptor of the file to be preserved. The session holds on to
 *         the file, the descriptor may be closed.
 * @token: Any number under which the file is asked for after the live update,
 *         unique in the session.
 *
 * Adds a file to a session that was created, not retrieved. The file stays
 * preserved until the session is closed.
 */
struct liveupdate_session_preserve_fd {
	__u32 size;
	__s32 fd;
	__aligned_u64 token;
};

#define LIVEUPDATE_SESSION_PRESERVE_FD					\
	_IO(LIVEUPDATE_IOCTL_TYPE, LIVEUPDATE_CMD_SESSION_PRESERVE_FD)

/**
 * struct liveupdate_session_retrieve_fd - ioctl(LIVEUPDATE_SESSION_RETRIEVE_FD)
 * @size:  sizeof(struct liveupdate_session_retrieve_fd)
 * @fd:    Output; file descriptor of the file, close-on-exec.
 * @token: Number under which the file was preserved.
 *
 * Gets a file out of a session that was retrieved. Asked for again, it is the
 * same open file.
 */
struct liveupdate_session_retrieve_fd {
	__u32 size;
	__s32 fd;
	__aligned_u64 token;
};

#define LIVEUPDATE_SESSION_RETRIEVE_FD					\
	_IO(LIVEUPDATE_IOCTL_TYPE, LIVEUPDATE_CMD_SESSION_RETRIEVE_FD)

/**
 * struct liveupdate_session_finish - ioctl(LIVEUPDATE_SESSION_FINISH)
 * @size:     sizeof(struct liveupdate_session_finish)
 * @reserved: Must be zero.
 *
 * Ends a session that was retrieved: files that were not retrieved are
 * discarded, the others are ordinary files from now on. Fails with EBUSY, and
 * changes nothing, if one of them is not ready for that.
 */
struct liveupdate_session_finish {
	__u32 size;
	__u32 reserved;
};

#define LIVEUPDATE_SESSION_FINISH					\
	_IO(LIVEUPDATE_IOCTL_TYPE, LIVEUPDATE_CMD_SESSION_FINISH)

/**
 * struct liveupdate_session_get_name - ioctl(LIVEUPDATE_SESSION_GET_NAME)
 * @size:     sizeof(struct liveupdate_session_get_name)
 * @reserved: Must be zero.
 * @name:     Output; the name of the session with a NUL at its end.
 */
struct liveupdate_session_get_name {
	__u32 size;
	__u32 reserved;
	__u8 name[LIVEUPDATE_SESSION_NAME_LENGTH];
};

#define LIVEUPDATE_SESSION_GET_NAME					\
	_IO(LIVEUPDATE_IOCTL_TYPE, LIVEUPDATE_CMD_SESSION_GET_NAME)

#endif /* _UAPI_LIVEUPDATE_H */
