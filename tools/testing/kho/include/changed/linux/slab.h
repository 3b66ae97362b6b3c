/* SPDX-License-Identifier: GPL-2.0 */
/* See sim/page_alloc.c. */
#ifndef _KHO_TEST_LINUX_SLAB_H
#define _KHO_TEST_LINUX_SLAB_H

#include <linux/gfp.h>
#include <linux/types.h>

bool slab_is_available(void);
void *kzalloc(size_t size, gfp_t gfp);
void *kmalloc(size_t size, gfp_t gfp);
void kfree(const void *p);
void *kvmalloc_array(size_t n, size_t size, gfp_t gfp);
void kvfree(const void *p);
char *kstrndup(const char *s, size_t max, gfp_t gfp);

#define kzalloc_node(size, gfp, nid)	kzalloc(size, gfp)
#define kvmalloc(size, gfp)	kvmalloc_array(1, size, gfp)

static inline void sim_free_kvfree(void *p)
{
	kvfree(*(void **)p);
}

#endif /* _KHO_TEST_LINUX_SLAB_H */
