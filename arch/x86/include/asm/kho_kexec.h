/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Kexec HandOver: setup_data for the next kernel.
 */
#ifndef _ASM_X86_KHO_KEXEC_H
#define _ASM_X86_KHO_KEXEC_H

#include <asm/setup_data.h>

struct boot_params;
struct kimage;

#ifdef CONFIG_KEXEC_HANDOVER
/* The type 10 node and one setup_indirect for each of scratch array and IMA */
#define KHO_SETUP_DATA_SIZE	(sizeof(struct setup_data) + \
				 sizeof(struct kho_data) + \
				 2 * (sizeof(struct setup_data) + \
				      sizeof(struct setup_indirect)))

void kho_setup_data(struct kimage *image, struct boot_params *params,
		    unsigned long params_load_addr, unsigned int offset);
#else
#define KHO_SETUP_DATA_SIZE	0

static inline void kho_setup_data(struct kimage *image,
				  struct boot_params *params,
				  unsigned long params_load_addr,
				  unsigned int offset)
{
}
#endif

#endif /* _ASM_X86_KHO_KEXEC_H */
