/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _KHO_TEST_LINUX_PAGEMAP_H
#define _KHO_TEST_LINUX_PAGEMAP_H

#include <linux/mm.h>

struct address_space;

static inline struct address_space *folio_mapping(const struct folio *folio)
{
	return folio->page.mapping;
}

#endif /* _KHO_TEST_LINUX_PAGEMAP_H */
