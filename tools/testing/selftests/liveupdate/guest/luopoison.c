// SPDX-License-Identifier: GPL-2.0
/*
 * Pages with memory errors, before a jump, at it, and after it.
 *
 *   luopoison put        preserve files, then pages of them get errors
 *   luopoison get        retrieve them; a page gets an error before that
 *   luopoison put-huge   the same with files of huge pages
 *   luopoison get-huge
 *
 * Errors are made by madvise(), and in the next kernel by
 * /sys/kernel/debug/hwpoison, for what no process has.
 */
#include "luo_phys.h"

#include <signal.h>
#include <sys/wait.h>

#define PAGE		4096
#define INJECT		"/sys/kernel/debug/hwpoison/corrupt-pfn"

#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22
#endif
#ifndef MADV_HWPOISON
#define MADV_HWPOISON	100
#endif
#ifndef MADV_SOFT_OFFLINE
#define MADV_SOFT_OFFLINE 101
#endif

/* Of /proc/kpageflags */
#define KPF_HWPOISON	0x80000ull
#define KPF_RESERVED	0x100000000ull

/* File 1 has small pages, file 2 huge ones, file 3 is not touched. */
#define NR_FILES	3

static const uint64_t sizes[NR_FILES + 1] = { 0, 1 << 20, 8 << 20, 1 << 20 };

#define NOTE		4	/* token */

#define BAD_SMALL	5	/* page of file 1 */
#define BAD_LATER	7	/* of file 1, too, before it is retrieved */
#define BAD_HUGE	1300	/* of file 2 */

/*
 * Files of huge pages. File 1 is two of 2 MiB, file 2 one of 1 GiB, file 3 is one
 * that is not touched. Every STEP-th page has content and is compared.
 */
static const struct huge {
	unsigned int shift;
	uint64_t size;
	unsigned int step;
	unsigned int bad[2];	/* pages that get errors */
} huge[NR_FILES + 1] = {
	{},
	{ 21, 4 << 20, 1, { 5 } },
	{ 30, 1 << 30, 1300, { 1300, 84500 } },
	{ 21, 2 << 20, 1, {} },
};

#define HUGE_LATER	(512 + 7)	/* of file 1, before it is retrieved */

/* What the next kernel is told, in a file. */
struct note {
	uint64_t nobodys;	/* physical addresses */
	uint64_t later;
};

static void *map(int fd, uint64_t size)
{
	void *map = mmap(NULL, size, PROT_READ | PROT_WRITE,
			 fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED, fd, 0);

	must(map != MAP_FAILED, "mmap");
	return map;
}

/* So that it has a physical address here. */
static char *have(char *page)
{
	must(!madvise(page, PAGE, MADV_POPULATE_READ), "populate");
	return page;
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

static int make_note(int session)
{
	int fd = memfd_create("note", MFD_ALLOW_SEALING);

	must(fd >= 0 && !ftruncate(fd, sizeof(struct note)), "a note");
	is(luo_preserve_fd(session, fd, NOTE), 0, "preserve a note");
	return fd;
}

static void write_note(int fd, const struct note *note)
{
	must(pwrite(fd, note, sizeof(*note), 0) == sizeof(*note), "write it");
}

static struct note read_note(int session)
{
	int fd = luo_retrieve_fd(session, NOTE);
	struct note note;

	must(fd >= 0 && pread(fd, &note, sizeof(note), 0) == sizeof(note),
	     "retrieve the note");
	close(fd);
	return note;
}

/* What is not bad must stay where it is. */
static void expect_stays(char *page)
{
	uint64_t phys = phys_of(have(page));

	is(madvise(page, PAGE, MADV_SOFT_OFFLINE) ? -errno : 0, -EBUSY,
	   "a preserved page does not go offline");
	check(phys_of(have(page)) == phys, "nor does it move");
}

static void put(void)
{
	int dev = luo_open(), session = luo_create(dev, "guest"), fd, note_fd, i;
	char *maps[NR_FILES + 1], *nobodys = map(-1, PAGE);
	struct note note = {};

	must(session >= 0, "create a session");
	for (i = 1; i <= NR_FILES; i++) {
		fd = memfd_create("luopoison", MFD_ALLOW_SEALING);
		must(fd >= 0, "memfd_create");
		luo_fill(fd, i, 1, sizes[i], 1);
		is(luo_preserve_fd(session, fd, i), 0, "preserve file %d", i);
		maps[i] = map(fd, sizes[i]);
	}
	note_fd = make_note(session);
	expect_stays(maps[1]);

	*nobodys = 1;
	note.nobodys = phys_of(nobodys);
	note.later = phys_of(have(maps[1] + BAD_LATER * PAGE));
	write_note(note_fd, &note);

	poison(nobodys);
	poison(maps[1] + BAD_SMALL * PAGE);
	poison(maps[2] + BAD_HUGE * PAGE);
	luo_keep(dev);
}

static void inject(uint64_t phys)
{
	char text[32];
	int fd = open(INJECT, O_WRONLY);

	must(fd >= 0, "open " INJECT);
	snprintf(text, sizeof(text), "%#llx", (unsigned long long)phys / PAGE);
	/* Nobody can handle it yet: that is an error for whoever asked. */
	if (write(fd, text, strlen(text)) < 0)
		say("# an error in a page that is not retrieved: errno %d", errno);
	close(fd);
}

static char *make_huge(int session, unsigned int i)
{
	const struct huge *h = &huge[i];
	unsigned int page;
	char *mapped;
	int fd;

	fd = memfd_create("huge", MFD_HUGETLB | h->shift << 26);
	must(fd >= 0 && !ftruncate(fd, h->size), "huge file %u", i);
	is(luo_preserve_fd(session, fd, i), 0, "preserve huge file %u", i);
	mapped = map(fd, h->size);
	for (page = 0; page < h->size / PAGE; page += h->step)
		luo_chunk((uint64_t *)(mapped + (uint64_t)page * PAGE), i, 1,
			  (uint64_t)page * PAGE);
	return mapped;
}

static void put_huge(void)
{
	int dev = luo_open(), session = luo_create(dev, "guest"), note_fd, i;
	char *maps[NR_FILES + 1];
	struct note note = {};
	uint64_t again;

	must(session >= 0, "create a session");
	for (i = 1; i <= NR_FILES; i++)
		maps[i] = make_huge(session, i);
	note_fd = make_note(session);
	expect_stays(maps[3]);

	note.later = phys_of(have(maps[1] + HUGE_LATER * PAGE));
	again = phys_of(have(maps[2] + (uint64_t)huge[2].bad[1] * PAGE));
	write_note(note_fd, &note);

	poison(maps[1] + huge[1].bad[0] * PAGE);
	poison(maps[2] + huge[2].bad[0] * PAGE);
	inject(again);
	luo_keep(dev);
}

static uint64_t flags_of(uint64_t phys)
{
	int fd = open("/proc/kpageflags", O_RDONLY);
	uint64_t flags;

	must(fd >= 0 && pread(fd, &flags, 8, phys / PAGE * 8) == 8,
	     "read /proc/kpageflags");
	close(fd);
	return flags;
}

/* The signal that ends a process which reads it, or 0. */
static int touch(const char *page)
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		luo_detach();
		_exit(*page == 'x');
	}
	must(waitpid(pid, &status, 0) == pid, "wait");
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

/* All pages of a file, of which some cannot be read. */
/* A page of each @step of a file. Reading goes on beside a bad page. */
static void compare(int fd, int id, uint64_t size, unsigned int step,
		    unsigned int nr_bad)
{
	uint64_t expected[LUO_CHUNK / 8], got[LUO_CHUNK / 8], at;
	unsigned int eio = 0, wrong = 0;

	for (at = 0; at < size; at += step * PAGE) {
		luo_chunk(expected, id, 1, at);
		if (pread(fd, got, PAGE, at) == PAGE)
			wrong += !!memcmp(got, expected, PAGE);
		else if (errno == EIO)
			eio++;
		else
			wrong++;
	}
	is(wrong, 0, "file %d: every good page is as it was", id);
	is(eio, nr_bad, "file %d: %u pages cannot be read", id, nr_bad);
}

static void expect_bad(int fd, int id, uint64_t size, unsigned int page)
{
	char *mapped = map(fd, size), c;

	is(pread(fd, &c, 1, (off_t)page * PAGE) < 0 ? -errno : 0, -EIO,
	   "file %d, page %u: read", id, page);
	is(touch(mapped + (size_t)page * PAGE), SIGBUS,
	   "file %d, page %u: signal to who touches it", id, page);
	munmap(mapped, size);
}

/* But for huge pages, the error costs no other page. */
static void expect_bad_alone(int fd, int id, unsigned int page)
{
	char *mapped = map(fd, sizes[id]);

	expect_bad(fd, id, sizes[id], page);
	is(touch(mapped + (size_t)(page - 1) * PAGE), 0,
	   "file %d, page %u: none", id, page - 1);
	munmap(mapped, sizes[id]);
}

static void get(void)
{
	int dev = luo_open(), session = luo_retrieve(dev, "guest"), other, i;
	int fds[NR_FILES + 1];
	struct note note;

	must(session >= 0, "retrieve the session");
	note = read_note(session);
	check((flags_of(note.nobodys) & (KPF_HWPOISON | KPF_RESERVED)) ==
	      (KPF_HWPOISON | KPF_RESERVED), "nobody gets the page that was nobody's");

	inject(note.later);
	for (i = 1; i <= NR_FILES; i++) {
		fds[i] = luo_retrieve_fd(session, i);
		must(fds[i] >= 0, "retrieve file %d: %d", i, fds[i]);
	}
	compare(fds[1], 1, sizes[1], 1, 2);
	compare(fds[2], 2, sizes[2], 1, 1);
	compare(fds[3], 3, sizes[3], 1, 0);
	expect_bad_alone(fds[1], 1, BAD_SMALL);
	expect_bad_alone(fds[1], 1, BAD_LATER);
	expect_bad_alone(fds[2], 2, BAD_HUGE);
	is(luo_finish(session), 0, "finish");

	other = luo_create(dev, "again");
	must(other >= 0, "create a session");
	is(luo_preserve_fd(other, fds[1], 1), -EHWPOISON, "preserve it again");
	is(luo_preserve_fd(other, fds[3], 3), 0, "and one that is good");
}

static void get_huge(void)
{
	int dev = luo_open(), session = luo_retrieve(dev, "guest"), other, i;
	int fds[NR_FILES + 1];
	struct note note;

	must(session >= 0, "retrieve the session");
	note = read_note(session);
	inject(note.later);
	for (i = 1; i <= NR_FILES; i++) {
		fds[i] = luo_retrieve_fd(session, i);
		must(fds[i] >= 0, "retrieve huge file %d: %d", i, fds[i]);
	}
	compare(fds[1], 1, huge[1].size, huge[1].step, 2);
	compare(fds[2], 2, huge[2].size, huge[2].step, 2);
	compare(fds[3], 3, huge[3].size, huge[3].step, 0);
	expect_bad(fds[1], 1, huge[1].size, huge[1].bad[0]);
	expect_bad(fds[1], 1, huge[1].size, HUGE_LATER);
	expect_bad(fds[2], 2, huge[2].size, huge[2].bad[0]);
	expect_bad(fds[2], 2, huge[2].size, huge[2].bad[1]);
	is(touch(map(fds[3], huge[3].size)), 0, "huge file 3: no signal");
	is(luo_finish(session), 0, "finish");

	other = luo_create(dev, "again");
	must(other >= 0, "create a session");
	is(luo_preserve_fd(other, fds[1], 1), -EHWPOISON, "preserve it again");
	is(luo_preserve_fd(other, fds[3], 3), 0, "and one that is good");
}

int main(int argc, char **argv)
{
	must(argc == 2, "arguments");
	if (!strcmp(argv[1], "put"))
		put();
	else if (!strcmp(argv[1], "get"))
		get();
	else if (!strcmp(argv[1], "put-huge"))
		put_huge();
	else
		get_huge();
	return failed;
}
