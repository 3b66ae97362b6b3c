/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _KHO_TEST_LINUX_POISON_H
#define _KHO_TEST_LINUX_POISON_H

#define PAGE_POISON	0xaa

#endif /* _KHO_TEST_LINUX_POISON_H */
