// SPDX-License-Identifier: GPL-2.0
/*
 * Every allocation fails once: the first of an ioctl, then its second, and so on
 * until it succeeds. Needs a kernel with fault injection, and with hugepages=64.
 *
 *   luofault here       create sessions and preserve files
 *   luofault incoming   retrieve the sessions and files that were left behind
 */
#include "luo.h"

#define POOL		64	/* huge pages of 2 MiB there are */

/* memfds of this kind. */
struct kind {
	const char *name;
	unsigned int flags;
	void (*fill)(int fd, unsigned int file, unsigned int version,
		     uint64_t size, unsigned int step);
	uint64_t size;
	unsigned int step;	/* no holes; with twice that there are */
	int files;		/* that are handed over */
	int huge;		/* huge pages in each of them */
	uint64_t token;		/* of the first one */
};

static const struct kind small = {
	.name = "memfd", .fill = luo_fill, .size = 64 * 4096, .step = 1,
	.files = 60,
};

static const struct kind huge = {
	.name = "huge pages", .flags = MFD_HUGETLB | MFD_HUGE_2MB,
	.fill = luo_fill_huge, .size = 2 * LUO_HUGE,
	.step = LUO_HUGE / LUO_CHUNK, .files = 30, .huge = 2, .token = 1000,
};

static int nth_fd = -1;

static void set_attribute(const char *name, const char *value)
{
	char path[100];
	int fd;

	snprintf(path, sizeof(path), "/sys/kernel/debug/%s", name);
	fd = open(path, O_WRONLY);
	must(fd >= 0 && write(fd, value, strlen(value)) > 0, "%s", path);
	close(fd);
}

static void prepare(void)
{
	set_attribute("failslab/ignore-gfp-wait", "N");
	set_attribute("failslab/verbose", "0");
	set_attribute("fail_page_alloc/ignore-gfp-wait", "N");
	set_attribute("fail_page_alloc/min-order", "0");
	set_attribute("fail_page_alloc/verbose", "0");
	nth_fd = open("/proc/self/fail-nth", O_RDWR | O_CLOEXEC);
	must(nth_fd >= 0, "/proc/self/fail-nth");
}

static void fail_nth(unsigned int nth)
{
	char text[16];
	int n = snprintf(text, sizeof(text), "%u", nth);

	must(pwrite(nth_fd, text, n, 0) == n, "write fail-nth");
}

/* Whether an allocation was made to fail since fail_nth(). */
static bool has_failed(void)
{
	char text[16] = "";

	must(pread(nth_fd, text, sizeof(text) - 1, 0) > 0, "read fail-nth");
	fail_nth(0);
	return atoi(text) == 0;
}

static int fault_create(int dev)
{
	bool more = true;
	int session = -1, nth;

	for (nth = 1; more; nth++) {
		fail_nth(nth);
		session = luo_create(dev, "fault");
		more = has_failed();
		quiet(session >= 0 || (more && (session == -ENOMEM ||
						session == -ENFILE)),
		      "create, allocation %d fails: error %d", nth, session);
		if (more && session >= 0)
			close(session);
		must(nth < 1000, "create comes to an end");
	}
	check(!failed, "create, %d allocations failed", nth - 2);
	return session;
}

static long counter(const char *name)
{
	char path[100], text[24] = "";
	int fd;

	snprintf(path, sizeof(path),
		 "/sys/kernel/mm/hugepages/hugepages-2048kB/%s_hugepages", name);
	fd = open(path, O_RDONLY);
	must(fd >= 0 && read(fd, text, sizeof(text) - 1) > 0, "%s", path);
	close(fd);
	return atol(text);
}

/* Whether the pool is complete, and so many of its pages are free. */
static bool pool_has(long free)
{
	return counter("nr") == POOL && counter("free") == free &&
	       !counter("resv") && !counter("surplus");
}

/* After an error all must be as if nothing had been tried. */
static void fault_preserve(int dev, const struct kind *kind)
{
	int fd = memfd_create("fault", kind->flags), session, err, nth;
	const unsigned int step = 2 * kind->step;
	long before = free_kib();
	bool more = true;

	must(fd >= 0 && pool_has(POOL), "%s: file and pool", kind->name);
	for (nth = 1; more; nth++) {
		session = luo_create(dev, "preserve");
		kind->fill(fd, 0, 1, kind->size, step);
		must(!ftruncate(fd, kind->size), "ftruncate");
		fail_nth(nth);
		err = luo_preserve_fd(session, fd, 0);
		more = has_failed();
		quiet(!err || (more && err == -ENOMEM),
		      "%s: preserve, allocation %d fails: error %d", kind->name,
		      nth, err);
		if (err)
			quiet(!luo_preserve_fd(session, fd, 0),
			      "%s: allocation %d: preserve after all",
			      kind->name, nth);
		close(session);

		quiet(luo_same(fd, 0, 1, kind->size, step),
		      "%s: allocation %d: the file is as it was", kind->name,
		      nth);
		/* It is not frozen. The next time there are holes again. */
		quiet(!ftruncate(fd, 0),
		      "%s: allocation %d: the file is not frozen", kind->name,
		      nth);
		quiet(pool_has(POOL), "%s: allocation %d: the pool is as it was",
		      kind->name, nth);
		must(nth < 1000, "preserve comes to an end");
	}
	check(!failed, "%s: preserve, %d allocations failed", kind->name,
	      nth - 2);
	close(fd);
	check(is_back(before, -1024), "no memory is lost: %ld, now %ld KiB",
	      before, free_kib());
}

static void leave(int session, const struct kind *kind)
{
	int fd, i;

	for (i = 0; i < kind->files; i++) {
		fd = memfd_create("fault", kind->flags);
		kind->fill(fd, i, 1, kind->size, kind->step);
		quiet(!luo_preserve_fd(session, fd, kind->token + i),
		      "%s: preserve %d", kind->name, i);
		close(fd);
	}
}

static void here(void)
{
	int dev = luo_open(), session;

	must(dev >= 0, "open /dev/liveupdate");
	session = fault_create(dev);
	fault_preserve(dev, &small);
	fault_preserve(dev, &huge);
	leave(session, &small);
	leave(session, &huge);
	luo_keep(dev);
}

static int fault_session(int dev)
{
	int session = -ENOMEM, nth;
	bool bad;

	for (nth = 1; session < 0; nth++) {
		fail_nth(nth);
		session = luo_retrieve(dev, "fault");
		bad = has_failed() && (session == -ENOMEM || session == -ENFILE);
		quiet(bad || session >= 0,
		      "retrieve the session, allocation %d fails: error %d",
		      nth, session);
		must(nth < 1000, "retrieve comes to an end");
	}
	check(!failed, "retrieve the session, %d allocations failed", nth - 2);
	return session;
}

/* Nothing is lost for lack of memory: it can be asked for again. */
static void fault_retrieve(int session, const struct kind *kind)
{
	int fd, i, again = 0, lost = 0;
	long free = counter("free");
	uint64_t token;

	for (i = 0; i < kind->files; i++) {
		token = kind->token + i;
		fail_nth(i);
		fd = luo_retrieve_fd(session, token);
		if (!i)
			fail_nth(0);
		else if (!has_failed())
			quiet(fd >= 0, "%s: retrieve %d: error %d", kind->name,
			      i, fd);
		if (fd == -EAGAIN) {
			again++;
			fd = luo_retrieve_fd(session, token);
			quiet(fd >= 0, "%s: retrieve %d again: error %d",
			      kind->name, i, fd);
		}
		quiet(fd < 0 || luo_same(fd, i, 1, kind->size, kind->step),
		      "%s: file %d is as it was", kind->name, i);
		quiet(fd >= 0 || luo_retrieve_fd(session, token) == fd,
		      "%s: file %d: the error %d remains", kind->name, i, fd);
		lost += fd < 0;
		quiet(pool_has(free + lost * kind->huge),
		      "%s: file %d: the pool is as it was", kind->name, i);
		close(fd);
	}
	check(again && !lost, "%s: %d of %d files are lost, %d came later",
	      kind->name, lost, kind->files, again);
}

static void after_the_jump(void)
{
	int dev = luo_open(), session;
	long before = free_kib();

	must(dev >= 0, "open /dev/liveupdate");
	session = fault_session(dev);
	fault_retrieve(session, &small);
	fault_retrieve(session, &huge);
	is(luo_finish(session), 0, "finish");
	check(is_back(before, small.files * (small.size / 1024) - 1024),
	      "all memory is back: free were %ld, are %ld KiB", before,
	      free_kib());
	check(pool_has(POOL), "all huge pages are back");
}

int main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	prepare();
	if (!strcmp(argv[1], "here"))
		here();
	else
		after_the_jump();
	return failed;
}
