// SPDX-License-Identifier: GPL-2.0-only
/*
 * khohuge: count the hugetlb pages of physical memory.
 *
 *	khohuge START END	print how many base pages of [START, END) belong
 *				to hugetlb pages, used or not
 *
 * Numbers are C numbers, in bytes. Reads /proc/kpageflags.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/kernel-page-flags.h>

#define CHUNK		8192UL	/* entries read at a time */

int main(int argc, char **argv)
{
	const unsigned long page = sysconf(_SC_PAGESIZE);
	static uint64_t flags[CHUNK];
	unsigned long pfn, end, i, huge = 0;
	ssize_t n;
	int fd;

	if (argc != 3) {
		fprintf(stderr, "usage: khohuge START END\n");
		return 2;
	}
	pfn = strtoul(argv[1], NULL, 0) / page;
	end = strtoul(argv[2], NULL, 0) / page;
	fd = open("/proc/kpageflags", O_RDONLY);
	while (fd >= 0 && pfn < end) {
		n = pread(fd, flags, sizeof(flags), pfn * sizeof(flags[0]));
		if (n <= 0)
			break;
		n /= sizeof(flags[0]);
		for (i = 0; i < (unsigned long)n && pfn < end; i++, pfn++)
			huge += flags[i] >> KPF_HUGE & 1;
	}
	if (pfn < end) {
		fprintf(stderr, "khohuge: /proc/kpageflags at %#lx: %s\n", pfn,
			strerror(errno));
		return 1;
	}
	printf("%lu\n", huge);
	return 0;
}
