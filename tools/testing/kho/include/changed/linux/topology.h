/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _KHO_TEST_LINUX_TOPOLOGY_H
#define _KHO_TEST_LINUX_TOPOLOGY_H

#define numa_mem_id()	0

#endif /* _KHO_TEST_LINUX_TOPOLOGY_H */
