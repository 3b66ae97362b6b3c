// SPDX-License-Identifier: GPL-2.0
/*
 * Any descriptor of a vmalloc area, with any chunks in what was handed over.
 */

#include <linux/kho/abi/kexec_handover.h>

#include "fuzz.h"

/* Restoring warns of what was not handed over, as the API has it. */
static void allow_warnings(void)
{
	sim_warnings();
	sim_log_clear();
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct input in = { data, size };
	struct kho_vmalloc desc;
	long used, objects;
	unsigned int n;
	u64 *chunk;
	void *addr;

	fuzz_boot();
	desc.first.phys = fuzz_address(&in);
	n = input_u8(&in);
	desc.total_pages = n < 250 ? n : input_bytes(&in, 4);
	n = input_u8(&in);
	desc.order = n < 192 ? n / 64 : n < 250 ? n - 192 : input_u16(&in);
	n = input_u8(&in);
	desc.flags = n < 240 ? KHO_VMALLOC_ALLOC | (n & 2) : input_u16(&in);
	/* Few enough to try: the machine has 24 MiB. */
	desc.total_pages %= 100000;

	while (in.left) {
		chunk = phys_to_virt(image.single[input_u8(&in) % IMAGE_SINGLES]);
		for (n = input_u8(&in) % 32; in.left && n; n--)
			chunk[input_u8(&in) < 200 ? n : input_u16(&in) % 512] =
				fuzz_address(&in);
	}

	used = sim_pages_used();
	objects = sim_objects_used();
	addr = kho_restore_vmalloc(&desc);
	allow_warnings();
	if (addr) {
		FUZZ_ASSERT(find_vm_area(addr)->nr_pages == desc.total_pages);
		vfree(addr);
	}
	FUZZ_ASSERT(sim_objects_used() == objects);
	FUZZ_ASSERT(sim_pages_used() == used);
	return 0;
}
