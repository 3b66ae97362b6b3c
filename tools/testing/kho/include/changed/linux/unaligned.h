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
#define get_unaligned_le64(p)	get_unaligned((const __u64 *)(p))

#define put_unaligned(val, ptr) ({					\
	struct { typeof(*(ptr)) x; } __packed *__p = (void *)(ptr);	\
	__p->x = (val); })

#define put_unaligned_le32(val, p)	put_unaligned(val, (__u32 *)(p))
#define put_unaligned_le64(val, p)	put_unaligned(val, (__u64 *)(p))

#endif /* _KHO_TEST_LINUX_UNALIGNED_H */
