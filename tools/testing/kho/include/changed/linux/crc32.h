/* SPDX-License-Identifier: GPL-2.0 */
/* That of zlib. */
#ifndef _KHO_TEST_LINUX_CRC32_H
#define _KHO_TEST_LINUX_CRC32_H

#include <linux/types.h>
#include <linux/zlib.h>

static inline u32 crc32_le(u32 crc, const void *p, size_t len)
{
	return ~crc32(~crc, p, len);
}

#endif /* _KHO_TEST_LINUX_CRC32_H */
