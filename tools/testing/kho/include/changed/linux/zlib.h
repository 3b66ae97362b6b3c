/* SPDX-License-Identifier: GPL-2.0 */
/* That of this machine, which allocates for itself. */
#ifndef _KHO_TEST_LINUX_ZLIB_H
#define _KHO_TEST_LINUX_ZLIB_H

#include <stddef.h>

#define z_stream_s z_stream_s_host
#include <zlib.h>
#undef z_stream_s

/* Has a workspace beside it. */
struct z_stream_s {
	void *workspace;
	const unsigned char *next_in;
	unsigned long avail_in;
	unsigned char *next_out;
	unsigned long avail_out;
	unsigned long total_out;
	struct z_stream_s_host host;
};

#define zlib_inflate_workspacesize()	((size_t)1 << 15)

static inline int zlib_inflateInit2(struct z_stream_s *strm, int bits)
{
	strm->host = (struct z_stream_s_host) {
		.next_in = (unsigned char *)strm->next_in,
		.avail_in = strm->avail_in,
		.next_out = strm->next_out,
	};
	return inflateInit2(&strm->host, bits);
}

static inline int zlib_inflate(struct z_stream_s *strm, int flush)
{
	int ret;

	strm->host.avail_out = strm->avail_out;
	ret = inflate(&strm->host, flush);
	strm->total_out = strm->host.total_out;
	return ret;
}

static inline int zlib_inflateEnd(struct z_stream_s *strm)
{
	return inflateEnd(&strm->host);
}

#endif /* _KHO_TEST_LINUX_ZLIB_H */
