/* SPDX-License-Identifier: GPL-2.0 */
/* That of this machine. */
#ifndef _KHO_TEST_LINUX_ZSTD_H
#define _KHO_TEST_LINUX_ZSTD_H

#define ZSTD_STATIC_LINKING_ONLY
#include <zstd.h>

typedef ZSTD_DCtx zstd_dctx;

#define zstd_dctx_workspace_bound()		((size_t)1 << 18)
#define zstd_is_error				ZSTD_isError
#define zstd_find_frame_compressed_size		ZSTD_findFrameCompressedSize
#define zstd_init_dctx				ZSTD_initStaticDCtx
#define zstd_decompress_dctx			ZSTD_decompressDCtx

#endif /* _KHO_TEST_LINUX_ZSTD_H */
