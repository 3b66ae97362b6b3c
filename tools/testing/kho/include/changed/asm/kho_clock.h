/* SPDX-License-Identifier: GPL-2.0 */
/* A counter that counts how often it is read, by as much as a test says. */
#ifndef _KHO_TEST_ASM_KHO_CLOCK_H
#define _KHO_TEST_ASM_KHO_CLOCK_H

#include <linux/types.h>

extern u64 sim_clock, sim_clock_step;
extern u32 sim_clock_khz;

static inline u64 kho_clock_read(void)
{
	return sim_clock += sim_clock_step;
}

static inline u32 kho_clock_khz(void)
{
	return sim_clock_khz;
}

#endif /* _KHO_TEST_ASM_KHO_CLOCK_H */
