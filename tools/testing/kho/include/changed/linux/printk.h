/* SPDX-License-Identifier: GPL-2.0 */
/* Lines go to a log that tests can look at; rates are not limited. */
#ifndef _KHO_TEST_LINUX_PRINTK_H
#define _KHO_TEST_LINUX_PRINTK_H

#include <linux/compiler.h>

void sim_printk(const char *fmt, ...) __printf(1, 2);

#ifndef pr_fmt
#define pr_fmt(fmt) fmt
#endif

#define pr_err(fmt, ...)	sim_printk(pr_fmt(fmt), ##__VA_ARGS__)
#define pr_warn(fmt, ...)	sim_printk(pr_fmt(fmt), ##__VA_ARGS__)
#define pr_info(fmt, ...)	sim_printk(pr_fmt(fmt), ##__VA_ARGS__)
#define pr_warn_once(fmt, ...) ({					\
	static _Bool __said;						\
	if (!__atomic_exchange_n(&__said, 1, __ATOMIC_RELAXED))		\
		pr_warn(fmt, ##__VA_ARGS__);				\
})
#define dump_stack()		WARN_ON(1)
#define pr_err_ratelimited	pr_err
#define pr_warn_ratelimited	pr_warn

#endif /* _KHO_TEST_LINUX_PRINTK_H */
