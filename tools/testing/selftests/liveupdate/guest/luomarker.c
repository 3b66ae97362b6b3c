// SPDX-License-Identifier: GPL-2.0
/*
 * luomarker IMAGE: make a kernel image say that it has no handler of huge pages,
 * in place, as one would that was built without it.
 */
#include "luo.h"

/* See include/linux/kho/abi/image.h. */
#define MARKER	"\177KHO file handlers: "
#define NAME	"hugetlb-v1"

int main(int argc, char **argv)
{
	static const char marker[] = MARKER;
	char *image, *found;
	struct stat st;
	int fd;

	must(argc == 2, "arguments");
	fd = open(argv[1], O_RDWR);
	must(fd >= 0 && !fstat(fd, &st), "open %s", argv[1]);
	image = mmap(NULL, st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	must(image != MAP_FAILED, "map %s", argv[1]);
	found = memmem(image, st.st_size, marker, sizeof(marker) - 1);
	must(found, "the image has a marker");
	found = strstr(found, NAME);
	must(found, "it names the handler");
	memset(found, 'x', sizeof(NAME) - 1);
	return 0;
}
