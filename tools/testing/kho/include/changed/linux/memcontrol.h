/* SPDX-License-Identifier: GPL-2.0 */
/* See sim/page_alloc.c. */
#ifndef _KHO_TEST_LINUX_MEMCONTROL_H
#define _KHO_TEST_LINUX_MEMCONTROL_H

#include <linux/mm.h>

int memcg_kmem_charge_page(struct page *page, gfp_t gfp, int order);

#endif /* _KHO_TEST_LINUX_MEMCONTROL_H */
