/* SPDX-License-Identifier: GPL-2.0 */
/* Work is done at once. */
#ifndef _KHO_TEST_LINUX_WORKQUEUE_H
#define _KHO_TEST_LINUX_WORKQUEUE_H

struct work_struct {
	void (*func)(struct work_struct *work);
};

#define DECLARE_WORK(n, f)	struct work_struct n = { f }

static inline void schedule_work(struct work_struct *work)
{
	work->func(work);
}

#endif /* _KHO_TEST_LINUX_WORKQUEUE_H */
