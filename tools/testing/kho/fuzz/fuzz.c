// SPDX-License-Identifier: GPL-2.0

#include <stdio.h>

#include "fuzz.h"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	image_make();
	image_load();
	sim_scribble_at_boot = false;
	return 0;
}

void fuzz_check_attached(void)
{
	const char *bad;

	FUZZ_ASSERT(!sim_warnings());
	if (!is_kho_boot()) {
		FUZZ_ASSERT(!kho_in_fdt() && !kho_scratch_cnt);
		FUZZ_ASSERT(!memblock_kho_scratch_only);
		return;
	}
	FUZZ_ASSERT(memblock_kho_scratch_only && kho_scratch_cnt && kho_in_fdt());
	bad = image_verdict(image_tree(), kho_scratch, kho_scratch_cnt);
	if (bad)
		fprintf(stderr, "believed, but: %s\n", bad);
	FUZZ_ASSERT(!bad);
}

void fuzz_check_released(void)
{
	unsigned long pfn = image_check_released();

	FUZZ_ASSERT(!sim_warnings());
	if (pfn)
		fprintf(stderr, "page %#lx is in state %u, private is %#lx\n",
			pfn, sim_page_state(pfn), pfn_to_page(pfn)->private);
	FUZZ_ASSERT(!pfn);
}

void fuzz_boot(void)
{
	image_reload();
	kho_populate(image.h.fdt, image.h.fdt_len, image.h.scratch,
		     image.h.scratch_len);
	sim_early_params("kho=on");
	sim_add_memory();
	kho_memory_init_early();
	sim_free_boot_memory();
	sim_initcalls();
	FUZZ_ASSERT(is_kho_boot() && kho_is_enabled());
}

u64 fuzz_address(struct input *in)
{
	unsigned int n = input_u8(in);

	if (n < 128)
		return image.single[n % IMAGE_SINGLES];
	if (n < 160)
		return PFN_PHYS(image.pages + input_u8(in) % IMAGE_PAGES);
	switch (n % 8) {
	case 0:
		return 0;
	case 1:
		return PFN_PHYS(image.folio4 + (n >> 3) % 17);
	case 2:
		return image.blob;
	case 3:
		return image.h.fdt;
	case 4:
		return image.tree;
	case 5:
		return image.single[0] + (n >> 3);
	case 6:
		return (u64)input_u16(in) << PAGE_SHIFT;
	default:
		return input_u64(in);
	}
}
