/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _KHO_TEST_LINUX_TYPES_H
#define _KHO_TEST_LINUX_TYPES_H

/* The names that user space has too, of the system's header. */
#include_next <linux/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <linux/bits.h>
#include <linux/compiler.h>

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s32 s32;
typedef __s64 s64;
typedef u64 phys_addr_t;
typedef unsigned int gfp_t;
typedef struct { unsigned long pgprot; } pgprot_t;

typedef struct { int counter; } atomic_t;
typedef struct { long counter; } atomic_long_t;

#define DECLARE_BITMAP(name, bits)	unsigned long name[BITS_TO_LONGS(bits)]

struct list_head {
	struct list_head *next, *prev;
};

#endif /* _KHO_TEST_LINUX_TYPES_H */
