// SPDX-License-Identifier: GPL-2.0
/*
 * memfds of many kinds through one or more live updates.
 *
 *   luofiles put VERSION     make and preserve them, leave a process behind
 *   luofiles get VERSION     retrieve and compare them
 *   luofiles next VERSION    get them, give them content of VERSION + 1, and
 *                            preserve the same files again
 *   luofiles host VERSION    preserve them and give that up again: they are as
 *                            they were, and nothing is left behind
 *
 * The files get new content after they were preserved: what counts is what is
 * in them when the kernel ends.
 */
#include "luo.h"

#include <sys/fsuid.h>

/* Who made the files, but has them no more. */
#define SOMEBODY	54321

#define ALL_WRITE	(F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | \
			 F_SEAL_FUTURE_WRITE)

static const struct file {
	const char *name;
	unsigned int flags;	/* MFD_* */
	uint64_t size;
	uint64_t pos;
	unsigned int step;	/* every step-th page is written, 0: none */
	unsigned int add;	/* seals to add */
	unsigned int seals;	/* seals it must have then */
	unsigned int mode;	/* permissions, here and in the next kernel */
} files[] = {
	{ "empty", MFD_ALLOW_SEALING, 0, 0, 1, 0, 0, 0777 },
	{ "empty, far position", MFD_ALLOW_SEALING, 0, 1ull << 40, 1, 0, 0, 0777 },
	{ "13 bytes", MFD_ALLOW_SEALING, 13, 7, 1, 0, 0, 0777 },
	{ "a page", MFD_ALLOW_SEALING, 4096, 4096, 1, 0, 0, 0777 },
	{ "a page and a byte", MFD_ALLOW_SEALING, 4097, 1, 1, 0, 0, 0777 },
	{ "1 MiB with holes", MFD_ALLOW_SEALING, 1 << 20, 99, 7, 0, 0, 0777 },
	{ "300 KiB hole", MFD_ALLOW_SEALING, 300 << 10, 0, 0, 0, 0, 0777 },
	{ "5 MiB and a bit", MFD_ALLOW_SEALING, (5 << 20) + 77, 5, 1, 0, 0, 0777 },
	{ "16 MiB", MFD_ALLOW_SEALING, 16 << 20, 0, 1, 0, 0, 0777 },
	{ "not sealable", 0, 5000, 0, 1, 0, F_SEAL_SEAL, 0777 },
	{ "sealed against growing", MFD_ALLOW_SEALING, 5000, 0, 1,
	  F_SEAL_GROW, F_SEAL_GROW, 0777 },
	{ "sealed against shrinking, and seals", MFD_ALLOW_SEALING, 5000, 0, 1,
	  F_SEAL_SHRINK | F_SEAL_SEAL, F_SEAL_SHRINK | F_SEAL_SEAL, 0777 },
	{ "sealed against writing", MFD_ALLOW_SEALING, 70000, 3, 1,
	  F_SEAL_WRITE, F_SEAL_WRITE, 0777 },
	{ "sealed against future writing", MFD_ALLOW_SEALING, 70000, 3, 1,
	  F_SEAL_FUTURE_WRITE, F_SEAL_FUTURE_WRITE, 0777 },
	{ "not executable", MFD_NOEXEC_SEAL, 5000, 0, 1,
	  0, F_SEAL_EXEC, 0666 },
	{ "not executable, size sealed", MFD_NOEXEC_SEAL, 5000, 0, 1,
	  F_SEAL_SHRINK | F_SEAL_GROW,
	  F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_EXEC, 0666 },
	{ "not executable, nor writable", MFD_NOEXEC_SEAL, 5000, 0, 1,
	  ALL_WRITE, F_SEAL_EXEC | ALL_WRITE, 0666 },
	{ "executable for ever", MFD_EXEC | MFD_ALLOW_SEALING, 5000, 0, 1,
	  F_SEAL_EXEC, F_SEAL_EXEC | ALL_WRITE, 0777 },
	{ "all seals", MFD_EXEC | MFD_ALLOW_SEALING, 5000, 0, 1,
	  F_SEAL_EXEC | F_SEAL_SEAL, F_SEAL_EXEC | F_SEAL_SEAL | ALL_WRITE,
	  0777 },
};

#define SESSION		"files"
#define TOKEN(i)	(0xf00dull << 48 | (i))

static bool write_sealed(const struct file *f)
{
	return f->seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE);
}

/* With all seals of one that can be executed, it would be taken for one. */
static unsigned int seals_there(const struct file *f)
{
	if (!(f->mode & 0111) && write_sealed(f))
		return f->seals & ~F_SEAL_FUTURE_WRITE;
	return f->seals;
}

static int make(unsigned int i, unsigned int version)
{
	const struct file *f = &files[i];
	int fd;

	/* In the next kernel it belongs to who retrieves it. */
	setfsuid(SOMEBODY);
	fd = memfd_create(f->name, f->flags | MFD_CLOEXEC);
	setfsuid(0);
	must(fd >= 0, "%s: memfd_create", f->name);
	must(!ftruncate(fd, f->size), "%s: ftruncate", f->name);
	if (f->step)
		luo_fill(fd, i, write_sealed(f) ? 0 : version, f->size, f->step);
	/* Allocated, but without content yet: to be read as zeroes. */
	if (f->step > 1)
		must(!fallocate(fd, 0, 3 * 4096, 2 * 4096), "%s: fallocate",
		     f->name);
	if (f->add)
		must(!fcntl(fd, F_ADD_SEALS, f->add), "%s: seals", f->name);
	return fd;
}

/* Preserve them all; returns the session. */
static int preserve_all(int dev, const int *fds, unsigned int version)
{
	int session, i;
	struct stat st;

	must(dev >= 0, "open /dev/liveupdate");
	session = luo_create(dev, SESSION);
	must(session >= 0, "create the session");

	for (i = 0; i < (int)ARRAY_SIZE(files); i++) {
		const struct file *f = &files[i];

		quiet(!luo_preserve_fd(session, fds[i], TOKEN(i)),
		      "%s: preserve", f->name);
		must(lseek(fds[i], f->pos, SEEK_SET) == (off_t)f->pos,
		     "%s: lseek", f->name);
		if (f->step && !write_sealed(f))
			luo_fill(fds[i], i, version, f->size, f->step);
		fstat(fds[i], &st);
		quiet(st.st_blocks * 512ull >= f->size,
		      "%s: no more holes", f->name);
	}
	check(!failed, "%zu kinds of files are preserved", ARRAY_SIZE(files));
	return session;
}

static void put(const int *fds, unsigned int version)
{
	int dev = luo_open(), i;

	preserve_all(dev, fds, version);
	for (i = 0; i < (int)ARRAY_SIZE(files); i++)
		close(fds[i]);
	luo_keep(dev);
}

/* What can be done with it, by its seals. */
static void try_file(const struct file *f, int fd)
{
	long page = 4096;
	void *map;

	if (f->size) {
		char c;

		must(pread(fd, &c, 1, 0) == 1, "%s: read", f->name);
		quiet((pwrite(fd, &c, 1, 0) == 1) != write_sealed(f),
		      "%s: writing is as the seals say", f->name);
		map = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		quiet((map != MAP_FAILED) != write_sealed(f),
		      "%s: mapping is as the seals say", f->name);
		if (map != MAP_FAILED)
			munmap(map, page);
	}
	/* One that cannot shrink again must not grow. */
	if (f->seals & F_SEAL_GROW || !(f->seals & F_SEAL_SHRINK))
		quiet(!ftruncate(fd, f->size + 1) == !(f->seals & F_SEAL_GROW),
		      "%s: growing is as the seals say", f->name);
	quiet(!ftruncate(fd, f->size), "%s: back to its size", f->name);
	if (f->seals & F_SEAL_SHRINK)
		quiet(ftruncate(fd, f->size - 1), "%s: shrinking is refused",
		      f->name);
	if (f->seals & F_SEAL_EXEC)
		quiet(fchmod(fd, f->mode ^ 0111), "%s: chmod is refused",
		      f->name);
}

static void give_up(const int *fds, unsigned int version)
{
	int dev = luo_open();
	unsigned int i;

	close(preserve_all(dev, fds, version));
	for (i = 0; i < ARRAY_SIZE(files); i++) {
		const struct file *f = &files[i];

		quiet(fcntl(fds[i], F_GET_SEALS) == (int)f->seals,
		      "%s: seals %#x", f->name, fcntl(fds[i], F_GET_SEALS));
		quiet(luo_same(fds[i], i, write_sealed(f) ? 0 : version,
			       f->size, f->step),
		      "%s: every byte is as it was", f->name);
		try_file(f, fds[i]);
	}
	check(!failed, "%zu kinds of files are as they were, not preserved",
	      ARRAY_SIZE(files));
	check(luo_create(dev, SESSION) >= 0, "nothing is left of the session");
	close(dev);
}

static void get_one(int session, unsigned int i, unsigned int version, int *fdp)
{
	const struct file *f = &files[i];
	int fd = luo_retrieve_fd(session, TOKEN(i)), again;
	struct stat st, st_again;

	if (fd < 0) {
		check(false, "%s: retrieve, error %d", f->name, fd);
		return;
	}
	must(!fstat(fd, &st), "%s: fstat", f->name);
	quiet((uint64_t)st.st_size == f->size, "%s: size %lld", f->name,
	      (long long)st.st_size);
	quiet((st.st_mode & 07777) == f->mode, "%s: mode %o", f->name,
	      st.st_mode);
	quiet(st.st_blocks * 512ull >= f->size &&
	      st.st_blocks * 512ull < f->size + (4 << 20),
	      "%s: %lld blocks", f->name, (long long)st.st_blocks);
	quiet(!st.st_nlink, "%s: has no name", f->name);
	quiet(st.st_uid == geteuid(), "%s: belongs to uid %u, who did not retrieve it",
	      f->name, st.st_uid);
	quiet(lseek(fd, 0, SEEK_CUR) == (off_t)f->pos, "%s: position %lld",
	      f->name, (long long)lseek(fd, 0, SEEK_CUR));
	quiet(fcntl(fd, F_GET_SEALS) == (int)seals_there(f), "%s: seals %#x",
	      f->name, fcntl(fd, F_GET_SEALS));
	quiet((fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDWR, "%s: O_RDWR",
	      f->name);
	quiet(fcntl(fd, F_GETFD) == FD_CLOEXEC, "%s: close-on-exec", f->name);
	quiet(luo_same(fd, i, write_sealed(f) ? 0 : version, f->size, f->step),
	      "%s: every byte is as it was", f->name);

	again = luo_retrieve_fd(session, TOKEN(i));
	quiet(again >= 0 && !fstat(again, &st_again) &&
	      st.st_ino == st_again.st_ino, "%s: retrieved again", f->name);
	close(again);

	try_file(f, fd);
	*fdp = fd;
}

static void get(int *fds, unsigned int version)
{
	int dev = luo_open(), session, i;

	must(dev >= 0, "open /dev/liveupdate");
	session = luo_retrieve(dev, SESSION);
	must(session >= 0, "retrieve the session");

	/* In any order. */
	for (i = ARRAY_SIZE(files); i--;)
		get_one(session, i, version, &fds[i]);
	check(!failed, "%zu kinds of files are as they were, version %u",
	      ARRAY_SIZE(files), version);
	is(luo_finish(session), 0, "finish");
	is(luo_retrieve_fd(session, TOKEN(0)), -ENOENT,
	   "nothing is left in the session");
	close(session);
	is(luo_retrieve(dev, SESSION), -ENOENT, "nor of the session");
	close(dev);
}

int main(int argc, char **argv)
{
	int fds[ARRAY_SIZE(files)] = {};
	unsigned int version, i;

	if (argc != 3)
		return 2;
	version = atoi(argv[2]);

	if (!strcmp(argv[1], "put") || !strcmp(argv[1], "host"))
		for (i = 0; i < ARRAY_SIZE(files); i++)
			fds[i] = make(i, 0);
	else
		get(fds, version++);

	if (!strcmp(argv[1], "host"))
		give_up(fds, version);
	else if (strcmp(argv[1], "get"))
		put(fds, version);
	return failed;
}
