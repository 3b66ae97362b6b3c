/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Kexec HandOver: what kexec asks it when an image is loaded and started.
 */
#ifndef _LINUX_KHO_KEXEC_H
#define _LINUX_KHO_KEXEC_H

#include <asm-generic/kexec_handover.h>
#include <linux/kho/abi/image.h>
#include <linux/types.h>

struct kexec_buf;
struct kexec_segment;
struct kimage;
struct resource;

/* Room for all scratch areas that can be used. */
#define KHO_IMAGE_MAX_AREAS 120

/* What the command line of an image means for a handover. */
struct kho_cmdline {
	bool kho;		/* kho=on */
	bool liveupdate;	/* liveupdate=on */
	bool less_memory;	/* mem=, memmap=: some memory will not be there */
	bool mem_encrypt;	/* mem_encrypt=on, for AMD's SME */
	bool vouched;		/* kho.vouch= */
	u32 vouch;
};

/* A kernel as it will be in memory, while its image is loaded. */
struct kho_vmlinux {
	u8 *buf;		/* for kvfree(); NULL: the image unpacks itself */
	size_t size;		/* what has to be there when it starts */
	size_t entry;		/* offset of where it starts */
	bool kaslr;		/* at an address that was drawn */
	const u8 *relocs;	/* in @buf, too */
	size_t relocs_size;
};

/* Part of struct kimage: what the next kernel is told, and if it can use it. */
struct kho_image {
	struct kexec_segment *scratch;
	const struct kho_scratch *areas;	/* what @scratch lists */
	unsigned int nr_areas;
	struct kho_scratch cut[KHO_IMAGE_MAX_AREAS];	/* if some of it is bad */
	phys_addr_t fdt;
	unsigned long in_place;	/* segments that are where they will run, a bit each */
	bool dense;		/* placed as if nothing of scratch were in use */
	bool elsewhere;		/* scratch is too small for it */
	bool reject;		/* it cannot take a handover, see @why */
	bool liveupdate;	/* it has live update */
	struct kho_cmdline cmdline;
	struct kho_vmlinux vmlinux;
	char handlers[KHO_IMAGE_NAMES_LEN];
	char why[224];
};

#ifdef CONFIG_KEXEC_HANDOVER
void *kho_load(struct kimage *image, void *(*load)(struct kimage *));
void kho_loaded(struct kimage *image);
int kho_locate_mem_hole(struct kexec_buf *kbuf,
			int (*func)(struct resource *, void *));
bool kho_skip_checksum(const struct kimage *image);
bool kho_load_in_place(struct kimage *image, struct kexec_segment *segment);
void kho_unload(struct kimage *image);
int kho_prepare_jump(struct kimage *image);
#else
static inline void *kho_load(struct kimage *image,
			     void *(*load)(struct kimage *))
{
	return load(image);
}

static inline void kho_loaded(struct kimage *image)
{
}

static inline int kho_locate_mem_hole(struct kexec_buf *kbuf,
				      int (*func)(struct resource *, void *))
{
	return 1;
}

static inline bool kho_skip_checksum(const struct kimage *image)
{
	return false;
}

static inline bool kho_load_in_place(struct kimage *image,
				     struct kexec_segment *segment)
{
	return false;
}

static inline void kho_unload(struct kimage *image)
{
}

static inline int kho_prepare_jump(struct kimage *image)
{
	return 0;
}
#endif

#endif /* _LINUX_KHO_KEXEC_H */
