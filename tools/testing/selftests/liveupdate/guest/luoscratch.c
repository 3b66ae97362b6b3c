// SPDX-License-Identifier: GPL-2.0
/*
 * Huge pages are movable and may lie in scratch, which nothing preserved may.
 *
 *   luoscratch put    preserve a memfd of huge pages some of which lie there
 *   luoscratch get    compare its content
 *
 * The pool of the guest has all memory that could be had.
 */
#include "luo_phys.h"

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

static void put(int dev)
{
	unsigned long nr = pool("free") / FILES, i, k, kept = FILES, before;
	char *map[FILES];
	int fd[FILES], session;

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

	before = in_scratch(map[kept], nr);
	say("# %lu of %lu huge pages in scratch", before, nr);
	for (i = 0; i < nr * HUGE; i += LUO_CHUNK)
		luo_chunk((uint64_t *)(map[kept] + i), 1, 0, i);

	session = luo_create(dev, SESSION);
	is(luo_preserve_fd(session, fd[kept], TOKEN), 0, "preserve the file");
	is(in_scratch(map[kept], nr), 0, "none of its pages lies in scratch");
	luo_keep(dev);
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
	else
		get(dev);
	return failed;
}
