/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _KHO_TEST_LINUX_SCHED_H
#define _KHO_TEST_LINUX_SCHED_H

#include <linux/types.h>

/* One process, for all that is asked of it here: sim/lib.c. */
#define current		((void *)0)

/* It has a fatal signal. */
extern bool sim_killed;

static inline void cond_resched(void) { }

#endif /* _KHO_TEST_LINUX_SCHED_H */
