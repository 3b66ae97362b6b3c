// SPDX-License-Identifier: GPL-2.0
/*
 * Writes inputs for the fuzz targets to start from: seeds DIR.
 */

#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <linux/kho/abi/kexec_handover.h>
#include <linux/kho/abi/memblock.h>
#include <linux/lz4.h>
#include <linux/xz.h>
#include <linux/zlib.h>
#include <linux/zstd.h>

#include "../tests/bzimage.h"
#include "../tests/vmlinux.h"
#include "fuzz.h"

static const char *top;

static void write_seed(const char *target, const char *name, const void *data,
		       size_t size)
{
	char path[512];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", top, target);
	mkdir(path, 0777);
	snprintf(path, sizeof(path), "%s/%s/seed-%s", top, target, name);
	f = fopen(path, "w");
	if (!f || fwrite(data, 1, size, f) != size || fclose(f)) {
		perror(path);
		exit(2);
	}
}

#define write_bytes(target, name, ...) do {				\
	static const unsigned char bytes[] = { __VA_ARGS__ };		\
	write_seed(target, name, bytes, sizeof(bytes));			\
} while (0)

static void write_fdts(void)
{
	unsigned char fdt[PAGE_SIZE] = {};

	write_seed("fdt", "image", phys_to_virt(image.h.fdt), PAGE_SIZE);
	write_seed("fdt", "short", phys_to_virt(image.h.fdt), 512);
	sim_never(kho_fdt_create(fdt, PAGE_SIZE, image.tree));
	write_seed("fdt", "empty", fdt, 152);
	sim_never(kho_fdt_add(fdt, PAGE_SIZE, "memblock", image.blob, 64));
	sim_never(kho_fdt_add(fdt, PAGE_SIZE, "LUO", image.single[0], 32));
	write_seed("fdt", "two", fdt, 400);
	sim_never(kho_fdt_add(fdt, PAGE_SIZE, "a", MiB(2), GiB(1)));
	write_seed("fdt", "bad", fdt, 512);
}

/* No field is changed, no command line; then a payload. */
static void write_payload(const char *name, unsigned char *packed, size_t len)
{
	static const u32 size = sizeof(KHO_FDT_COMPATIBLE);

	packed[0] = 0;
	packed[1] = 0;
	memcpy(packed + 2 + len, &size, sizeof(size));
	write_seed("look", name, packed, 2 + len + sizeof(size));
}

static void write_payloads(void)
{
	static const char line[] = "\2\42kho=on mem=1G memmap=1M$1M,1G@2G x";
	static const unsigned char text[] = KHO_FDT_COMPATIBLE;
	unsigned char packed[512], *out = packed + 2;
	z_stream strm = {
		.next_in = (unsigned char *)text, .avail_in = sizeof(text),
		.next_out = out, .avail_out = 500,
	};
	size_t len = 0;

	write_payload("zstd", packed,
		      ZSTD_compress(out, 500, text, sizeof(text), 1));
	sim_never(lzma_easy_buffer_encode(0, LZMA_CHECK_CRC32, NULL, text,
					  sizeof(text), out, &len, 500));
	write_payload("xz", packed, len);
	sim_never(deflateInit2(&strm, 1, Z_DEFLATED, 31, 9, 0) ||
		  deflate(&strm, Z_FINISH) != Z_STREAM_END);
	/* Ends in the size already. */
	write_payload("gzip", packed, strm.total_out - sizeof(u32));
	deflateEnd(&strm);

	bzimage_put(out, 0, 0x184c2102);
	len = LZ4_compress_default((char *)text, (char *)out + 8, sizeof(text),
				   400);
	bzimage_put(out, 4, len);
	write_payload("lz4", packed, 8 + len);
	write_seed("look", "line", line, sizeof(line) - 1);
}

/* A distance, then a kernel with and without relocations. */
static void write_kernels(void)
{
	unsigned char file[1 + VMLINUX_MAX] = { 3 };

	write_seed("vmlinux", "none", file, 1 + vmlinux_make(file + 1, 0));
	write_seed("vmlinux", "two", file, 1 + vmlinux_make(file + 1, 2));
	write_seed("vmlinux", "three", file, 1 + vmlinux_make(file + 1, 3));
}

/* Of regions that are, and are not, preserved. */
static void write_regions(void)
{
	const u64 good[2] = { PFN_PHYS(image.pages + 1), PAGE_SIZE };
	const u64 bad[2] = { MiB(9), 5 * PAGE_SIZE };
	unsigned char fdt[512] = {};
	unsigned int i;

	sim_never(fdt_create(fdt, sizeof(fdt)) || fdt_finish_reservemap(fdt) ||
	       fdt_begin_node(fdt, "") ||
	       fdt_property_string(fdt, "compatible",
				   MEMBLOCK_KHO_NODE_COMPATIBLE));
	for (i = 0; i < 2; i++)
		sim_never(fdt_begin_node(fdt, i ? "region" : "a") ||
		       fdt_property_string(fdt, "compatible",
					   RESERVE_MEM_KHO_NODE_COMPATIBLE) ||
		       fdt_property(fdt, "start", i ? bad : good, 8) ||
		       fdt_property(fdt, "size", i ? &bad[1] : &good[1], 8) ||
		       fdt_end_node(fdt));
	sim_never(fdt_end_node(fdt) || fdt_finish(fdt));
	write_seed("regions", "two", fdt, fdt_totalsize(fdt));
}

/* Blocks in memory by order; then pointers and bits, see make_tree(). */
static void write_trees(void)
{
	write_bytes("tree", "keys", 0x00, 0x01, 0x10, 0x40, 0x02, 0x00, 0x08,
		    0x03, 0x00);
	write_bytes("tree", "orders", 0x00, 0x03, 0x00, 0x10, 0x03, 0x10, 0x20,
		    0x03, 0x20, 0x30, 0x03, 0x40, 0x90, 0x04, 0x00);
	write_bytes("tree", "twice", 0x00, 0x03, 0x00, 0x40, 0x03, 0x00);
	write_bytes("tree", "cycle", 0x00, 0x03, 0x00, 0x0c, 0x00, 0x00, 0x14,
		    0x00, 0x01);
	write_bytes("tree", "bits", 0x00, 0x03, 0x00, 0x2e, 0x00, 0x05, 0x07,
		    0x2f, 0x00, 0x06, 1, 2, 3, 4, 5, 6, 7, 8);
	write_bytes("tree", "pointer", 0x00, 0x03, 0x00, 0x15, 0x00, 0x00, 0xff,
		    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xf0, 0x00);
}

/* Flags, digest, pages, numbers of the map; then blocks. */
static void write_layouts(void)
{
	write_bytes("layout", "one", 0x1c, 0x00, 0x07, 0xd0, 0, 2, 0, 0, 0, 0, 0, 0,
		    0, 0, 0, 1, 0, 1, 0, 1, 0, 1, 0x00, 0x01, 0x00);
	write_bytes("layout", "orders", 0x1f, 0x05, 0x17, 0xd0, 0, 0, 0, 0, 0, 1,
		    0, 7, 0, 1, 0, 1, 0, 1, 0x10, 0x01, 0x00, 0x40, 0x03, 0x02,
		    0x00, 0x09, 0x04, 0x00, 0x35, 0x05, 0x00, 0x09, 0, 5, 0, 6);
	write_bytes("layout", "reserved", 0xfe, 0x03, 0x03, 0xe8, 0, 1, 0, 0, 0,
		    0, 0, 0, 0, 1, 0, 1, 0x10, 0x00, 0x10, 0xff, 0x14, 0x02,
		    0x00, 0x05, 0x33, 0x01, 0x00, 0x20, 0, 1, 0, 2, 0, 3, 0, 4);
}

static void write_lists(void)
{
	write_bytes("scratch", "one", 0x00, 0x05, 0x01);
	write_bytes("scratch", "empty", 0x00, 0x05, 0x01, 0x80, 0x00, 0x02, 0x01);
	write_bytes("scratch", "length", 0x02, 0x88, 0x05, 0x01);
	write_bytes("scratch", "overlap", 0x00, 0x05, 0x01, 0x05, 0x01);
	write_bytes("scratch", "raw", 0x0f, 0xff, 0, 0, 0, 0, 1, 0x70, 0, 0, 0xff,
		    0, 0, 0, 0, 0, 0, 0, 0x20, 0x81, 0xff, 0, 0, 0, 0, 0, 0, 0x10,
		    0, 0x05, 0x01);
}

static void write_params(void)
{
	static const char * const args[] = {
		"16M,512M,256M", "1,2,3", "4M,0,0", "0,4K,0", "150%", "0%",
		"0x400000,1m,1g", "18446744073709551616,1M,1M", "1E,2P,3T",
	};
	unsigned int i;
	char name[8];

	for (i = 0; i < ARRAY_SIZE(args); i++) {
		snprintf(name, sizeof(name), "%u", i);
		write_seed("param", name, args[i], strlen(args[i]));
	}
}

static void write_chains(void)
{
	/* First chunk, pages, order, flags; then a chunk, and its entries. */
	write_bytes("vmalloc", "three", 0, 3, 0, 0, 0, 3, 0, 1, 0, 2, 0, 3);
	write_bytes("vmalloc", "two-chunks", 0, 2, 0, 0, 0, 1, 255, 0, 0, 1, 0,
		    1, 0, 2, 1, 1, 0, 3);
	write_bytes("vmalloc", "order", 0, 16, 208, 2, 0, 1, 0, 161);
	write_bytes("vmalloc", "pages", 0, 1, 0, 0, 0, 1, 0, 130, 0);
	write_bytes("vmalloc", "wild", 0, 1, 0, 0, 0, 1, 0, 167, 1, 2, 3, 4, 5, 6,
		    7, 8);
	/* Entry size, head; then a block, its next, its count. */
	write_bytes("block", "one", 0, 0, 0, 160, 5);
	write_bytes("block", "three", 0, 0, 0, 1, 51, 1, 2, 51, 2, 160, 7);
	write_bytes("block", "cycle", 0, 0, 0, 1, 1, 1, 0, 1);
	write_bytes("block", "count", 1, 0, 0, 160, 255, 0, 0, 0, 0, 0, 0, 1, 0);
	/* Sessions, FLBs; then a page, its kind, its next, its count, entries. */
	write_bytes("luo", "empty", 0, 160, 1, 2, 160, 1, 0, 0, 0);
	write_bytes("luo", "one", 0, 160, 0, 0, 160, 1, 0, 2, 1, 2, 1, 160, 1,
		    0, 5, 0);
	write_bytes("luo", "two", 0, 1, 0, 0, 160, 2, 0, 2, 2, 1, 3, 1, 2, 1,
		    160, 2, 0, 5, 0, 1, 6, 3, 3, 1, 160, 1, 0, 7, 1, 1, 2, 160,
		    1, 0, 0, 3);
	write_bytes("luo", "shared", 0, 160, 0, 0, 160, 2, 0, 2, 1, 1, 2, 1, 2,
		    1, 160, 1, 0, 5, 0);
	write_bytes("block", "wild", 0, 0, 0, 167, 1, 2, 3, 4, 5, 6, 7, 8, 1);
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: seeds DIR\n");
		return 2;
	}
	top = argv[1];
	LLVMFuzzerInitialize(&argc, &argv);
	write_fdts();
	write_regions();
	write_payloads();
	write_kernels();
	write_trees();
	write_layouts();
	write_lists();
	write_params();
	write_chains();
	return 0;
}
