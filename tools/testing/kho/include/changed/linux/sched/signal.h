/* SPDX-License-Identifier: GPL-2.0 */
/* See sim/page_alloc.c. */
#ifndef _KHO_TEST_LINUX_SCHED_SIGNAL_H
#define _KHO_TEST_LINUX_SCHED_SIGNAL_H

#include <linux/types.h>

extern bool sim_killed;

#define fatal_signal_pending(task)	((void)(task), sim_killed)

#endif /* _KHO_TEST_LINUX_SCHED_SIGNAL_H */
