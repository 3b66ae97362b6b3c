// SPDX-License-Identifier: GPL-2.0
/*
 * Kexec HandOver: what the next kernel is told on x86, and whether it can take it.
 */

#include <linux/cc_platform.h>
#include <linux/cpufeature.h>
#include <linux/kexec.h>
#include <linux/string.h>

#include <asm/bootparam.h>
#include <asm/e820/api.h>
#include <asm/kho_kexec.h>

#include "../../../kernel/liveupdate/kho_image.h"

/* Prepend the setup_data node at offset, return the offset of the next one. */
static unsigned int add_setup_data(struct boot_params *params,
				   unsigned long params_load_addr,
				   unsigned int offset, u32 type,
				   const void *payload, u32 len)
{
	struct setup_data *sd = (void *)params + offset;

	sd->type = type;
	sd->len = len;
	memcpy(sd->data, payload, len);
	sd->next = params->hdr.setup_data;
	params->hdr.setup_data = params_load_addr + offset;

	return offset + sizeof(*sd) + len;
}

/* Have decompressor and kernel stay clear of what a node's payload points at. */
static unsigned int add_setup_indirect(struct boot_params *params,
				       unsigned long params_load_addr,
				       unsigned int offset, u32 type,
				       u64 addr, u64 len)
{
	struct setup_indirect indirect = {
		.type = SETUP_INDIRECT | type,
		.len = len,
		.addr = addr,
	};

	return add_setup_data(params, params_load_addr, offset, SETUP_INDIRECT,
			      &indirect, sizeof(indirect));
}

/**
 * kho_setup_data - tell the next kernel where the handover is
 * @image: the image that is being loaded.
 * @params: its boot_params, with KHO_SETUP_DATA_SIZE bytes at @offset.
 * @params_load_addr: where @params will be.
 * @offset: in bytes.
 */
void kho_setup_data(struct kimage *image, struct boot_params *params,
		    unsigned long params_load_addr, unsigned int offset)
{
	struct kho_data kho;

	if (!image->kho.fdt || !image->kho.scratch)
		return;

	kho.fdt_addr = image->kho.fdt;
	kho.fdt_size = PAGE_SIZE;
	kho.scratch_addr = image->kho.scratch->mem;
	kho.scratch_size = image->kho.scratch->bufsz;

	offset = add_setup_data(params, params_load_addr, offset,
				SETUP_KEXEC_KHO, &kho, sizeof(kho));

	/*
	 * The decompressor looks for room in scratch areas, where these are,
	 * too. Mainline's does not know that they are in use otherwise.
	 */
	offset = add_setup_indirect(params, params_load_addr, offset,
				    SETUP_KEXEC_KHO, kho.scratch_addr,
				    kho.scratch_size);
#ifdef CONFIG_IMA_KEXEC
	if (image->ima_buffer_size)
		add_setup_indirect(params, params_load_addr, offset, SETUP_IMA,
				   image->ima_buffer_addr,
				   image->ima_buffer_size);
#endif
}

/**
 * arch_kho_look - find out whether an image can take a handover
 * @image: the image that is being loaded.
 */
void arch_kho_look(struct kimage *image)
{
	struct kho_bzimage bz;

	kho_bzimage_parse(image->kernel_buf, image->kernel_buf_len, &bz);
	kho_bzimage_unpack(&bz);
	if (!bz.relocatable)
		kho_image_reject(image,
				 "the kernel cannot be relocated and would overwrite what is there; load one with CONFIG_RELOCATABLE=y");
	else if (cc_platform_has(CC_ATTR_HOST_MEM_ENCRYPT))
		/* kexec segments are in the clear, preserved memory is not */
		kho_image_reject(image,
				 "the host encrypts its memory, the next kernel could not read it; boot with mem_encrypt=off");
	else if (image->kho.cmdline.mem_encrypt && boot_cpu_has(X86_FEATURE_SME))
		kho_image_reject(image,
				 "mem_encrypt=on on its command line, it could not read what is in the clear; load it again without");
	else if (bz.type_max < (SETUP_INDIRECT | SETUP_KEXEC_KHO))
		kho_image_reject(image,
				 "the kernel does not understand a handover, its setup_type_max is %#x; load one with CONFIG_KEXEC_HANDOVER=y, Linux 7.2 or later, or 6.12 with this series",
				 bz.type_max);
	else if (e820_table_kexec->nr_entries > E820_MAX_ENTRIES_ZEROPAGE)
		kho_image_reject(image,
				 "the memory map has %u entries, and no more than %d can be handed on; reboot instead",
				 e820_table_kexec->nr_entries,
				 E820_MAX_ENTRIES_ZEROPAGE);
	else
		kho_bzimage_look(image, &bz);
	kho_vmlinux_prepare(image, &bz);
}

/**
 * arch_kho_sync_code - have processors see code that was written for the next kernel
 * @start: where it is, in the linear map.
 * @size: in bytes.
 *
 * The jump serializes, and caches are coherent.
 */
void arch_kho_sync_code(void *start, size_t size)
{
}
