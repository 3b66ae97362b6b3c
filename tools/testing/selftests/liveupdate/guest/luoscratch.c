// SPDX-License-Identifier: GPL-2.0
/*
 * Huge pages are movable and may lie in scratch, which nothing preserved may.
 *
 *   luoscratch put    preserve a memfd of huge pages some of which lie there
 *   luoscratch get    compare its content
 *   luoscratch kill   end who preserves one while its pages move
 *
 * The pool of the guest has all memory that could be had.
 */
#include "luo_phys.h"

#include <sched.h>
#include <signal.h>
#include <sys/wait.h>

#define SESSION		"luoscratch"
#define TOKEN		1
#define HUGE		(2UL << 20)
#define FILES		2

static unsigned long in_scratch(const char *map, unsigned long nr)
{
	unsigned long i, found = 0;

	for (i = 0; i < nr; i++)
		found += scratch_has(phys_of(map + i * HUGE), HUGE);
	return found;
}

static unsigned long pool(const char *what)
{
	char path[100], line[32] = "";
	FILE *file;

	snprintf(path, sizeof(path),
		 "/sys/kernel/mm/hugepages/hugepages-2048kB/%s_hugepages", what);
	file = fopen(path, "r");
	must(file && fgets(line, sizeof(line), file), "read %s", path);
	fclose(file);
	return atol(line);
}

/* A file of @nr huge pages, some of which lie in scratch, and free ones for them. */
static char *new_file(unsigned long *nrp, int *fdp)
{
	unsigned long nr = pool("free") / FILES, k, kept = FILES;
	char *map[FILES];
	int fd[FILES];

	for (k = 0; k < FILES; k++) {
		fd[k] = memfd_create("scratch", MFD_HUGETLB | 21 << 26);
		must(fd[k] >= 0 && !ftruncate(fd[k], nr * HUGE), "make a file");
		map[k] = mmap(NULL, nr * HUGE, PROT_READ | PROT_WRITE,
			      MAP_SHARED | MAP_POPULATE, fd[k], 0);
		must(map[k] != MAP_FAILED, "map %lu huge pages", nr);
		if (in_scratch(map[k], nr))
			kept = k;
	}
	must(kept < FILES, "some of %lu huge pages lie in scratch", FILES * nr);
	for (k = 0; k < FILES; k++) {
		if (k == kept)
			continue;
		munmap(map[k], nr * HUGE);
		close(fd[k]);
	}
	say("# %lu of %lu huge pages in scratch", in_scratch(map[kept], nr), nr);
	*nrp = nr;
	*fdp = fd[kept];
	return map[kept];
}

static void put(int dev)
{
	unsigned long nr, i;
	int fd, session;
	char *map = new_file(&nr, &fd);

	for (i = 0; i < nr * HUGE; i += LUO_CHUNK)
		luo_chunk((uint64_t *)(map + i), 1, 0, i);

	session = luo_create(dev, SESSION);
	is(luo_preserve_fd(session, fd, TOKEN), 0, "preserve the file");
	is(in_scratch(map, nr), 0, "none of its pages lies in scratch");
	luo_keep(dev);
}

#define MAX_PAGES	1024

/* Huge pages that lie in scratch, and where. */
static char *pages[MAX_PAGES];
static uint64_t places[MAX_PAGES];
static unsigned long nr_pages;

static void find_pages(char *map, unsigned long nr)
{
	char *page;

	nr_pages = 0;
	for (page = map; page < map + nr * HUGE; page += HUGE) {
		if (nr_pages == MAX_PAGES || !scratch_has(phys_of(page), HUGE))
			continue;
		places[nr_pages] = phys_of(page);
		pages[nr_pages++] = page;
	}
}

static unsigned long nr_unmoved(void)
{
	unsigned long i, found = 0;

	for (i = 0; i < nr_pages; i++)
		found += phys_of(pages[i]) == places[i];
	return found;
}

/* Whether it was killed while pages were left to move; one may be on its way. */
static bool kill_one(int session, int fd)
{
	unsigned long before, after;
	int status;
	pid_t pid;

	pid = fork();
	if (!pid) {
		luo_detach();
		_exit(luo_preserve_fd(session, fd, TOKEN) != 0);
	}
	while (phys_of(pages[0]) == places[0] && !waitpid(pid, &status, WNOHANG))
		sched_yield();
	kill(pid, SIGKILL);
	before = nr_unmoved();
	waitpid(pid, &status, 0);
	after = nr_unmoved();
	say("# %lu pages had to move, %lu when it was killed, %lu when it was dead",
	    nr_pages, before, after);
	if (before < 2)
		return false;
	check(after + 1 >= before, "no more pages moved");
	return true;
}

static void kill_all(int dev)
{
	unsigned long nr;
	int fd, session;
	char *map = new_file(&nr, &fd);
	bool done = false;

	/* The signal may come too late: all have moved, or a few are left. */
	do {
		session = luo_create(dev, SESSION);
		find_pages(map, nr);
		if (nr_pages > 1)
			done = kill_one(session, fd);
		if (!done)
			close(session);
	} while (!done && nr_pages > 1);

	if (!done)
		say("# it was never killed in time");
	else
		is(luo_preserve_fd(session, fd, TOKEN), 0, "preserve after all");
}

static void get(int dev)
{
	int session = luo_retrieve(dev, SESSION), fd;
	uint64_t chunk[LUO_CHUNK / 8];
	unsigned long i, nr;
	struct stat st;
	char *map;

	fd = luo_retrieve_fd(session, TOKEN);
	must(fd >= 0 && !fstat(fd, &st), "retrieve the file");
	nr = st.st_size / HUGE;
	map = mmap(NULL, st.st_size, PROT_READ, MAP_SHARED, fd, 0);
	must(map != MAP_FAILED, "map it");
	for (i = 0; i < nr * HUGE; i += LUO_CHUNK) {
		luo_chunk(chunk, 1, 0, i);
		quiet(!memcmp(map + i, chunk, LUO_CHUNK),
		      "what is at %#lx is as it was", i);
	}
	check(nr && !failed, "%lu huge pages are as they were", nr);
	is(luo_finish(session), 0, "finish");
}

int main(int argc, char **argv)
{
	int dev = luo_open();

	must(argc == 2 && dev >= 0, "open /dev/liveupdate");
	if (!strcmp(argv[1], "put"))
		put(dev);
	else if (!strcmp(argv[1], "get"))
		get(dev);
	else
		kill_all(dev);
	return failed;
}
