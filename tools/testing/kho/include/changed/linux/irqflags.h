/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _KHO_TEST_LINUX_IRQFLAGS_H
#define _KHO_TEST_LINUX_IRQFLAGS_H

#include <linux/types.h>

/* No interrupt comes on this thread's processor: nothing here may sleep then. */
extern __thread bool sim_irqs_off;

#define local_irq_save(flags)						\
	((void)((flags) = sim_irqs_off, sim_irqs_off = true))
#define local_irq_restore(flags)	((void)(sim_irqs_off = (flags)))

#endif /* _KHO_TEST_LINUX_IRQFLAGS_H */
