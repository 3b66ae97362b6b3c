/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _KHO_TEST_LINUX_TIMEX_H
#define _KHO_TEST_LINUX_TIMEX_H

typedef unsigned long cycles_t;

static inline cycles_t get_cycles(void)
{
	return __builtin_readcyclecounter();
}

#endif /* _KHO_TEST_LINUX_TIMEX_H */
