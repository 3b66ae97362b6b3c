/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The counter that goes on across a kexec: the virtual counter. It has no offset
 * where the kernel runs without a hypervisor, and a constant one in a guest.
 */
#ifndef __ASM_KHO_CLOCK_H
#define __ASM_KHO_CLOCK_H

#include <asm/arch_timer.h>

/* Can be read as soon as C code runs. */
static inline u64 kho_clock_read(void)
{
	return __arch_counter_get_cntvct();
}

/* Its rate, 0 if it is not known. */
static inline u32 kho_clock_khz(void)
{
	return arch_timer_get_rate() / 1000;
}

#endif /* __ASM_KHO_CLOCK_H */
