/* SPDX-License-Identifier: GPL-2.0 */
/* Nobody is short of memory for so long. */
#ifndef _KHO_TEST_LINUX_OOM_H
#define _KHO_TEST_LINUX_OOM_H

#include <linux/sched.h>

#define tsk_is_oom_victim(task)	((task) != current)

#endif /* _KHO_TEST_LINUX_OOM_H */
