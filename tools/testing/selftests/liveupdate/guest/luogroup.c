// SPDX-License-Identifier: GPL-2.0
/*
 * Files are retrieved in a cgroup that may not have so much memory.
 *
 *   luogroup put            make and preserve them
 *   luogroup limited GROUP  retrieve one of them in GROUP, whose limit is too low
 *   luogroup killed GROUP   the OOM killer ends who has the session, in GROUP
 *
 * GROUP is a directory of cgroup2.
 */
#include "luo.h"

#include <sys/wait.h>

#define MIB		1048576ull
#define SIZE		(24 * MIB)
#define FILES		2

static void write_to(const char *group, const char *file, const char *text)
{
	char path[100];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", group, file);
	fd = open(path, O_WRONLY);
	must(fd >= 0 && write(fd, text, strlen(text)) > 0, "write %s to %s",
	     text, path);
	close(fd);
}

static long read_from(const char *group, const char *file, const char *word)
{
	char path[100], line[100];
	long value = -1;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", group, file);
	f = fopen(path, "r");
	must(f, "open %s", path);
	while (fgets(line, sizeof(line), f))
		if (!strncmp(line, word, strlen(word)))
			value = atol(line + strlen(word));
	fclose(f);
	return value;
}

static void put(void)
{
	int dev = luo_open(), session = luo_create(dev, "group"), fd, i;

	must(session >= 0, "create a session");
	for (i = 0; i < FILES; i++) {
		fd = memfd_create("luogroup", 0);
		luo_fill(fd, i, 1, SIZE, 1);
		is(luo_preserve_fd(session, fd, i), 0, "preserve file %d", i);
		close(fd);
	}
	luo_keep(dev);
}

static void get(int session, int i)
{
	int fd = luo_retrieve_fd(session, i);

	check(fd >= 0, "retrieve file %d: %d", i, fd);
	check(luo_same(fd, i, 1, SIZE, 1), "file %d: every byte is as it was",
	      i);
}

/*
 * With each limit that is too low for something: the folios, or what the page cache
 * needs for them when some are there already. Returns the file.
 */
static int raise_limit(const char *group, int session, int i)
{
	int fd = -EAGAIN, extra, limit, n;
	char path[100], max[24];

	/* Nothing may be charged to us when the file has all there is. */
	snprintf(path, sizeof(path), "%s/memory.max", group);
	limit = open(path, O_WRONLY);
	for (extra = 0; fd == -EAGAIN && extra < 256; extra++) {
		n = snprintf(max, sizeof(max), "%llu", SIZE + extra * 4096);
		must(pwrite(limit, max, n, 0) == n, "set the limit");
		fd = luo_retrieve_fd(session, i);
		pwrite(limit, "max", 3, 0);
		quiet(fd >= 0 || read_from(group, "memory.current", "") < (long)MIB,
		      "%d pages more: all charges are undone", extra);
	}
	close(limit);
	check(fd >= 0, "retrieve file %d, with %d pages more: %d", i, extra, fd);
	return fd;
}

static void limited(const char *group)
{
	int dev = luo_open(), session = luo_retrieve(dev, "group"), fd;

	must(session >= 0, "retrieve the session");
	write_to(group, "memory.max", "16M");
	write_to(group, "cgroup.procs", "0");
	is(luo_retrieve_fd(session, 0), -EAGAIN, "retrieve beyond the limit");
	is(luo_retrieve_fd(session, 0), -EAGAIN, "and once more");
	is(read_from(group, "memory.events", "oom_kill "), 0,
	   "nobody was killed");
	check(read_from(group, "memory.current", "") < (long)(2 * MIB),
	      "nothing is charged");
	fd = raise_limit(group, session, 0);
	check(read_from(group, "memory.current", "") > (long)SIZE,
	      "the file is charged");
	check(luo_same(fd, 0, 1, SIZE, 1), "file 0: every byte is as it was");
	luo_keep(dev);
}

/* Get the session and a file, and then more memory than there may be. */
static void be_killed(const char *group)
{
	int dev = luo_open(), session = luo_retrieve(dev, "group"), fd;
	char *map;

	must(session >= 0, "retrieve the session");
	write_to(group, "cgroup.procs", "0");
	fd = luo_retrieve_fd(session, 1);
	must(fd >= 0, "retrieve file 1: %d", fd);
	close(dev);
	map = mmap(NULL, 64 * MIB, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	check(false, "there is memory for %p", map);
	exit(1);
}

static void after_kill(const char *group)
{
	int dev, session, status;
	pid_t pid;

	write_to(group, "memory.max", "40M");
	pid = fork();
	if (!pid)
		be_killed(group);
	must(waitpid(pid, &status, 0) == pid, "wait");
	check(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL,
	      "who had the session was killed");

	dev = luo_open();
	session = luo_retrieve(dev, "group");
	check(session >= 0, "retrieve the session again: %d", session);
	get(session, 1);
	get(session, 0);
	is(luo_finish(session), 0, "finish");
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "put"))
		put();
	else if (argc == 3 && !strcmp(argv[1], "limited"))
		limited(argv[2]);
	else if (argc == 3 && !strcmp(argv[1], "killed"))
		after_kill(argv[2]);
	else
		return 2;
	return failed;
}
