// SPDX-License-Identifier: GPL-2.0-only
/*
 * khoforge: load a kernel with a handover that no kernel would write.
 *
 *	khoforge BZIMAGE INITRD CMDLINE DAMAGE	then jump with `kexec -e`
 *	khoforge --list PREFIX			names of the damages
 *
 * Everything the next kernel gets to see is made here: boot parameters with the
 * setup_data node, root FDT, scratch array and preserved-memory tree, each at a
 * fixed place. It goes through the old kexec_load system call, which neither
 * adds to it nor looks at it. The damage "valid" is none at all.
 *
 * The guest needs 512 MiB. One page with data is preserved, at MARK_PA, filled
 * with MARK_BYTE.
 */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/kexec.h>
#include <linux/types.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

#define __aligned(n)	__attribute__((aligned(n)))
#define PAGE		4096UL
#define MIB		0x100000UL

/* Outside scratch: what is handed over. */
#define FDT_PA		(128 * MIB)
#define TREE_PA		(129 * MIB)
#define BLOB_PA		(130 * MIB)
#define E820_PA		(96 * MIB)
#define MARK_PA		(132 * MIB)
#define MARK_BYTE	0xa7

/* In scratch: what booting consumes. */
#define SCRATCH_PA	(192 * MIB)
#define SCRATCH_SIZE	(256 * MIB)
#define BOOT_PA		(SCRATCH_PA + 16 * PAGE)	/* struct boot_area */
#define KERNEL_PA	(256 * MIB)
#define INITRD_PA	(400 * MIB)

#define NOWHERE		0x100000000000UL	/* no memory there */

/* A key of the tree; the leaf index is its low 15 bits, 9 per level above. */
#define KEY(pa, order)	((0x10000000000000UL | (pa) >> 12) >> (order))
#define KEY_ZERO	0x8000000000000000UL	/* stands for key 0 in the table below */
#define NODE_PA(n)	(TREE_PA + (n) * PAGE)
#define NR_NODES	16

/* Offsets in boot_params. */
#define BP_HEADER	0x1f1
#define BP_LOADER	0x210
#define BP_RAMDISK	0x218
#define BP_RAMDISK_SIZE	0x21c
#define BP_CMDLINE	0x228
#define BP_SETUP_DATA	0x250

struct setup_kho {
	__u64 next;
	__u32 type, len;
	__u64 fdt_addr, fdt_size, scratch_addr, scratch_size;
};

/* Single reserved pages, that each cut a range of memory in two. */
struct setup_e820 {
	__u64 next;
	__u32 type, len;
	__u32 entries[64][5];	/* two of address, two of size, one of type */
};

/* What lies at BOOT_PA, each part in pages of its own. */
struct boot_area {
	unsigned char params[PAGE];
	char cmdline[PAGE];
	unsigned char stub[PAGE];
	struct setup_kho setup __aligned(PAGE);
	struct setup_e820 e820 __aligned(PAGE);
	struct { __u64 addr, size; } scratch[4] __aligned(PAGE);
};

#define BOOT_MEMBER_PA(m)	(BOOT_PA + offsetof(struct boot_area, m))

static struct boot_area boot = {
	.setup = {
		.type = 10,	/* SETUP_KEXEC_KHO */
		.len = 32,
		.fdt_addr = FDT_PA,
		.fdt_size = PAGE,
		.scratch_addr = BOOT_MEMBER_PA(scratch),
		.scratch_size = 16,
	},
	.scratch = { { SCRATCH_PA, SCRATCH_SIZE } },
};

static __u64 tree[NR_NODES][PAGE / 8];
static unsigned char fdt[PAGE];
static unsigned char blob[PAGE];
static unsigned char mark[PAGE];

/* What the FDT is made of. */
static struct {
	char compatible[8];
	__u64 map;
	__u32 map_len;	/* 0: no such property */
	char blob_name[16];	/* empty: no sub-node */
	__u64 blob_addr, blob_size;
} fdt_parts = {
	.compatible = "kho-v4",
	.map = TREE_PA,
	.map_len = 8,
	.blob_addr = BLOB_PA,
};

/*
 * Damages. A poke overwrites size bytes, in fdt_parts before the FDT is made of
 * them, elsewhere afterwards; a key is added to the tree; a blob goes into the
 * sub-node of that name.
 */
#define POKE(var, val)	{ &(var), sizeof(var), val }
#define POKE_FDT(off, val) \
	{ &fdt[off], 4, __builtin_bswap32(val) }

static const struct damage {
	const char *name;
	struct {
		void *where;
		size_t size;
		__u64 value;
	} poke[3];
	__u64 keys[2];
	const char *blob_name;
	__u64 blob_size;
	unsigned char blob_byte;
	int e820;	/* no handover, but many ranges of memory */
} damages[] = {
	{ "valid" },

	{ "fdt-version", { POKE(fdt_parts.compatible[5], '3') } },
	{ "fdt-no-map", { POKE(fdt_parts.map_len, 0) } },
	{ "fdt-map-short", { POKE(fdt_parts.map_len, 4) } },
	{ "fdt-map-null", { POKE(fdt_parts.map, 0) } },
	{ "fdt-magic", { POKE_FDT(0, 0xd00dfeee) } },
	{ "fdt-totalsize", { POKE_FDT(4, 0x7fffffff) } },
	{ "fdt-totalsize-above-size", { POKE_FDT(4, 2 * PAGE) } },
	{ "fdt-structs-outside", { POKE_FDT(8, 0x7ffff000) } },
	{ "fdt-strings-outside", { POKE_FDT(12, 0x7ffff000) } },
	{ "fdt-bad-token", { POKE_FDT(64, 0xffffffff) } },
	{ "fdt-bad-length", { POKE_FDT(68, 0xfffffff0) } },
	{ "fdt-nowhere", { POKE(boot.setup.fdt_addr, NOWHERE) } },
	{ "fdt-null", { POKE(boot.setup.fdt_addr, 0) } },
	{ "fdt-unaligned", { POKE(boot.setup.fdt_addr, FDT_PA + 4) } },
	{ "fdt-size-zero", { POKE(boot.setup.fdt_size, 0) } },
	{ "fdt-size-huge", { POKE(boot.setup.fdt_size, ~0UL) } },
	{ "fdt-setup-short", { POKE(boot.setup.len, 8) } },

	{ "scratch-none", { POKE(boot.setup.scratch_size, 0) } },
	{ "scratch-half-entry", { POKE(boot.setup.scratch_size, 24) } },
	{ "scratch-count", { POKE(boot.setup.scratch_size, 1UL << 40) } },
	{ "scratch-array-nowhere", { POKE(boot.setup.scratch_addr, NOWHERE) } },
	{ "scratch-array-null", { POKE(boot.setup.scratch_addr, 0) } },
	{ "scratch-unaligned", { POKE(boot.scratch[0].addr, SCRATCH_PA + PAGE) } },
	{ "scratch-size-unaligned", { POKE(boot.scratch[0].size, SCRATCH_SIZE - PAGE) } },
	{ "scratch-nowhere", { POKE(boot.scratch[0].addr, NOWHERE) } },
	{ "scratch-wraps", { POKE(boot.scratch[0].size, -4 * MIB) } },
	{ "scratch-beyond-ram", { POKE(boot.scratch[0].size, 64 * 1024 * MIB) } },
	{ "scratch-empty", { POKE(boot.scratch[0].size, 0) } },
	{ "scratch-overlap", { POKE(boot.scratch[1].addr, SCRATCH_PA + 32 * MIB),
			       POKE(boot.scratch[1].size, 64 * MIB),
			       POKE(boot.setup.scratch_size, 32) } },
	{ "scratch-over-fdt", { POKE(boot.scratch[0].addr, FDT_PA),
				POKE(boot.scratch[0].size,
				     SCRATCH_SIZE + SCRATCH_PA - FDT_PA) } },

	{ "tree-root-nowhere", { POKE(fdt_parts.map, NOWHERE) } },
	{ "tree-root-unaligned", { POKE(fdt_parts.map, TREE_PA + 8) } },
	{ "tree-root-in-scratch", { POKE(fdt_parts.map, SCRATCH_PA) } },
	{ "tree-child-nowhere", { POKE(tree[2][0], NOWHERE) } },
	{ "tree-child-unaligned", { POKE(tree[2][0], NODE_PA(3) + 8) } },
	{ "tree-child-in-scratch", { POKE(tree[4][1], SCRATCH_PA) } },
	{ "tree-cycle-root", { POKE(tree[3][0], NODE_PA(0)) } },
	{ "tree-cycle-self", { POKE(tree[2][0], NODE_PA(2)) } },
	{ "tree-shared-leaf", { POKE(tree[4][2], NODE_PA(5)) } },
	{ "tree-wide-key", { POKE(tree[0][4], NODE_PA(1)) } },
	{ "tree-key-zero", .keys = { KEY_ZERO } },
	{ "tree-key-order-52", .keys = { 1 } },
	{ "tree-key-nowhere", .keys = { KEY(NOWHERE, 0) } },
	{ "tree-key-in-scratch", .keys = { KEY(SCRATCH_PA + 64 * MIB, 0) } },
	{ "tree-key-overlap", .keys = { KEY(MARK_PA, 9) } },

	{ "blob-metadata-version", .blob_name = "kexec-metadata",
	  .blob_size = 73, .blob_byte = 2 },
	{ "blob-metadata-short", .blob_name = "kexec-metadata", .blob_size = 3 },
	{ "blob-metadata-nowhere", { POKE(fdt_parts.blob_addr, NOWHERE) },
	  .blob_name = "kexec-metadata", .blob_size = 73 },
	{ "blob-memblock-garbage", .blob_name = "memblock", .blob_size = 200,
	  .blob_byte = 0x5a },

	{ "e820-many", .e820 = 1 },
};

static void die(const char *what)
{
	fprintf(stderr, "khoforge: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void poke(const struct damage *d, int parts)
{
	for (int i = 0; i < 3 && d->poke[i].where; i++) {
		char *where = d->poke[i].where;
		int is_part = where >= (char *)&fdt_parts &&
			      where < (char *)(&fdt_parts + 1);

		if (is_part == parts)
			memcpy(where, &d->poke[i].value, d->poke[i].size);
	}
}

/* A flattened tree is written front to back. */
static size_t fdt_len;

static void fdt_be32(__u32 val)
{
	val = __builtin_bswap32(val);
	memcpy(fdt + fdt_len, &val, 4);
	fdt_len += 4;
}

static void fdt_bytes(const void *data, size_t len)
{
	memcpy(fdt + fdt_len, data, len);
	fdt_len = (fdt_len + len + 3) & ~3UL;
}

static void fdt_prop(__u32 name, const void *data, size_t len)
{
	fdt_be32(3);
	fdt_be32(len);
	fdt_be32(name);
	fdt_bytes(data, len);
}

static void make_fdt(void)
{
	static const char strings[] = "compatible\0preserved-memory-map\0"
				      "preserved-data\0blob-size";
	const __u32 header_len = 56;
	size_t end;

	fdt_len = header_len;
	fdt_be32(1);
	fdt_be32(0);
	fdt_prop(0, fdt_parts.compatible, strlen(fdt_parts.compatible) + 1);
	if (fdt_parts.map_len)
		fdt_prop(11, &fdt_parts.map, fdt_parts.map_len);
	if (fdt_parts.blob_name[0]) {
		fdt_be32(1);
		fdt_bytes(fdt_parts.blob_name, strlen(fdt_parts.blob_name) + 1);
		fdt_prop(32, &fdt_parts.blob_addr, 8);
		fdt_prop(47, &fdt_parts.blob_size, 8);
		fdt_be32(2);
	}
	fdt_be32(2);
	fdt_be32(9);
	end = fdt_len;
	memcpy(fdt + end, strings, sizeof(strings));

	/* The header: sizes and offsets; the empty reserve map is at 40. */
	fdt_len = 0;
	fdt_be32(0xd00dfeed);
	fdt_be32(end + sizeof(strings));
	fdt_be32(header_len);
	fdt_be32(end);
	fdt_be32(40);
	fdt_be32(17);
	fdt_be32(16);
	fdt_be32(0);
	fdt_be32(sizeof(strings));
	fdt_be32(end - header_len);
}

static void tree_add(__u64 key)
{
	static int used = 1;
	int node = 0;

	for (int level = 5; level >= 1; level--) {
		__u64 *slot = &tree[node][(key >> (9 * level + 6)) & 511];

		if (!*slot)
			*slot = NODE_PA(used++);
		node = (*slot - TREE_PA) / PAGE;
	}
	tree[node][(key & 32767) / 64] |= 1UL << (key & 63);
}

static void make_handover(const struct damage *d)
{
	memset(mark, MARK_BYTE, PAGE);
	memset(blob, d->blob_byte, PAGE);
	if (d->blob_name)
		memcpy(fdt_parts.blob_name, d->blob_name,
		       strlen(d->blob_name) + 1);
	fdt_parts.blob_size = d->blob_size;

	poke(d, 1);
	make_fdt();
	tree_add(KEY(FDT_PA, 0));
	tree_add(KEY(BLOB_PA, 0));
	tree_add(KEY(MARK_PA, 0));
	for (int i = 0; i < 2 && d->keys[i]; i++)
		tree_add(d->keys[i] & ~KEY_ZERO);
	poke(d, 0);
}

static void make_e820(void)
{
	boot.e820.type = 1;	/* SETUP_E820_EXT */
	boot.e820.len = sizeof(boot.e820.entries);
	for (size_t i = 0; i < ARRAY_SIZE(boot.e820.entries); i++) {
		boot.e820.entries[i][0] = E820_PA + i * 16 * PAGE;
		boot.e820.entries[i][2] = PAGE;
		boot.e820.entries[i][4] = 2;	/* reserved */
	}
}

static void *read_file(const char *path, size_t *size)
{
	int fd = open(path, O_RDONLY);
	struct stat st;
	void *data;

	if (fd < 0 || fstat(fd, &st))
		die(path);
	*size = st.st_size;
	data = mmap(NULL, *size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (data == MAP_FAILED)
		die(path);
	close(fd);
	return data;
}

static void put32(size_t off, __u32 val)
{
	memcpy(boot.params + off, &val, 4);
}

/* Boot parameters: this kernel's own, with the header of the next one. */
static void make_params(const unsigned char *image, const char *cmdline,
			size_t initrd_size, __u64 setup_data)
{
	int fd = open("/sys/kernel/boot_params/data", O_RDONLY);

	if (fd < 0 || read(fd, boot.params, PAGE) != PAGE)
		die("/sys/kernel/boot_params/data");
	close(fd);

	memcpy(boot.params + BP_HEADER, image + BP_HEADER,
	       0x202 + image[0x201] - BP_HEADER);
	boot.params[BP_LOADER] = 0xff;
	put32(BP_RAMDISK, INITRD_PA);
	put32(BP_RAMDISK_SIZE, initrd_size);
	put32(BP_CMDLINE, BOOT_MEMBER_PA(cmdline));
	memcpy(boot.params + BP_SETUP_DATA, &setup_data, 8);
	snprintf(boot.cmdline, PAGE, "%s", cmdline);
}

/* mov $params, %rsi; mov $entry, %rax; jmp *%rax */
static void make_stub(void)
{
	static const unsigned char jmp_rax[] = { 0xff, 0xe0 };
	__u64 params = BOOT_PA, entry = KERNEL_PA + 0x200;

	memcpy(boot.stub, "\x48\xbe", 2);
	memcpy(boot.stub + 2, &params, 8);
	memcpy(boot.stub + 10, "\x48\xb8", 2);
	memcpy(boot.stub + 12, &entry, 8);
	memcpy(boot.stub + 20, jmp_rax, sizeof(jmp_rax));
}

static struct kexec_segment segment(const void *buf, size_t size, __u64 pa)
{
	return (struct kexec_segment){
		.buf = (void *)buf,
		.bufsz = size,
		.mem = (void *)pa,
		.memsz = (size + PAGE - 1) & ~(PAGE - 1),
	};
}

static void load(const unsigned char *image, size_t size,
		 const void *initrd, size_t initrd_size)
{
	size_t setup_size = (image[BP_HEADER] + 1) * 512;
	struct kexec_segment segments[] = {
		segment(fdt, sizeof(fdt), FDT_PA),
		segment(tree, sizeof(tree), TREE_PA),
		segment(blob, sizeof(blob), BLOB_PA),
		segment(mark, sizeof(mark), MARK_PA),
		segment(&boot, sizeof(boot), BOOT_PA),
		segment(image + setup_size, size - setup_size, KERNEL_PA),
		segment(initrd, initrd_size, INITRD_PA),
	};

	if (syscall(SYS_kexec_load, BOOT_MEMBER_PA(stub),
		    ARRAY_SIZE(segments), segments,
		    KEXEC_ARCH_DEFAULT))
		die("kexec_load");
}

int main(int argc, char **argv)
{
	size_t image_size, initrd_size;
	const void *image, *initrd;

	if (argc == 3 && !strcmp(argv[1], "--list")) {
		for (size_t i = 0; i < ARRAY_SIZE(damages); i++)
			if (!strncmp(damages[i].name, argv[2], strlen(argv[2])))
				puts(damages[i].name);
		return 0;
	}
	if (argc != 5) {
		fprintf(stderr, "usage: khoforge BZIMAGE INITRD CMDLINE DAMAGE\n");
		return 2;
	}

	for (size_t i = 0; i < ARRAY_SIZE(damages); i++) {
		if (strcmp(damages[i].name, argv[4]))
			continue;
		image = read_file(argv[1], &image_size);
		initrd = read_file(argv[2], &initrd_size);
		make_handover(&damages[i]);
		make_e820();
		make_params(image, argv[3], initrd_size, damages[i].e820 ?
			    BOOT_MEMBER_PA(e820) : BOOT_MEMBER_PA(setup));
		make_stub();
		load(image, image_size, initrd, initrd_size);
		return 0;
	}
	fprintf(stderr, "khoforge: no damage is called %s\n", argv[4]);
	return 2;
}
