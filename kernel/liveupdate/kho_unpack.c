// SPDX-License-Identifier: GPL-2.0
/*
 * Kexec HandOver: unpacks a compressed kernel, so that it can be looked into.
 *
 * Nothing in it is believed: it never reads beyond the input, nor unpacks to more
 * than it was allowed to. The kernel's own functions that unpack an initrd are gone
 * after boot; these are the libraries below them. Kernels are compressed with
 * windows of 128 MiB, so all of the output is kept: it is its own window, and
 * smaller than a second one would be.
 */

#include <linux/array_size.h>
#include <linux/cleanup.h>
#include <linux/crc32.h>
#include <linux/err.h>
#include <linux/lz4.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/unaligned.h>
#include <linux/xz.h>
#include <linux/zlib.h>
#include <linux/zstd.h>

#include "kho_image.h"

/* Behind what is compressed: how large it is when it is not. */
#define KHO_UNPACK_TRAILER	sizeof(u32)

static int kho_unpack_zstd(const u8 *in, size_t len, u8 *out, size_t size)
{
	void *wksp __free(kvfree) = kvmalloc(zstd_dctx_workspace_bound(),
					     GFP_KERNEL);
	zstd_dctx *dctx;
	size_t frame;

	if (!wksp)
		return -ENOMEM;
	dctx = zstd_init_dctx(wksp, zstd_dctx_workspace_bound());
	if (!dctx)
		return -ENOMEM;

	frame = zstd_find_frame_compressed_size(in, len - KHO_UNPACK_TRAILER);
	if (zstd_is_error(frame))
		return -EBADMSG;
	return zstd_decompress_dctx(dctx, out, size, in, frame) == size ?
	       0 : -EBADMSG;
}

static int kho_unpack_xz(const u8 *in, size_t len, u8 *out, size_t size)
{
	struct xz_buf buf = {
		.in = in,
		.in_size = len - KHO_UNPACK_TRAILER,
		.out = out,
		.out_size = size,
	};
	struct xz_dec *dec = xz_dec_init(XZ_SINGLE, 0);
	enum xz_ret ret;

	if (!dec)
		return -ENOMEM;
	ret = xz_dec_run(dec, &buf);
	xz_dec_end(dec);

	if (ret == XZ_OPTIONS_ERROR)
		return -EOPNOTSUPP;
	return ret == XZ_STREAM_END && buf.out_pos == size ? 0 : -EBADMSG;
}

#define GZIP_FLAGS	3	/* offset */
#define GZIP_FNAME	0x08
#define GZIP_HEADER	10	/* bytes */
#define GZIP_TRAILER	8

static int kho_unpack_gzip(const u8 *in, size_t len, u8 *out, size_t size)
{
	void *wksp __free(kvfree) = kvmalloc(zlib_inflate_workspacesize(),
					     GFP_KERNEL);
	struct z_stream_s strm = { .workspace = wksp, .next_out = out };
	const u8 *start = in + GZIP_HEADER, *end = in + len - GZIP_TRAILER;
	int ret;

	if (!wksp)
		return -ENOMEM;
	if (end <= start)
		return -EBADMSG;
	if (in[GZIP_FLAGS] & ~GZIP_FNAME)
		return -EOPNOTSUPP;
	if (in[GZIP_FLAGS]) {
		start = memchr(start, '\0', end - start);
		if (!start)
			return -EBADMSG;
		start++;
	}

	strm.next_in = start;
	strm.avail_in = end - start;
	if (zlib_inflateInit2(&strm, -MAX_WBITS) != Z_OK)
		return -EBADMSG;
	do {
		strm.avail_out = min_t(size_t, size - strm.total_out, SZ_1M);
		ret = zlib_inflate(&strm, Z_NO_FLUSH);
		cond_resched();
	} while (ret == Z_OK);
	zlib_inflateEnd(&strm);

	return ret == Z_STREAM_END && strm.total_out == size &&
	       ~crc32_le(~0, out, size) == get_unaligned_le32(end) ?
	       0 : -EBADMSG;
}

#define LZ4_LEGACY_MAGIC	0x184c2102
#define LZ4_LEGACY_BLOCK	SZ_8M

static int kho_unpack_lz4(const u8 *in, size_t len, u8 *out, size_t size)
{
	const u8 *end = in + len - KHO_UNPACK_TRAILER;
	size_t done = 0;
	u32 packed;
	int n;

	if (get_unaligned_le32(in) != LZ4_LEGACY_MAGIC)
		return -EOPNOTSUPP;
	if (len < sizeof(u32) + KHO_UNPACK_TRAILER)
		return -EBADMSG;

	for (in += sizeof(u32); end - in >= sizeof(u32); in += packed) {
		packed = get_unaligned_le32(in);
		in += sizeof(u32);
		if (packed > end - in)
			return -EBADMSG;

		n = LZ4_decompress_safe(in, out + done, packed,
					min_t(size_t, size - done,
					      LZ4_LEGACY_BLOCK));
		if (n < 0)
			return -EBADMSG;
		done += n;
		cond_resched();
	}
	return done == size ? 0 : -EBADMSG;
}

static const struct kho_packing {
	u8 magic[2];
	const char *name;
	int (*unpack)(const u8 *in, size_t len, u8 *out, size_t size);
} kho_packings[] = {
	{ { 0x28, 0xb5 }, "zstd", kho_unpack_zstd },
	{ { 0xfd, 0x37 }, "xz", kho_unpack_xz },
	{ { 0x1f, 0x8b }, "gzip", kho_unpack_gzip },
	{ { 0x02, 0x21 }, "lz4", kho_unpack_lz4 },
	{ { 0x42, 0x5a }, "bzip2" },
	{ { 0x5d, 0x00 }, "lzma" },
	{ { 0x89, 0x4c }, "lzo" },
};

/**
 * kho_unpack - unpack the payload of a kernel image
 * @in: the payload. Its last four bytes say to how much it unpacks.
 * @len: its size in bytes.
 * @max: bytes that it may unpack to at most.
 * @size: set to what it is unpacked to, in bytes.
 * @name: set to what it is compressed with, for a message.
 *
 * Context: Process context, may sleep. Takes up to a second for xz.
 * Return: what was in it, for kvfree(); an ERR_PTR of -EBADMSG if @in is damaged, of
 * -EOPNOTSUPP if it is compressed in a way that cannot be unpacked here, of -ENOMEM
 * if there is no memory for it.
 */
void *kho_unpack(const u8 *in, size_t len, size_t max, size_t *size,
		 const char **name)
{
	const struct kho_packing *packing = kho_packings;
	const struct kho_packing *end = packing + ARRAY_SIZE(kho_packings);
	u8 *out;
	int err;

	*name = "nothing that is known";
	if (len < sizeof(packing->magic) + KHO_UNPACK_TRAILER)
		return ERR_PTR(-EBADMSG);
	while (packing < end &&
	       memcmp(in, packing->magic, sizeof(packing->magic)))
		packing++;
	if (packing == end)
		return ERR_PTR(-EOPNOTSUPP);
	*name = packing->name;
	if (!packing->unpack)
		return ERR_PTR(-EOPNOTSUPP);

	*size = get_unaligned_le32(in + len - KHO_UNPACK_TRAILER);
	if (!*size || *size > max)
		return ERR_PTR(-EBADMSG);

	/* Rather know nothing than have somebody killed for it. */
	out = kvmalloc(*size, GFP_KERNEL | __GFP_RETRY_MAYFAIL | __GFP_NOWARN);
	if (!out)
		return ERR_PTR(-ENOMEM);

	err = packing->unpack(in, len, out, *size);
	if (err) {
		kvfree(out);
		return ERR_PTR(err);
	}
	return out;
}
