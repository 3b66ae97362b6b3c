// SPDX-License-Identifier: GPL-2.0
/*
 * Kernels that run, one after the other, on the simulated machine. The kernel
 * code under test is linked in once; its variables are in sections of their own
 * and get their initial values back whenever a kernel starts.
 */

#include <stdlib.h>
#include <stdio.h>

#include <asm/early_ioremap.h>

#include <linux/kexec.h>
#include <linux/kho_timeline.h>
#include <linux/sizes.h>

#include "sim.h"
#include "../../../../kernel/liveupdate/kho_image.h"

#define SIM_MAX_CALLS	16
#define SIM_BLOCK	MiB(4)

static struct {
	const char *name;
	int (*setup)(char *arg);
} sim_params[SIM_MAX_CALLS];

static struct {
	int level;
	int (*fn)(void);
} sim_calls[SIM_MAX_CALLS];

static struct {
	const char *name;
	int (*setup)(char *arg);
} sim_setups[SIM_MAX_CALLS];

static unsigned int sim_nr_params, sim_nr_calls, sim_nr_setups;

phys_addr_t sim_kernel_size = MiB(1);
phys_addr_t sim_mem_limit = PHYS_ADDR_MAX;
bool sim_late_resize;
unsigned long totalcma_pages;
struct zone sim_zone;
char sim_image[1];
unsigned long sim_image_size = MiB(2);
u64 sim_clock, sim_clock_step = 1000;
u32 sim_clock_khz = 1000;

void sim_register_param(const char *name, int (*setup)(char *arg))
{
	sim_never(sim_nr_params == SIM_MAX_CALLS);
	sim_params[sim_nr_params].name = name;
	sim_params[sim_nr_params++].setup = setup;
}

void sim_register_setup(const char *name, int (*setup)(char *arg))
{
	sim_never(sim_nr_setups == SIM_MAX_CALLS);
	sim_setups[sim_nr_setups].name = name;
	sim_setups[sim_nr_setups++].setup = setup;
}

void sim_register_initcall(int level, int (*fn)(void))
{
	sim_never(sim_nr_calls == SIM_MAX_CALLS);
	sim_calls[sim_nr_calls].level = level;
	sim_calls[sim_nr_calls++].fn = fn;
}

/* What is on the command line, and before it in memory. */

/* Across redzones, hence without sanitizers. */
static noinline __attribute__((no_sanitize("address", "thread")))
void sim_copy(volatile char *to, const volatile char *from, size_t size)
{
	while (size--)
		*to++ = *from++;
}

void sim_reset_kernel(void)
{
	static char *initial;
	size_t data = __stop_kho_data - __start_kho_data;
	size_t bss = __stop_kho_bss - __start_kho_bss;

	if (!initial) {
		initial = calloc(1, data + bss + 1);
		sim_copy(initial, __start_kho_data, data);
		sim_copy(initial + data, __start_kho_bss, bss);
	}
	sim_copy(__start_kho_data, initial, data);
	sim_copy(__start_kho_bss, initial + data, bss);
}

/* The content of memory is all that stays. */
void sim_start_kernel(void)
{
	sim_reset_kernel();
	sim_pages_reset();
	sim_vmalloc_reset();
	sim_fs_reset();
	sim_reset_struct_pages();
	sim_log_clear();
	totalcma_pages = 0;
	sim_zone.cma_pages = 0;
	kho_timeline_stamp(KHO_TIME_START);
}

static int sim_early_param(char *param)
{
	char *value = strchr(param, '=');
	unsigned int i;
	int err = 0;

	if (value)
		*value++ = 0;
	for (i = 0; i < sim_nr_params; i++)
		if (!strcmp(sim_params[i].name, param))
			err = err ?: sim_params[i].setup(value);
	return err;
}

int sim_early_params(const char *cmdline)
{
	char buf[512], *save, *param;
	int err = 0;

	sim_never(strscpy(buf, cmdline) < 0);
	for (param = strtok_r(buf, " ", &save); param;
	     param = strtok_r(NULL, " ", &save))
		err = sim_early_param(param) ?: err;
	return err;
}

/* Names end in "=". */
void sim_setup_params(const char *cmdline)
{
	char buf[512], *save, *param;
	unsigned int i;
	size_t len;

	sim_never(strscpy(buf, cmdline) < 0);
	for (param = strtok_r(buf, " ", &save); param;
	     param = strtok_r(NULL, " ", &save))
		for (i = 0; i < sim_nr_setups; i++) {
			len = strlen(sim_setups[i].name);
			if (!strncmp(sim_setups[i].name, param, len))
				sim_setups[i].setup(param + len);
		}
}

/* Firmware's map is known before memblock knows it, and mem= cuts it, as on x86. */
bool arch_kho_is_ram(phys_addr_t start, phys_addr_t size)
{
	return start + size <= sim_mem_limit && sim_is_ram(start, size);
}

/* numa_register_meminfo() */
static void sim_set_nodes(void)
{
	const struct sim_range *r;

	sim_for_each_range(r) {
		if (r->hot_added)
			continue;
		sim_never(memblock_set_node(r->start, r->size, &memblock.memory,
					    r->nid));
		sim_never(memblock_set_node(r->start, r->size,
					    &memblock.reserved, r->nid));
	}
}

void sim_add_memory(void)
{
	const struct sim_range *r;
	phys_addr_t end;

	kho_check_memory_map();
	if (!sim_late_resize)
		memblock_allow_resize();
	sim_for_each_range(r) {
		if (r->hot_added || r->start >= sim_mem_limit)
			continue;
		end = min(r->start + r->size, sim_mem_limit);
		max_pfn = max(max_pfn, PHYS_PFN(end));
		sim_never(memblock_add(r->start, end - r->start));
	}
	max_low_pfn = max_pfn;
	sim_unmap(PFN_PHYS(max_pfn));
	if (memblock.memory.cnt && !memblock_start_of_DRAM())
		sim_never(memblock_reserve(0, PAGE_SIZE));
	sim_set_nodes();
}

/* Memory map, page tables and so on. */
void sim_take_boot_memory(void)
{
	phys_addr_t size = sim_kernel_size, part;

	for (; size; size -= part) {
		part = min(size, SIM_BLOCK);
		sim_never(!memblock_alloc_range_nid(part, PAGE_SIZE, 0, 0,
						    NUMA_NO_NODE, false));
	}
}

/* Not in the harness: kho_kexec.c; and kho_image.c only where it is tested. */
bool __weak kho_image_has_handler(const struct kimage *image, const char *name)
{
	return strstr(image->kho.handlers, name);
}

void kho_kexec_note_mapped(void)
{
}

void kho_kexec_note_boot(void)
{
}

int sim_initcalls(void)
{
	int level, err = 0;
	unsigned int i;

	for (level = 0; level < 10; level++) {
		/* page_alloc_init_late(), when early initcalls are done */
		if (level == 1)
			sim_pages_start_deferred();
		for (i = 0; i < sim_nr_calls; i++)
			if (sim_calls[i].level == level)
				err = sim_calls[i].fn() ?: err;
	}
	return err;
}

void sim_boot_with(const struct sim_handover *handover, const char *cmdline)
{
	sim_start_kernel();
	if (handover)
		kho_populate(handover->fdt, handover->fdt_len,
			     handover->scratch, handover->scratch_len);
	sim_early_params(cmdline);
	sim_add_memory();
	sim_take_boot_memory();
	kho_memory_init_early();
	sim_setup_params(cmdline);
	sim_free_boot_memory();
	sim_initcalls();
}

void sim_boot(const char *cmdline)
{
	sim_boot_with(NULL, cmdline);
}

/* What kexec does: the list of areas goes to the top of the first that is one. */
struct sim_handover sim_prepare_jump(void)
{
	struct sim_handover h = {
		.fdt = kho_out_fdt_phys(),
		.fdt_len = PAGE_SIZE,
		.scratch_len = kho_scratch_cnt * sizeof(*kho_scratch),
	};
	unsigned int i = 0;
	void *list;

	while (i < kho_scratch_cnt && !kho_scratch[i].size)
		i++;
	sim_never(i == kho_scratch_cnt || h.scratch_len > PAGE_SIZE);

	h.scratch = kho_scratch[i].addr + kho_scratch[i].size - SZ_64K;
	list = phys_to_virt(h.scratch);
	ASAN_UNPOISON_MEMORY_REGION(list, PAGE_SIZE);
	memmove(list, kho_scratch, h.scratch_len);
	return h;
}

/* Jump, with all that is not handed over overwritten by the next kernel. */
void sim_kexec(const char *cmdline)
{
	struct sim_handover h = sim_prepare_jump();

	sim_boot_with(&h, cmdline);
}

/* A header in front of the copy says where it came from. */
struct sim_mapping {
	phys_addr_t phys;
	unsigned long size;
	unsigned char data[] __aligned(16);
};

void *early_memremap(phys_addr_t phys, unsigned long size)
{
	struct sim_mapping *map;

	/* What NR_FIX_BTMAPS pages can map. */
	sim_never(size + phys % PAGE_SIZE > 64 * SZ_4K);
	if (sim_should_fail())
		return NULL;

	map = malloc(sizeof(*map) + size);
	sim_never(!map || !sim_is_ram(phys, size));
	map->phys = phys;
	map->size = size;
	memcpy(map->data, phys_to_virt(phys), size);
	return map->data;
}

void early_memunmap(void *addr, unsigned long size)
{
	struct sim_mapping *map = container_of(addr, struct sim_mapping, data);

	/* Through an early mapping, only what was allocated is written. */
	sim_never(map->size != size);
	if (memcmp(map->data, phys_to_virt(map->phys), size)) {
		sim_never(!memblock_is_region_reserved(map->phys, size));
		memcpy(phys_to_virt(map->phys), map->data, size);
	}
	free(map);
}
