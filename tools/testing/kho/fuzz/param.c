// SPDX-License-Identifier: GPL-2.0
/*
 * Any value of kho_scratch=, and a cold boot with it.
 */

#include <stdio.h>

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct kho_scratch_param p, before;
	char arg[64], cmdline[96];
	unsigned int i;
	int err;

	size = min(size, sizeof(arg) - 1);
	memcpy(arg, data, size);
	arg[size] = 0;

	memset(&before, 0x55, sizeof(before));
	p = before;
	err = kho_scratch_parse(arg, &p);
	FUZZ_ASSERT(!err || err == -EINVAL);
	if (err) {
		FUZZ_ASSERT(!memcmp(&p, &before, sizeof(p)));
	} else if (p.explicit) {
		FUZZ_ASSERT(p.low || p.global || p.node);
		FUZZ_ASSERT(!((p.low | p.global | p.node) & (MiB(4) - 1)));
	} else {
		FUZZ_ASSERT(p.percent <= 9999999999ULL);
	}

	sim_start_kernel();
	snprintf(cmdline, sizeof(cmdline), "kho=on kho_scratch=%s", arg);
	sim_early_params(cmdline);
	sim_add_memory();
	sim_take_boot_memory();
	kho_memory_init();
	if (kho_is_enabled())
		FUZZ_ASSERT(kho_scratch_total());
	for (i = 0; i < kho_scratch_cnt; i++)
		FUZZ_ASSERT(sim_is_reserved(kho_scratch[i].addr,
					    kho_scratch[i].size));
	FUZZ_ASSERT(!sim_warnings());
	return 0;
}
