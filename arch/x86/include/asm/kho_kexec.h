/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Kexec HandOver: what is done for it when a bzImage is loaded.
 */
#ifndef _ASM_X86_KHO_KEXEC_H
#define _ASM_X86_KHO_KEXEC_H

#include <asm/setup_data.h>

/* Where the decompressor begins, in bytes: part of the boot protocol */
#define BZIMAGE64_ENTRY		0x200

struct boot_params;
struct kexec_buf;
struct kho_bzimage;
struct kimage;

#ifdef CONFIG_KEXEC_HANDOVER
/* The type 10 node and one setup_indirect for each of scratch array and IMA */
#define KHO_SETUP_DATA_SIZE	(sizeof(struct setup_data) + \
				 sizeof(struct kho_data) + \
				 2 * (sizeof(struct setup_data) + \
				      sizeof(struct setup_indirect)))

void kho_setup_data(struct kimage *image, struct boot_params *params,
		    unsigned long params_load_addr, unsigned int offset);

void kho_vmlinux_prepare(struct kimage *image, struct kho_bzimage *bz);
void kho_vmlinux_replace(struct kimage *image, struct kexec_buf *kbuf);
unsigned long kho_vmlinux_place(struct kimage *image,
				struct boot_params *params,
				unsigned long load_addr);
#else
#define KHO_SETUP_DATA_SIZE	0

static inline void kho_setup_data(struct kimage *image,
				  struct boot_params *params,
				  unsigned long params_load_addr,
				  unsigned int offset)
{
}

static inline void kho_vmlinux_replace(struct kimage *image,
				       struct kexec_buf *kbuf)
{
}

static inline unsigned long kho_vmlinux_place(struct kimage *image,
					      struct boot_params *params,
					      unsigned long load_addr)
{
	return load_addr + BZIMAGE64_ENTRY;
}
#endif

#endif /* _ASM_X86_KHO_KEXEC_H */
