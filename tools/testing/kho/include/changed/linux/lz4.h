/* SPDX-License-Identifier: GPL-2.0 */
/* That of this machine. */
#ifndef _KHO_TEST_LINUX_LZ4_H
#define _KHO_TEST_LINUX_LZ4_H

#include <lz4.h>

#define LZ4_decompress_safe(in, out, len, size)				\
	LZ4_decompress_safe((const char *)(in), (char *)(out), len, size)

#endif /* _KHO_TEST_LINUX_LZ4_H */
