/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A bzImage with as much of a header as is looked at.
 */
#ifndef _KHO_TEST_BZIMAGE_H
#define _KHO_TEST_BZIMAGE_H

#include <linux/types.h>
#include <string.h>

#define BZ_BASE		1024	/* of what offsets count from */
#define BZ_INFO		1536
#define BZ_PAYLOAD	2048

static inline void bzimage_put(unsigned char *image, size_t at, u32 value)
{
	memcpy(image + at, &value, sizeof(value));
}

/* @image: has the payload, of @len bytes, at BZ_PAYLOAD. */
static inline void bzimage_make(unsigned char *image, u32 len, u32 init_size)
{
	memset(image, 0, BZ_PAYLOAD);
	image[0x1f1] = 1;
	memcpy(image + 0x202, "HdrS", 4);
	image[0x206] = 0x0f;
	image[0x207] = 0x02;
	image[0x234] = 1;
	bzimage_put(image, 0x248, BZ_PAYLOAD - BZ_BASE);
	bzimage_put(image, 0x24c, len);
	bzimage_put(image, 0x260, init_size);
	bzimage_put(image, 0x268, BZ_INFO - BZ_BASE);
	memcpy(image + BZ_INFO, "LToP", 4);
	bzimage_put(image, BZ_INFO + 4, 16);
	bzimage_put(image, BZ_INFO + 8, 16);
	bzimage_put(image, BZ_INFO + 12, 0x8000000a);
}

#endif /* _KHO_TEST_BZIMAGE_H */
