// SPDX-License-Identifier: GPL-2.0-only
/*
 * khomem: look at and damage physical memory, through /dev/mem.
 *
 *	khomem peek ADDR [COUNT]	print COUNT u64 values
 *	khomem dump ADDR LEN		write LEN bytes, up to a page, to stdout
 *	khomem poke ADDR VALUE...	write u64 values
 *	khomem fill ADDR LEN BYTE	write LEN bytes
 *	khomem check ADDR LEN BYTE	fail unless all LEN bytes have that value
 *	khomem find FILE		print where in RAM a page begins with the
 *					bytes of FILE (up to a page)
 *	khomem prop FILE NODE PROP	print a u64 property of a flattened tree
 *	khomem propoff FILE NODE PROP	print where in FILE its value lies
 *
 * Numbers are C numbers. Needs CONFIG_DEVMEM without CONFIG_STRICT_DEVMEM.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

#define PAGE	4096UL

static void die(const char *what)
{
	fprintf(stderr, "khomem: %s: %s\n", what, strerror(errno));
	exit(1);
}

static unsigned long parse(const char *text)
{
	char *end;
	unsigned long val = strtoul(text, &end, 0);

	if (!*text || *end) {
		fprintf(stderr, "khomem: not a numeral: %s\n", text);
		exit(2);
	}
	return val;
}

static int open_mem(void)
{
	int fd = open("/dev/mem", O_RDWR);

	if (fd < 0)
		die("/dev/mem");
	return fd;
}

static void mem_read(int fd, unsigned long addr, void *buf, size_t len)
{
	if (pread(fd, buf, len, addr) != (ssize_t)len)
		die("read from /dev/mem");
}

static void mem_write(int fd, unsigned long addr, const void *buf, size_t len)
{
	if (pwrite(fd, buf, len, addr) != (ssize_t)len)
		die("write to /dev/mem");
}

static int do_peek(int argc, char **argv)
{
	unsigned long addr = parse(argv[0]);
	unsigned long count = argc > 1 ? parse(argv[1]) : 1;
	int fd = open_mem();

	for (; count; count--, addr += 8) {
		unsigned long val;

		mem_read(fd, addr, &val, 8);
		printf("0x%lx\n", val);
	}
	return 0;
}

static int do_dump(int argc, char **argv)
{
	unsigned long len = parse(argv[1]);
	unsigned char page[PAGE];

	(void)argc;
	if (len > PAGE)
		len = PAGE;
	mem_read(open_mem(), parse(argv[0]), page, len);
	return fwrite(page, 1, len, stdout) != len;
}

static int do_poke(int argc, char **argv)
{
	unsigned long addr = parse(argv[0]);
	int fd = open_mem();

	for (int i = 1; i < argc; i++, addr += 8) {
		unsigned long val = parse(argv[i]);

		mem_write(fd, addr, &val, 8);
	}
	return 0;
}

static int do_fill(int argc, char **argv)
{
	unsigned long addr = parse(argv[0]), len = parse(argv[1]);
	unsigned char page[PAGE];
	int fd = open_mem();

	(void)argc;
	memset(page, parse(argv[2]), PAGE);
	for (size_t n; len; len -= n, addr += n) {
		n = len < PAGE ? len : PAGE;
		mem_write(fd, addr, page, n);
	}
	return 0;
}

static int do_check(int argc, char **argv)
{
	unsigned long addr = parse(argv[0]), len = parse(argv[1]);
	unsigned char page[PAGE], byte = parse(argv[2]);
	int fd = open_mem();

	(void)argc;
	for (size_t n; len; len -= n, addr += n) {
		n = len < PAGE ? len : PAGE;
		mem_read(fd, addr, page, n);
		for (size_t i = 0; i < n; i++) {
			if (page[i] == byte)
				continue;
			fprintf(stderr, "khomem: 0x%lx is 0x%x, not 0x%x\n",
				addr + i, page[i], byte);
			return 1;
		}
	}
	return 0;
}

static size_t read_file(const char *path, void *buf, size_t size)
{
	FILE *f = fopen(path, "r");
	size_t len;

	if (!f)
		die(path);
	len = fread(buf, 1, size, f);
	fclose(f);
	return len;
}

static int do_find(int argc, char **argv)
{
	/* Never at the start of a page: it must not find itself. */
	static unsigned char buf[2 * PAGE] __attribute__((aligned(PAGE)));
	unsigned char *want = buf + 64, page[PAGE];
	size_t len = read_file(argv[0], want, PAGE);
	FILE *iomem = fopen("/proc/iomem", "r");
	unsigned long start, end;
	int fd = open_mem(), found = 0;
	char line[256];

	(void)argc;
	if (!iomem || !len)
		die("/proc/iomem or the file");
	while (fgets(line, sizeof(line), iomem)) {
		if (line[0] == ' ' || !strstr(line, ": System RAM") ||
		    sscanf(line, "%lx-%lx", &start, &end) != 2)
			continue;
		for (start = (start + PAGE - 1) & -PAGE; start + PAGE <= end + 1;
		     start += PAGE) {
			if (pread(fd, page, PAGE, start) != (ssize_t)PAGE ||
			    memcmp(page, want, len))
				continue;
			printf("0x%lx\n", start);
			found = 1;
		}
	}
	return !found;
}

static unsigned int be32(const void *p)
{
	unsigned int val;

	memcpy(&val, p, 4);
	return ntohl(val);
}

/* Where the value of NODE's PROP lies; NODE is a child of the root, or "/". */
static long find_prop(const unsigned char *fdt, size_t size, const char *node,
		      const char *prop)
{
	size_t off = be32(fdt + 8);
	const char *strings = (const char *)fdt + be32(fdt + 12);
	int depth = 0, here = 0;

	while (off + 12 <= size) {
		unsigned int len;

		switch (be32(fdt + off)) {
		case 1:
			depth++;
			here = depth == 1 ? !strcmp(node, "/") :
			       depth == 2 && !strcmp(node, (char *)fdt + off + 4);
			off += 4 + ((strlen((char *)fdt + off + 4) + 4) & ~3UL);
			break;
		case 2:
			depth--;
			here = 0;
			off += 4;
			break;
		case 3:
			len = be32(fdt + off + 4);
			if (here && !strcmp(strings + be32(fdt + off + 8), prop))
				return off + 12;
			off += 12 + ((len + 3) & ~3UL);
			break;
		case 4:
			off += 4;
			break;
		default:
			return -1;
		}
	}
	return -1;
}

static long prop_offset(char **argv, unsigned char *fdt)
{
	size_t len = read_file(argv[0], fdt, PAGE);
	long off = len < 40 ? -1 : find_prop(fdt, len, argv[1], argv[2]);

	if (off < 0) {
		fprintf(stderr, "khomem: no %s in node %s\n", argv[2], argv[1]);
		exit(1);
	}
	return off;
}

static int do_prop(int argc, char **argv)
{
	static unsigned char fdt[PAGE + 16];
	unsigned long val;

	(void)argc;
	memcpy(&val, fdt + prop_offset(argv, fdt), 8);
	printf("0x%lx\n", val);
	return 0;
}

static int do_propoff(int argc, char **argv)
{
	static unsigned char fdt[PAGE + 16];

	(void)argc;
	printf("%ld\n", prop_offset(argv, fdt));
	return 0;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int min_args;
		int (*fn)(int argc, char **argv);
	} commands[] = {
		{ "peek", 1, do_peek },
		{ "dump", 2, do_dump },
		{ "poke", 2, do_poke },
		{ "fill", 3, do_fill },
		{ "check", 3, do_check },
		{ "find", 1, do_find },
		{ "prop", 3, do_prop },
		{ "propoff", 3, do_propoff },
	};

	for (size_t i = 0; argc > 1 && i < ARRAY_SIZE(commands); i++)
		if (!strcmp(argv[1], commands[i].name) &&
		    argc - 2 >= commands[i].min_args)
			return commands[i].fn(argc - 2, argv + 2);
	fprintf(stderr, "usage: khomem COMMAND ARGUMENT..., see the head of its source\n");
	return 2;
}
