/* SPDX-License-Identifier: GPL-2.0 */
/* Compiler builtins, ordered as Documentation/atomic_t.txt has it. */
#ifndef _KHO_TEST_LINUX_ATOMIC_H
#define _KHO_TEST_LINUX_ATOMIC_H

#include <linux/compiler.h>
#include <linux/types.h>

#define ATOMIC_INIT(i)	{ (i) }

static inline int atomic_read(const atomic_t *v)
{
	return __atomic_load_n(&v->counter, __ATOMIC_RELAXED);
}

static inline void atomic_set(atomic_t *v, int i)
{
	__atomic_store_n(&v->counter, i, __ATOMIC_RELAXED);
}

static inline int atomic_dec_return(atomic_t *v)
{
	return __atomic_sub_fetch(&v->counter, 1, __ATOMIC_SEQ_CST);
}

static inline long atomic_long_read(const atomic_long_t *v)
{
	sim_interleave();
	return __atomic_load_n(&v->counter, __ATOMIC_RELAXED);
}

static inline void atomic_long_set(atomic_long_t *v, long i)
{
	__atomic_store_n(&v->counter, i, __ATOMIC_RELAXED);
}

static inline void atomic_long_add(long i, atomic_long_t *v)
{
	__atomic_add_fetch(&v->counter, i, __ATOMIC_RELAXED);
}

static inline void atomic_long_or(long i, atomic_long_t *v)
{
	sim_interleave();
	__atomic_fetch_or(&v->counter, i, __ATOMIC_RELAXED);
}

static inline void atomic_long_andnot(long i, atomic_long_t *v)
{
	sim_interleave();
	__atomic_fetch_and(&v->counter, ~i, __ATOMIC_RELAXED);
}

#define try_cmpxchg(ptr, oldp, new)					\
	__atomic_compare_exchange_n(ptr, oldp, new, false,		\
				    __ATOMIC_SEQ_CST, __ATOMIC_RELAXED)

#define cmpxchg(ptr, old, new) ({					\
	sim_interleave();						\
	typeof(*(ptr)) __cmpxchg_old = (old);				\
	try_cmpxchg(ptr, &__cmpxchg_old, new);				\
	__cmpxchg_old; })

#endif /* _KHO_TEST_LINUX_ATOMIC_H */
