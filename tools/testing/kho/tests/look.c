// SPDX-License-Identifier: GPL-2.0
/*
 * Looking at the image of the next kernel: what is in a bzImage, whatever it is
 * compressed with, damaged in every place; and command lines. It is compressed, and
 * unpacked, by the libraries of this machine.
 */

#include <linux/ioport.h>
#include <linux/kexec.h>
#include <linux/kho/abi/kexec_handover.h>
#include <linux/kho/abi/image.h>
#include <linux/lz4.h>
#include <linux/unaligned.h>
#include <linux/xz.h>
#include <linux/zlib.h>
#include <linux/zstd.h>
#include <asm/setup.h>
#include <stdio.h>
#include <stdlib.h>

#include "../../../../kernel/liveupdate/kho_image.h"
#include "bzimage.h"
#include "tap.h"

static const struct sim_machine machine = {
	.ram = {
		{ .start = 0, .size = 640 * 1024 },
		{ .start = MiB(1), .size = MiB(63) },
	},
};

/* As that of x86, without what the host has. */
void arch_kho_look(struct kimage *image)
{
	struct kho_bzimage bz;

	kho_bzimage_parse(image->kernel_buf, image->kernel_buf_len, &bz);
	kho_bzimage_unpack(&bz);
	kho_bzimage_look(image, &bz);
	kho_bzimage_free(&bz);
}

#define KERNEL_SIZE	(20 * 1024 * 1024 + 12345)

static unsigned char *kernel;
static unsigned char file[KERNEL_SIZE + 8192];

enum packing { ZSTD, XZ, GZIP, LZ4, LZO, PACKINGS };

/* Some of it compresses well, some does not. */
static void make_kernel(const char *text, size_t at)
{
	size_t i;

	kernel = kernel ?: malloc(KERNEL_SIZE);
	for (i = 0; i < KERNEL_SIZE; i++)
		kernel[i] = i % 65536 < 2048 ? rnd() : i >> 9;
	if (text)
		memcpy(kernel + at, text, strlen(text) + 1);
}

static size_t pack_gzip(unsigned char *out, size_t room)
{
	z_stream strm = {
		.next_in = kernel, .avail_in = KERNEL_SIZE,
		.next_out = out, .avail_out = room,
	};

	must(deflateInit2(&strm, 1, Z_DEFLATED, 31, 9, 0) == Z_OK);
	must(deflate(&strm, Z_FINISH) == Z_STREAM_END);
	deflateEnd(&strm);
	return strm.total_out;
}

static size_t pack_lz4(unsigned char *out, size_t room)
{
	size_t n, at, len = 4;
	int packed;

	memcpy(out, "\x02\x21\x4c\x18", 4);
	for (at = 0; at < KERNEL_SIZE; at += n) {
		n = min((size_t)KERNEL_SIZE - at, (size_t)8 << 20);
		packed = LZ4_compress_default((char *)kernel + at,
					      (char *)out + len + 4, n,
					      room - len - 4);
		must(packed > 0);
		memcpy(out + len, &packed, 4);
		len += 4 + packed;
	}
	return len;
}

/* Returns the size of the payload. */
static size_t pack(enum packing packing, unsigned char *out, size_t room)
{
	u32 size = KERNEL_SIZE;
	size_t len = 0;

	switch (packing) {
	case ZSTD:
		len = ZSTD_compress(out, room, kernel, KERNEL_SIZE, 1);
		must(!ZSTD_isError(len));
		break;
	case XZ:
		must(lzma_easy_buffer_encode(0, LZMA_CHECK_CRC32, NULL, kernel,
					     KERNEL_SIZE, out, &len,
					     room) == LZMA_OK);
		break;
	case GZIP:
		return pack_gzip(out, room);
	case LZ4:
		len = pack_lz4(out, room);
		break;
	default:
		memcpy(out, "\x89LZO", 4);
		len = 100;
	}
	memcpy(out + len, &size, sizeof(size));
	return len + sizeof(size);
}

static const char *cmdline = "kho=on liveupdate=on";

/* An image of just this size, so that no byte beyond it is read unnoticed. */
static struct kimage *look(const unsigned char *buf, size_t size)
{
	static struct kimage image;
	long objects = sim_objects_used();

	image = (struct kimage) { .file_mode = true };
	image.kernel_buf = malloc(size);
	image.kernel_buf_len = size;
	image.cmdline_buf = (char *)cmdline;
	image.kho.fdt = 4096;
	memcpy(image.kernel_buf, buf, size);
	sim_log_clear();
	expect_eq(kho_image_look(&image), 0);
	expect_eq(sim_objects_used(), objects);
	free(image.kernel_buf);
	return &image;
}

static struct kimage *look_packed(enum packing packing)
{
	size_t len = pack(packing, file + BZ_PAYLOAD, sizeof(file) - BZ_PAYLOAD);

	bzimage_make(file, len, KERNEL_SIZE);
	return look(file, BZ_PAYLOAD + len);
}

static void test_packings(void)
{
	struct kimage *image;
	enum packing p;

	for (p = ZSTD; p < LZO; p++) {
		/* Across the place where a window of 8 MiB ends. */
		make_kernel(KHO_FDT_COMPATIBLE, (8 << 20) - 3);
		image = look_packed(p);
		expect(!image->kho.reject && !image->kho.liveupdate);

		/* The very last bytes. */
		make_kernel("liveupdate", KERNEL_SIZE - 11);
		memcpy(kernel, KHO_FDT_COMPATIBLE, sizeof(KHO_FDT_COMPATIBLE));
		image = look_packed(p);
		expect(!image->kho.reject && image->kho.liveupdate);

		/* None, an older format, a longer name. */
		make_kernel(NULL, 0);
		expect(look_packed(p)->kho.reject);
		expect_log("there is no kho-v4");
		make_kernel("kho-v3", 1000);
		expect(look_packed(p)->kho.reject);
		make_kernel("kho-v44", 1000);
		expect(look_packed(p)->kho.reject);
	}
}

/* The string of a device does not make up for a name that is not in the marker. */
static void test_marker(void)
{
	static const char marker[] = KHO_IMAGE_MARKER KHO_IMAGE_FORMAT;
	struct kimage *image;
	size_t len;

	make_kernel("liveupdate", 1000);
	len = pack(ZSTD, file + BZ_PAYLOAD, sizeof(file) - BZ_PAYLOAD);
	bzimage_make(file, len, KERNEL_SIZE);
	memcpy(file + BZ_INFO + 16, marker, sizeof(marker));
	image = look(file, BZ_PAYLOAD + len);
	expect(!image->kho.reject && !image->kho.liveupdate);
}

static void test_unknown(void)
{
	static char vouch[64];
	struct kimage *image;
	const char *word;

	make_kernel(KHO_FDT_COMPATIBLE, 1000);
	expect(look_packed(LZO)->kho.reject);
	expect_log("lzo");
	word = strstr(sim_log(), "kho.vouch=");
	must(word);
	snprintf(vouch, sizeof(vouch), "kho=on %.18s", word);
	cmdline = vouch;
	image = look_packed(LZO);
	expect(!image->kho.reject && image->kho.liveupdate);
	expect(kho_image_has_handler(image, KHO_IMAGE_LUO));

	/* It vouches for no other image, nor for one that is known to be wrong. */
	file[BZ_PAYLOAD + 50]++;
	expect(look(file, BZ_PAYLOAD + 104)->kho.reject);
	make_kernel(NULL, 0);
	expect(look_packed(ZSTD)->kho.reject);
	cmdline = "kho=on liveupdate=on";

	/* What says it where it is not compressed. */
	make_kernel(NULL, 0);
	pack(LZO, file + BZ_PAYLOAD, 1000);
	bzimage_make(file, 104, KERNEL_SIZE);
	memcpy(file + BZ_PAYLOAD + 104, KHO_IMAGE_MARKER KHO_IMAGE_NAMES,
	       sizeof(KHO_IMAGE_MARKER KHO_IMAGE_NAMES));
	image = look(file, BZ_PAYLOAD + 300);
	expect(!image->kho.reject && image->kho.liveupdate);
}

static void test_damaged(void)
{
	size_t len, at, used;
	enum packing p;
	u32 word;
	int i;

	make_kernel(KHO_FDT_COMPATIBLE, 1000);
	for (p = ZSTD; p < LZO; p++) {
		len = pack(p, file + BZ_PAYLOAD, sizeof(file) - BZ_PAYLOAD);
		bzimage_make(file, len, KERNEL_SIZE);
		expect(!look(file, BZ_PAYLOAD + len)->kho.reject);

		/* Cut off anywhere. */
		for (i = 0; i < 10; i++)
			expect(look(file, BZ_PAYLOAD + rnd_below(len))->kho.reject);
		/* More than there is room for, and less. */
		bzimage_make(file, len, KERNEL_SIZE - 1);
		expect(look(file, BZ_PAYLOAD + len)->kho.reject);
		expect_log("damaged");
		bzimage_make(file, len, 1U << 30);
		for (i = -1; i <= 1; i += 2) {
			word = KERNEL_SIZE + i;
			memcpy(file + BZ_PAYLOAD + len - 4, &word, 4);
			expect(look(file, BZ_PAYLOAD + len)->kho.reject);
			expect_log("damaged");
		}
		/* Only one with a checksum notices each of them. */
		word = KERNEL_SIZE;
		memcpy(file + BZ_PAYLOAD + len - 4, &word, 4);
		for (i = 0; i < 10; i++) {
			at = BZ_PAYLOAD + 20 + rnd_below(len - 40);
			file[at] ^= 0x10;
			used = look(file, BZ_PAYLOAD + len)->kho.reject;
			if (p == GZIP || p == XZ)
				expect(used);
			file[at] ^= 0x10;
		}
		/* No memory. */
		for (i = 2; i < 4; i++) {
			struct kimage image = {
				.kernel_buf = file,
				.kernel_buf_len = BZ_PAYLOAD + len,
			};

			sim_fail_nth(i);
			expect_eq(kho_image_look(&image), 0);
			sim_fail_nth(0);
			if (i == 2)
				expect(image.kho.reject);
		}
	}
}

static void test_offsets(void)
{
	static const u32 odd[] = { 0, 1, 0x7fffffff, 0x80000000, 0xfffffffe,
				   0xffffffff, 4096, 100000 };
	static const int fields[] = { 0x248, 0x24c, 0x260, 0x268 };
	struct kho_bzimage bz;
	unsigned int i, j, k;
	size_t len;

	make_kernel(KHO_FDT_COMPATIBLE, 1000);
	len = pack(GZIP, file + BZ_PAYLOAD, sizeof(file) - BZ_PAYLOAD);
	for (i = 0; i < ARRAY_SIZE(fields); i++) {
		for (j = 0; j < ARRAY_SIZE(odd); j++) {
			for (k = 0; k < 2; k++) {
				bzimage_make(file, len, KERNEL_SIZE);
				memcpy(file + fields[i], &odd[j], 4);
				if (k)
					memcpy(file + 0x24c, &odd[j], 4);
				look(file, BZ_PAYLOAD + len);
			}
		}
	}
	bzimage_make(file, len, KERNEL_SIZE);
	kho_bzimage_parse(file, BZ_PAYLOAD + len, &bz);
	expect_eq(bz.type_max, 0x8000000a);
	expect(bz.relocatable);
	for (i = 0; i < BZ_PAYLOAD; i += 7)
		look(file, i);
}

static const struct {
	const char *line;
	bool ok;
} lines[] = {
	{ "kho=on", true }, { "kho=1 quiet", true }, { "a kho=yes", true },
	{ "", false }, { "kho", false }, { "kho=off", false },
	{ "kho=on kho=off", false }, { "kho=off kho=on", true },
	{ "kho=on kho=maybe", true }, { "xkho=on", false },
	{ "-- kho=on", false }, { "kho=on -- kho=off", true },
	{ "x=\"a kho=on\"", false }, { "x=\"a b\" kho=on", true },
	{ "\"kho=on\"", true }, { "kho=\"on\"", true }, { "x=\"kho=on", false },
	{ "kho_scratch=64M,0,0", false }, { "  kho=on  ", true },
	{ "kho=on mem=1G", true }, { "kho=on mem=64M", true },
	{ "kho=on mem=65535K", false }, { "kho=on mem=32M mem=1G", false },
	{ "kho=on mem=nopentium", true }, { "kho=on -- mem=1M", true },
	{ "kho=on memmap=exactmap memmap=1G@0", false },
	{ "kho=on memmap=1G@64M", true }, { "kho=on memmap=1M$128M", true },
	{ "kho=on memmap=1M$63M", false }, { "kho=on memmap=1M#32M", false },
	{ "kho=on memmap=1M!2M", false }, { "kho=on memmap=8M%8M-1+2", false },
	{ "kho=on memmap=1M@1G,1M$32M", false }, { "kho=on memmap=16M", false },
	{ "kho=on memmap=64M", true }, { "kho=on memmap=", true },
	{ "kho=on memmap=0x$0", true }, { "kho=on memmap=$", true },
};

static void test_lines(void)
{
	struct kho_cmdline c;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(lines); i++) {
		must(!kho_cmdline_read(lines[i].line, &c));
		if (!kho_cmdline_verdict(&c) != lines[i].ok)
			tap_fail(__FILE__, __LINE__, "\"%s\": %s",
				 lines[i].line, kho_cmdline_verdict(&c));
	}
	sim_fail_nth(1);
	expect_eq(kho_cmdline_read("kho=on", &c), -ENOMEM);
	sim_fail_nth(0);
}

/* What this kernel was started with, too, takes nothing away. */
static const struct {
	const char *ours, *line;
	bool ok;
} same[] = {
	{ "mem=32M", "kho=on mem=32M", true },
	{ "mem=32M", "kho=on mem=33M", false },
	{ "mem=32M", "kho=on mem=0x2000000", false },
	{ "mem=32M", "kho=on mem=1G", true },
	{ "mem=32M", "kho=on quiet mem=32M -- mem=1M", true },
	{ "quiet -- mem=32M", "kho=on mem=32M", false },
	{ "mem=32M mem=16M", "kho=on mem=32M", false },
	{ "mem=32M", "kho=on mem=32M mem=32M", false },
	{ "memmap=exactmap memmap=64M@0", "memmap=exactmap kho=on memmap=64M@0", true },
	{ "memmap=exactmap memmap=64M@0", "kho=on memmap=exactmap", false },
	{ "memmap=1M$32M", "kho=on mem=1M$32M", false },
	{ "xmem=32M", "kho=on mem=32M", false },
};

static void test_same_lines(void)
{
	char *before = saved_command_line;
	struct kho_cmdline c;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(same); i++) {
		saved_command_line = (char *)same[i].ours;
		must(!kho_cmdline_read(same[i].line, &c));
		if (!kho_cmdline_verdict(&c) != same[i].ok)
			tap_fail(__FILE__, __LINE__, "\"%s\" after \"%s\": %s",
				 same[i].line, same[i].ours,
				 kho_cmdline_verdict(&c));
	}
	for (i = 1; i <= 3; i++) {
		sim_fail_nth(i);
		expect_eq(kho_cmdline_read("mem=1M", &c), -ENOMEM);
		sim_fail_nth(0);
	}
	saved_command_line = before;
}

static void test_mem_encrypt(void)
{
	struct kho_cmdline c;

	must(!kho_cmdline_read("kho=on mem_encrypt=on", &c));
	expect(c.mem_encrypt);
	must(!kho_cmdline_read("kho=on mem_encrypt=off mem_encrypt", &c));
	expect(!c.mem_encrypt);
}

/* A switch that the kernel cuts off, as a whole or in the middle, is none. */
static void test_long_lines(void)
{
	static char line[3 * COMMAND_LINE_SIZE];
	static const char on[] = " kho=on";
	const size_t room = COMMAND_LINE_SIZE - 1, len = sizeof(on) - 1;
	struct kho_cmdline c;
	size_t cut;

	for (cut = 0; cut <= len + 1; cut++) {
		memset(line, 'x', sizeof(line) - 1);
		memcpy(line + room - len + cut, on, sizeof(on));
		must(!kho_cmdline_read(line, &c));
		expect_eq(c.kho, !cut);
	}

	/* What switches it off beyond the end does not either. */
	memset(line, ' ', sizeof(line) - 1);
	memcpy(line, on, len);
	memcpy(line + room, "kho=off", 7);
	must(!kho_cmdline_read(line, &c));
	expect(c.kho);
}

static void boot(void (*fn)(void))
{
	sim_power_on(&machine);
	sim_boot("kho=on kho_scratch=4M,0,0");
	fn();
}

#define CASE(name) static void case_##name(void) { boot(test_##name); }
CASE(packings)
CASE(marker)
CASE(unknown)
CASE(damaged)
CASE(offsets)
CASE(lines)
CASE(long_lines)
CASE(same_lines)
CASE(mem_encrypt)

static const struct tap_case cases[] = {
	{ "what is in a kernel, whatever it is compressed with", case_packings },
	{ "a marker says all", case_marker },
	{ "what cannot be known, and is vouched for", case_unknown },
	{ "damaged and cut off", case_damaged },
	{ "offsets and sizes that make no sense", case_offsets },
	{ "command lines", case_lines },
	{ "command lines that are too long", case_long_lines },
	{ "what is memory, as before", case_same_lines },
	{ "mem_encrypt=", case_mem_encrypt },
};

TAP_MAIN(cases)
