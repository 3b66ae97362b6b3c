// SPDX-License-Identifier: GPL-2.0-only
/*
 * bzpatch: make a bzImage say that it knows fewer kinds of setup_data.
 *
 *	bzpatch BZIMAGE			print kernel_info.setup_type_max
 *	bzpatch BZIMAGE VALUE		change it, in place
 *
 * A kernel without Kexec HandOver has 0x80000009 there, or no kernel_info.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SETUP_SECTS	0x1f1
#define KERNEL_INFO	0x268	/* offset of kernel_info in the 32-bit code */
#define SETUP_TYPE_MAX	12	/* in kernel_info */

static void access_image(int fd, off_t off, void *buf, size_t len, int write)
{
	ssize_t done = write ? pwrite(fd, buf, len, off) : pread(fd, buf, len, off);

	if (done == (ssize_t)len)
		return;
	fprintf(stderr, "bzpatch: image: %s\n", strerror(errno));
	exit(1);
}

int main(int argc, char **argv)
{
	unsigned int offset, value;
	unsigned char sects;
	char magic[4];
	off_t info;
	int fd;

	if (argc < 2) {
		fprintf(stderr, "usage: bzpatch BZIMAGE [VALUE]\n");
		return 2;
	}
	fd = open(argv[1], argc > 2 ? O_RDWR : O_RDONLY);
	if (fd < 0) {
		perror(argv[1]);
		return 1;
	}

	access_image(fd, SETUP_SECTS, &sects, 1, 0);
	access_image(fd, KERNEL_INFO, &offset, 4, 0);
	info = (sects + 1) * 512 + offset;
	access_image(fd, info, magic, 4, 0);
	if (!offset || memcmp(magic, "LToP", 4)) {
		fprintf(stderr, "bzpatch: %s has no kernel_info\n", argv[1]);
		return 1;
	}

	if (argc > 2) {
		value = strtoul(argv[2], NULL, 0);
		access_image(fd, info + SETUP_TYPE_MAX, &value, 4, 1);
	} else {
		access_image(fd, info + SETUP_TYPE_MAX, &value, 4, 0);
		printf("0x%x\n", value);
	}
	return 0;
}
