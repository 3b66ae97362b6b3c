// SPDX-License-Identifier: GPL-2.0
/*
 * Files of huge pages through one or more live updates.
 *
 *   luohuge put SESSION VERSION FILE...   make and preserve them
 *   luohuge get SESSION VERSION FILE...   retrieve and compare them, finish
 *   luohuge next SESSION VERSION FILE...  get them, give them content of VERSION
 *                                         + 1, and preserve the same files again
 *   luohuge have SESSION VERSION FILE...  put without preserving: what is wrong
 *                                         then has nothing to do with that
 *   luohuge finish SESSION                retrieve no file
 *   luohuge refused SESSION ERRNO FILE... preserving them fails
 *
 * FILE is KIND:PAGES:STEP: so many huge pages, of which every STEP-th has
 * content and the others are holes (0: all are). "-" stands for a file that is
 * not retrieved. Each KIND is in a table. All but finish leave a process behind
 * that has the files open and mapped, which the caller ends.
 *
 * Files get their content through a mapping after they were preserved: what
 * counts is what is in them when the kernel ends. LUOHUGE_NODE=N takes the huge
 * pages from that node. LUOHUGE_LIMIT=PATH is a limit of the cgroup that does not
 * allow the first file to be retrieved, and is lifted then.
 */
#include "luo.h"

#include <sys/syscall.h>

#define MPOL_BIND		2
#define MAX_FILES		16
#define TOKEN(i)		(0x4855ull << 32 | (i))

static const struct kind {
	const char *name;
	unsigned int shift;	/* log2 of the size of a huge page */
	const char *dir;	/* a mounted hugetlbfs, else it is a memfd */
	unsigned int add;	/* seals */
} kinds[] = {
	{ "64k", 16, NULL, 0 },
	{ "2m", 21, NULL, 0 },
	{ "32m", 25, NULL, 0 },
	{ "512m", 29, NULL, 0 },
	{ "1g", 30, NULL, 0 },
	{ "2m-fs", 21, "/huge-2m", 0 },
	{ "1g-fs", 30, "/huge-1g", 0 },
	{ "2m-size", 21, NULL, F_SEAL_SHRINK | F_SEAL_GROW },
	{ "2m-seal", 21, NULL, F_SEAL_GROW | F_SEAL_SEAL },
	{ "2m-write", 21, NULL, F_SEAL_FUTURE_WRITE },
};

static struct file {
	const char *arg;
	const struct kind *kind;	/* NULL: is not retrieved */
	uint64_t page, size;
	unsigned int step;
	int fd;
	char *map;
} files[MAX_FILES];
static unsigned int nr_files;

static void parse(struct file *f, const char *arg)
{
	unsigned long pages;
	char name[16];
	unsigned int i;

	f->arg = arg;
	if (!strcmp(arg, "-"))
		return;
	must(sscanf(arg, "%15[^:]:%lu:%u", name, &pages, &f->step) == 3,
	     "%s: KIND:PAGES:STEP", arg);
	for (i = 0; i < ARRAY_SIZE(kinds) && !f->kind; i++)
		if (!strcmp(kinds[i].name, name))
			f->kind = &kinds[i];
	must(f->kind, "%s: kind", arg);
	f->page = 1ull << f->kind->shift;
	f->size = pages * f->page;
}

static unsigned int seals(const struct file *f)
{
	return f->kind->add ?: F_SEAL_SEAL;
}

static uint64_t position(const struct file *f)
{
	return f->size / 2 + 77;
}

static bool has_content(const struct file *f, uint64_t offset)
{
	return f->step && offset / f->page % f->step == 0;
}

static void map_file(struct file *f)
{
	f->map = mmap(NULL, f->size, PROT_READ | PROT_WRITE, MAP_SHARED, f->fd,
		      0);
	must(f->map != MAP_FAILED, "%s: map", f->arg);
}

static void fill(struct file *f, unsigned int number, unsigned int version)
{
	uint64_t at;

	for (at = 0; at < f->size; at += LUO_CHUNK)
		if (has_content(f, at))
			luo_chunk((uint64_t *)(f->map + at), number, version, at);
}

/* Every byte of the file, in holes as well. */
static void compare(const struct file *f, unsigned int number,
		    unsigned int version)
{
	static const uint64_t zero[LUO_CHUNK / 8];
	uint64_t chunk[LUO_CHUNK / 8], at, bad = 0;

	for (at = 0; at < f->size; at += LUO_CHUNK) {
		if (has_content(f, at))
			luo_chunk(chunk, number, version, at);
		bad += !!memcmp(f->map + at, has_content(f, at) ? chunk : zero,
				LUO_CHUNK);
	}
	is(bad, 0, "%s: every byte is as it was", f->arg);
}

static void make(struct file *f)
{
	unsigned int flags = MFD_HUGETLB | f->kind->shift << 26;
	char path[64];

	if (f->kind->dir) {
		snprintf(path, sizeof(path), "%s/file", f->kind->dir);
		f->fd = open(path, O_RDWR | O_CREAT | O_EXCL, 0600);
		must(f->fd >= 0 && !unlink(path), "%s: open %s", f->arg, path);
	} else {
		if (f->kind->add)
			flags |= MFD_ALLOW_SEALING;
		f->fd = memfd_create(f->kind->name, flags);
		must(f->fd >= 0, "%s: memfd_create", f->arg);
	}
	must(!ftruncate(f->fd, f->size), "%s: ftruncate", f->arg);
	map_file(f);
	if (f->kind->add)
		must(!fcntl(f->fd, F_ADD_SEALS, f->kind->add), "%s: seals",
		     f->arg);
}

/* What a file must not do while it is preserved. */
static void check_frozen(const struct file *f)
{
	is(ftruncate(f->fd, f->size + f->page) ? -errno : 0, -EPERM,
	   "%s: preserved, does not grow", f->arg);
	is(ftruncate(f->fd, f->size - f->page) ? -errno : 0, -EPERM,
	   "%s: preserved, does not shrink", f->arg);
	is(fallocate(f->fd, 0, 0, f->size + f->page) ? -errno : 0, -EPERM,
	   "%s: preserved, fallocate", f->arg);
	is(fallocate(f->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
		     f->page) ? -errno : 0, -EPERM,
	   "%s: preserved, no hole", f->arg);
}

static void preserve_all(int session, unsigned int version)
{
	struct stat st;
	unsigned int i;

	for (i = 0; i < nr_files; i++) {
		struct file *f = &files[i];

		is(luo_preserve_fd(session, f->fd, TOKEN(i)), 0, "%s: preserve",
		   f->arg);
		is(luo_preserve_fd(session, f->fd, TOKEN(i + MAX_FILES)), -EBUSY,
		   "%s: preserve twice", f->arg);
		must(lseek(f->fd, position(f), SEEK_SET) >= 0, "%s: lseek",
		     f->arg);
		check_frozen(f);
		fill(f, i, version);
		must(!fstat(f->fd, &st), "%s: fstat", f->arg);
		is(st.st_blocks * 512, f->size, "%s: no more holes", f->arg);
	}
}

static void check_file(const struct file *f)
{
	struct stat st;

	must(!fstat(f->fd, &st), "%s: fstat", f->arg);
	is(st.st_size, f->size, "%s: size", f->arg);
	is(st.st_blksize, f->page, "%s: size of a huge page", f->arg);
	is(st.st_blocks * 512, f->size, "%s: no holes", f->arg);
	is(lseek(f->fd, 0, SEEK_CUR), position(f), "%s: position", f->arg);
	if (!f->kind->dir)
		is(fcntl(f->fd, F_GET_SEALS), seals(f), "%s: seals", f->arg);
}

/* Sealed against writing in the future: a new mapping is for reading only. */
static void map_retrieved(struct file *f)
{
	bool sealed = f->kind->add & F_SEAL_FUTURE_WRITE;

	f->map = mmap(NULL, f->size, PROT_READ | (sealed ? 0 : PROT_WRITE),
		      MAP_SHARED, f->fd, 0);
	must(f->map != MAP_FAILED, "%s: map", f->arg);
	if (sealed)
		check(mmap(NULL, f->size, PROT_READ | PROT_WRITE, MAP_SHARED,
			   f->fd, 0) == MAP_FAILED && errno == EPERM,
		      "%s: no new mapping for writing", f->arg);
}

/* Retrieving fails, and nothing is lost. */
static void retrieve_beyond(int session, const char *limit)
{
	int fd = open(limit, O_WRONLY);

	must(fd >= 0, "open %s", limit);
	is(luo_retrieve_fd(session, TOKEN(0)), -EAGAIN, "beyond the limit");
	is(luo_retrieve_fd(session, TOKEN(0)), -EAGAIN, "and once more");
	must(write(fd, "max", 3) == 3, "lift the limit");
	close(fd);
}

static void retrieve_all(int session, unsigned int version)
{
	unsigned int i;

	if (getenv("LUOHUGE_LIMIT"))
		retrieve_beyond(session, getenv("LUOHUGE_LIMIT"));
	for (i = 0; i < nr_files; i++) {
		struct file *f = &files[i];

		if (!f->kind)
			continue;
		f->fd = luo_retrieve_fd(session, TOKEN(i));
		if (!check(f->fd >= 0, "%s: retrieve", f->arg)) {
			say("# errno %d", -f->fd);
			exit(1);
		}
		check_file(f);
		map_retrieved(f);
		compare(f, i, version);
	}
}

static int create(int dev, const char *name)
{
	int session = luo_create(dev, name);

	must(session >= 0, "session %s", name);
	return session;
}

static int find(int dev, const char *name)
{
	int session = luo_retrieve(dev, name);

	must(session >= 0, "retrieve session %s", name);
	return session;
}

static void use_node(const char *node)
{
	unsigned long mask = 1ul << atoi(node);

	must(!syscall(SYS_set_mempolicy, MPOL_BIND, &mask, 64), "node %s", node);
}

int main(int argc, char **argv)
{
	unsigned int version = argc > 3 ? atoi(argv[3]) : 0, i;
	int dev, session;

	must(argc > 2 && argc - 4 <= MAX_FILES, "arguments");
	for (i = 4; i < (unsigned int)argc; i++)
		parse(&files[nr_files++], argv[i]);
	if (getenv("LUOHUGE_NODE"))
		use_node(getenv("LUOHUGE_NODE"));
	dev = luo_open();
	must(dev >= 0, "open /dev/liveupdate");

	if (!strcmp(argv[1], "finish")) {
		is(luo_finish(find(dev, argv[2])), 0, "finish %s", argv[2]);
		return failed;
	}

	if (!strcmp(argv[1], "refused")) {
		session = create(dev, argv[2]);
		for (i = 0; i < nr_files; i++) {
			make(&files[i]);
			is(luo_preserve_fd(session, files[i].fd, TOKEN(i)),
			   -(int)version, "%s: preserve", files[i].arg);
		}
		return failed;
	}

	if (!strcmp(argv[1], "put") || !strcmp(argv[1], "have")) {
		for (i = 0; i < nr_files; i++)
			make(&files[i]);
		if (!strcmp(argv[1], "put"))
			preserve_all(create(dev, argv[2]), version);
	} else {
		session = find(dev, argv[2]);
		retrieve_all(session, version);
		is(luo_finish(session), 0, "finish %s", argv[2]);
		close(session);
		if (!strcmp(argv[1], "next"))
			preserve_all(create(dev, argv[2]), version + 1);
	}
	luo_keep(dev);
	return failed;
}
