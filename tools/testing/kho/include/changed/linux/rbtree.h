/* SPDX-License-Identifier: GPL-2.0 */
/* A list. What is found is the same; how the tree is balanced is not our thing. */
#ifndef _KHO_TEST_LINUX_RBTREE_H
#define _KHO_TEST_LINUX_RBTREE_H

#include <linux/compiler.h>
#include <linux/types.h>

struct rb_node {
	struct rb_node *next;
};

struct rb_root {
	struct rb_node *rb_node;
};

#define RB_ROOT	(struct rb_root) { NULL }
#define rb_entry(ptr, type, member)	container_of(ptr, type, member)

static inline struct rb_node *
rb_find(const void *key, const struct rb_root *tree,
	int (*cmp)(const void *key, const struct rb_node *node))
{
	struct rb_node *node = tree->rb_node;

	while (node && cmp(key, node))
		node = node->next;
	return node;
}

static inline struct rb_node *
rb_find_add(struct rb_node *node, struct rb_root *tree,
	    int (*cmp)(struct rb_node *node, const struct rb_node *other))
{
	struct rb_node *other = tree->rb_node;

	while (other && cmp(node, other))
		other = other->next;
	if (other)
		return other;

	node->next = tree->rb_node;
	tree->rb_node = node;
	return NULL;
}

static inline void rb_erase(struct rb_node *node, struct rb_root *tree)
{
	struct rb_node **link = &tree->rb_node;

	while (*link != node)
		link = &(*link)->next;
	*link = node->next;
}

#endif /* _KHO_TEST_LINUX_RBTREE_H */
