/* SPDX-License-Identifier: GPL-2.0 */
/* Grace periods are real, see sim/rcu.c. */
#ifndef _KHO_TEST_LINUX_RCUPDATE_H
#define _KHO_TEST_LINUX_RCUPDATE_H

#include <linux/compiler.h>
#include <linux/types.h>

void rcu_read_lock(void);
void rcu_read_unlock(void);
void call_rcu(struct rcu_head *head, void (*func)(struct rcu_head *head));
void rcu_barrier(void);

#endif /* _KHO_TEST_LINUX_RCUPDATE_H */
