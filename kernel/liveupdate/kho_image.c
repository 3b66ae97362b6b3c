// SPDX-License-Identifier: GPL-2.0
/*
 * Kexec HandOver: what images say of themselves, see linux/kho/abi/image.h.
 */

#include <linux/kexec.h>
#include <linux/kho/abi/image.h>
#include <linux/string.h>

#include "kho_internal.h"

/*
 * Also the marker of images that are not compressed: this is the only place of
 * the prefix in them. Those of x86 have theirs in kernel_info as well.
 */
static const char kho_image_marker[] __used = KHO_IMAGE_MARKER KHO_IMAGE_HANDLERS;

static_assert(sizeof(KHO_IMAGE_HANDLERS) <= KHO_IMAGE_NAMES_LEN);

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
	const size_t len = sizeof(KHO_IMAGE_MARKER) - 1;
	const char *end = buf + size, *names;

	while ((buf = memchr(buf, *kho_image_marker, end - buf))) {
		names = buf + len;
		if (end - buf > len && !memcmp(buf, kho_image_marker, len) &&
		    memchr(names, '\0', min_t(size_t, end - names,
					      KHO_IMAGE_NAMES_LEN)))
			return names;
		buf++;
	}
	return NULL;
}

/**
 * kho_image_note_handlers - take note of what an image says it takes over
 * @image: an image that is being loaded with kexec_file_load().
 */
void kho_image_note_handlers(struct kimage *image)
{
	const char *names;

	names = kho_image_find_names(image->kernel_buf, image->kernel_buf_len);
	strscpy(image->kho.handlers, names ?: "");
}

/**
 * kho_image_has_handler - tell whether an image takes over a kind of files
 * @image: an image that was loaded.
 * @name: name of a file handler that Linux 7.3 does not have.
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
