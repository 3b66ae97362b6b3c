/* SPDX-License-Identifier: GPL-2.0 */
/* What every kernel header takes for granted. */
#ifndef _KHO_TEST_LINUX_COMPILER_H
#define _KHO_TEST_LINUX_COMPILER_H

#define ____cacheline_aligned	__attribute__((aligned(64)))
#define __aligned(x)		__attribute__((aligned(x)))
#undef __always_inline
#define __always_inline		inline __attribute__((always_inline))
#define __cleanup(fn)		__attribute__((cleanup(fn)))
#define __force
#define __maybe_unused		__attribute__((unused))
#define __must_check		__attribute__((warn_unused_result))
#define __noreturn		__attribute__((noreturn))
#define __packed		__attribute__((packed))
#define __printf(a, b)		__attribute__((format(printf, a, b)))
#define __private
#define __ref
#define __ro_after_init
#define __used			__attribute__((used))
#define __weak			__attribute__((weak))
#define noinline		__attribute__((noinline))
#define fallthrough		__attribute__((fallthrough))

#define likely(x)		__builtin_expect(!!(x), 1)
#define unlikely(x)		__builtin_expect(!!(x), 0)
#define barrier()		__asm__ __volatile__("" : : : "memory")

#define EXPORT_SYMBOL_GPL(sym)	extern typeof(sym) sym
#define IS_ENABLED(option)	__is_defined(option)

/* From linux/kconfig.h: 1 if the argument is a macro defined as 1. */
#define __ARG_PLACEHOLDER_1		0,
#define __take_second_arg(__ignored, val, ...) val
#define __is_defined(x)			___is_defined(x)
#define ___is_defined(val)		____is_defined(__ARG_PLACEHOLDER_##val)
#define ____is_defined(arg1_or_junk)	__take_second_arg(arg1_or_junk 1, 0)

#define ACCESS_PRIVATE(p, member)	((p)->member)

#define __CONCAT2(a, b)		a##b
#define CONCATENATE(a, b)	__CONCAT2(a, b)
#define __UNIQUE_ID(prefix)	CONCATENATE(prefix, __COUNTER__)

#define ARRAY_SIZE(arr)		(sizeof(arr) / sizeof((arr)[0]))
#define sizeof_field(type, member)	sizeof(((type *)0)->member)
#define container_of(ptr, type, member) \
	((type *)((char *)(ptr) - __builtin_offsetof(type, member)))

/* Before every atomic access: lets other threads run now and then, on request. */
extern _Bool sim_perturbed;
void sim_yield(void);

static inline void sim_interleave(void)
{
#ifndef SIM_BENCH
	if (__builtin_expect(sim_perturbed, 0))
		sim_yield();
#endif
}

/*
 * The kernel's READ_ONCE() orders what depends on the address that was read.
 * Sanitizers know no address dependencies, hence the ordered load.
 */
#define READ_ONCE(x) ({							\
	sim_interleave();						\
	__atomic_load_n(&(x), __ATOMIC_CONSUME); })
#define WRITE_ONCE(x, val) ({						\
	sim_interleave();						\
	__atomic_store_n(&(x), val, __ATOMIC_RELAXED); })

#endif /* _KHO_TEST_LINUX_COMPILER_H */
