/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _KHO_TEST_LINUX_UNALIGNED_H
#define _KHO_TEST_LINUX_UNALIGNED_H

#include <linux/compiler.h>
#include <linux/types.h>

#define get_unaligned(ptr) ({						\
	const struct { typeof(*(ptr)) x; } __packed *__p =		\
		(const void *)(ptr);					\
	__p->x; })

/* Of machines that are little-endian, as those are whose images are looked at. */
#define get_unaligned_le16(p)	get_unaligned((const __u16 *)(p))
#define get_unaligned_le32(p)	get_unaligned((const __u32 *)(p))

#endif /* _KHO_TEST_LINUX_UNALIGNED_H */
