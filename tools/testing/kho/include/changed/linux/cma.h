/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _KHO_TEST_LINUX_CMA_H
#define _KHO_TEST_LINUX_CMA_H

extern unsigned long totalcma_pages;

#endif /* _KHO_TEST_LINUX_CMA_H */
