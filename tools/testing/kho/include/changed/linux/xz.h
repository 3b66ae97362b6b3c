/* SPDX-License-Identifier: GPL-2.0 */
/* With that of this machine, which wants no decoder to be made before. */
#ifndef _KHO_TEST_LINUX_XZ_H
#define _KHO_TEST_LINUX_XZ_H

#include <lzma.h>

#include <linux/types.h>

enum xz_ret { XZ_STREAM_END, XZ_OPTIONS_ERROR, XZ_DATA_ERROR };

#define XZ_SINGLE	0

struct xz_dec { char none; };

struct xz_buf {
	const u8 *in;
	size_t in_pos;
	size_t in_size;
	u8 *out;
	size_t out_pos;
	size_t out_size;
};

static inline struct xz_dec *xz_dec_init(int mode, u32 dict_max)
{
	static struct xz_dec dec;

	return &dec;
}

static inline void xz_dec_end(struct xz_dec *dec) { }

static inline enum xz_ret xz_dec_run(struct xz_dec *dec, struct xz_buf *b)
{
	uint64_t limit = 1 << 30;
	lzma_ret ret = lzma_stream_buffer_decode(&limit, 0, NULL, b->in,
						 &b->in_pos, b->in_size, b->out,
						 &b->out_pos, b->out_size);

	return ret == LZMA_OK ? XZ_STREAM_END :
	       ret == LZMA_OPTIONS_ERROR ? XZ_OPTIONS_ERROR : XZ_DATA_ERROR;
}

#endif /* _KHO_TEST_LINUX_XZ_H */
