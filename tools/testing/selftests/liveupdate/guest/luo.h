/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the programs of the guest share: results, and /dev/liveupdate with
 * -errno as the result of what fails.
 */
#ifndef _LUO_H
#define _LUO_H

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/liveupdate.h>

#ifndef MFD_HUGETLB
#define MFD_HUGETLB		0x0004U
#endif
#ifndef MFD_HUGE_2MB
#define MFD_HUGE_2MB		(21U << 26)
#endif
#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL		0x0008U
#define MFD_EXEC		0x0010U
#endif
#ifndef F_SEAL_EXEC
#define F_SEAL_EXEC		0x0020
#endif
#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE	0x0010
#endif

#define ARRAY_SIZE(a)		(sizeof(a) / sizeof((a)[0]))

/* A line for the host, see kho/guest/lib.sh. Each open has its own rate limit. */
static inline void say(const char *format, ...)
{
	const char *log = getenv("KST_LOG");
	char line[400] = "kst: ";
	va_list args;
	int fd, n;

	va_start(args, format);
	vsnprintf(line + 5, sizeof(line) - 6, format, args);
	va_end(args);
	strcat(line, "\n");

	fd = open(log ? log : "/dev/kmsg", O_WRONLY | O_APPEND);
	n = fd < 0 ? -1 : write(fd, line, strlen(line));
	if (n < 0)
		fputs(line, stdout);
	close(fd);
}

static int failed;

/* One result; the text is a format. Returns whether it is good. */
#define check(good, ...)					\
	({							\
		bool __good = (good);				\
		char __text[300];				\
								\
		snprintf(__text, sizeof(__text), __VA_ARGS__);	\
		say("%sok - %s", __good ? "" : "not ", __text);	\
		failed |= !__good;				\
		__good;						\
	})

/* A result that is a number, often -errno. */
#define is(value, expected, ...)					\
	({								\
		long __value = (value), __expected = (expected);	\
									\
		if (!check(__value == __expected, __VA_ARGS__))		\
			say("# got %ld, expected %ld", __value,		\
			    __expected);				\
	})

/* Many results that are told only once, unless one is bad. */
#define quiet(good, ...)						\
	({								\
		if (!(good))						\
			check(false, __VA_ARGS__);			\
	})

#define must(good, ...)							\
	({								\
		if (!(good)) {						\
			say("# errno %d: %s", errno, strerror(errno));	\
			check(false, __VA_ARGS__);			\
			exit(1);					\
		}							\
	})

static inline int luo_open(void)
{
	int fd = open("/dev/liveupdate", O_RDWR | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static inline int luo_create(int dev, const char *name)
{
	struct liveupdate_ioctl_create_session arg = { .size = sizeof(arg) };

	snprintf((char *)arg.name, sizeof(arg.name), "%s", name);
	return ioctl(dev, LIVEUPDATE_IOCTL_CREATE_SESSION, &arg) ? -errno :
								   arg.fd;
}

static inline int luo_retrieve(int dev, const char *name)
{
	struct liveupdate_ioctl_retrieve_session arg = { .size = sizeof(arg) };

	snprintf((char *)arg.name, sizeof(arg.name), "%s", name);
	return ioctl(dev, LIVEUPDATE_IOCTL_RETRIEVE_SESSION, &arg) ? -errno :
								     arg.fd;
}

static inline int luo_preserve_fd(int session, int fd, uint64_t token)
{
	struct liveupdate_session_preserve_fd arg = {
		.size = sizeof(arg), .fd = fd, .token = token,
	};

	return ioctl(session, LIVEUPDATE_SESSION_PRESERVE_FD, &arg) ? -errno :
								      0;
}

static inline int luo_retrieve_fd(int session, uint64_t token)
{
	struct liveupdate_session_retrieve_fd arg = {
		.size = sizeof(arg), .fd = -1, .token = token,
	};

	return ioctl(session, LIVEUPDATE_SESSION_RETRIEVE_FD, &arg) ? -errno :
								      arg.fd;
}

static inline int luo_finish(int session)
{
	struct liveupdate_session_finish arg = { .size = sizeof(arg) };

	return ioctl(session, LIVEUPDATE_SESSION_FINISH, &arg) ? -errno : 0;
}

/* Who reads our output must not wait for processes that never end. */
static inline void luo_detach(void)
{
	close(0);
	close(1);
	close(2);
}

/*
 * Descriptors, but for that of the device, live on in a child that never ends;
 * the caller goes on.
 */
static inline void luo_keep(int dev)
{
	close(dev);
	if (fork())
		return;
	luo_detach();
	for (;;)
		pause();
}

/* The word at an offset of the file with a number, in one of its versions. */
static inline uint64_t luo_word(unsigned int file, unsigned int version,
				uint64_t offset)
{
	uint64_t x = offset + 1 + ((uint64_t)file << 40) +
		     ((uint64_t)version << 56);

	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
	x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
	return x ^ (x >> 31);
}

#define LUO_CHUNK	4096

static inline void luo_chunk(uint64_t *chunk, unsigned int file,
			     unsigned int version, uint64_t offset)
{
	for (unsigned int i = 0; i < LUO_CHUNK / 8; i++)
		chunk[i] = luo_word(file, version, offset + 8 * i);
}

/* Fill the pages of [0, size) whose number is a multiple of @step. */
static inline void luo_fill(int fd, unsigned int file, unsigned int version,
			    uint64_t size, unsigned int step)
{
	uint64_t chunk[LUO_CHUNK / 8], at;
	size_t n;

	for (at = 0; at < size; at += (uint64_t)step * LUO_CHUNK) {
		n = size - at < LUO_CHUNK ? size - at : LUO_CHUNK;
		luo_chunk(chunk, file, version, at);
		must(pwrite(fd, chunk, n, at) == (ssize_t)n, "fill file %u",
		     file);
	}
}

#define LUO_HUGE	(2ull << 20)

/*
 * The same for files of huge pages of 2 MiB, which have no write(). A huge page is
 * 512 pages: @step is a multiple of that.
 */
static inline void luo_fill_huge(int fd, unsigned int file,
				 unsigned int version, uint64_t size,
				 unsigned int step)
{
	uint64_t at;
	void *map;

	for (at = 0; at < size; at += (uint64_t)step * LUO_CHUNK) {
		map = mmap(NULL, LUO_HUGE, PROT_READ | PROT_WRITE, MAP_SHARED,
			   fd, at);
		must(map != MAP_FAILED, "map file %u", file);
		luo_chunk(map, file, version, at);
		munmap(map, LUO_HUGE);
	}
}

/* Whether the content is what luo_fill() wrote; holes must read as zeroes. */
static inline bool luo_same(int fd, unsigned int file, unsigned int version,
			    uint64_t size, unsigned int step)
{
	static const uint64_t zero[LUO_CHUNK / 8];
	uint64_t chunk[LUO_CHUNK / 8], got[LUO_CHUNK / 8], at;
	size_t n;

	for (at = 0; at < size; at += LUO_CHUNK) {
		n = size - at < LUO_CHUNK ? size - at : LUO_CHUNK;
		if (pread(fd, got, n, at) != (ssize_t)n)
			return false;
		if (step && at / LUO_CHUNK % step == 0) {
			luo_chunk(chunk, file, version, at);
			if (memcmp(got, chunk, n))
				return false;
		} else if (memcmp(got, zero, n)) {
			return false;
		}
	}
	return true;
}

/* Free pages in KiB, with those that the processors keep for themselves. */
static inline long free_kib(void)
{
	FILE *f = fopen("/proc/zoneinfo", "r");
	char line[200];
	long sum = 0, n;

	must(f, "open /proc/zoneinfo");
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, " pages free %ld", &n) == 1 ||
		    sscanf(line, " count: %ld", &n) == 1)
			sum += n;
	fclose(f);
	return sum * 4;
}

/* Whether so much memory came back; folios are freed a little later. */
static inline bool is_back(long before, long kib)
{
	int i;

	for (i = 0; i < 1500; i++) {
		if (free_kib() - before > kib)
			return true;
		usleep(20000);
	}
	return false;
}

#endif /* _LUO_H */
