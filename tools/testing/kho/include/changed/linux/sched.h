/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _KHO_TEST_LINUX_SCHED_H
#define _KHO_TEST_LINUX_SCHED_H

/* One process, for all that is asked of it here. */
#define current		((void *)0)

static inline void cond_resched(void) { }

#endif /* _KHO_TEST_LINUX_SCHED_H */
