/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Kexec HandOver: looking at the image of the next kernel, when it is loaded.
 *
 *   kho_image.c    whether an image is good, by what is in it
 *   kho_cmdline.c  by its command line
 *   kho_bzimage.c  the format of x86, whose kernel proper is compressed
 *   kho_unpack.c   unpacks it
 *   kho_vmlinux.c  lays out the kernel proper as it will be in memory
 *   kho_place.c    where it goes, and how
 *   kho_kexec.c    asks at the jump
 */
#ifndef _KERNEL_LIVEUPDATE_KHO_IMAGE_H
#define _KERNEL_LIVEUPDATE_KHO_IMAGE_H

#include <linux/kho_kexec.h>
#include <linux/types.h>

/* kho_image.c */
const char *kho_image_find_names(const char *buf, size_t size);
bool kho_image_read_marker(struct kimage *image, const char *buf, size_t size);
bool kho_image_read_text(struct kimage *image, const char *buf, size_t size);
bool kho_image_has_handler(const struct kimage *image, const char *name);
__printf(2, 3)
void kho_image_reject(struct kimage *image, const char *fmt, ...);
__printf(2, 3)
void kho_image_doubt(struct kimage *image, const char *fmt, ...);
int kho_image_look(struct kimage *image);
const char *kho_image_verdict(const struct kimage *image, bool huge);

/* arch/.../kernel/kho_kexec.c */
void arch_kho_look(struct kimage *image);
void arch_kho_sync_code(void *start, size_t size);

/* kho_place.c */
phys_addr_t kho_image_copied(const struct kimage *image);
bool kho_place_next_run(unsigned long *pfn, unsigned long *next,
			unsigned long end);
phys_addr_t kho_place_total(const struct kimage *image);

/* kho_kexec.c */
phys_addr_t kho_image_size(const struct kimage *image);
phys_addr_t kho_kexec_boot_size(void);

/* kho_cmdline.c */
int kho_cmdline_read(const char *line, struct kho_cmdline *cmdline);
const char *kho_cmdline_verdict(const struct kho_cmdline *cmdline);

/* kho_bzimage.c */
struct kho_bzimage {
	const u8 *payload;
	size_t payload_len;
	u32 init_size;
	u32 type_max;		/* highest type of setup_data; 0: it does not say */
	bool relocatable;

	/* From kho_bzimage_unpack() on, for kvfree(), or an ERR_PTR: */
	void *text;
	size_t text_len;
	const char *packed;	/* what it was compressed with */
};

void kho_bzimage_parse(const u8 *buf, size_t len, struct kho_bzimage *bz);
void kho_bzimage_unpack(struct kho_bzimage *bz);
void kho_bzimage_free(struct kho_bzimage *bz);
void kho_bzimage_why(const struct kho_bzimage *bz, char *buf, size_t size);
void kho_bzimage_look(struct kimage *image, const struct kho_bzimage *bz);

/* kho_unpack.c */
void *kho_unpack(const u8 *in, size_t len, size_t max, size_t *size,
		 const char **name);

/* kho_vmlinux.c */
const char *kho_vmlinux_lay(u8 *buf, size_t len, u64 base, size_t max,
			    struct kho_vmlinux *vmlinux);
const char *kho_vmlinux_relocate(struct kho_vmlinux *vmlinux, u64 base,
				 u64 delta);
unsigned long kho_vmlinux_slot(const struct kimage *image,
			       const struct kexec_segment *own,
			       unsigned long min, unsigned long align,
			       unsigned long *nth);

#endif /* _KERNEL_LIVEUPDATE_KHO_IMAGE_H */
