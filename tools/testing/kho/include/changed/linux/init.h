/* SPDX-License-Identifier: GPL-2.0 */
/* Handlers register themselves; the simulated machine calls them as it boots. */
#ifndef _KHO_TEST_LINUX_INIT_H
#define _KHO_TEST_LINUX_INIT_H

#include <linux/compiler.h>

#define __init
#define __meminit
#define __initdata
#define __refdata

extern char *saved_command_line;

void sim_register_param(const char *name, int (*setup)(char *arg));
void sim_register_setup(const char *name, int (*setup)(char *arg));
void sim_register_initcall(int level, int (*fn)(void));

#define early_param(str, fn)						\
	static void __attribute__((constructor)) __param_##fn(void)	\
	{								\
		sim_register_param(str, fn);				\
	}								\
	extern int __param_end_##fn

/* These are called later; values that nobody knows are no errors. */
#define __setup(str, fn)						\
	static void __attribute__((constructor)) __setup_##fn(void)	\
	{								\
		sim_register_setup(str, fn);				\
	}								\
	extern int __setup_end_##fn

#define __initcall_at(level, fn)					\
	static void __attribute__((constructor)) __initcall_##fn(void)	\
	{								\
		sim_register_initcall(level, fn);			\
	}								\
	extern int __initcall_end_##fn

#define early_initcall(fn)	__initcall_at(0, fn)
#define pure_initcall(fn)	__initcall_at(1, fn)
#define core_initcall(fn)	__initcall_at(2, fn)
#define fs_initcall(fn)		__initcall_at(5, fn)
#define late_initcall(fn)	__initcall_at(7, fn)
#define late_initcall_sync(fn)	__initcall_at(8, fn)

#endif /* _KHO_TEST_LINUX_INIT_H */
