/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A handler, two FLBs that go with its files, and kernels that use them.
 */
#ifndef _KHO_TEST_LUO_STUB_H
#define _KHO_TEST_LUO_STUB_H

#include <linux/file.h>
#include <linux/liveupdate.h>
#include <linux/module.h>

#include "state.h"

#include "../../../../kernel/liveupdate/luo_internal.h"

#define SESSIONS	51	/* in a block, ABI 9 */

extern const struct sim_machine machine;
extern const char cmdline[];

/* What handlers and FLBs were asked to do: a letter, and which file. */
extern char trace[4096];
void expect_trace_at(const char *file, int line, const char *want);
#define expect_trace(want)	expect_trace_at(__FILE__, __LINE__, want)

/* As it is after start(), and after add_flbs(). */
extern struct state before;

/* The handler hands over a page with the content of the file, if that is none of these. */
extern u64 fail_preserve, fail_freeze, fail_retrieve, not_ready;
extern struct module owner;
extern const struct liveupdate_file_handler page_handler;
extern struct liveupdate_file_handler handler;

extern u64 fail_flb;
extern const struct liveupdate_flb flb_init[2];
extern struct liveupdate_flb flbs[2];

void start(void);	/* in a kernel that has booted: register the handler */
void begin(void);	/* a cold boot */
void add_flbs(void);
void jump(void);

struct luo_session *create(const char *name);
struct luo_session *retrieve(const char *name);
int preserve(struct luo_session *session, u64 content);	/* the token, too */
void expect_file(struct luo_session *session, u64 token);
int make_session(void *arg);

/* What the running kernel hands over. */
const struct luo_ser *out_ser(void);

#endif /* _KHO_TEST_LUO_STUB_H */
