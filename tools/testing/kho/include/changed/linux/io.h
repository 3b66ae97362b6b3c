/* SPDX-License-Identifier: GPL-2.0 */
/* Physical memory is an arena, see sim/ram.c. */
#ifndef _KHO_TEST_LINUX_IO_H
#define _KHO_TEST_LINUX_IO_H

#include <linux/types.h>

/* There is no physical memory from here on. */
#ifndef SIM_PHYS_END
#define SIM_PHYS_END	(1UL << 36)
#endif

extern char *sim_ram;

void *sim_no_virt(phys_addr_t phys);
phys_addr_t sim_no_phys(const volatile void *virt) __attribute__((cold));

static inline void *phys_to_virt(phys_addr_t phys)
{
	return likely(phys < SIM_PHYS_END) ? sim_ram + phys : sim_no_virt(phys);
}

static inline phys_addr_t virt_to_phys(const volatile void *virt)
{
	phys_addr_t phys = (const volatile char *)virt - sim_ram;

	return likely(phys < SIM_PHYS_END) ? phys : sim_no_phys(virt);
}

#define __pa(x)		virt_to_phys((const void *)(x))
#define __va(x)		phys_to_virt(x)

#endif /* _KHO_TEST_LINUX_IO_H */
