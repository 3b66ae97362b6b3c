/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A simulated machine for the kernel code under test: physical memory, a page
 * allocator, RCU, a log, and a boot that can be repeated in one process. For
 * tests only; the code under test sees kernel headers.
 */
#ifndef _KHO_TEST_SIM_H
#define _KHO_TEST_SIM_H

#include <linux/memblock.h>
#include <linux/mm.h>
#include <linux/types.h>
#include <linux/vmalloc.h>

#include "../../../../kernel/liveupdate/kho_internal.h"
#include "../../../../kernel/liveupdate/kho_radix.h"
#include "../../../../mm/memblock_kho.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#include <sanitizer/asan_interface.h>
#define SIM_ASAN	1
#endif
#if __has_feature(thread_sanitizer)
#define SIM_TSAN	1
#endif
#endif

#ifndef SIM_ASAN
#define ASAN_POISON_MEMORY_REGION(addr, size)	((void)(addr), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(addr, size)	((void)(addr), (void)(size))
#endif

/* A mistake of the code under test, or of a test, that ends the program. */
#define sim_never(cond) do {						\
	if (unlikely(cond))						\
		sim_bug(__FILE__, __LINE__, #cond);			\
} while (0)

#define MiB(n)	((phys_addr_t)(n) << 20)
#define GiB(n)	((phys_addr_t)(n) << 30)

/* ram.c: the hardware */

#define SIM_MAX_RANGES	8

struct sim_range {
	phys_addr_t start;
	phys_addr_t size;	/* 0 ends the list */
	int nid;
	bool hot_added;
};

struct sim_machine {
	struct sim_range ram[SIM_MAX_RANGES];
};

void sim_power_on(const struct sim_machine *machine);
const struct sim_range *sim_find_range(phys_addr_t phys);
/* Memory of the host, zero, of which only what is used is taken. */
void *sim_map(unsigned long size, int prot);
bool sim_is_ram(phys_addr_t start, phys_addr_t size);
phys_addr_t sim_ram_size(void);
void sim_reset_struct_pages(void);

#define sim_for_each_range(r)						\
	for ((r) = sim_machine.ram; (r) < sim_machine.ram + SIM_MAX_RANGES && \
	     (r)->size; (r)++)

extern struct sim_machine sim_machine;

/* boot.c: kernels that run on it */

struct sim_handover {
	phys_addr_t fdt;
	u64 fdt_len;
	phys_addr_t scratch;
	u64 scratch_len;
};

/* What the kernel takes of memblock for itself before KHO looks. */
extern phys_addr_t sim_kernel_size;
/* From _text to _end. */
extern unsigned long sim_image_size;
/* mem= */
extern phys_addr_t sim_mem_limit;

/* As on arm64: memblock's lists cannot grow before there is a linear map. */
extern bool sim_late_resize;

void sim_boot(const char *cmdline);
void sim_kexec(const char *cmdline);
void sim_boot_with(const struct sim_handover *handover, const char *cmdline);

/* The same in single steps. */
struct sim_handover sim_prepare_jump(void);
void sim_start_kernel(void);
/* Only the variables of the kernel files. */
void sim_reset_kernel(void);
int sim_early_params(const char *cmdline);
void sim_setup_params(const char *cmdline);
void sim_add_memory(void);
void sim_take_boot_memory(void);
void sim_free_boot_memory(void);
int sim_initcalls(void);

/* memblock.c */

/* Whether all of it is. */
bool sim_is_reserved(phys_addr_t base, phys_addr_t size);
/* A hash of all regions, to compare. */
u64 sim_regions(const struct memblock_type *type);

/* page_alloc.c */

enum sim_page_state {
	SIM_FREE,	/* so is memory that was never looked at */
	SIM_USED,
	SIM_RESERVED,	/* by memblock */
	SIM_HELD,	/* preserved by the previous kernel, or not released yet */
	SIM_CMA,
};

/*
 * Struct pages of a node that are initialised early, in bytes of memory; the
 * others after early initcalls and before all others, by so many threads. All of
 * them are early by default.
 */
extern phys_addr_t sim_early_memory;
extern unsigned int sim_deferred_threads;
/* What kho_mm_free_early() said would be free, and what was freed at boot. */
extern unsigned long sim_pages_promised, sim_pages_released;

/*
 * Where the search for free memory begins, as in a zone that is preferred; 0: where
 * the last one ended.
 */
extern phys_addr_t sim_alloc_start;
/* How many blocks alloc_contig_range() was asked for. */
extern unsigned long sim_contig_calls;
/* SIGKILL was sent. */
extern bool sim_killed;

enum sim_page_state sim_page_state(unsigned long pfn);
void sim_pages_reset(void);
void sim_pages_start_deferred(void);
void sim_unmap(phys_addr_t limit);
long sim_pages_used(void);
void sim_scribble_free(void);
extern bool sim_scribble_at_boot;
long sim_objects_used(void);
long sim_allocs_for_free(void);
void sim_poison_page(struct page *page);
/* Let alloc_contig_range() move a page that is in use. */
void sim_make_movable(struct page *page);

/*
 * Let the @nth allocation of any kind from now on fail, 1 being the next one, 0
 * none. Returns how many there were since the last call.
 */
unsigned long sim_fail_nth(unsigned long nth);
/* Let one in @n fail, at random, in any thread; 0 none. */
void sim_fail_random(unsigned int n);
bool sim_should_fail(void);

/* vmalloc.c */

void *sim_vmalloc(unsigned int nr_pages, unsigned int order, unsigned long flags);
void sim_vmalloc_reset(void);

/* fs.c */

struct file;

void sim_fs_reset(void);
struct file *sim_file_alloc(u64 content);
/* The caller's reference goes to the descriptor. */
int sim_fd_install(struct file *file);
void sim_fd_close(int fd);

/* lib.c: the log */

extern bool sim_verbose;

void sim_log_clear(void);
unsigned int sim_log_lines(void);
bool sim_log_has(const char *text);
const char *sim_log(void);
/* How many WARN() there were since the last call. */
unsigned int sim_warnings(void);

/* threads.c */

/* Let threads take turns between any two atomic accesses, at random. */
void sim_perturb(bool on);

/*
 * Run two functions as threads of which only one runs at a time, @first before
 * the other: they take turns before the atomic accesses of which the numbers are
 * in @at, in ascending order, and when one is done. Returns how many atomic
 * accesses there were.
 */
unsigned int sim_take_turns(void (*fn)(unsigned int thread), unsigned int first,
			    const unsigned int *at, unsigned int nr);

/* Of the linker: the variables of the kernel files. */
extern char __start_kho_data[] __weak, __stop_kho_data[] __weak;
extern char __start_kho_bss[] __weak, __stop_kho_bss[] __weak;

#endif /* _KHO_TEST_SIM_H */
