// SPDX-License-Identifier: GPL-2.0
/*
 * What a virtual machine monitor does with the memory of its guest, which lies
 * in gigantic pages.
 *
 *   luoram new NR     make the memory of NR GiB, fill it and preserve it; a
 *                     "guest" goes on to use it until the kernel is replaced
 *   luoram continue   take it over, and look at every byte of it
 *
 * Each small page has its own number in its first word and the same content for
 * the rest. The guest counts in the first word of all.
 */
#include "luo.h"

#define SESSION		"luoram"
#define TOKEN		1
#define GIB_SHIFT	30

#define tell(format, ...)	say("demo " format, ##__VA_ARGS__)

static uint64_t content[LUO_CHUNK / 8];

static uint64_t *map_ram(int fd, uint64_t size)
{
	uint64_t *ram = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
			     0);

	must(ram != MAP_FAILED, "map the memory of the guest");
	return ram;
}

static void new(uint64_t size)
{
	int fd = memfd_create("guest", MFD_CLOEXEC | MFD_HUGETLB |
				       GIB_SHIFT << 26);
	int dev = luo_open(), session;
	uint64_t *ram, at;

	must(fd >= 0 && !ftruncate(fd, size), "make the memory of the guest");
	ram = map_ram(fd, size);
	for (at = 0; at < size / 8; at += LUO_CHUNK / 8) {
		memcpy(ram + at, content, LUO_CHUNK);
		ram[at] = at;
	}
	tell("luoram: a guest has %llu MiB of memory in pages of 1 GiB",
	     (unsigned long long)size >> 20);

	session = luo_create(dev, SESSION);
	must(session >= 0, "create a session");
	must(!luo_preserve_fd(session, fd, TOKEN),
	     "preserve the memory of the guest");
	close(dev);
	if (fork())
		return;

	luo_detach();
	for (;;) {
		__atomic_fetch_add(ram, 1, __ATOMIC_RELAXED);
		usleep(1000);
	}
}

static void go_on(void)
{
	int dev = luo_open(), session = luo_retrieve(dev, SESSION), fd;
	uint64_t *ram, at, size;
	struct stat st;

	must(session >= 0, "retrieve the session");
	fd = luo_retrieve_fd(session, TOKEN);
	must(fd >= 0 && !fstat(fd, &st), "retrieve the memory of the guest");
	size = st.st_size;
	ram = map_ram(fd, size);
	for (at = 0; at < size / 8; at += LUO_CHUNK / 8) {
		must(!at || ram[at] == at, "number at %#lx", (long)at * 8);
		must(!memcmp(ram + at + 1, content + 1, LUO_CHUNK - 8),
		     "content at %#lx", (long)at * 8);
	}
	must(*ram, "the guest counted");
	tell("luoram: %llu MiB of guest memory are as they were, byte for byte",
	     (unsigned long long)size >> 20);
	tell("luoram: the guest had counted to %llu while they were preserved",
	     (unsigned long long)*ram);
	must(!luo_finish(session), "finish");
}

int main(int argc, char **argv)
{
	luo_chunk(content, 1, 1, 0);
	if (argc == 3 && !strcmp(argv[1], "new"))
		new((uint64_t)atoi(argv[2]) << GIB_SHIFT);
	else if (argc == 2 && !strcmp(argv[1], "continue"))
		go_on();
	else
		must(false, "usage: luoram new NR | continue");
	return failed;
}
