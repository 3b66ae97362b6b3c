// SPDX-License-Identifier: GPL-2.0
/*
 * Kexec HandOver: starts the kernel that is in a bzImage without its decompressor.
 *
 * It has been unpacked for a look at what it understands, see arch_kho_look(). It
 * takes longer to unpack it than to boot it, and nobody is there after the jump. What
 * else a decompressor does is done here, when the image is loaded; see
 * arch/x86/boot/compressed/. What cannot be done is left to it, with a line: a load
 * does not fail for it.
 */

#define pr_fmt(fmt) "KHO: " fmt

#include <linux/align.h>
#include <linux/cc_platform.h>
#include <linux/cpufeature.h>
#include <linux/kexec.h>
#include <linux/log2.h>
#include <linux/moduleparam.h>
#include <linux/pgtable.h>
#include <linux/printk.h>
#include <linux/processor.h>
#include <linux/random.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include <asm/bootparam.h>
#include <asm/cmdline.h>
#include <asm/kexec-bzimage64.h>
#include <asm/kho_kexec.h>

#include "../../../kernel/liveupdate/kho_image.h"

#undef MODULE_PARAM_PREFIX
#define MODULE_PARAM_PREFIX "kho."

static bool kho_unpack_early = true;
module_param_named(unpack, kho_unpack_early, bool, 0600);
MODULE_PARM_DESC(unpack, "Unpack the next kernel when it is loaded, not after the jump");

/* How much of the address space kernels have that can be relocated. */
#define VMLINUX_SPACE	SZ_1G

static const struct setup_header *vmlinux_header(const struct kimage *image)
{
	return image->kernel_buf + offsetof(struct boot_params, hdr);
}

static bool vmlinux_wants_l5(const struct kimage *image,
			     const struct setup_header *header)
{
	return (header->xloadflags & XLF_5LEVEL_ENABLED) &&
	       cmdline_find_option_bool(image->cmdline_buf, "no5lvl") <= 0 &&
	       cpuid_eax(0) >= 7 &&
	       (cpuid_ecx(7) & BIT(X86_FEATURE_LA57 & 31));
}

/* Why it takes the decompressor, whatever is in the image. */
static const char *vmlinux_check(const struct kimage *image,
				 const struct setup_header *header)
{
	if (!kho_unpack_early)
		return "kho.unpack=0";
	if (cc_platform_has(CC_ATTR_MEM_ENCRYPT) ||
	    image->kho.cmdline.mem_encrypt)
		return "memory is encrypted";
	if (image->kho.cmdline.less_memory)
		return "its command line cuts memory off";
	if (vmlinux_wants_l5(image, header) != pgtable_l5_enabled())
		return "it has another number of page table levels";
	if (!header->relocatable_kernel)
		return "it cannot be relocated";
	if (!is_power_of_2(header->kernel_alignment) ||
	    header->kernel_alignment % SZ_2M ||
	    header->pref_address % SZ_2M ||
	    header->init_size > VMLINUX_SPACE ||
	    header->pref_address > VMLINUX_SPACE - ALIGN(header->init_size, SZ_2M))
		return "its header has a strange alignment or size";
	return NULL;
}

/* As choose_random_location() of the decompressor does for the virtual address. */
static const char *vmlinux_randomize(struct kimage *image,
				     const struct setup_header *header)
{
	struct kho_vmlinux *vmlinux = &image->kho.vmlinux;
	u32 slots;

	/* Kernels without relocations have no KASLR. */
	if (!vmlinux->relocs_size ||
	    cmdline_find_option_bool(image->cmdline_buf, "nokaslr") > 0)
		return NULL;

	vmlinux->kaslr = true;
	slots = 1 + (VMLINUX_SPACE - header->pref_address -
		     ALIGN(header->init_size, SZ_2M)) / header->kernel_alignment;
	return kho_vmlinux_relocate(vmlinux, header->pref_address,
				    (u64)get_random_u32_below(slots) *
				    header->kernel_alignment);
}

/**
 * kho_vmlinux_prepare - make ready what is in a bzImage to be started as it is
 * @image: the image that is being loaded.
 * @bz: what is in it. Nothing is unpacked from here on.
 */
void kho_vmlinux_prepare(struct kimage *image, struct kho_bzimage *bz)
{
	const struct setup_header *header = vmlinux_header(image);
	struct kho_vmlinux *vmlinux = &image->kho.vmlinux;
	const char *why = vmlinux_check(image, header);
	char packed[80];

	if (!why && IS_ERR(bz->text)) {
		kho_bzimage_why(bz, packed, sizeof(packed));
		why = packed;
	}
	if (!why)
		why = kho_vmlinux_lay(bz->text, bz->text_len,
				      header->pref_address, header->init_size,
				      vmlinux);
	if (!why)
		why = vmlinux_randomize(image, header);
	if (!why)
		return;

	pr_info("the kernel is unpacked after the jump, which takes longer: %s\n",
		why);
	*vmlinux = (struct kho_vmlinux) {};
	kho_bzimage_free(bz);
}

/**
 * kho_vmlinux_replace - load the kernel proper instead of the image that it is in
 * @image: the image that is being loaded.
 * @kbuf: of the kernel. What is in it changes, but not how much memory it has.
 */
void kho_vmlinux_replace(struct kimage *image, struct kexec_buf *kbuf)
{
	const struct kho_vmlinux *vmlinux = &image->kho.vmlinux;

	if (!vmlinux->buf)
		return;
	kbuf->buffer = vmlinux->buf;
	kbuf->bufsz = vmlinux->size;
	/* What it maps may not reach beyond memory; in scratch it cannot. */
	if (image->kho.elsewhere)
		kbuf->memsz = ALIGN(kbuf->memsz, SZ_2M);
}

/* As find_random_phys_addr() of the decompressor does. */
static void vmlinux_draw_place(struct kimage *image,
			       struct kexec_segment *segment)
{
	const unsigned long align = vmlinux_header(image)->kernel_alignment;
	const unsigned long min = vmlinux_header(image)->pref_address;
	unsigned long all = ULONG_MAX, nth, place;

	kho_vmlinux_slot(image, segment, min, align, &all);
	all = ULONG_MAX - all;
	if (!all)
		return;
	nth = get_random_u64() % all;
	place = kho_vmlinux_slot(image, segment, min, align, &nth);
	if (place)
		segment->mem = place;
}

/**
 * kho_vmlinux_place - find the last place of the kernel
 * @image: the image that is being loaded. All of its segments have places.
 * @params: its boot_params.
 * @load_addr: where its kernel has memory.
 *
 * The kernel is the last that is moved to where it will be, so that what is large
 * does not find scratch in pieces.
 *
 * Return: the physical address that the kernel starts at.
 */
unsigned long kho_vmlinux_place(struct kimage *image,
				struct boot_params *params,
				unsigned long load_addr)
{
	const struct kho_vmlinux *vmlinux = &image->kho.vmlinux;
	struct kexec_segment *segment = image->segment;

	if (!vmlinux->buf)
		return load_addr + BZIMAGE64_ENTRY;
	if (!vmlinux->kaslr)
		return load_addr + vmlinux->entry;

	params->hdr.loadflags |= KASLR_FLAG;
	while (segment->mem != load_addr)
		segment++;
	/* What is loaded elsewhere can go wherever there is memory, and stays. */
	if (image->kho.fdt)
		vmlinux_draw_place(image, segment);
	return segment->mem + vmlinux->entry;
}
