// SPDX-License-Identifier: GPL-2.0
/*
 * Kexec HandOver: what a bzImage says of itself, and what is in it.
 *
 * The header alone proves nothing: kernels that were configured without kexec
 * handover, or speak an older format, have the same. Only the name of the format in
 * the kernel proper does, which is compressed, or a marker of ours.
 */

#define pr_fmt(fmt) "KHO: " fmt

#include <linux/err.h>
#include <linux/kexec.h>
#include <linux/kho/abi/kexec_handover.h>
#include <linux/minmax.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/sprintf.h>
#include <linux/string.h>
#include <linux/unaligned.h>

#include "kho_image.h"

/* Offsets in the file, see Documentation/arch/x86/boot.rst */
#define BZ_SETUP_SECTS		0x1f1
#define BZ_VERSION		0x206
#define BZ_RELOCATABLE		0x234
#define BZ_PAYLOAD_OFFSET	0x248
#define BZ_PAYLOAD_LENGTH	0x24c
#define BZ_INIT_SIZE		0x260
#define BZ_KERNEL_INFO		0x268
#define BZ_HEADER_END		0x26c

/* Offsets in kernel_info */
#define BZ_INFO_SIZE		0x4
#define BZ_INFO_TYPE_MAX	0xc
#define BZ_INFO_END		0x10

/* No kernel is larger, the decompressor would not know where to. */
#define BZ_MAX_SIZE		SZ_1G

static u32 kho_bzimage_type_max(const u8 *info, size_t len)
{
	if (len < BZ_INFO_END || memcmp(info, "LToP", 4) ||
	    get_unaligned_le32(info + BZ_INFO_SIZE) < BZ_INFO_END)
		return 0;
	return get_unaligned_le32(info + BZ_INFO_TYPE_MAX);
}

/**
 * kho_bzimage_parse - find the parts of a bzImage
 * @buf: the image.
 * @len: its size in bytes.
 * @bz: set to what was found. No payload, if it does not lie in the image.
 */
void kho_bzimage_parse(const u8 *buf, size_t len, struct kho_bzimage *bz)
{
	size_t base, offset, size;

	*bz = (struct kho_bzimage) {};
	if (len < BZ_HEADER_END)
		return;
	base = ((buf[BZ_SETUP_SECTS] ?: 4) + 1) * 512;
	if (len < base)
		return;

	bz->relocatable = buf[BZ_RELOCATABLE];
	bz->init_size = min_t(u32, get_unaligned_le32(buf + BZ_INIT_SIZE),
			      BZ_MAX_SIZE);

	/* Offsets count from the start of the protected mode kernel. */
	len -= base;
	offset = get_unaligned_le32(buf + BZ_PAYLOAD_OFFSET);
	size = get_unaligned_le32(buf + BZ_PAYLOAD_LENGTH);
	if (offset <= len && size <= len - offset) {
		bz->payload = buf + base + offset;
		bz->payload_len = size;
	}

	offset = get_unaligned_le32(buf + BZ_KERNEL_INFO);
	if (get_unaligned_le16(buf + BZ_VERSION) >= 0x20f && offset <= len)
		bz->type_max = kho_bzimage_type_max(buf + base + offset,
						    len - offset);
}

/**
 * kho_bzimage_unpack - unpack the kernel proper
 * @bz: what kho_bzimage_parse() said. Set to what is in it.
 *
 * Context: Process context, may sleep.
 */
void kho_bzimage_unpack(struct kho_bzimage *bz)
{
	bz->text = kho_unpack(bz->payload, bz->payload_len, bz->init_size,
			      &bz->text_len, &bz->packed);
}

/**
 * kho_bzimage_free - forget the kernel proper
 * @bz: a bzImage that was unpacked, or not.
 */
void kho_bzimage_free(struct kho_bzimage *bz)
{
	if (!IS_ERR(bz->text))
		kvfree(bz->text);
	bz->text = NULL;
}

/**
 * kho_bzimage_why - tell why the kernel proper could not be unpacked
 * @bz: a bzImage that could not be unpacked.
 * @buf: where the reason goes.
 * @size: of @buf, in bytes.
 */
void kho_bzimage_why(const struct kho_bzimage *bz, char *buf, size_t size)
{
	const char *fmt = "it is compressed with %s and cannot be looked into";

	if (PTR_ERR(bz->text) == -EBADMSG)
		fmt = "its compressed part (%s) is damaged";
	else if (PTR_ERR(bz->text) == -ENOMEM)
		fmt = "there is no memory to unpack it (%s)";
	snprintf(buf, size, fmt, bz->packed);
}

/**
 * kho_bzimage_look - find out whether a kernel understands a handover
 * @image: the image, whose kernel_buf is a bzImage.
 * @bz: what is in it, unpacked if that could be done.
 *
 * Rejects it if it does not, or if that cannot be known and nobody vouches.
 */
void kho_bzimage_look(struct kimage *image, const struct kho_bzimage *bz)
{
	bool known = kho_image_read_marker(image, image->kernel_buf,
					   image->kernel_buf_len);
	char why[80];

	/* A kernel with a marker says all by itself. */
	if (IS_ERR(bz->text)) {
		kho_bzimage_why(bz, why, sizeof(why));
		if (!known || PTR_ERR(bz->text) == -EBADMSG)
			kho_image_doubt(image, "%s", why);
	} else if (!known &&
		   !kho_image_read_text(image, bz->text, bz->text_len)) {
		kho_image_reject(image,
				 "there is no %s in the kernel; load one with CONFIG_KEXEC_HANDOVER=y, Linux 7.2 or later, or 6.12 with this series",
				 KHO_FDT_COMPATIBLE);
	}
}
