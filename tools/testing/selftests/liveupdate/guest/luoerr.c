// SPDX-License-Identifier: GPL-2.0
/*
 * Every error of /dev/liveupdate that user space can provoke.
 *
 *   luoerr host       without a live update; leaves nothing behind
 *   luoerr here       the same; leaves a session for the next kernel
 *   luoerr incoming   in the kernel after it
 */
#include "luo.h"

#include <pthread.h>
#include <sys/resource.h>
#include <sys/statvfs.h>

/* Address with which copying fails. */
#define BAD	((void *)8)

static int make_file(uint64_t size)
{
	int fd = memfd_create("luoerr", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	must(fd >= 0 && !ftruncate(fd, size), "make a file");
	return fd;
}

static int cmd(int fd, unsigned long nr, void *arg)
{
	return ioctl(fd, nr, arg) ? -errno : 0;
}

/* Read-only after the first page: results cannot be copied out. */
static void *half_readable(const void *arg, size_t size)
{
	void *map = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	must(map != MAP_FAILED, "mmap");
	memcpy(map, arg, size);
	mprotect(map, 4096, PROT_READ);
	return map;
}

static void test_device(int dev)
{
	int twin;

	is(luo_open(), -EBUSY, "a second open");
	twin = dup(dev);
	close(dev);
	is(luo_open(), -EBUSY, "a duplicate keeps it busy");
	must(dup2(twin, dev) == dev, "dup2");
	close(twin);
	is(luo_open(), -EBUSY, "so does the duplicate of that");

	is(read(dev, &twin, 1) < 0 ? -errno : 0, -EINVAL, "read");
	is(write(dev, &twin, 1) < 0 ? -errno : 0, -EINVAL, "write");
	is(mmap(NULL, 4096, PROT_READ, MAP_SHARED, dev, 0) == MAP_FAILED ?
	   -errno : 0, -ENODEV, "mmap");
}

static void test_ioctl(int dev, int session)
{
	struct {
		struct liveupdate_ioctl_create_session arg;
		uint32_t more;
	} create = { .arg = { .size = sizeof(create.arg) } };
	struct {
		struct liveupdate_session_finish arg;
		uint32_t more[1000];
	} finish = { .arg = { .size = sizeof(finish.arg) } };
	unsigned int zero = 0;

	is(cmd(dev, _IO(LIVEUPDATE_IOCTL_TYPE, 2), &create), -EINVAL,
	   "device: unknown number");
	is(cmd(dev, LIVEUPDATE_SESSION_FINISH, &finish), -EINVAL,
	   "device: session command");
	is(cmd(session, LIVEUPDATE_IOCTL_CREATE_SESSION, &create), -EINVAL,
	   "session: device command");
	is(cmd(session, _IO(LIVEUPDATE_IOCTL_TYPE, 0x44), &finish), -EINVAL,
	   "session: unknown number");
	is(cmd(dev, LIVEUPDATE_IOCTL_CREATE_SESSION, BAD), -EFAULT,
	   "device: bad address");
	is(cmd(session, LIVEUPDATE_SESSION_FINISH, BAD), -EFAULT,
	   "session: bad address");
	is(cmd(dev, _IO(0xbb, 0), &create), -ENOTTY, "device: other type");
	is(cmd(dev, _IOW(LIVEUPDATE_IOCTL_TYPE, 0, int), &create), -ENOTTY,
	   "device: with a size");
	is(cmd(session, _IO(0xbb, 0x43), &finish), -ENOTTY,
	   "session: other type");
	is(cmd(session, LIVEUPDATE_SESSION_FINISH, &finish), -EINVAL,
	   "finish of an outgoing session");
	is(cmd(session, LIVEUPDATE_SESSION_RETRIEVE_FD, &finish), -EINVAL,
	   "retrieve from an outgoing session");

	is(cmd(dev, LIVEUPDATE_IOCTL_CREATE_SESSION, &zero), -EINVAL, "size 0");
	create.arg.size = sizeof(create.arg) - 1;
	is(cmd(dev, LIVEUPDATE_IOCTL_CREATE_SESSION, &create), -EINVAL,
	   "size too small");
	create.arg.size = sizeof(create);
	create.more = 1;
	is(cmd(dev, LIVEUPDATE_IOCTL_CREATE_SESSION, &create), -E2BIG,
	   "more than the kernel knows");
	create.more = 0;
	memcpy(create.arg.name, "more", 5);
	is(cmd(dev, LIVEUPDATE_IOCTL_CREATE_SESSION, &create), 0,
	   "more, but zero");
	is(create.arg.size, sizeof(create), "size is as it was");
	close(create.arg.fd);
}

static void test_names(int dev)
{
	struct liveupdate_session_get_name get = { .size = sizeof(get) };
	struct liveupdate_ioctl_create_session arg = { .size = sizeof(arg) };
	char name[64] = "", link[32], target[200] = "";
	int session, other;

	is(luo_create(dev, ""), -EINVAL, "no name");
	memset(arg.name, 'x', sizeof(arg.name));
	is(cmd(dev, LIVEUPDATE_IOCTL_CREATE_SESSION, &arg), -EINVAL,
	   "a name without end");
	memset(name, 'n', 63);
	session = luo_create(dev, name);
	check(session >= 0, "a name of 63 characters");
	is(luo_create(dev, name), -EEXIST, "the same name again");
	name[62] = 'm';
	other = luo_create(dev, name);
	check(other >= 0, "one that differs in the last character");
	close(other);
	other = luo_create(dev, "\xff/\n");
	check(other >= 0, "any bytes");
	close(other);

	is(cmd(session, LIVEUPDATE_SESSION_GET_NAME, &get), 0, "get the name");
	name[62] = 'n';
	check(!strcmp((char *)get.name, name), "it is the right one");
	get.reserved = 1;
	is(cmd(session, LIVEUPDATE_SESSION_GET_NAME, &get), -EINVAL,
	   "get the name, reserved");
	is(fcntl(session, F_GETFD), FD_CLOEXEC, "close-on-exec");
	is(fcntl(session, F_GETFL) & O_ACCMODE, O_RDWR, "O_RDWR");
	is(lseek(session, 0, SEEK_SET) < 0 ? -errno : 0, -ESPIPE, "lseek");
	is(read(session, name, 1) < 0 ? -errno : 0, -EINVAL, "read a session");

	close(session);
	session = luo_create(dev, name);
	check(session >= 0, "a name is free after closing");
	close(session);

	session = luo_create(dev, "linked");
	snprintf(link, sizeof(link), "/proc/self/fd/%d", session);
	check(readlink(link, target, sizeof(target) - 1) > 0 &&
	      !strcmp(target, "anon_inode:[luo_session] linked"),
	      "/proc says %s", target);
	close(session);

	is(luo_retrieve(dev, "linked"), -ENOENT,
	   "retrieve a session of this kernel");
	memset(arg.name, 'x', sizeof(arg.name));
	is(cmd(dev, LIVEUPDATE_IOCTL_RETRIEVE_SESSION, &arg), -ENOENT,
	   "retrieve a name without end");
}

static void test_limits(int dev)
{
	struct liveupdate_ioctl_create_session arg = { .size = sizeof(arg),
						       .name = "fault" };
	struct rlimit old, limit;
	int session, fds, create, retrieve, i;
	void *map;

	fds = dup(0);
	close(fds);
	getrlimit(RLIMIT_NOFILE, &old);
	limit = old;
	limit.rlim_cur = fds;
	setrlimit(RLIMIT_NOFILE, &limit);
	/* Results cannot be told meanwhile. */
	create = luo_create(dev, "limit");
	retrieve = luo_retrieve(dev, "limit");
	setrlimit(RLIMIT_NOFILE, &old);
	is(create, -EMFILE, "create at the limit of files");
	is(retrieve, -EMFILE, "retrieve at the limit of files");

	map = half_readable(&arg, sizeof(arg));
	is(cmd(dev, LIVEUPDATE_IOCTL_CREATE_SESSION, map), -EFAULT,
	   "create: result cannot be copied");
	session = luo_create(dev, "fault");
	check(session >= 0, "and there is no such session");
	close(session);

	/* All of these leave nothing behind. */
	for (i = 0; i < 200; i++) {
		session = luo_create(dev, "again");
		quiet(session >= 0, "create %d", i);
		quiet(!luo_preserve_fd(session, fds = make_file(9000), i),
		      "preserve %d", i);
		close(fds);
		close(session);
	}
	check(!failed, "200 sessions one after the other");
}

static void test_files(int dev)
{
	int one = luo_create(dev, "one"), two = luo_create(dev, "two");
	struct liveupdate_session_preserve_fd arg = { .size = sizeof(arg),
						      .token = 77 };
	/* Both are tmpfs: in guests, and on other machines. */
	const char *named = access("/dev/shm", W_OK) ? "/tmp/luoerr" :
						       "/dev/shm/luoerr";
	int fd = make_file(20000), other = make_file(100), null, twin, pair[2];
	struct statvfs fs;
	char path[40];
	void *map;

	must(one >= 0 && two >= 0, "two sessions");
	is(luo_preserve_fd(one, -1, 1), -EBADF, "descriptor -1");
	is(luo_preserve_fd(one, 999, 1), -EBADF, "descriptor 999");
	null = open("/dev/null", O_RDONLY);
	is(luo_preserve_fd(one, null, 1), -ENOENT, "/dev/null");
	close(null);
	null = open("/tmp", O_PATH);
	is(luo_preserve_fd(one, null, 1), -EBADF, "O_PATH");
	close(null);
	null = open(named, O_RDWR | O_CREAT | O_EXCL, 0600);
	must(null >= 0, "create %s", named);
	is(luo_preserve_fd(one, null, 1), -ENOENT, "a file with a name");
	unlink(named);
	must(!fchmod(null, 0777) && !fstatvfs(null, &fs), "chmod");
	is(luo_preserve_fd(one, null, 1), fs.f_flag & ST_NOEXEC ? -EPERM : 0,
	   "the same without");
	close(null);
	is(pipe(pair), 0, "pipe");
	is(luo_preserve_fd(one, pair[0], 2), -ENOENT, "a pipe");
	is(luo_preserve_fd(one, two, 2), -ENOENT, "a session");
	is(luo_preserve_fd(one, dev, 2), -ENOENT, "the device");

	is(luo_preserve_fd(one, fd, 0), 0, "token 0");
	is(luo_preserve_fd(one, other, 0), -EEXIST, "token 0 again");
	is(luo_preserve_fd(one, -1, 0), -EEXIST, "that is looked at first");
	is(luo_preserve_fd(two, other, 0), 0, "token 0 in another session");
	is(luo_preserve_fd(two, fd, ~0ull), -EBUSY, "a file in two sessions");
	is(luo_preserve_fd(one, fd, ~0ull), -EBUSY, "a file twice");
	twin = dup(fd);
	is(luo_preserve_fd(one, twin, 5), -EBUSY, "a duplicate");
	close(twin);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	twin = open(path, O_RDWR);
	is(luo_preserve_fd(one, twin, 5), -EBUSY, "the same opened again");
	close(twin);
	twin = make_file(0);
	is(luo_preserve_fd(one, twin, ~0ull), 0, "the largest token");
	close(twin);

	twin = make_file(4096);
	arg.fd = twin;
	map = half_readable(&arg, sizeof(arg));
	is(cmd(one, LIVEUPDATE_SESSION_PRESERVE_FD, map), -EFAULT,
	   "preserve: result cannot be copied");
	is(luo_preserve_fd(one, twin, 78), -EBUSY, "but the file is preserved");
	close(twin);

	twin = make_file(1ull << 45);
	is(luo_preserve_fd(one, twin, 79), -EFBIG, "32 TiB");
	is(ftruncate(twin, 0), 0, "a file that is refused is not frozen");
	close(twin);

	close(one);
	is(luo_preserve_fd(two, fd, ~0ull), 0, "free after closing");
	close(two);
	close(fd);
	close(other);
}

/* What can be done with a memfd while it is preserved. */
static void test_frozen(int dev)
{
	int session = luo_create(dev, "frozen"), fd = make_file(3 * 4096 + 5);
	char *map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	char c = 7;

	must(map != MAP_FAILED, "mmap");
	luo_fill(fd, 1, 1, 3 * 4096 + 5, 2);
	is(luo_preserve_fd(session, fd, 1), 0, "preserve");
	check(luo_same(fd, 1, 1, 3 * 4096 + 5, 2), "content is unchanged");

	is(ftruncate(fd, 0) ? -errno : 0, -EPERM, "shrink");
	is(ftruncate(fd, 1 << 20) ? -errno : 0, -EPERM, "grow");
	is(ftruncate(fd, 3 * 4096 + 5) ? -errno : 0, 0, "to the same size");
	is(pwrite(fd, &c, 1, 3 * 4096 + 5) < 0 ? -errno : 0, -EPERM,
	   "write at the end");
	is(pwrite(fd, &c, 1, 3 * 4096 + 4), 1, "write the last byte");
	is(fallocate(fd, 0, 0, 4096) ? -errno : 0, -EPERM, "fallocate");
	is(fallocate(fd, FALLOC_FL_KEEP_SIZE, 1 << 20, 4096) ? -errno : 0,
	   -EPERM, "fallocate, keep size");
	is(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096) ?
	   -errno : 0, -EPERM, "punch a hole");
	is(madvise(map, 4096, MADV_REMOVE) ? -errno : 0, -EPERM, "MADV_REMOVE");
	map[1] = 5;
	is(pread(fd, &c, 1, 1) == 1 ? c : -1, 5, "write through a mapping");
	is(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE) ? -errno : 0, -EBUSY,
	   "F_SEAL_WRITE, mapped");
	munmap(map, 4096);
	is(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE) ? -errno : 0, -EBUSY,
	   "F_SEAL_WRITE, pinned");

	close(session);
	is(ftruncate(fd, 1 << 20), 0, "grow after closing");
	is(fallocate(fd, 0, 0, 8192), 0, "fallocate after closing");
	is(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), 0, "F_SEAL_WRITE after closing");
	close(fd);
}

static void leave_for_the_next(int dev)
{
	int session = luo_create(dev, "left"), i, fd;

	for (i = 0; i < 3; i++) {
		fd = make_file(6000);
		luo_fill(fd, i, 1, 6000, 1);
		quiet(!luo_preserve_fd(session, fd, i), "preserve %d", i);
		close(fd);
	}
	/* A name that no C library would be asked for twice. */
	check(luo_create(dev, "nothing in it") >= 0, "an empty session");
	check(luo_create(dev, "never asked for") >= 0, "another one");
	luo_keep(dev);
}

static void test_all(int dev)
{
	int session;

	test_device(dev);
	session = luo_create(dev, "session");
	must(session >= 0, "create a session");
	test_ioctl(dev, session);
	close(session);
	test_names(dev);
	test_limits(dev);
	test_files(dev);
	test_frozen(dev);
}

static void *retrieve_all(void *arg)
{
	int session = *(int *)arg, fds[3];

	for (int i = 0; i < 100; i++) {
		for (int token = 0; token < 3; token++)
			fds[token] = luo_retrieve_fd(session, token);
		for (int token = 0; token < 3; token++)
			quiet(fds[token] >= 0 && !close(fds[token]),
			      "retrieve %d by many threads", token);
	}
	return NULL;
}

static void after_the_jump(void)
{
	struct liveupdate_ioctl_retrieve_session retrieve = {
		.size = sizeof(retrieve),
	};
	struct liveupdate_session_retrieve_fd arg = { .size = sizeof(arg) };
	struct liveupdate_session_finish finish = { .size = sizeof(finish) };
	int dev = luo_open(), session, fd, own, i;
	pthread_t threads[4];
	struct rlimit old, limit;

	must(dev >= 0, "open /dev/liveupdate");
	is(luo_retrieve(dev, "lef"), -ENOENT, "a part of a name");
	own = luo_create(dev, "left");
	check(own >= 0, "create a session with the name of an incoming one");
	memcpy(retrieve.name, "left", sizeof("left"));
	is(cmd(dev, LIVEUPDATE_IOCTL_RETRIEVE_SESSION,
	       half_readable(&retrieve, sizeof(retrieve))), -EFAULT,
	   "retrieve a session: result cannot be copied");
	session = luo_retrieve(dev, "left");
	must(session >= 0, "retrieve it");
	is(luo_retrieve(dev, "left"), -EINVAL, "retrieve it again");

	fd = make_file(100);
	is(luo_preserve_fd(session, fd, 9), -EINVAL,
	   "preserve in an incoming session");
	close(fd);
	is(luo_retrieve_fd(session, 3), -ENOENT, "unknown token");

	for (i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, retrieve_all, &session);
	for (i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	check(!failed, "four threads retrieve the same files");

	is(cmd(session, LIVEUPDATE_SESSION_RETRIEVE_FD,
	       half_readable(&arg, sizeof(arg))), -EFAULT,
	   "retrieve: result cannot be copied");
	fd = dup(0);
	close(fd);
	getrlimit(RLIMIT_NOFILE, &old);
	limit = old;
	limit.rlim_cur = fd;
	setrlimit(RLIMIT_NOFILE, &limit);
	fd = luo_retrieve_fd(session, 0);
	setrlimit(RLIMIT_NOFILE, &old);
	is(fd, -EMFILE, "at the limit of files");
	fd = luo_retrieve_fd(session, 0);
	check(fd >= 0, "retrieve after all that");
	is(luo_preserve_fd(own, fd, 1), -EBUSY,
	   "preserve what is not finished");

	finish.reserved = 1;
	is(cmd(session, LIVEUPDATE_SESSION_FINISH, &finish), -EINVAL,
	   "finish, reserved");
	is(luo_finish(session), 0, "finish");
	is(luo_finish(session), 0, "finish again");
	is(luo_retrieve_fd(session, 0), -ENOENT, "retrieve after that");
	check(luo_same(fd, 0, 1, 6000, 1), "the file is still there");
	is(luo_preserve_fd(own, fd, 1), 0, "and can be preserved");
	close(session);
	is(luo_retrieve(dev, "left"), -ENOENT, "the session is gone");

	session = luo_retrieve(dev, "nothing in it");
	check(session >= 0, "an empty session");
	close(session);
	is(luo_retrieve(dev, "nothing in it"), -ENOENT,
	   "closing finishes it");
}

int main(int argc, char **argv)
{
	int dev;

	if (argc != 2)
		return 2;
	if (!strcmp(argv[1], "incoming")) {
		after_the_jump();
		return failed;
	}
	dev = luo_open();
	must(dev >= 0, "open /dev/liveupdate");
	test_all(dev);
	if (!strcmp(argv[1], "here"))
		leave_for_the_next(dev);
	return failed;
}
