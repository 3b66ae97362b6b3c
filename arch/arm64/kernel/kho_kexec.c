// SPDX-License-Identifier: GPL-2.0
/*
 * Kexec HandOver: whether an Image can take it.
 *
 * Nothing in the header of an Image tells whether the kernel understands a
 * handover. But a kernel compares the name of the format with a string, which is in
 * the Image, because that is not compressed.
 */

#include <linux/cacheflush.h>
#include <linux/kexec.h>
#include <linux/kho/abi/kexec_handover.h>
#include <linux/sizes.h>

#include <asm/byteorder.h>
#include <asm/image.h>

#include "../../../kernel/liveupdate/kho_image.h"

/* Size of the kernel's pages in bytes, 0 if it does not tell. */
static unsigned long image_page_size(u64 flags)
{
	switch (arm64_image_flag_field(flags, ARM64_IMAGE_FLAG_PAGE_SIZE)) {
	case ARM64_IMAGE_FLAG_PAGE_SIZE_4K:
		return SZ_4K;
	case ARM64_IMAGE_FLAG_PAGE_SIZE_16K:
		return SZ_16K;
	case ARM64_IMAGE_FLAG_PAGE_SIZE_64K:
		return SZ_64K;
	}
	return 0;
}

/**
 * arch_kho_look - find out whether an image can take a handover
 * @image: the image that is being loaded, whose kernel_buf is an Image.
 */
void arch_kho_look(struct kimage *image)
{
	const struct arm64_image_header *h = image->kernel_buf;
	unsigned long page_size = image_page_size(le64_to_cpu(h->flags));
	size_t size = image->kernel_buf_len;

	/* A kernel with a marker says all by itself. */
	if (!kho_image_read_marker(image, image->kernel_buf, size) &&
	    !kho_image_read_text(image, image->kernel_buf, size))
		kho_image_reject(image,
				 "there is no %s in the kernel; load one with CONFIG_KEXEC_HANDOVER=y, Linux 7.2 or later, or 6.12 with this series",
				 KHO_FDT_COMPATIBLE);
	else if (page_size != PAGE_SIZE)
		kho_image_reject(image,
				 "the kernel has pages of %lu bytes, this one of %lu; load one with pages of the same size",
				 page_size, PAGE_SIZE);
}

/**
 * arch_kho_sync_code - have processors see code that was written for the next kernel
 * @start: where it is, in the linear map.
 * @size: in bytes.
 *
 * It starts without MMU and data cache. Programs may have run in these pages, and
 * nothing else invalidates the instruction cache if no segment is copied.
 */
void arch_kho_sync_code(void *start, size_t size)
{
	dcache_clean_inval_poc((unsigned long)start,
			       (unsigned long)start + size);
	icache_inval_all_pou();
}
