// SPDX-License-Identifier: GPL-2.0
/*
 * Any bzImage: a header with fields of the input, and any payload; and any command
 * line.
 */

#include <stdlib.h>

#include <linux/kexec.h>

#include "../../../../kernel/liveupdate/kho_image.h"
#include "../tests/bzimage.h"
#include "fuzz.h"

#define MAX_UNPACKED	(256 * 1024)

void arch_kho_look(struct kimage *image)
{
	struct kho_bzimage bz;

	kho_bzimage_parse(image->kernel_buf, image->kernel_buf_len, &bz);
	if (bz.payload)
		FUZZ_ASSERT((void *)bz.payload >= image->kernel_buf &&
			    (void *)bz.payload + bz.payload_len <=
			    image->kernel_buf + image->kernel_buf_len);
	bz.init_size = min(bz.init_size, (u32)MAX_UNPACKED);
	kho_bzimage_unpack(&bz);
	kho_bzimage_look(image, &bz);
	kho_bzimage_free(&bz);
}

/* How it starts: fields that are changed, then a command line. */
int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct input in = { data, size };
	unsigned int changes = input_u8(&in) % 4, len, field;
	struct kimage image = { .file_mode = true };
	unsigned char *buf;
	char line[128];
	long objects;

	if (!kho_is_enabled())
		fuzz_boot();
	objects = sim_objects_used();
	len = min((size_t)input_u8(&in) % sizeof(line), in.left);
	memcpy(line, in.p, len);
	line[len] = 0;
	in.p += len;
	in.left -= len;

	buf = malloc(BZ_PAYLOAD + in.left);
	bzimage_make(buf, in.left, MAX_UNPACKED);
	memcpy(buf + BZ_PAYLOAD, in.p, in.left);
	image.kernel_buf = buf;
	image.kernel_buf_len = BZ_PAYLOAD + in.left;
	while (changes--) {
		field = input_u16(&in) % (BZ_PAYLOAD - 4);
		bzimage_put(buf, field, input_bytes(&in, 4));
	}

	image.cmdline_buf = line;
	FUZZ_ASSERT(!kho_image_look(&image));
	FUZZ_ASSERT(image.kho.reject == !!image.kho.why[0]);
	FUZZ_ASSERT(sim_objects_used() == objects);
	FUZZ_ASSERT(!sim_warnings());
	free(buf);
	sim_log_clear();
	return 0;
}
