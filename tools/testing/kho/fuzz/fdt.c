// SPDX-License-Identifier: GPL-2.0
/*
 * Any page in place of the root FDT: populating, attaching, looking up blobs.
 */

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	static const char * const names[] = { "kexec-metadata", "memblock", "LUO",
					      "blob", "", "a" };
	unsigned char *fdt;
	phys_addr_t phys;
	unsigned int i;
	size_t len;

	image_reload();
	fdt = phys_to_virt(image.h.fdt);
	memset(fdt, 0, PAGE_SIZE);
	memcpy(fdt, data, min(size, PAGE_SIZE));

	kho_populate(image.h.fdt, image.h.fdt_len, image.h.scratch,
		     image.h.scratch_len);
	if (!is_kho_boot())
		FUZZ_ASSERT(!memblock.memory.cnt && !memblock.reserved.cnt);
	sim_add_memory();
	kho_memory_init_early();
	fuzz_check_attached();
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		if (kho_retrieve_subtree(names[i], &phys, &len))
			continue;
		/* All of it is preserved: it can be read. */
		FUZZ_ASSERT(is_kho_boot());
		FUZZ_ASSERT(!len || kho_in_preserved(phys, len));
		for (; len; len--, phys++)
			READ_ONCE(*(char *)phys_to_virt(phys));
	}
	kho_reserve_mem_revive("region", PAGE_SIZE, PAGE_SIZE);
	sim_early_params("kho=on");
	sim_free_boot_memory();
	sim_initcalls();
	FUZZ_ASSERT(!sim_warnings());
	return 0;
}
