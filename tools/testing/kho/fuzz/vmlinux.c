// SPDX-License-Identifier: GPL-2.0
/*
 * Any kernel proper: laid out, and relocated by a part of the input.
 */

#include <stdlib.h>

#include <linux/kexec.h>

#include "../../../../kernel/liveupdate/kho_image.h"
#include "../tests/vmlinux.h"
#include "fuzz.h"

/* In place of kho_place.c: nobody looks for a place here. */
bool kho_place_next_run(unsigned long *pfn, unsigned long *next,
			unsigned long end)
{
	return false;
}

/* How it starts: the distance; all else is the kernel. */
int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct input in = { data, size };
	u64 delta = input_u8(&in) * VMLINUX_ALIGN;
	struct kho_vmlinux v;
	unsigned char *buf;

	buf = malloc(in.left);
	memcpy(buf, in.p, in.left);
	if (!kho_vmlinux_lay(buf, in.left, VMLINUX_BASE, VMLINUX_MAX, &v)) {
		FUZZ_ASSERT(v.buf == buf);
		FUZZ_ASSERT(v.entry < v.size);
		FUZZ_ASSERT(v.size <= VMLINUX_MAX && v.size <= in.left);
		FUZZ_ASSERT(v.relocs >= buf + v.size);
		FUZZ_ASSERT(v.relocs + v.relocs_size == buf + in.left);
		kho_vmlinux_relocate(&v, VMLINUX_BASE, delta);
	} else {
		FUZZ_ASSERT(!memcmp(buf, in.p, in.left));
	}
	free(buf);
	return 0;
}
