/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the fuzz targets share: input that is read piece by piece, and zeroes
 * when it is at its end.
 */
#ifndef _KHO_TEST_FUZZ_H
#define _KHO_TEST_FUZZ_H

#include "../tests/image.h"

struct input {
	const unsigned char *p;
	size_t left;
};

static inline u64 input_bytes(struct input *in, unsigned int nr)
{
	u64 v = 0;

	while (nr--) {
		v <<= 8;
		if (in->left) {
			v |= *in->p++;
			in->left--;
		}
	}
	return v;
}

#define input_u8(in)	((unsigned int)input_bytes(in, 1))
#define input_u16(in)	((unsigned int)input_bytes(in, 2))
#define input_u64(in)	input_bytes(in, 8)

/* Must hold for every input. */
#define FUZZ_ASSERT(cond)	sim_never(!(cond))

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

/* After kho_memory_init_early(): what was believed, may be. */
void fuzz_check_attached(void);
/* After sim_free_boot_memory(): just what is preserved is held back, and tagged. */
void fuzz_check_released(void);

/* Boot with the image, to a kernel that runs. */
void fuzz_boot(void);
/* An address for a fuzzer to put somewhere: good, odd or none. */
u64 fuzz_address(struct input *in);

#endif /* _KHO_TEST_FUZZ_H */
