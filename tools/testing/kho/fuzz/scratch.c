// SPDX-License-Identifier: GPL-2.0
/*
 * Any list of scratch areas, anywhere.
 */

#include "fuzz.h"

/* Sizes and addresses that are not hopeless from the start. */
static u64 number(struct input *in)
{
	unsigned int n = input_u8(in);

	if (n < 128)
		return MiB(4) * (n % 16);
	if (n < 160)
		return MiB(1) * (n % 32);
	if (n < 192)
		return PAGE_SIZE * input_u16(in);
	return input_u64(in);
}

static void check_areas(const struct kho_scratch *areas, unsigned int nr)
{
	unsigned int i, j;
	phys_addr_t total = 0;

	for (i = 0; i < nr; i++) {
		const struct kho_scratch *a = &areas[i];

		if (!a->size)
			continue;
		total += a->size;
		FUZZ_ASSERT(!((a->addr | a->size) & (MiB(4) - 1)));
		FUZZ_ASSERT(a->addr + a->size > a->addr);
		FUZZ_ASSERT(sim_is_ram(a->addr, a->size));
		for (j = 0; j < i; j++)
			FUZZ_ASSERT(!areas[j].size ||
				    areas[j].addr + areas[j].size <= a->addr ||
				    a->addr + a->size <= areas[j].addr);
		FUZZ_ASSERT(a->addr + a->size <= image.h.fdt ||
			    a->addr > image.h.fdt);
	}
	FUZZ_ASSERT(total);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct input in = { data, size };
	struct sim_handover h = image.h;
	struct kho_scratch *areas;
	unsigned int what, nr;

	image_reload();
	what = input_u8(&in);
	if (what & 1)
		h.scratch = number(&in);
	if (what & 2)
		h.scratch_len = number(&in);
	if (what & 4)
		h.fdt = number(&in);
	if (what & 8)
		h.fdt_len = number(&in);
	areas = phys_to_virt(image.h.scratch);
	for (nr = 0; in.left && nr < 256; nr++) {
		areas[nr].addr = number(&in);
		areas[nr].size = number(&in);
	}
	if (!(what & 2))
		h.scratch_len = nr * sizeof(*areas);

	kho_populate(h.fdt, h.fdt_len, h.scratch, h.scratch_len);
	if (is_kho_boot()) {
		nr = h.scratch_len / sizeof(*areas);
		check_areas(phys_to_virt(h.scratch), nr);
		FUZZ_ASSERT(memblock_kho_scratch_only && memblock.memory.cnt);
		FUZZ_ASSERT(sim_is_reserved(h.scratch, h.scratch_len));
	} else {
		FUZZ_ASSERT(!memblock.memory.cnt && !memblock.reserved.cnt);
		FUZZ_ASSERT(!memblock_kho_scratch_only);
	}
	sim_add_memory();
	kho_memory_init_early();
	fuzz_check_attached();
	FUZZ_ASSERT(!sim_warnings());
	return 0;
}
