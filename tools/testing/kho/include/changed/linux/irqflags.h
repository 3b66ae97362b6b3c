/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _KHO_TEST_LINUX_IRQFLAGS_H
#define _KHO_TEST_LINUX_IRQFLAGS_H

#define local_irq_save(flags)		((void)((flags) = 0))
#define local_irq_restore(flags)	((void)(flags))

#endif /* _KHO_TEST_LINUX_IRQFLAGS_H */
