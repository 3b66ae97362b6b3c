// SPDX-License-Identifier: GPL-2.0
/*
 * memfds whose pages cannot be pinned, or not without harm to others.
 *
 *   luopin greedy    holes for which there is no memory
 *   luopin full      memory that only movable pages can have
 *   luopin crowded   pages in scratch, and elsewhere no room for them
 *   luopin long      somebody writes meanwhile, and somebody ends it
 *   luopin held      a page in scratch that is in a pipe
 *   luopin bad       a page in scratch with a memory error
 */
#include "luo_phys.h"

#include <sched.h>
#include <signal.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>

#define MIB		1048576ull
#define PAGE		4096

#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ	22
#endif
#ifndef MADV_HWPOISON
#define MADV_HWPOISON	100
#endif

static int new_file(uint64_t size)
{
	int fd = memfd_create("luopin", MFD_ALLOW_SEALING | MFD_CLOEXEC);

	must(fd >= 0 && !ftruncate(fd, size), "a file of %llu MiB",
	     (unsigned long long)(size / MIB));
	return fd;
}

static char *map_file(int fd, uint64_t size)
{
	char *map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	must(map != MAP_FAILED, "map the file");
	return map;
}

static int new_session(void)
{
	int dev = luo_open(), session = luo_create(dev, "luopin");

	must(session >= 0, "create a session");
	close(dev);
	return session;
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

/* A number behind a word at the start of a line. */
static long number(const char *path, const char *word)
{
	FILE *f = fopen(path, "r");
	char line[200];
	long value = -1;

	must(f, "open %s", path);
	while (fgets(line, sizeof(line), f))
		if (!strncmp(line, word, strlen(word)))
			value = atol(line + strlen(word));
	fclose(f);
	return value;
}

static uint64_t blocks(int fd)
{
	struct stat st;

	must(!fstat(fd, &st), "fstat");
	return st.st_blocks * 512ull;
}

static bool is_frozen(int fd, uint64_t size)
{
	return ftruncate(fd, size + PAGE) || ftruncate(fd, size);
}

/* Somebody who has memory, and never does anything. */
static pid_t innocent(uint64_t size)
{
	pid_t pid = fork();
	char *map;

	if (pid)
		return pid;
	luo_detach();
	map = mmap(NULL, size, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	for (;;)
		pause();
	munmap(map, size);
}

static bool lives(pid_t pid)
{
	return waitpid(pid, NULL, WNOHANG) == 0;
}

/* What it shares with us is free then, too. */
static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	must(waitpid(pid, NULL, 0) == pid, "wait");
}

static void refuse_holes(const char *what, uint64_t size)
{
	int session = new_session(), fd = new_file(size);
	uint64_t before;

	luo_fill(fd, 0, 1, MIB, 1);
	before = blocks(fd);
	is(luo_preserve_fd(session, fd, 1), -ENOMEM, "%s: preserve", what);
	is(number("/proc/vmstat", "oom_kill "), 0, "%s: nobody was killed",
	   what);
	is(blocks(fd), before, "%s: no hole was filled", what);
	check(!is_frozen(fd, size), "%s: the file is not frozen", what);
	check(luo_same(fd, 0, 1, MIB, 1), "%s: content is as it was", what);
	close(fd);
	close(session);
}

static void greedy(void)
{
	pid_t pids[3];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(pids); i++)
		pids[i] = innocent(30 * MIB);
	sleep(1);
	refuse_holes("100 GiB", 100ull << 30);
	refuse_holes("a bit too much",
		     (number("/proc/meminfo", "MemAvailable:") + 4096) * 1024);
	for (i = 0; i < ARRAY_SIZE(pids); i++) {
		check(lives(pids[i]), "process %d lives", i);
		end(pids[i]);
	}
}

/* Free memory that is not CMA. */
static long unmovable_kib(void)
{
	return number("/proc/meminfo", "MemFree:") -
	       number("/proc/meminfo", "CmaFree:");
}

#define MOST	(2048 * MIB)

/* Nearly all that is not CMA becomes ours, until it is unmapped. */
static char *take_most(void)
{
	uint64_t i, size = 0;
	char *map = mmap(NULL, MOST, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	must(map != MAP_FAILED, "mmap");
	while (unmovable_kib() > 64 << 10 && size < MOST) {
		for (i = 0; i < MIB; i += PAGE)
			map[size + i] = 1;
		size += MIB;
	}
	say("# free: %ld KiB, of which %ld in CMA",
	    number("/proc/meminfo", "MemFree:"),
	    number("/proc/meminfo", "CmaFree:"));
	return map;
}

static void full(void)
{
	char *map = take_most();
	pid_t pid = innocent(MIB);

	refuse_holes("128 MiB of holes", 128 * MIB);
	check(lives(pid), "the process lives");
	end(pid);
	munmap(map, MOST);
}

#define CROWD	(128 * MIB)

/* Of a page in each MiB. */
static unsigned int samples_in_scratch(const char *map)
{
	unsigned int i, found = 0;

	for (i = 0; i < CROWD / MIB; i++)
		found += scratch_has(phys_of(map + i * MIB), PAGE);
	return found;
}

/*
 * Pages of a file lie in scratch, and those of a process fill what is outside. They
 * do not make room, so it may be refused, but nobody is killed.
 */
static void crowded(void)
{
	int session = new_session(), fd = new_file(CROWD), err;
	char *map = map_file(fd, CROWD), *most;
	pid_t pid;

	luo_fill(fd, 0, 1, CROWD, 1);
	must(!madvise(map, CROWD, MADV_POPULATE_READ), "map it");
	must(samples_in_scratch(map) > CROWD / MIB / 2,
	     "most of the file lies in scratch");
	most = take_most();
	pid = innocent(MIB);

	err = luo_preserve_fd(session, fd, 1);
	say("# preserve: %d", err);
	check(!err || err == -ENOMEM, "preserved, or refused");
	is(number("/proc/vmstat", "oom_kill "), 0, "nobody was killed");
	check(lives(pid), "the process lives");
	is(is_frozen(fd, CROWD), !err, "the file is frozen if it is preserved");
	end(pid);

	munmap(most, MOST);
	if (err)
		is(luo_preserve_fd(session, fd, 1), 0, "preserve with room");
	check(luo_same(fd, 0, 1, CROWD, 1), "content is as it was");
	is(samples_in_scratch(map), 0, "none of it lies in scratch");
	close(session);
	munmap(map, CROWD);
	close(fd);
}

static pid_t preserve_in_child(int session, int fd)
{
	pid_t pid = fork();

	if (!pid) {
		luo_detach();
		_exit(luo_preserve_fd(session, fd, 1) != 0);
	}
	return pid;
}

#define LONG	(256 * MIB)

static void wait_for_blocks(pid_t pid, int fd, uint64_t size)
{
	while (blocks(fd) < size) {
		must(lives(pid), "holes are being filled");
		sched_yield();
	}
}

/* All of this while a file gets its holes filled. */
static void take_long(void)
{
	int session = new_session(), fd = new_file(LONG), status;
	char c = 'x';
	pid_t pid;

	pid = preserve_in_child(session, fd);
	wait_for_blocks(pid, fd, LONG / 16);
	must(pwrite(fd, &c, 1, 0) == 1, "write a byte");
	check(blocks(fd) < LONG, "a writer need not wait");
	is(ftruncate(fd, 0) ? -errno : 0, -EPERM, "nobody changes its size");

	kill(pid, SIGKILL);
	must(waitpid(pid, &status, 0) == pid, "wait");
	check(WIFSIGNALED(status), "it was killed");
	check(blocks(fd) < LONG, "and did not end before: %llu MiB were filled",
	      (unsigned long long)(blocks(fd) / MIB));
	check(!is_frozen(fd, LONG), "the file is not frozen");
	c = 0;
	check(pread(fd, &c, 1, 0) == 1 && c == 'x', "the byte is there");
	is(luo_preserve_fd(session, fd, 1), 0, "preserve after all");
	close(session);
}

/* A file of which some page lies in scratch; sets @page to it. */
static char *in_scratch(int fd, uint64_t size, char **page)
{
	char *map = map_file(fd, size);
	uint64_t i;

	for (i = 0; i < size; i += PAGE)
		map[i] = 1 + i / PAGE % 100;
	for (i = 0; i < size; i += PAGE) {
		if (scratch_has(phys_of(map + i), PAGE)) {
			*page = map + i;
			return map;
		}
	}
	must(false, "some page lies in scratch");
	return NULL;
}

#define SCRATCH_FILE	(8 * MIB)

static void held(void)
{
	int session = new_session(), fd = new_file(SCRATCH_FILE), pipes[2];
	struct iovec iov = { .iov_len = 100 };
	char *page, buffer[100];
	double start;
	pid_t pid;

	in_scratch(fd, SCRATCH_FILE, &page);
	must(!pipe(pipes), "pipe");
	iov.iov_base = page;
	must(vmsplice(pipes[1], &iov, 1, 0) == 100, "vmsplice");

	start = now();
	is(luo_preserve_fd(session, fd, 1), -EBUSY, "preserve");
	say("# after %.1f s", now() - start);
	check(!is_frozen(fd, SCRATCH_FILE), "the file is not frozen");

	/* Whoever holds it gives it back in time. */
	pid = fork();
	if (!pid) {
		luo_detach();
		usleep(300000);
		_exit(read(pipes[0], buffer, 100) != 100);
	}
	is(luo_preserve_fd(session, fd, 1), 0, "preserve, and it is waited for");
	must(waitpid(pid, NULL, 0) == pid, "wait");
	check(!scratch_has(phys_of(page), PAGE), "the page left scratch");
	close(session);
}

/* A memory error; whoever has the page mapped may die of it. */
static void poison(char *page)
{
	pid_t pid = fork();

	if (!pid) {
		luo_detach();
		_exit(madvise(page, PAGE, MADV_HWPOISON) ? 1 : 0);
	}
	must(waitpid(pid, NULL, 0) == pid, "wait");
}

static void bad(void)
{
	int session = new_session(), fd = new_file(SCRATCH_FILE), status;
	char *page;
	pid_t pid;
	int i;

	in_scratch(fd, SCRATCH_FILE, &page);
	poison(page);
	pid = preserve_in_child(session, fd);
	for (i = 0; i < 100 && lives(pid); i++)
		usleep(100000);
	if (!check(i < 100, "preserve comes to an end")) {
		kill(pid, SIGKILL);
		sleep(5);
		check(waitpid(pid, &status, WNOHANG) == pid, "it can be killed");
		exit(1);
	}
	is(luo_preserve_fd(session, fd, 1), -EHWPOISON, "preserve");
	check(!is_frozen(fd, SCRATCH_FILE), "the file is not frozen");
	close(session);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*function)(void);
	} commands[] = {
		{ "greedy", greedy }, { "full", full },
		{ "crowded", crowded }, { "long", take_long },
		{ "held", held }, { "bad", bad },
	};

	for (unsigned int i = 0; argc == 2 && i < ARRAY_SIZE(commands); i++) {
		if (!strcmp(argv[1], commands[i].name)) {
			commands[i].function();
			return failed;
		}
	}
	return 2;
}
