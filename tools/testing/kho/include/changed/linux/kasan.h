/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _KHO_TEST_LINUX_KASAN_H
#define _KHO_TEST_LINUX_KASAN_H

/* ASan does this for real, see adjust_managed_page_count() in sim/page_alloc.c. */
#define KASAN_VMALLOC_PROT_NORMAL	0
#define KASAN_VMALLOC_VM_ALLOC		0

#define kasan_unpoison_pages(page, order, init)	((void)(page))
#define kasan_unpoison_vmalloc(addr, size, flags)	(addr)

#endif /* _KHO_TEST_LINUX_KASAN_H */
