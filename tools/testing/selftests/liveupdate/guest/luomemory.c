// SPDX-License-Identifier: GPL-2.0
/*
 * Memory: what is short, what is given back, and what is damaged.
 *
 *   luomemory strict       preserve more than the kernel lets have
 *   luomemory drop         leave files behind that nobody will want
 *   luomemory dropped      finish without retrieving
 *   luomemory short        retrieve more than the kernel lets have, and then more
 *   luomemory damage       leave files behind, and damage what is handed over
 *   luomemory damaged      try to retrieve them
 *
 * damage writes to physical memory through /dev/mem.
 */
#include "luo_phys.h"

#define MIB		1048576ull
#define DROP_SIZE	(48 * MIB)

static int memfd(unsigned int id, uint64_t size)
{
	int fd = memfd_create("luomemory", MFD_ALLOW_SEALING);

	must(fd >= 0, "memfd_create");
	luo_fill(fd, id, 1, size, 1);
	return fd;
}

/* With vm.overcommit_memory=2. */
static void strict(void)
{
	int dev = luo_open(), session = luo_create(dev, "strict"), err;
	int fd = memfd_create("hole", MFD_ALLOW_SEALING);
	long before;

	must(session >= 0 && fd >= 0, "session and memfd");
	luo_fill(fd, 1, 1, 8 * MIB, 1);
	must(!ftruncate(fd, 16ull << 30), "a file of 16 GiB");
	before = free_kib();
	err = luo_preserve_fd(session, fd, 1);
	check(err == -ENOMEM || err == -ENOSPC,
	      "preserve more than there is: error %d", err);
	is(ftruncate(fd, 8 * MIB), 0, "the file is not frozen");
	check(luo_same(fd, 1, 1, 8 * MIB, 1), "nor changed");
	check(is_back(before, -1024), "no memory is lost: %ld, now %ld KiB",
	      before, free_kib());
	is(luo_preserve_fd(session, fd, 1), 0, "preserve what there is");
	close(session);
}

static void drop(void)
{
	int dev = luo_open(), session, fd, i;

	session = luo_create(dev, "dropped");
	must(session >= 0, "create a session");
	for (i = 0; i < 2; i++) {
		fd = memfd(i, DROP_SIZE);
		is(luo_preserve_fd(session, fd, i), 0, "preserve file %d", i);
		close(fd);
	}
	luo_keep(dev);
}

static void dropped(void)
{
	int dev = luo_open(), session = luo_retrieve(dev, "dropped");
	long before = free_kib();

	must(session >= 0, "retrieve the session");
	is(luo_finish(session), 0, "finish without retrieving");
	check(is_back(before, 2 * DROP_SIZE / 1024 - 1024),
	      "memory is back: free were %ld, are %ld KiB", before, free_kib());
}

/* With vm.overcommit_memory=2, which is lifted then. */
static void short_of_memory(void)
{
	int dev = luo_open(), session = luo_retrieve(dev, "dropped"), fd;
	long before = free_kib();

	must(session >= 0, "retrieve the session");
	is(luo_retrieve_fd(session, 0), -EAGAIN, "retrieve more than may be had");
	is(luo_retrieve_fd(session, 0), -EAGAIN, "and once more");
	is(luo_retrieve_fd(session, 1), -EAGAIN, "the other file");
	check(free_kib() - before < (long)(DROP_SIZE / 1024 / 2),
	      "nothing is freed: free were %ld, are %ld KiB", before,
	      free_kib());

	fd = open("/proc/sys/vm/overcommit_memory", O_WRONLY);
	must(write(fd, "0", 1) == 1, "lift the limit");
	close(fd);
	fd = luo_retrieve_fd(session, 0);
	check(fd >= 0, "retrieve what may be had: %d", fd);
	check(luo_same(fd, 0, 1, DROP_SIZE, 1), "every byte is as it was");
	is(luo_finish(session), 0, "finish");
	check(is_back(before, DROP_SIZE / 1024 - 2048),
	      "what nobody had is freed: free were %ld, are %ld KiB", before,
	      free_kib());
	close(fd);
	check(is_back(before, 2 * DROP_SIZE / 1024 - 2048),
	      "the other one, too: free are %ld KiB", free_kib());
}

/* include/linux/kho/abi/memfd.h */
struct memfd_ser {
	uint64_t pos;
	uint64_t size;
	uint32_t seals;
	uint32_t flags;
	uint64_t nr_folios;
	uint64_t first;
	uint32_t total_pages;
	uint16_t vmalloc_flags;
	uint16_t order;
};

struct folio_ser {
	uint64_t pfn_flags;
	uint64_t index;
};

/* Where they are in physical memory. */
struct found {
	uint64_t ser, list;
};

#define SER(field)	(f->ser + offsetof(struct memfd_ser, field))
#define PFN(i)		(f->list + 16 * (i))
#define INDEX(i)	(f->list + 16 * (i) + 8)

static void no_damage(const struct found *f) { (void)f; }
static void far_size(const struct found *f) { poke64(SER(size), ~0ull); }
static void small_size(const struct found *f) { poke64(SER(size), 4096); }
static void no_size(const struct found *f) { poke64(SER(size), 0); }
static void seal(const struct found *f) { poke32(SER(seals), 0x40); }
static void flags(const struct found *f) { poke32(SER(flags), 1); }
static void many(const struct found *f) { poke64(SER(nr_folios), 1ull << 60); }
static void more(const struct found *f) { poke64(SER(nr_folios), 17); }
static void no_list(const struct found *f) { poke64(SER(first), 0); }
static void wild_list(const struct found *f) { poke64(SER(first), 0x5000); }
static void far_list(const struct found *f) { poke64(SER(first), 1ull << 51); }
static void odd_list(const struct found *f) { poke64(SER(first), f->list + 8); }
static void long_list(const struct found *f) { poke32(SER(total_pages), ~0u); }
static void short_list(const struct found *f) { poke32(SER(total_pages), 0); }
static void high_list(const struct found *f) { poke32(SER(order) - 2, ~0u); }
static void wild_folio(const struct found *f) { poke64(PFN(3), 3ull << 52 | 5); }
static void far_folio(const struct found *f) { poke64(PFN(3), ~0ull >> 10); }
static void far_index(const struct found *f) { poke64(INDEX(3), 1ull << 40); }
static void end_index(const struct found *f) { poke64(INDEX(15), 16); }
static void last_index(const struct found *f) { poke64(INDEX(3), ~0ull); }
static void same_index(const struct found *f) { poke64(INDEX(3), 2); }
static void folio_hole(const struct found *f) { poke64(PFN(3), 0); }

static void folio_flags(const struct found *f)
{
	uint64_t pfn;

	peek(PFN(3), &pfn, sizeof(pfn));
	poke64(PFN(3), pfn | 1ull << 60);
}

static void same_folio(const struct found *f)
{
	uint64_t pfn;

	peek(PFN(2), &pfn, sizeof(pfn));
	poke64(PFN(3), pfn);
}

static void ser_as_folio(const struct found *f)
{
	poke64(PFN(3), 3ull << 52 | f->ser >> 12);
}

static const struct damage {
	const char *name;
	void (*damage)(const struct found *f);
	int result;		/* 0: the file comes back */
} damages[] = {
	{ "no damage", no_damage, 0 },
	{ "size beyond all limits", far_size, -EINVAL },
	{ "more folios than the size has pages", small_size, -EINVAL },
	{ "folios of an empty file", no_size, -EINVAL },
	{ "an unknown seal", seal, -EOPNOTSUPP },
	{ "unknown flags", flags, -EOPNOTSUPP },
	{ "2^60 folios", many, -EINVAL },
	{ "one folio more", more, -EINVAL },
	{ "no list", no_list, -EIO },
	{ "a list that was not handed over", wild_list, -EIO },
	{ "a list beyond all memory", far_list, -EIO },
	{ "a list that is no page", odd_list, -EIO },
	{ "a list of 2^32 pages", long_list, -EIO },
	{ "a list of no pages", short_list, -EIO },
	{ "a list of impossible blocks", high_list, -EIO },
	{ "a folio that was not handed over", wild_folio, -EIO },
	{ "a folio beyond all memory", far_folio, -EIO },
	{ "a place far beyond the end", far_index, -EINVAL },
	{ "a place right behind the end", end_index, -EINVAL },
	{ "the last place there is", last_index, -EINVAL },
	{ "two folios at a place", same_index, -EINVAL },
	{ "a folio twice", same_folio, -EIO },
	{ "unknown flags of a folio", folio_flags, -EINVAL },
	{ "the structure as a folio", ser_as_folio, -EIO },
	{ "a folio left out", folio_hole, 0 },
};

#define DAMAGE_SIZE	(16 * 4096)
#define DAMAGE_POS(i)	(0x6c756f0000000000ull + (i))

/* Look for the structures by the positions in them. */
static unsigned int find(struct found *found)
{
	uint64_t start, end, at, pos;
	struct memfd_ser *ser = own_copy();
	unsigned int n = 0, i;
	char line[200];
	FILE *f = fopen("/proc/iomem", "r");

	while (f && fgets(line, sizeof(line), f)) {
		if (line[0] == ' ' || !strstr(line, ": System RAM") ||
		    sscanf(line, "%llx-%llx", (long long *)&start,
			   (long long *)&end) != 2)
			continue;
		for (at = (start + 4095) & ~4095ull; at + 4095 <= end; at += 4096) {
			if (pread(mem, &pos, sizeof(pos), at) != sizeof(pos))
				continue;
			i = pos - DAMAGE_POS(0);
			if (pos < DAMAGE_POS(0) || pos >= DAMAGE_POS(ARRAY_SIZE(damages)))
				continue;
			peek(at, ser, sizeof(*ser));
			if (ser->size != DAMAGE_SIZE || ser->nr_folios != 16)
				continue;
			found[i].ser = at;
			peek(ser->first + 8, &found[i].list, 8);
			n++;
		}
	}
	return n;
}

static void damage(void)
{
	struct found found[ARRAY_SIZE(damages)];
	int dev = luo_open(), session, fd;
	unsigned int i, n;

	open_mem();
	session = luo_create(dev, "damaged");
	must(session >= 0, "create a session");
	for (i = 0; i < ARRAY_SIZE(damages); i++) {
		fd = memfd(i, DAMAGE_SIZE);
		lseek(fd, DAMAGE_POS(i), SEEK_SET);
		quiet(!luo_preserve_fd(session, fd, i), "preserve %d", i);
		close(fd);
	}
	n = find(found);
	is(n, ARRAY_SIZE(damages), "all are found in memory");
	if (n != ARRAY_SIZE(damages))
		exit(1);
	for (i = 0; i < n; i++)
		damages[i].damage(&found[i]);
	luo_keep(dev);
}

static void damaged(void)
{
	int dev = luo_open(), session = luo_retrieve(dev, "damaged"), err;
	unsigned int i;

	must(session >= 0, "retrieve the session");
	for (i = 0; i < ARRAY_SIZE(damages); i++) {
		const struct damage *d = &damages[i];

		err = luo_retrieve_fd(session, i);
		is(err < 0 ? err : 0, d->result, "%s: error %d", d->name,
		   d->result);
		if (d->damage == no_damage)
			check(luo_same(err, i, 1, DAMAGE_SIZE, 1),
			      "%s: content", d->name);
		if (err >= 0)
			close(err);
		else
			quiet(luo_retrieve_fd(session, i) == err,
			      "%s: the error remains", d->name);
	}
	is(luo_finish(session), 0, "finish");
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*function)(void);
	} commands[] = {
		{ "strict", strict }, { "drop", drop }, { "dropped", dropped },
		{ "short", short_of_memory }, { "damage", damage },
		{ "damaged", damaged },
	};

	for (unsigned int i = 0; argc == 2 && i < ARRAY_SIZE(commands); i++) {
		if (!strcmp(argv[1], commands[i].name)) {
			commands[i].function();
			return failed;
		}
	}
	return 2;
}
