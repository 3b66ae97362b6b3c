// SPDX-License-Identifier: GPL-2.0
/*
 * What is handed over for files of huge pages is damaged in memory.
 *
 *   luodamage put ROUND   leave files behind, and damage what is handed over
 *   luodamage get ROUND   try to retrieve them
 *   luodamage claim       leave a huge page of 1 GiB behind that is listed 255 times
 *
 * Round 0 does each damage to a file of its own, any other round does one to the
 * list of all files. put writes to physical memory through /dev/mem.
 *
 * Just before the jump the sender writes position, seals and mode, which nobody can
 * damage then. Its lists of huge pages must be good as long as it can be asked to
 * undo all: the next kernel is given copies of them, in pages of memfds.
 */
#include "luo_phys.h"

#define SIZE		(2 * LUO_HUGE)
#define STEP		(LUO_HUGE / LUO_CHUNK)
#define POOL		80	/* hugepages= */
#define COPY(i)		(1000 + (i))	/* token */

/* include/linux/kho/abi/hugetlb.h */
struct root {
	char compatible[16];
	uint64_t nr_files;
	uint64_t files;
};

struct ser {
	uint64_t next;
	uint64_t pos;
	uint64_t size;
	uint32_t seals;
	uint32_t mode;
	uint32_t order;
	uint32_t flags;
	uint64_t nr_folios;
	uint64_t folios;
};

/* Where those of a file are in physical memory. */
struct found {
	uint64_t ser, block;
};

#define SER(field)	(f->ser + offsetof(struct ser, field))
#define NEXT		(f->block)
#define COUNT		(f->block + 8)
#define PFN(i)		(f->block + 16 + 16 * (i))
#define INDEX(i)	(f->block + 24 + 16 * (i))

static uint64_t first_pfn(const struct found *f)
{
	uint64_t pfn;

	peek(PFN(0), &pfn, sizeof(pfn));
	return pfn;
}

static void size_and_number(const struct found *f, uint64_t size, uint64_t nr)
{
	poke64(SER(size), size);
	poke64(SER(nr_folios), nr);
}

static void no_damage(const struct found *f) { (void)f; }
static void odd_size(const struct found *f) { poke64(SER(size), SIZE - 1); }
static void far_size(const struct found *f) { poke64(SER(size), ~0ull); }
static void high_size(const struct found *f) { poke64(SER(size), 1ull << 62); }
static void no_size(const struct found *f) { poke64(SER(size), 0); }
static void empty(const struct found *f) { size_and_number(f, 0, 0); }
static void larger(const struct found *f) { size_and_number(f, 3 * LUO_HUGE, 3); }
static void small_order(const struct found *f) { poke32(SER(order), 0); }
static void odd_order(const struct found *f) { poke32(SER(order), 1); }
static void giga_order(const struct found *f) { poke32(SER(order), 18); }
static void far_order(const struct found *f) { poke32(SER(order), 64 + 9); }
static void wild_order(const struct found *f) { poke32(SER(order), ~0u); }
static void flags(const struct found *f) { poke32(SER(flags), 1); }
static void many(const struct found *f) { poke64(SER(nr_folios), 1ull << 60); }
static void more(const struct found *f) { poke64(SER(nr_folios), 3); }
static void no_list(const struct found *f) { poke64(SER(folios), 0); }
static void wild_list(const struct found *f) { poke64(SER(folios), 0x5000); }
static void far_list(const struct found *f) { poke64(SER(folios), 1ull << 51); }
static void odd_list(const struct found *f) { poke64(SER(folios), f->block + 8); }
static void itself(const struct found *f) { poke64(NEXT, f->block); }
static void ser_list(const struct found *f) { poke64(NEXT, f->ser); }
static void wild_next(const struct found *f) { poke64(NEXT, ~0ull << 12); }
static void other_list(const struct found *f) { poke64(NEXT, f[-1].block); }
static void full(const struct found *f) { poke64(COUNT, 255); }
static void too_full(const struct found *f) { poke64(COUNT, 256); }
static void far_full(const struct found *f) { poke64(COUNT, ~0ull); }
static void one_less(const struct found *f) { poke64(COUNT, 1); }
static void none(const struct found *f) { poke64(COUNT, 0); }
static void wild_pfn(const struct found *f) { poke64(PFN(1), 5); }
static void far_pfn(const struct found *f) { poke64(PFN(1), ~0ull); }
static void high_pfn(const struct found *f) { poke64(PFN(1), 1ull << 40); }
static void ser_pfn(const struct found *f) { poke64(PFN(1), f->ser >> 12); }
static void same_pfn(const struct found *f) { poke64(PFN(1), first_pfn(f)); }
static void tail_pfn(const struct found *f) { poke64(PFN(1), first_pfn(f) + 1); }
static void far_index(const struct found *f) { poke64(INDEX(1), ~0ull); }
static void same_index(const struct found *f) { poke64(INDEX(1), 0); }

static void high_bits(const struct found *f)
{
	poke64(PFN(0), first_pfn(f) | 1ull << 60);
}

static const struct damage {
	const char *name;
	void (*damage)(const struct found *f);
	int result;		/* 0: the file comes back */
} damages[] = {
	{ "no damage", no_damage, 0 },
	{ "size is not that of whole huge pages", odd_size, 0 },
	{ "size beyond all limits", far_size, -EINVAL },
	{ "size beyond all memory", high_size, -EINVAL },
	{ "huge pages of an empty file", no_size, -EINVAL },
	{ "huge pages of an empty file that says so", empty, -EIO },
	{ "a huge page more, and not listed", larger, -EIO },
	{ "order 0", small_order, -ENODEV },
	{ "order 1", odd_order, -ENODEV },
	{ "order of gigantic pages", giga_order, -EINVAL },
	{ "order beyond all memory", far_order, -ENODEV },
	{ "order 2^32 - 1", wild_order, -ENODEV },
	{ "unknown flags", flags, -EOPNOTSUPP },
	{ "2^60 huge pages", many, -EINVAL },
	{ "one huge page more", more, -EINVAL },
	{ "no list", no_list, -EIO },
	{ "a list that was not handed over", wild_list, -EIO },
	{ "a list beyond all memory", far_list, -EIO },
	{ "a list that is no page", odd_list, -EIO },
	{ "a list that goes on with itself", itself, -EIO },
	{ "a list that goes on with the file's structure", ser_list, -EIO },
	{ "a list that goes on beyond all memory", wild_next, -EIO },
	{ "a list that the next file claims, too", no_damage, -EIO },
	{ "a list that goes on with that of another file", other_list, -EIO },
	{ "a block that says it is full", full, -EIO },
	{ "a block with one entry too much", too_full, -EIO },
	{ "a block with 2^64 - 1 entries", far_full, -EIO },
	{ "a block with one entry less", one_less, -EIO },
	{ "a block with no entries", none, -EIO },
	{ "a huge page that was not handed over", wild_pfn, -EIO },
	{ "a huge page at 2^64 - 1", far_pfn, -EIO },
	{ "a huge page beyond all memory", high_pfn, -EIO },
	{ "a huge page with unknown high bits", high_bits, -EIO },
	{ "the structure as a huge page", ser_pfn, -EIO },
	{ "a huge page twice", same_pfn, -EIO },
	{ "a huge page that begins within another", tail_pfn, -EIO },
	{ "a huge page far beyond the end", far_index, -EIO },
	{ "two huge pages at a place", same_index, -EIO },
};

/* The list begins with the newest file, 2. */
#define LIST_FILES	3

static void root_many(uint64_t root)
{
	poke64(root + offsetof(struct root, nr_files), 1ull << 60);
}

static void root_wild(uint64_t root)
{
	poke64(root + offsetof(struct root, files), 0x5000);
}

static void root_foreign(uint64_t root) { poke(root, "hugetlb-v0", 11); }
static void next_itself(const struct found *f) { poke64(SER(next), f->ser); }
static void next_far(const struct found *f) { poke64(SER(next), 1ull << 51); }

static const struct list_damage {
	const char *name;
	void (*root)(uint64_t root);
	void (*file)(const struct found *f);	/* to the file in the middle */
	unsigned int back;	/* so many files come back, the newest ones */
} list_damages[] = {
	{ "2^60 files", root_many, NULL, LIST_FILES },
	{ "a list that was not handed over", root_wild, NULL, 0 },
	{ "a list of another version", root_foreign, NULL, 0 },
	{ "a list that has no end", NULL, next_itself, 2 },
	{ "a list that goes on beyond all memory", NULL, next_far, 2 },
};

static void read_root(struct root *root)
{
	int fd = open("/sys/kernel/debug/kho/out/sub_fdts/hugetlb", O_RDONLY);

	must(fd >= 0 && read(fd, root, sizeof(*root)) == sizeof(*root),
	     "read the subtree");
	close(fd);
}

static void find_files(const struct root *root, struct found *found, int n)
{
	uint64_t at = root->files;
	struct ser ser;

	must(root->nr_files == (uint64_t)n, "%d files in the subtree", n);
	while (n--) {
		peek(at, &ser, sizeof(ser));
		must(ser.size == SIZE && ser.nr_folios == 2, "file %d", n);
		found[n].ser = at;
		found[n].block = ser.folios;
		at = ser.next;
	}
	must(!at, "the list ends");
}

static uint64_t address(void *page)
{
	int fd = open("/proc/self/pagemap", O_RDONLY);
	uint64_t entry;

	must(fd >= 0 && pread(fd, &entry, sizeof(entry),
			      (uintptr_t)page / 4096 * 8) == sizeof(entry),
	     "read pagemap");
	close(fd);
	return (entry & ((1ull << 55) - 1)) * 4096;
}

/* Make the copy of a list the one that counts. */
static void copy_list(int session, unsigned int file, struct found *f)
{
	int fd = memfd_create("copy", 0);
	char *map;

	luo_fill(fd, file, 1, 4096, 1);
	must(!luo_preserve_fd(session, fd, COPY(file)), "preserve copy %u", file);
	map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	must(map != MAP_FAILED, "map copy %u", file);
	peek(f->block, map, 4096);
	f->block = address(map);
	poke64(SER(folios), f->block);
	munmap(map, 4096);
	close(fd);
}

/* The address of a page that looks like it; there may be stale ones. */
static uint64_t find_root(const struct root *root, uint64_t after)
{
	FILE *f = fopen("/proc/iomem", "r");
	uint64_t start, end, at;
	struct root page;
	char line[200];

	while (f && fgets(line, sizeof(line), f)) {
		if (line[0] == ' ' || !strstr(line, ": System RAM") ||
		    sscanf(line, "%llx-%llx", (long long *)&start,
			   (long long *)&end) != 2)
			continue;
		for (at = (start + 4095) & ~4095ull; at + 4095 <= end; at += 4096) {
			if (at <= after ||
			    pread(mem, &page, sizeof(page), at) != sizeof(page) ||
			    memcmp(&page, root, sizeof(page)))
				continue;
			fclose(f);
			return at;
		}
	}
	must(false, "find the subtree in memory");
	return 0;
}

static void damage_list(const struct list_damage *d, const struct root *root,
			const struct found *found)
{
	struct root now = *root;
	uint64_t at = 0;

	if (d->file) {
		d->file(&found[1]);
		return;
	}
	while (!memcmp(&now, root, sizeof(now))) {
		at = find_root(root, at);
		d->root(at);
		read_root(&now);
	}
}

static void damage_all(int session, struct found *found)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(damages); i++)
		copy_list(session, i, &found[i]);
	for (i = 0; i < ARRAY_SIZE(damages); i++)
		damages[i].damage(&found[i]);
}

static void put(unsigned int round)
{
	unsigned int n = round ? LIST_FILES : ARRAY_SIZE(damages), i;
	struct found found[ARRAY_SIZE(damages)];
	int dev = luo_open(), session, fd;
	struct root *root = own_copy();

	open_mem();
	session = luo_create(dev, "damaged");
	must(session >= 0, "create a session");
	for (i = 0; i < n; i++) {
		fd = memfd_create("damage", MFD_HUGETLB | MFD_HUGE_2MB);
		luo_fill_huge(fd, i, 1, SIZE, STEP);
		quiet(!luo_preserve_fd(session, fd, i), "preserve %d", i);
		close(fd);
	}
	read_root(root);
	find_files(root, found, n);
	if (round)
		damage_list(&list_damages[round - 1], root, found);
	else
		damage_all(session, found);
	luo_keep(dev);
}

/* A full block, and more than there is memory. */
static void claim(void)
{
	int dev = luo_open(), session = luo_create(dev, "claim"), fd;
	struct found found, *f = &found;
	struct root root;
	struct ser ser;
	unsigned int i;

	open_mem();
	must(session >= 0, "create a session");
	fd = memfd_create("claim", MFD_HUGETLB | 30u << 26);
	must(fd >= 0 && !ftruncate(fd, 1 << 30), "a file of 1 GiB");
	must(!luo_preserve_fd(session, fd, 0), "preserve it");
	read_root(&root);
	peek(root.files, &ser, sizeof(ser));
	f->ser = root.files;
	f->block = ser.folios;

	poke64(SER(nr_folios), 255);
	poke64(COUNT, 255);
	for (i = 1; i < 255; i++) {
		poke64(PFN(i), first_pfn(f));
		poke64(INDEX(i), i);
	}
	luo_keep(dev);
}

/* The last byte of a file may be missing. */
static void try(int session, unsigned int file, const char *name, int result)
{
	int fd = luo_retrieve_fd(session, file);

	is(fd < 0 ? fd : 0, result, "%s: file %u: error %d", name, file, result);
	if (fd < 0) {
		quiet(luo_retrieve_fd(session, file) == fd,
		      "%s: the error remains", name);
		return;
	}
	quiet(luo_same(fd, file, 1, SIZE - 1, STEP), "%s: content", name);
	close(fd);
}

static void use_all(void)
{
	int fd = memfd_create("all", MFD_HUGETLB | MFD_HUGE_2MB);

	is(fallocate(fd, 0, 0, POOL * LUO_HUGE), 0, "use the whole pool");
	close(fd);
}

static void try_all(int session)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(damages); i++)
		try(session, i, damages[i].name, damages[i].result);
}

static void try_list(int session, const struct list_damage *d)
{
	unsigned int i;

	for (i = 0; i < LIST_FILES; i++)
		try(session, i, d->name, i + d->back < LIST_FILES ? -EINVAL : 0);
}

static void get(unsigned int round)
{
	int dev = luo_open(), session = luo_retrieve(dev, "damaged");

	must(session >= 0, "retrieve the session");
	if (round)
		try_list(session, &list_damages[round - 1]);
	else
		try_all(session);
	is(luo_finish(session), 0, "finish");
	use_all();
}

int main(int argc, char **argv)
{
	unsigned int round;

	if (argc == 2 && !strcmp(argv[1], "claim")) {
		claim();
		return failed;
	}
	if (argc != 3)
		return 2;
	round = atoi(argv[2]);
	if (round > ARRAY_SIZE(list_damages))
		return 2;
	if (!strcmp(argv[1], "put"))
		put(round);
	else
		get(round);
	return failed;
}
