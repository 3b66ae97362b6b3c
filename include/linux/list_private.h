/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Lists whose list_head is a __private member of the entries. Linux 6.12 lacks
 * them; what there is here goes by the names that newer kernels have for it.
 */
#ifndef _LINUX_LIST_PRIVATE_H
#define _LINUX_LIST_PRIVATE_H

#include <linux/compiler.h>
#include <linux/list.h>
#include <linux/stddef.h>

/**
 * list_private_entry - the entry that a list_head is a private member of
 * @ptr: the list_head.
 * @type: type of the entry.
 * @member: name of the member.
 */
#define list_private_entry(ptr, type, member) ({			\
	const struct list_head *__head = (ptr);				\
									\
	(type *)((void *)__head - offsetof(type, member));		\
})

/**
 * list_private_for_each_entry - go through the entries of a list
 * @pos: the entry, a pointer to its type.
 * @head: the list.
 * @member: name of the private list_head in the entry.
 */
#define list_private_for_each_entry(pos, head, member)			\
	for (pos = list_private_entry((head)->next, typeof(*pos), member); \
	     &ACCESS_PRIVATE(pos, member) != (head);			\
	     pos = list_private_entry(ACCESS_PRIVATE(pos, member).next,	\
				      typeof(*pos), member))

#endif /* _LINUX_LIST_PRIVATE_H */
