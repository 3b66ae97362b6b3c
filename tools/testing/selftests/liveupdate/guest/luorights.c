// SPDX-License-Identifier: GPL-2.0
/*
 * luorights: who may open /dev/liveupdate, who has a session, who may preserve
 * which file, and how much of it. Leaves nothing behind.
 */
#include "luo.h"

#include <linux/fs.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

/* A user that has nothing locked. */
#define SOMEBODY	54321

/* What a user may lock; a multiple of all page sizes. */
#define LIMIT		1048576ull

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

/* The same file through another descriptor. */
static int reopen(int fd, int flags)
{
	char path[40];
	int twin;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	twin = open(path, flags | O_CLOEXEC);
	must(twin >= 0, "open %s", path);
	return twin;
}

/* The descriptor of the next kernel can read and write. */
static void test_access(int dev)
{
	int session = luo_create(dev, "access"), fd = make_file(5000), twin;

	twin = reopen(fd, O_RDONLY);
	is(luo_preserve_fd(session, twin, 1), -EACCES, "not open for writing");
	close(twin);
	twin = reopen(fd, O_WRONLY);
	is(luo_preserve_fd(session, twin, 1), -EACCES, "not open for reading");
	close(twin);
	is(ftruncate(fd, 6000), 0, "it is not frozen");
	twin = reopen(fd, O_RDWR);
	is(luo_preserve_fd(session, twin, 1), 0, "open for both");
	close(twin);
	close(fd);
	close(session);
}

/* A file of our own mount of tmpfs, without a name. */
static int make_unlinked(mode_t mode)
{
	const char *name = "/tmp/luorights";
	int fd = open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	must(fd >= 0 && !unlink(name) && !fchmod(fd, mode) &&
	     !ftruncate(fd, 5000), "make %s with mode %o", name, mode);
	return fd;
}

/* In the next kernel it is of no mount and has mode 0777. */
static void test_unlinked(int dev)
{
	int session = luo_create(dev, "unlinked"), fd;

	must(!unshare(CLONE_NEWNS) &&
	     !mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) &&
	     !mount("none", "/tmp", "tmpfs", 0, NULL), "mount tmpfs");
	fd = make_unlinked(0640);
	is(luo_preserve_fd(session, fd, 1), -EPERM, "mode 0640");
	is(ftruncate(fd, 6000), 0, "it is not frozen");
	must(!fchmod(fd, 0666), "chmod");
	is(luo_preserve_fd(session, fd, 1), -EPERM, "nobody may execute it");
	must(!fchmod(fd, 0777), "chmod");
	is(luo_preserve_fd(session, fd, 1), 0, "mode 0777");
	close(fd);

	must(!mount("none", "/tmp", NULL, MS_REMOUNT | MS_BIND | MS_NOEXEC,
		    NULL), "mount noexec");
	fd = make_unlinked(0777);
	is(luo_preserve_fd(session, fd, 2), -EPERM, "on a noexec mount");
	is(ftruncate(fd, 6000), 0, "it is not frozen");
	close(fd);

	if (!mount("none", "/tmp", "hugetlbfs", MS_NOEXEC, NULL)) {
		fd = open("/tmp/luorights", O_RDWR | O_CREAT | O_CLOEXEC, 0777);
		must(fd >= 0 && !unlink("/tmp/luorights"), "open a huge file");
		is(luo_preserve_fd(session, fd, 3), -EPERM,
		   "huge pages on a noexec mount");
		close(fd);
		must(!umount("/tmp"), "unmount hugetlbfs");
	}
	close(session);
	must(!umount("/tmp"), "unmount tmpfs");
}

/* As chattr does; returns false if tmpfs of this kernel has no attributes. */
static bool set_flags(int fd, int flags)
{
	int failed = ioctl(fd, FS_IOC_SETFLAGS, &flags);

	must(!failed || errno == ENOTTY, "set attributes %#x", flags);
	return !failed;
}

/* In the next kernel it would have no attributes. */
static void test_attributes(int dev)
{
	int session = luo_create(dev, "attributes"), fd = make_file(5000);

	if (set_flags(fd, FS_APPEND_FL)) {
		is(luo_preserve_fd(session, fd, 1), -EPERM, "append-only");
		set_flags(fd, FS_IMMUTABLE_FL);
		is(luo_preserve_fd(session, fd, 1), -EPERM, "immutable");
		set_flags(fd, 0);
	} else {
		say("# attributes are not tried, this kernel has none");
	}
	is(luo_preserve_fd(session, fd, 1), 0, "no attributes");
	close(fd);
	close(session);
}

static void test_memfd_modes(int dev)
{
	const unsigned int all = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE |
				 F_SEAL_FUTURE_WRITE;
	int session = luo_create(dev, "modes"), fd;

	fd = memfd_create("luorights", MFD_CLOEXEC | MFD_NOEXEC_SEAL);
	is(luo_preserve_fd(session, fd, 1), 0, "a memfd that nobody executes");
	close(fd);

	fd = memfd_create("luorights", MFD_CLOEXEC | MFD_NOEXEC_SEAL);
	must(!fcntl(fd, F_ADD_SEALS, all), "seal it");
	is(luo_preserve_fd(session, fd, 2), 0, "with all other seals as well");
	is(fcntl(fd, F_GET_SEALS), F_SEAL_EXEC | all, "which it keeps");
	close(fd);

	fd = make_file(5000);
	must(!fchmod(fd, 0600), "chmod");
	is(luo_preserve_fd(session, fd, 3), -EPERM, "a memfd of mode 0600");
	must(!fchmod(fd, 0777), "chmod");
	is(luo_preserve_fd(session, fd, 3), 0, "of mode 0777 again");
	close(fd);
	close(session);
}

/* Preserve a file as a user, with a limit of RLIMIT_MEMLOCK. */
static int preserve_as(uid_t uid, rlim_t limit, int session, int fd,
		       uint64_t token)
{
	struct rlimit memlock = { limit, limit };
	int status;

	if (!fork()) {
		if (setrlimit(RLIMIT_MEMLOCK, &memlock) || setgid(uid) ||
		    setuid(uid))
			_exit(255);
		_exit(-luo_preserve_fd(session, fd, token));
	}
	wait(&status);
	must(WIFEXITED(status) && WEXITSTATUS(status) != 255, "be uid %u", uid);
	return -WEXITSTATUS(status);
}

/* The same for a new file. */
static int preserve_new_as(uid_t uid, rlim_t limit, int session, uint64_t size,
			   uint64_t token)
{
	int fd = make_file(size), err = preserve_as(uid, limit, session, fd, token);

	close(fd);
	return err;
}

/* The mode is handed over, but who retrieves the file owns it. It needs no page. */
static void test_huge(int dev)
{
	int session = luo_create(dev, "huge"), twin;
	int fd = memfd_create("luorights", MFD_CLOEXEC | MFD_HUGETLB);

	if (fd < 0) {
		say("# huge pages are not tried, this kernel has none");
		close(session);
		return;
	}
	twin = reopen(fd, O_RDONLY);
	is(luo_preserve_fd(session, twin, 1), -EACCES,
	   "huge pages, not open for writing");
	close(twin);
	twin = reopen(fd, O_WRONLY);
	is(luo_preserve_fd(session, twin, 1), -EACCES,
	   "huge pages, not open for reading");
	close(twin);
	is(preserve_as(SOMEBODY, LIMIT, session, fd, 1), 0, "huge pages, mode 0777");
	close(session);

	session = luo_create(dev, "huge");
	must(!fchmod(fd, 0600), "chmod");
	is(preserve_as(SOMEBODY, LIMIT, session, fd, 1), -EPERM,
	   "huge pages of somebody else, mode 0600");
	is(luo_preserve_fd(session, fd, 1), 0, "one's own");
	close(fd);

	fd = memfd_create("luorights", MFD_CLOEXEC | MFD_HUGETLB |
			  MFD_NOEXEC_SEAL);
	is(preserve_as(SOMEBODY, LIMIT, session, fd, 2), 0,
	   "huge pages that nobody executes");
	close(fd);
	close(session);
}

/* Pages that are preserved are locked, on the account of a user. */
static void test_memlock(int dev)
{
	int session = luo_create(dev, "memlock");
	int other = luo_create(dev, "other");

	is(preserve_new_as(SOMEBODY, 0, session, 4096, 1), -EPERM,
	   "nothing may be locked");
	is(preserve_new_as(SOMEBODY, 0, session, 0, 1), 0,
	   "there is nothing to lock");
	is(preserve_new_as(SOMEBODY, LIMIT, session, LIMIT + 1, 2), -ENOMEM,
	   "a byte more than the limit");
	is(preserve_new_as(SOMEBODY, LIMIT, session, LIMIT / 2, 2), 0,
	   "a half of the limit");
	is(preserve_new_as(SOMEBODY, LIMIT, session, LIMIT / 2, 3), 0,
	   "the other half");
	is(preserve_new_as(SOMEBODY, LIMIT, other, 1, 4), -ENOMEM,
	   "another byte, in another session");
	is(preserve_new_as(SOMEBODY + 1, LIMIT, other, LIMIT, 4), 0,
	   "another user");
	is(preserve_new_as(0, 0, other, 2 * LIMIT, 5), 0, "root");

	close(session);
	session = luo_create(dev, "memlock");
	is(preserve_new_as(SOMEBODY, LIMIT, session, LIMIT, 1), 0,
	   "all of the limit, after the session was closed");
	close(session);
	close(other);
}

int main(void)
{
	int dev = luo_open();

	must(dev >= 0, "open /dev/liveupdate");
	test_rights(dev);
	test_passing(dev);
	test_access(dev);
	test_attributes(dev);
	test_memfd_modes(dev);
	test_memlock(dev);
	test_huge(dev);
	test_unlinked(dev);
	return failed;
}
