/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _KHO_TEST_LINUX_KEXEC_H
#define _KHO_TEST_LINUX_KEXEC_H

#include <linux/kho_kexec.h>

struct kexec_segment {
	unsigned long mem;
	size_t memsz;
};

struct kimage {
	unsigned long nr_segments;
	struct kexec_segment segment[16];
	bool file_mode;
	bool preserve_context;
	void *kernel_buf;
	unsigned long kernel_buf_len;
	char *cmdline_buf;
	struct kho_image kho;
};

#endif /* _KHO_TEST_LINUX_KEXEC_H */
