// SPDX-License-Identifier: GPL-2.0
/*
 * Every allocation fails once: the first of an ioctl, then its second, and so on
 * until it succeeds. Needs a kernel with fault injection.
 *
 *   luofault here       create sessions and preserve files
 *   luofault incoming   retrieve the sessions and files that were left behind
 */
#include "luo.h"

#define FILES		60
#define SIZE		(64 * 4096)

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

/* After an error all must be as if nothing had been tried. */
static void fault_preserve(int dev)
{
	int fd = memfd_create("fault", 0), session, err, nth;
	long before = free_kib();
	bool more = true;

	for (nth = 1; more; nth++) {
		session = luo_create(dev, "preserve");
		luo_fill(fd, 0, 1, SIZE, 2);
		must(!ftruncate(fd, SIZE), "ftruncate");
		fail_nth(nth);
		err = luo_preserve_fd(session, fd, 0);
		more = has_failed();
		quiet(!err || (more && err == -ENOMEM),
		      "preserve, allocation %d fails: error %d", nth, err);
		if (err)
			quiet(!luo_preserve_fd(session, fd, 0),
			      "allocation %d: preserve after all", nth);
		close(session);

		quiet(luo_same(fd, 0, 1, SIZE, 2),
		      "allocation %d: the file is as it was", nth);
		/* It is not frozen. The next time there are holes again. */
		quiet(!ftruncate(fd, 0),
		      "allocation %d: the file is not frozen", nth);
		must(nth < 1000, "preserve comes to an end");
	}
	check(!failed, "preserve, %d allocations failed", nth - 2);
	close(fd);
	check(is_back(before, -1024), "no memory is lost: %ld, now %ld KiB",
	      before, free_kib());
}

static void here(void)
{
	int dev = luo_open(), session, fd, i;

	must(dev >= 0, "open /dev/liveupdate");
	session = fault_create(dev);
	fault_preserve(dev);
	for (i = 0; i < FILES; i++) {
		fd = memfd_create("fault", 0);
		luo_fill(fd, i, 1, SIZE, 1);
		quiet(!luo_preserve_fd(session, fd, i), "preserve %d", i);
		close(fd);
	}
	luo_keep(dev);
}

static void after_the_jump(void)
{
	int dev = luo_open(), session = -ENOMEM, fd, nth, i, lost = 0;
	long before = free_kib();
	bool bad;

	must(dev >= 0, "open /dev/liveupdate");
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

	for (i = 0; i < FILES; i++) {
		fail_nth(i);
		fd = luo_retrieve_fd(session, i);
		if (!i)
			fail_nth(0);
		else if (!has_failed())
			quiet(fd >= 0, "retrieve %d: error %d", i, fd);
		quiet(fd < 0 || luo_same(fd, i, 1, SIZE, 1),
		      "file %d is as it was", i);
		quiet(fd >= 0 || luo_retrieve_fd(session, i) == fd,
		      "file %d: the error %d remains", i, fd);
		lost += fd < 0;
		close(fd);
	}
	check(lost && lost < FILES, "%d of %d files are lost", lost, FILES);
	is(luo_finish(session), 0, "finish");
	check(is_back(before, FILES * (SIZE / 1024) - 1024),
	      "all memory is back: free were %ld, are %ld KiB", before,
	      free_kib());
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
