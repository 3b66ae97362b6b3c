/* SPDX-License-Identifier: GPL-2.0 */
/* See sim/vmalloc.c. */
#ifndef _KHO_TEST_LINUX_VMALLOC_H
#define _KHO_TEST_LINUX_VMALLOC_H

#include <linux/atomic.h>
#include <linux/types.h>

struct page;

#define VM_IOREMAP		0x00000001
#define VM_ALLOC		0x00000002
#define VM_MAP			0x00000004
#define VM_USERMAP		0x00000008
#define VM_UNINITIALIZED	0x00000020
#define VM_ALLOW_HUGE_VMAP	0x00000400

/* Unlike in the kernel always there, and no accessor is needed. */
struct vm_struct {
	struct vm_struct *next;
	void *addr;
	unsigned long size;
	unsigned long flags;
	struct page **pages;
	unsigned int page_order;
	unsigned int nr_pages;
};

struct vm_struct *find_vm_area(const void *addr);
void vfree(const void *addr);

#endif /* _KHO_TEST_LINUX_VMALLOC_H */
