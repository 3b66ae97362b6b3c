// SPDX-License-Identifier: GPL-2.0
/*
 * luomarker IMAGE NAME: make a kernel image not say any more that it takes NAME over,
 * in place, as one that was built without it.
 */
#include "luo.h"

/* See include/linux/kho/abi/image.h. */
#define MARKER	"\177KHO file handlers: "

int main(int argc, char **argv)
{
	static const char marker[] = MARKER;
	char *image, *found;
	struct stat st;
	int fd;

	must(argc == 3, "arguments");
	fd = open(argv[1], O_RDWR);
	must(fd >= 0 && !fstat(fd, &st), "open %s", argv[1]);
	image = mmap(NULL, st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	must(image != MAP_FAILED, "map %s", argv[1]);
	found = memmem(image, st.st_size, marker, sizeof(marker) - 1);
	must(found, "the image has a marker");
	found = strstr(found, argv[2]);
	must(found, "it names %s", argv[2]);
	memset(found, 'x', strlen(argv[2]));
	return 0;
}
