// SPDX-License-Identifier: GPL-2.0
/*
 * Any blob in place of the list of reserve_mem= regions.
 */

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	static const struct {
		const char *name;
		phys_addr_t size, align;
	} regions[] = {
		{ "a", PAGE_SIZE, 64 }, { "region", 5 * PAGE_SIZE, PAGE_SIZE },
		{ "big", MiB(1), MiB(1) }, { "odd", 5000, 64 },
	};
	phys_addr_t blob = image.single[3], start;
	unsigned int i;

	size = min(size, PAGE_SIZE);
	image_reload();
	memcpy(phys_to_virt(blob), data, size);
	FUZZ_ASSERT(!kho_fdt_add(phys_to_virt(image.h.fdt), PAGE_SIZE, "memblock",
				 blob, size));
	kho_populate(image.h.fdt, image.h.fdt_len, image.h.scratch,
		     image.h.scratch_len);
	sim_add_memory();
	kho_memory_init_early();
	FUZZ_ASSERT(is_kho_boot());
	for (i = 0; i < ARRAY_SIZE(regions); i++) {
		start = kho_reserve_mem_revive(regions[i].name, regions[i].size,
					       regions[i].align);
		if (!start)
			continue;
		FUZZ_ASSERT(!(start % regions[i].align));
		FUZZ_ASSERT(kho_in_preserved(start & PAGE_MASK,
					     regions[i].size & PAGE_MASK));
		FUZZ_ASSERT(sim_is_reserved(start, regions[i].size));
		kho_reserve_mem_track(regions[i].name, start, regions[i].size);
	}
	kho_memory_init();
	FUZZ_ASSERT(is_kho_boot() && !sim_warnings());
	return 0;
}
