// SPDX-License-Identifier: GPL-2.0
/*
 * luorights: who may open /dev/liveupdate, and who has a session. Leaves nothing
 * behind.
 */
#include "luo.h"

#include <sys/socket.h>
#include <sys/wait.h>

static int make_file(uint64_t size)
{
	int fd = memfd_create("luorights", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	must(fd >= 0 && !ftruncate(fd, size), "make a file");
	return fd;
}

/* Who opens the device must have the right to; a session needs none. */
static void test_rights(int dev)
{
	int session = luo_create(dev, "rights"), fd = make_file(4096), status;
	struct stat st;

	must(session >= 0, "create a session");
	must(!fstat(dev, &st), "fstat");
	check(S_ISCHR(st.st_mode), "a character device");
	if (!fork()) {
		if (setgid(65534) || setuid(65534))
			_exit(1);
		if (!(st.st_mode & 06) && luo_open() != -EACCES)
			_exit(2);
		_exit(luo_preserve_fd(session, fd, 1) ? 3 : 0);
	}
	wait(&status);
	is(status, 0, "nobody cannot open it, and can use a session");
	close(session);
	close(fd);
}

static int send_fd(int socket, int fd)
{
	char data = 0, control[CMSG_SPACE(sizeof(fd))] = {};
	struct iovec iov = { &data, 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	return sendmsg(socket, &msg, 0);
}

static int receive_fd(int socket)
{
	char data, control[CMSG_SPACE(sizeof(int))];
	struct iovec iov = { &data, 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	int fd = -1;

	if (recvmsg(socket, &msg, 0) == 1)
		memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(fd));
	return fd;
}

/* A session lives as long as anybody has it. */
static void test_passing(int dev)
{
	int pair[2], session, fd = make_file(5000), status;

	must(!socketpair(AF_UNIX, SOCK_STREAM, 0, pair), "socketpair");
	if (!fork()) {
		session = luo_create(dev, "passed");
		if (luo_preserve_fd(session, fd, 3) ||
		    send_fd(pair[1], session) != 1)
			_exit(1);
		_exit(0);
	}
	session = receive_fd(pair[0]);
	wait(&status);
	is(status, 0, "the maker of a session ends");
	is(luo_create(dev, "passed"), -EEXIST, "its session does not");
	is(luo_preserve_fd(session, fd, 4), -EBUSY, "nor what is in it");
	is(luo_preserve_fd(session, pair[0], 3), -EEXIST, "its token is taken");
	close(session);
	session = luo_create(dev, "passed");
	check(session >= 0, "it ends with the last descriptor");
	close(session);
	close(fd);
	close(pair[0]);
	close(pair[1]);
}

int main(void)
{
	int dev = luo_open();

	must(dev >= 0, "open /dev/liveupdate");
	test_rights(dev);
	test_passing(dev);
	return failed;
}
