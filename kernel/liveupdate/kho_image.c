// SPDX-License-Identifier: GPL-2.0
/*
 * Kexec HandOver: whether the image of the next kernel can take it.
 *
 * All that takes time, or memory, is done when it is loaded, and nothing is refused
 * then: only the jump tells whether anything would be lost.
 */

#define pr_fmt(fmt) "KHO: " fmt

#include <linux/crc32.h>
#include <linux/kexec.h>
#include <linux/kho/abi/hugetlb.h>
#include <linux/kho/abi/image.h>
#include <linux/kho/abi/kexec_handover.h>
#include <linux/minmax.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <linux/sprintf.h>
#include <linux/string.h>

#include "kho_image.h"
#include "kho_internal.h"

/*
 * Also the marker of images that are not compressed: this is the only place of
 * the prefix in them. Those of x86 have theirs in kernel_info as well.
 */
static const char kho_image_marker[] __used =
	KHO_IMAGE_MARKER KHO_IMAGE_NAMES KHO_IMAGE_NAMES_BESIDE;

static_assert(sizeof(KHO_IMAGE_NAMES KHO_IMAGE_NAMES_BESIDE) <=
	      KHO_IMAGE_NAMES_LEN);

/* What follows @what in a buffer, or NULL. */
static const char *kho_image_find(const char *buf, size_t size,
				  const char *what, size_t len)
{
	const char *end = buf + size;

	while ((buf = memchr(buf, *what, end - buf))) {
		if (end - buf < len)
			return NULL;
		if (!memcmp(buf, what, len))
			return buf + len;
		buf++;
	}
	return NULL;
}

/**
 * kho_image_find_names - look for the marker of an image
 * @buf: the image.
 * @size: its size in bytes.
 *
 * Return: the names, with a NUL at their end; NULL if there is no marker, or it
 * has no end.
 */
const char *kho_image_find_names(const char *buf, size_t size)
{
	const char *end = buf + size;

	while ((buf = kho_image_find(buf, end - buf, kho_image_marker,
				     sizeof(KHO_IMAGE_MARKER) - 1)))
		if (memchr(buf, '\0', min_t(size_t, end - buf,
					    KHO_IMAGE_NAMES_LEN)))
			return buf;
	return NULL;
}

/**
 * kho_image_has_handler - tell whether an image takes something over
 * @image: an image that was loaded.
 * @name: one of the names in linux/kho/abi/image.h.
 *
 * Return: true if the image says so.
 */
bool kho_image_has_handler(const struct kimage *image, const char *name)
{
	const char *names = image->kho.handlers;
	size_t len = strlen(name);

	while (*names) {
		if (!strncmp(names, name, len) &&
		    (names[len] == ' ' || !names[len]))
			return true;
		names = strchrnul(names, ' ');
		names += *names == ' ';
	}
	return false;
}

/**
 * kho_image_read_marker - take note of what an image says it takes over
 * @image: an image that is being loaded with kexec_file_load().
 * @buf: the part of it that is not compressed.
 * @size: its size in bytes.
 *
 * Return: true if it says that it understands this version of the handover.
 */
bool kho_image_read_marker(struct kimage *image, const char *buf, size_t size)
{
	const char *names = kho_image_find_names(buf, size);

	strscpy(image->kho.handlers, names ?: "");
	image->kho.liveupdate = kho_image_has_handler(image, KHO_IMAGE_LUO);
	return kho_image_has_handler(image, KHO_IMAGE_FORMAT);
}

/**
 * kho_image_read_text - take note of what is in a kernel
 * @image: an image that is being loaded with kexec_file_load().
 * @buf: the kernel, not compressed.
 * @size: its size in bytes.
 *
 * A kernel compares the name of the format with a string, and has a device with
 * this name if it has live update.
 *
 * Return: true if it understands this version of the handover.
 */
bool kho_image_read_text(struct kimage *image, const char *buf, size_t size)
{
	static const char format[] = KHO_FDT_COMPATIBLE;
#ifdef CONFIG_LIVEUPDATE
	static const char device[] = "liveupdate";

	if (kho_image_find(buf, size, device, sizeof(device)))
		image->kho.liveupdate = true;
#endif
	return kho_image_find(buf, size, format, sizeof(format));
}

static void kho_image_warn(const char *why)
{
	pr_warn("the jump to this kernel will be refused if it would lose anything: %s\n",
		why);
}

/**
 * kho_image_reject - note that an image cannot take a handover
 * @image: an image that is being loaded with kexec_file_load().
 * @fmt: why, and what to do. The first reason stays.
 */
void kho_image_reject(struct kimage *image, const char *fmt, ...)
{
	struct kho_image *kho = &image->kho;
	va_list args;

	if (kho->reject)
		return;
	kho->reject = true;
	va_start(args, fmt);
	vsnprintf(kho->why, sizeof(kho->why), fmt, args);
	va_end(args);
	kho_image_warn(kho->why);
}

/**
 * kho_image_doubt - note that nothing can be known of an image
 * @image: an image that is being loaded with kexec_file_load().
 * @fmt: why.
 *
 * Rejects the image, unless its command line vouches for it with kho.vouch=. The
 * value is for this image only, so that a command line that is used again vouches
 * for no other one.
 */
void kho_image_doubt(struct kimage *image, const char *fmt, ...)
{
	u32 crc = ~crc32_le(~0, image->kernel_buf, image->kernel_buf_len);
	char doubt[80];
	va_list args;

	if (image->kho.cmdline.vouched && image->kho.cmdline.vouch == crc) {
		pr_warn("kho.vouch=%08x: believed that this kernel takes all that is preserved\n",
			crc);
		image->kho.liveupdate = true;
		strscpy(image->kho.handlers, KHO_IMAGE_NAMES);
		return;
	}

	va_start(args, fmt);
	vsnprintf(doubt, sizeof(doubt), fmt, args);
	va_end(args);
	kho_image_reject(image,
			 "nobody knows if the kernel understands a handover: %s; load another, or, if you know that it does, this one with kho.vouch=%08x",
			 doubt, crc);
}

/**
 * kho_image_look - look at an image
 * @image: an image that is being loaded with kexec_file_load().
 *
 * Takes note of what kho_image_verdict() needs. kernel_buf and cmdline_buf are
 * there.
 *
 * Return: 0 or -ENOMEM.
 */
int kho_image_look(struct kimage *image)
{
	const char *why;
	int err;

	err = kho_cmdline_read(image->cmdline_buf ?: "", &image->kho.cmdline);
	if (err)
		return err;

	arch_kho_look(image);
	why = kho_cmdline_verdict(&image->kho.cmdline);
	if (why && !image->kho.reject)
		kho_image_warn(why);
	return 0;
}

/**
 * kho_loaded - forget what is needed only while an image is loaded
 * @image: an image whose segments were loaded, or could not be.
 */
void kho_loaded(struct kimage *image)
{
	kvfree(image->kho.vmlinux.buf);
	image->kho.vmlinux = (struct kho_vmlinux) {};
}

/**
 * kho_image_verdict - tell why an image loses what is preserved
 * @image: an image that was loaded, or NULL.
 * @huge: huge pages are preserved.
 *
 * Context: With the kexec lock, for which a panic does not wait: does not sleep.
 * Return: why, and what to do; NULL if it does not.
 */
const char *kho_image_verdict(const struct kimage *image, bool huge)
{
	if (!image)
		return "no kernel is loaded; load one with kexec -s -l";
	if (image->preserve_context)
		return "the image is for kexec jump; load it without --load-preserve-context";
	if (!image->file_mode)
		return "the kernel was loaded without kexec_file_load(); load it with kexec -s";
	if (image->kho.reject)
		return image->kho.why;
	if (!image->kho.fdt)
		return "the kernel was loaded without a handover; load it again";
	if (luo_has_data() && !image->kho.liveupdate)
		return "the kernel has no live update; load one with CONFIG_LIVEUPDATE=y";
	if (huge && !kho_image_has_handler(image, HUGETLB_LUO_FH_COMPATIBLE))
		return "it takes no huge pages; load one with CONFIG_LIVEUPDATE_HUGETLB=y";
	return kho_cmdline_verdict(&image->kho.cmdline);
}
