/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _KHO_TEST_LINUX_CACHEFLUSH_H
#define _KHO_TEST_LINUX_CACHEFLUSH_H

#define flush_cache_vmap(start, end)	((void)(start), (void)(end))

#endif /* _KHO_TEST_LINUX_CACHEFLUSH_H */
