// SPDX-License-Identifier: GPL-2.0
/*
 * Any chain of blocks in what was handed over.
 */

#include <linux/kho_block.h>

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	static const size_t sizes[] = { 80, 64, 16, 1, 4080, 2041 };
	struct input in = { data, size };
	struct kho_block_header_ser *ser;
	struct kho_block_set_it it;
	unsigned long n = 0, max;
	struct kho_block_set bs;
	long used, objects;
	char *entry;
	u64 head;
	int err;

	fuzz_boot();
	kho_block_set_init(&bs, sizes[input_u8(&in) % ARRAY_SIZE(sizes)]);
	head = fuzz_address(&in);
	while (in.left) {
		ser = phys_to_virt(image.single[input_u8(&in) % IMAGE_SINGLES]);
		ser->next = fuzz_address(&in);
		ser->count = input_u8(&in);
		if (ser->count > 250)
			ser->count = input_u64(&in);
	}

	used = sim_pages_used();
	objects = sim_objects_used();
	err = kho_block_set_restore(&bs, head);
	FUZZ_ASSERT(!err || err == -EINVAL || err == -ENOSPC);
	FUZZ_ASSERT(!err || kho_block_set_is_empty(&bs));
	max = bs.nblocks * bs.count_per_block;
	kho_block_set_it_init(&it, &bs);
	while ((entry = kho_block_set_it_read_entry(&it))) {
		FUZZ_ASSERT(n++ < max);
		READ_ONCE(entry[0]);
		READ_ONCE(entry[bs.entry_size - 1]);
	}
	kho_block_set_destroy(&bs);
	FUZZ_ASSERT(sim_objects_used() == objects);
	FUZZ_ASSERT(sim_pages_used() == used);
	FUZZ_ASSERT(!sim_warnings());
	return 0;
}
