/* SPDX-License-Identifier: GPL-2.0 */
/* Page size from the command line: 12, 14 or 16. */
#ifndef _KHO_TEST_ASM_PAGE_H
#define _KHO_TEST_ASM_PAGE_H

#ifndef PAGE_SHIFT
#define PAGE_SHIFT	12
#endif

#define PAGE_SIZE	(1UL << PAGE_SHIFT)
#define PAGE_MASK	(~(PAGE_SIZE - 1))
#define PAGE_ALIGNED(addr)	(!((unsigned long)(addr) & (PAGE_SIZE - 1)))

#endif /* _KHO_TEST_ASM_PAGE_H */
