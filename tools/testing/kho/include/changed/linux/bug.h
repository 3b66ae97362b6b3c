/* SPDX-License-Identifier: GPL-2.0 */
/* A warning is an event that a test expects or not; there is no "once". */
#ifndef _KHO_TEST_LINUX_BUG_H
#define _KHO_TEST_LINUX_BUG_H

#include <linux/compiler.h>
#include <linux/types.h>

void sim_warn(const char *file, int line, const char *what);
void sim_bug(const char *file, int line, const char *what) __noreturn;

#define WARN_ON(cond) ({						\
	bool __warn_cond = !!(cond);					\
	if (unlikely(__warn_cond))					\
		sim_warn(__FILE__, __LINE__, #cond);			\
	unlikely(__warn_cond); })
#define WARN_ON_ONCE(cond)	WARN_ON(cond)
#define BUG_ON(cond) do {						\
	if (unlikely(cond))						\
		sim_bug(__FILE__, __LINE__, #cond);			\
} while (0)
#define BUG()			sim_bug(__FILE__, __LINE__, "BUG")
#define panic(fmt, ...)		sim_bug(__FILE__, __LINE__, fmt)

#endif /* _KHO_TEST_LINUX_BUG_H */
