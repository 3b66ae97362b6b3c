/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _KHO_TEST_LINUX_NODEMASK_H
#define _KHO_TEST_LINUX_NODEMASK_H

#include <linux/bitops.h>
#include <linux/mmzone.h>

typedef struct {
	unsigned long bits;
} nodemask_t;

enum node_states {
	N_MEMORY,
	NR_NODE_STATES
};

extern nodemask_t node_states[NR_NODE_STATES];

#define nodes_weight(mask)	((int)hweight_long((mask).bits))
#define for_each_node_state(node, state)				\
	for ((node) = 0; (node) < MAX_NUMNODES; (node)++)		\
		if (node_states[state].bits & BIT(node))

#endif /* _KHO_TEST_LINUX_NODEMASK_H */
