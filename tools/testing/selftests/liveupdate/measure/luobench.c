// SPDX-License-Identifier: GPL-2.0
/*
 * What a large memfd costs, in ticks of the time stamp counter. On a guest with
 * a clock that counts its instructions (kho/vm/qemu -I) these are instructions.
 *
 *   luobench put MIB [LOG]   make a memfd, preserve it, twice
 *   luobench get MIB [LOG]   retrieve it, and finish
 *
 * LOG is log2 of the bytes in a page, 12 if it is not a huge one.
 */
#include "../guest/luo.h"

#include <x86intrin.h>

static unsigned long long nr_folios;
static unsigned int shift = 12;

#define measure(name, call)						\
	({								\
		unsigned long long __start = __rdtsc();			\
		long __result = (call);					\
		unsigned long long __ticks = __rdtsc() - __start;	\
									\
		must(__result >= 0, "%s: error %ld", name, __result);	\
		say("figure %s %llu.%llu", name, __ticks / nr_folios,	\
		    __ticks * 10 / nr_folios % 10);			\
		__result;						\
	})

static void put(int dev, unsigned long long size)
{
	unsigned int huge = shift == 12 ? 0 : MFD_HUGETLB | shift << 26;
	int fd = memfd_create("luobench", MFD_CLOEXEC | huge), session;
	char *map;

	must(fd >= 0 && !ftruncate(fd, size), "make a memfd");
	measure("fault", (map = mmap(NULL, size, PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_POPULATE, fd, 0)) ==
			 MAP_FAILED ? -errno : 0);
	for (unsigned long long i = 0; i < nr_folios; i++)
		memcpy(map + (i << shift), &i, sizeof(i));
	munmap(map, size);

	session = luo_create(dev, "luobench");
	must(session >= 0, "create a session");
	measure("preserve", luo_preserve_fd(session, fd, 0));
	measure("unpreserve", close(session));
	session = luo_create(dev, "luobench");
	measure("preserve_again", luo_preserve_fd(session, fd, 0));
	say("figure leaves %llu", __rdtsc());
	luo_keep(dev);
}

static void get(int dev, unsigned long long size)
{
	int session = luo_retrieve(dev, "luobench"), fd;
	unsigned long long i, word;
	char *map;

	say("figure back %llu", __rdtsc());
	must(session >= 0, "retrieve the session");
	fd = measure("retrieve", luo_retrieve_fd(session, 0));
	measure("finish", luo_finish(session));
	map = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
	must(map != MAP_FAILED, "mmap");
	for (i = 0; i < nr_folios; i++) {
		memcpy(&word, map + (i << shift), sizeof(word));
		must(word == i, "folio %llu is as it was", i);
	}
	munmap(map, size);
	measure("free", close(fd));
}

int main(int argc, char **argv)
{
	unsigned long long size = argc >= 3 ? atoll(argv[2]) << 20 : 0;
	int dev = luo_open();

	if (argc == 4)
		shift = atoi(argv[3]);
	nr_folios = size >> shift;
	must(nr_folios && dev >= 0, "open /dev/liveupdate");
	if (!strcmp(argv[1], "put"))
		put(dev, size);
	else
		get(dev, size);
	return failed;
}
