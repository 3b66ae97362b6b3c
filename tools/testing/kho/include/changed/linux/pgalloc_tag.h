/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _KHO_TEST_LINUX_PGALLOC_TAG_H
#define _KHO_TEST_LINUX_PGALLOC_TAG_H

#define clear_page_tag_ref(page)	((void)(page))

#endif /* _KHO_TEST_LINUX_PGALLOC_TAG_H */
