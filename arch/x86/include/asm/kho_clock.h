/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The counter that goes on across a kexec: the time stamp counter.
 */
#ifndef _ASM_X86_KHO_CLOCK_H
#define _ASM_X86_KHO_CLOCK_H

#include <asm/msr.h>
#include <asm/tsc.h>

/* Can be read as soon as C code runs. */
static inline u64 kho_clock_read(void)
{
	return rdtsc();
}

/*
 * Its rate, 0 if it does not tell the time. The kernel finds it unstable when it
 * stops in idle states, when its rate changes with that of the processor, and when
 * processors do not agree.
 */
static inline u32 kho_clock_khz(void)
{
	return check_tsc_unstable() ? 0 : tsc_khz;
}

#endif /* _ASM_X86_KHO_CLOCK_H */
