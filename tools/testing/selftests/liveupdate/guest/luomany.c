// SPDX-License-Identifier: GPL-2.0
/*
 * Many sessions, one with many files, and processes that hammer the device.
 *
 *   luomany put SESSIONS FILES    make them, leave a process behind
 *   luomany get SESSIONS FILES    retrieve and compare them
 *   luomany hammer PROCESSES      leave so many behind that never stop
 */
#include "luo.h"

#include <signal.h>
#include <sys/resource.h>

static void raise_limit(void)
{
	struct rlimit limit = { 100000, 100000 };

	must(!setrlimit(RLIMIT_NOFILE, &limit), "RLIMIT_NOFILE");
}

static void put(int sessions, int files)
{
	int dev = luo_open(), session, fd, i;
	char name[64];

	must(dev >= 0, "open /dev/liveupdate");
	for (i = 0; i < sessions; i++) {
		snprintf(name, sizeof(name), "many-%d", i);
		quiet(luo_create(dev, name) >= 0, "create session %d", i);
	}
	check(!failed, "%d sessions", sessions);

	session = luo_create(dev, "many files");
	for (i = 0; i < files; i++) {
		fd = memfd_create("many", 0);
		must(fd >= 0, "memfd_create");
		luo_fill(fd, i, 1, i % 5000, 1);
		quiet(!luo_preserve_fd(session, fd, i), "preserve file %d", i);
		close(fd);
	}
	check(!failed, "%d files", files);
	luo_keep(dev);
}

static void get(int sessions, int files)
{
	int dev = luo_open(), session, fd, i;
	struct stat st;
	char name[64];

	must(dev >= 0, "open /dev/liveupdate");
	for (i = 0; i < sessions; i++) {
		snprintf(name, sizeof(name), "many-%d", i);
		session = luo_retrieve(dev, name);
		quiet(session >= 0, "retrieve session %d", i);
		/* Half of them are finished by closing. */
		quiet(i & 1 || !luo_finish(session), "finish session %d", i);
		close(session);
	}
	check(!failed, "%d sessions", sessions);

	session = luo_retrieve(dev, "many files");
	for (i = 0; i < files; i++) {
		/* In an order that is neither the old one nor its reverse. */
		int file = (i * 7919L + 13) % files;

		fd = luo_retrieve_fd(session, file);
		must(fd >= 0 && !fstat(fd, &st), "retrieve file %d", file);
		quiet(st.st_size == file % 5000 &&
		      luo_same(fd, file, 1, file % 5000, 1),
		      "file %d is as it was", file);
		if (i & 1)
			close(fd);
	}
	check(!failed, "%d files are as they were", files);
	is(luo_finish(session), 0, "finish");
}

/* What each process does until the kernel is gone. */
static void keep_busy(int n)
{
	int dev, session, fd;
	unsigned int i;
	char name[64], c;

	luo_detach();
	srand(n);
	for (i = 0;; i++) {
		dev = luo_open();
		if (dev < 0)
			continue;
		snprintf(name, sizeof(name), "hammer-%d-%u", n, i);
		session = luo_create(dev, name);
		close(dev);
		fd = memfd_create("hammer", MFD_ALLOW_SEALING);
		if (session < 0 || fd < 0 || ftruncate(fd, rand() % 200000))
			_exit(1);
		c = i;
		luo_preserve_fd(session, fd, i);
		pwrite(fd, &c, 1, rand() % 200000);
		luo_preserve_fd(session, fd, i + 1);
		if (!fork()) {
			close(session);
			_exit(0);
		}
		ftruncate(fd, 0);
		close(fd);
		/* Some stay open, and are handed over if the kernel ends now. */
		if (i % 16)
			close(session);
	}
}

int main(int argc, char **argv)
{
	int i;

	signal(SIGCHLD, SIG_IGN);
	raise_limit();
	if (argc == 4 && !strcmp(argv[1], "put")) {
		put(atoi(argv[2]), atoi(argv[3]));
	} else if (argc == 4 && !strcmp(argv[1], "get")) {
		get(atoi(argv[2]), atoi(argv[3]));
	} else if (argc == 3 && !strcmp(argv[1], "hammer")) {
		for (i = 0; i < atoi(argv[2]); i++)
			if (!fork())
				keep_busy(i);
	} else {
		return 2;
	}
	return failed;
}
