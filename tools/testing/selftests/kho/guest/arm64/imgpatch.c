// SPDX-License-Identifier: GPL-2.0-only
/*
 * imgpatch: make an Image one of a kernel that knows no handover.
 *
 *	imgpatch IMAGE
 *
 * Overwrites the name of the format wherever it is.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#define NAME	"kho-v4"

int main(int argc, char **argv)
{
	int fd = argc == 2 ? open(argv[1], O_RDWR) : -1, found = 0;
	struct stat st;
	char *image, *at;

	if (fd < 0 || fstat(fd, &st)) {
		fprintf(stderr, "usage: imgpatch IMAGE\n");
		return 2;
	}

	image = mmap(NULL, st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (image == MAP_FAILED) {
		perror(argv[1]);
		return 1;
	}

	at = image;
	while ((at = memmem(at, image + st.st_size - at, NAME, sizeof(NAME) - 1))) {
		at[sizeof(NAME) - 2] = '0';
		found++;
	}
	printf("%d times\n", found);
	return !found;
}
