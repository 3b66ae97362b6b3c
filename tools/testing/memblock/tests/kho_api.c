// SPDX-License-Identifier: GPL-2.0
/*
 * What the tests of kexec handover share: the machine, and what kexec handover
 * knows of it.
 */
#include "kho_api.h"

#define FUNC_NAME		"memblock_kho"

static unsigned long nr_in, nr_reserved;
static FILE *saved_stdout, *saved_stderr;
static char output[512];

unsigned long kho_in_nr_pages(void)
{
	return nr_in;
}

unsigned long kho_scratch_nr_reserved(void)
{
	return nr_reserved;
}

void kho_answer_nr_pages(unsigned long in, unsigned long reserved)
{
	nr_in = in;
	nr_reserved = reserved;
}

bool kho_scratch_overlap(phys_addr_t phys, size_t size)
{
	struct memblock_region *r;

	for_each_mem_region(r)
		if (memblock_is_kho_scratch(r) && phys < r->base + r->size &&
		    r->base < phys + size)
			return true;
	return false;
}

/* 4 GiB, and in it scratch; nothing else is known not to be preserved. */
void setup_handover(void)
{
	bool bottom_up = memblock_bottom_up();

	reset_memblock_regions();
	reset_memblock_attributes();
	memblock_set_bottom_up(bottom_up);
	memblock_add_node(RAM, RAM_SIZE, 0, MEMBLOCK_NONE);
	ASSERT_EQ(0, memblock_mark_kho_scratch(SCRATCH, SCRATCH_SIZE));
	memblock_set_kho_scratch_only();
}

void end_handover(void)
{
	memblock_clear_kho_scratch_only();
	memblock_set_bottom_up(false);
	reset_memblock_regions();
	test_pass_pop();
}

bool inside(phys_addr_t phys, phys_addr_t size, phys_addr_t base,
	    phys_addr_t base_size)
{
	return phys >= base && phys + size <= base + base_size;
}

/* The reservation that holds @phys, which must be there. */
struct memblock_region *reserved_at(phys_addr_t phys)
{
	struct memblock_region *r, *found = NULL;

	for_each_reserved_mem_region(r)
		if (inside(phys, 1, r->base, r->size))
			found = r;
	ASSERT_NE(NULL, found);
	return found;
}

/* From now on WARN_ON() and pr_err() print where caught_output() looks. */
void catch_output(void)
{
	FILE *to = fmemopen(output, sizeof(output), "w");

	ASSERT_NE(NULL, to);
	saved_stdout = stdout;
	saved_stderr = stderr;
	stdout = to;
	stderr = to;
}

/* Print as before. Return whether @text was printed. */
bool caught_output(const char *text)
{
	fclose(stderr);
	stdout = saved_stdout;
	stderr = saved_stderr;
	return strstr(output, text);
}

int memblock_kho_checks(void)
{
	prefix_reset();
	prefix_push(FUNC_NAME);
	test_print("Running %s tests...\n", FUNC_NAME);
	memblock_set_bottom_up(false);

	kho_cold_checks();
	kho_free_checks();
	if (IS_ENABLED(CONFIG_MEMBLOCK_KHO_SCRATCH)) {
		kho_reserved_checks();
		kho_alloc_checks();
		kho_sparing_checks();
		/* It ends with what cannot be undone. */
		kho_search_checks();
	}

	prefix_pop();
	return 0;
}
