// SPDX-License-Identifier: GPL-2.0
/*
 * A tree of the fuzzer's making: keys that are added as they should be, and any
 * pointers and bits in any of its tables.
 */

#include "fuzz.h"

#define SPARE		MiB(8)	/* nothing else is there */
#define NR_SPARE	32

static unsigned int nr_tables;

static u64 *table(unsigned int n)
{
	return phys_to_virt(SPARE + (n % NR_SPARE) * PAGE_SIZE);
}

/* Where a table pointer leads, if it is one of ours. */
static u64 *follow(u64 phys)
{
	if (phys - SPARE >= NR_SPARE * PAGE_SIZE || phys % PAGE_SIZE)
		return NULL;
	return phys_to_virt(phys);
}

static void add_key(unsigned long key)
{
	unsigned int level;
	u64 *t = table(0), *slot;

	for (level = KHO_RADIX_ROOT_LEVEL; level; level--) {
		slot = &t[kho_radix_index(key, level)];
		if (!*slot && nr_tables < NR_SPARE)
			*slot = SPARE + nr_tables++ * PAGE_SIZE;
		t = follow(*slot);
		if (!t)
			return;
	}
	key &= KHO_RADIX_LEAF_MASK;
	t[key / 64] |= 1ULL << (key % 64);
}

static u64 any_pointer(struct input *in)
{
	unsigned int n = input_u8(in);

	if (n < 192)
		return SPARE + (n % NR_SPARE) * PAGE_SIZE;
	if (n < 224)
		return SPARE + (n % NR_SPARE) * PAGE_SIZE + 8;
	return fuzz_address(in);
}

/* Returns whether nothing was done but adding keys. */
static bool make_tree(struct input *in)
{
	unsigned int order, what;
	bool only_keys = true;
	unsigned long pfn;
	u64 *t;

	memset(table(0), 0, NR_SPARE * PAGE_SIZE);
	nr_tables = 1;
	add_key(kho_key_encode(PHYS_PFN(image.h.fdt), 0));
	while (in->left) {
		what = input_u8(in);
		t = table(what >> 3);
		switch (what % 8) {
		case 0 ... 3:	/* a block, mostly in memory */
			order = what >> 4;
			pfn = input_u16(in);
			if (what & 8)
				pfn &= 8191;
			add_key(kho_key_encode(pfn >> order << order, order));
			continue;
		case 4:
			t[input_u8(in) % 16] = any_pointer(in);
			break;
		case 5:
			t[input_u16(in) % 512] = any_pointer(in);
			break;
		case 6:
			t[input_u16(in) % 512] ^= 1ULL << input_u8(in) % 64;
			break;
		case 7:
			t[input_u16(in) % 512] = input_u64(in);
			break;
		}
		only_keys = false;
	}
	return only_keys;
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct input in = { data, size };
	bool only_keys;

	image_reload();
	only_keys = make_tree(&in);
	image_set_tree(SPARE);
	kho_populate(image.h.fdt, image.h.fdt_len, image.h.scratch,
		     image.h.scratch_len);
	FUZZ_ASSERT(is_kho_boot());
	sim_add_memory();
	sim_log_clear();
	kho_memory_init_early();
	fuzz_check_attached();
	/* Nothing is refused without need. */
	if (!is_kho_boot() && only_keys)
		FUZZ_ASSERT(image_verdict(SPARE, phys_to_virt(image.h.scratch),
					  image.h.scratch_len / 16));
	if (!is_kho_boot())
		FUZZ_ASSERT(sim_log_lines() == 1);
	/* Of some machines much is released later. */
	sim_early_memory = size % 3 ? PHYS_ADDR_MAX : MiB(size % 16);
	sim_free_boot_memory();
	sim_pages_start_deferred();
	sim_early_memory = PHYS_ADDR_MAX;
	if (is_kho_boot())
		fuzz_check_released();
	return 0;
}
