/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Live update: sessions, files and what they share, as one kernel hands them to
 * the next. Wire format; see kho/abi/kexec_handover.h for what that means.
 */
#ifndef _LINUX_KHO_ABI_LUO_H
#define _LINUX_KHO_ABI_LUO_H

#include <linux/align.h>
#include <linux/build_bug.h>
#include <linux/stddef.h>
#include <linux/stringify.h>
#include <linux/types.h>

#include <linux/kho/abi/block.h>
#include <uapi/linux/liveupdate.h>

/**
 * DOC: LUO wire format
 *
 * The subtree "LUO" is a struct luo_ser, from which everything hangs by
 * physical addresses::
 *
 *   luo_ser
 *     sessions_pa -> chain of blocks of luo_session_ser
 *                      files -> chain of blocks of luo_file_ser
 *                                 data: whatever the file's handler made
 *     flbs_pa -----> one page: luo_flb_header_ser, luo_flb_ser ...
 *                                 data: whatever the FLB made
 *
 * The blob, the blocks (see kho/abi/block.h) and the page are folios of order 0.
 * The blob is there from boot on, with no session and an empty page; the rest is
 * filled in by the reboot system call.
 */

/* Name of the subtree. */
#define LUO_KHO_ENTRY_NAME "LUO"

/* What luo_ser::compatible says, and its length. */
#define LUO_ABI_COMPATIBLE "luo-v5"
#define LUO_ABI_COMPAT_LEN 8

/**
 * struct luo_ser - blob of the "LUO" subtree
 * @compatible: LUO_ABI_COMPATIBLE, filled up with NUL.
 * @liveupdate_num: number of live updates since the last cold boot, the coming
 *	one included.
 * @sessions_pa: first block of sessions, 0 if there are none.
 * @flbs_pa: page of FLBs, 0 if there is none.
 */
struct luo_ser {
	char compatible[LUO_ABI_COMPAT_LEN];
	u64 liveupdate_num;
	u64 sessions_pa;
	u64 flbs_pa;
} __packed;

static_assert(sizeof(LUO_ABI_COMPATIBLE) <= LUO_ABI_COMPAT_LEN);
static_assert(sizeof(struct luo_ser) == 32);
static_assert(offsetof(struct luo_ser, liveupdate_num) == 8);
static_assert(offsetof(struct luo_ser, sessions_pa) == 16);
static_assert(offsetof(struct luo_ser, flbs_pa) == 24);

/* Bytes in the name of a handler, with the NUL at its end. */
#define LIVEUPDATE_HNDL_COMPAT_LENGTH 48

/**
 * struct luo_file_ser - a file of a session
 * @compatible: name of the handler that preserved it, NUL-terminated.
 * @data: what the handler made of it.
 * @token: number by which user space knows it, unique in the session.
 */
struct luo_file_ser {
	char compatible[LIVEUPDATE_HNDL_COMPAT_LENGTH];
	u64 data;
	u64 token;
} __packed;

static_assert(sizeof(struct luo_file_ser) == 64);
static_assert(offsetof(struct luo_file_ser, data) == 48);
static_assert(offsetof(struct luo_file_ser, token) == 56);

/**
 * struct luo_file_set_ser - the files of a session
 * @files: first block of files, 0 if there are none.
 * @count: number of files in all blocks.
 */
struct luo_file_set_ser {
	u64 files;
	u64 count;
} __packed;

static_assert(sizeof(struct luo_file_set_ser) == 16);
static_assert(offsetof(struct luo_file_set_ser, count) == 8);

/**
 * struct luo_session_ser - a session
 * @name: its name, NUL-terminated, unique.
 * @file_set_ser: its files, in the order in which they were preserved.
 */
struct luo_session_ser {
	char name[LIVEUPDATE_SESSION_NAME_LENGTH];
	struct luo_file_set_ser file_set_ser;
} __packed;

static_assert(sizeof(struct luo_session_ser) == 80);
static_assert(offsetof(struct luo_session_ser, file_set_ser) == 64);

/* Bytes in the name of an FLB, with the NUL at its end. */
#define LIVEUPDATE_FLB_COMPAT_LENGTH 48

/**
 * struct luo_flb_header_ser - header of the page of FLBs
 * @pgcnt: 1, the number of pages.
 * @count: number of FLBs, which follow the header.
 */
struct luo_flb_header_ser {
	u64 pgcnt;
	u64 count;
} __packed;

static_assert(sizeof(struct luo_flb_header_ser) == 16);
static_assert(offsetof(struct luo_flb_header_ser, count) == 8);

/**
 * struct luo_flb_ser - state that files share
 * @name: name of the FLB, NUL-terminated.
 * @data: what the FLB made of it.
 * @count: number of its users: files, and who else held on to it.
 */
struct luo_flb_ser {
	char name[LIVEUPDATE_FLB_COMPAT_LENGTH];
	u64 data;
	u64 count;
} __packed;

static_assert(sizeof(struct luo_flb_ser) == 64);
static_assert(offsetof(struct luo_flb_ser, data) == 48);
static_assert(offsetof(struct luo_flb_ser, count) == 56);

#ifdef CONFIG_LIVEUPDATE_TEST
/* Name of an FLB of the test in lib/tests/liveupdate.c. */
#define LIVEUPDATE_TEST_FLB_COMPATIBLE(i) "liveupdate-test-flb-v" __stringify(i)
#endif

#endif /* _LINUX_KHO_ABI_LUO_H */
