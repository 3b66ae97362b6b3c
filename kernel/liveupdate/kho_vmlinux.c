// SPDX-License-Identifier: GPL-2.0
/*
 * Kexec HandOver: lays out the kernel proper of a bzImage, as its decompressor would,
 * and finds places for it.
 *
 * It is an ELF file, with a list of relocations behind it if the kernel can run at
 * other virtual addresses. Both were verified with the image that they are from. Still,
 * nothing in them is believed: whatever is not as it is known to be is left to the
 * decompressor, and nothing is read or written outside of the buffer.
 *
 * All is done in place: parts of a kernel lie no further back in memory than in the
 * file. The decompressor relies on it, too.
 */

#include <linux/align.h>
#include <linux/elf.h>
#include <linux/kexec.h>
#include <linux/minmax.h>
#include <linux/pfn.h>
#include <linux/sizes.h>
#include <linux/string.h>
#include <linux/unaligned.h>

#include "kho_image.h"
#include "kho_internal.h"

/* Low half of where all kernels map their image: __START_KERNEL_map */
#define VMLINUX_MAP	0x80000000U

/* Kernels have four parts. */
#define VMLINUX_PARTS	8

struct vmlinux_part {
	size_t from, to, size;
};

static bool vmlinux_holds(size_t len, u64 offset, u64 size)
{
	return offset <= len && size <= len - offset;
}

static const char *vmlinux_check_header(const Elf64_Ehdr *ehdr, size_t len)
{
	if (memcmp(ehdr->e_ident, ELFMAG, SELFMAG) ||
	    ehdr->e_ident[EI_CLASS] != ELFCLASS64 ||
	    ehdr->e_ident[EI_DATA] != ELFDATA2LSB ||
	    ehdr->e_type != ET_EXEC || ehdr->e_machine != EM_X86_64)
		return "what is in it is no kernel of x86-64";
	if (ehdr->e_phentsize != sizeof(Elf64_Phdr) ||
	    !vmlinux_holds(len, ehdr->e_phoff,
			   (u64)ehdr->e_phnum * ehdr->e_phentsize) ||
	    !vmlinux_holds(len, ehdr->e_shoff,
			   (u64)ehdr->e_shnum * ehdr->e_shentsize))
		return "the headers of the kernel in it make no sense";
	return NULL;
}

/**
 * kho_vmlinux_lay - lay out a kernel
 * @buf: an ELF file, with relocations behind it. Its beginning becomes what has to be
 *	in memory where the kernel is.
 * @len: its size in bytes.
 * @base: the physical address that the kernel is linked to.
 * @max: bytes of memory that the kernel has there.
 * @vmlinux: set to what became of it.
 *
 * Return: NULL, or why not. Nothing was changed then.
 */
const char *kho_vmlinux_lay(u8 *buf, size_t len, u64 base, size_t max,
			    struct kho_vmlinux *vmlinux)
{
	struct vmlinux_part parts[VMLINUX_PARTS];
	size_t end = 0, size = 0;
	unsigned int i, nr = 0;
	const char *why;
	Elf64_Phdr phdr;
	Elf64_Ehdr ehdr;
	u64 to;

	if (len < sizeof(ehdr))
		return "what is in it is too short for a kernel";
	memcpy(&ehdr, buf, sizeof(ehdr));
	why = vmlinux_check_header(&ehdr, len);
	if (why)
		return why;

	for (i = 0; i < ehdr.e_phnum; i++) {
		memcpy(&phdr, buf + ehdr.e_phoff + i * sizeof(phdr),
		       sizeof(phdr));
		if (phdr.p_type != PT_LOAD || !phdr.p_filesz)
			continue;
		to = phdr.p_paddr - base;
		if (nr == VMLINUX_PARTS || phdr.p_align % SZ_2M ||
		    !vmlinux_holds(len, phdr.p_offset, phdr.p_filesz) ||
		    !vmlinux_holds(max, to, phdr.p_filesz) ||
		    phdr.p_offset < end || to < size || to > phdr.p_offset)
			return "a part of the kernel in it is where it is not known to be";
		parts[nr++] = (struct vmlinux_part) {
			.from = phdr.p_offset,
			.to = to,
			.size = phdr.p_filesz,
		};
		end = phdr.p_offset + phdr.p_filesz;
		size = to + phdr.p_filesz;
	}
	if (ehdr.e_entry - base >= size)
		return "the kernel in it starts outside of itself";

	/* The headers are gone from here on. */
	for (i = 0, size = 0; i < nr; i++) {
		memset(buf + size, 0, parts[i].to - size);
		memmove(buf + parts[i].to, buf + parts[i].from, parts[i].size);
		size = parts[i].to + parts[i].size;
	}

	end = max_t(size_t, end,
		    ehdr.e_shoff + (u64)ehdr.e_shnum * ehdr.e_shentsize);
	*vmlinux = (struct kho_vmlinux) {
		.buf = buf,
		.size = size,
		.entry = ehdr.e_entry - base,
		.relocs = buf + end,
		.relocs_size = len - end,
	};
	return NULL;
}

static u32 vmlinux_reloc(const struct kho_vmlinux *vmlinux, size_t i)
{
	return get_unaligned_le32(vmlinux->relocs + i * sizeof(u32));
}

static void vmlinux_add32(u8 *where, u32 delta)
{
	put_unaligned_le32(get_unaligned_le32(where) + delta, where);
}

/**
 * kho_vmlinux_relocate - have a kernel run at another virtual address
 * @vmlinux: a kernel that was laid out.
 * @base: the physical address that it is linked to.
 * @delta: how much further up it will be, in bytes.
 *
 * There are lists of the low halves of virtual addresses at which an address is: of
 * 64 bits, of 32 bits to subtract from, which kernels have no more from 6.15 on, and of
 * 32 bits. Each begins with a zero.
 *
 * Return: NULL, or why not. The kernel is of no use then.
 */
const char *kho_vmlinux_relocate(struct kho_vmlinux *vmlinux, u64 base,
				 u64 delta)
{
	size_t nr = vmlinux->relocs_size / sizeof(u32), i, size;
	unsigned int lists = 0, list = 0;
	u32 where;
	u8 *at;

	for (i = 0; i < nr; i++)
		lists += !vmlinux_reloc(vmlinux, i);
	if (vmlinux->relocs_size % sizeof(u32) || lists < 2 || lists > 3 ||
	    vmlinux_reloc(vmlinux, 0))
		return "the relocations of the kernel in it have an unknown format";

	for (i = 0; i < nr; i++) {
		where = vmlinux_reloc(vmlinux, i);
		if (!where) {
			list++;
			continue;
		}
		where -= VMLINUX_MAP + (u32)base;
		size = list == 1 ? sizeof(u64) : sizeof(u32);
		if (!vmlinux_holds(vmlinux->size, where, size))
			return "a relocation of the kernel in it is outside of it";

		at = vmlinux->buf + where;
		if (list == 1)
			put_unaligned_le64(get_unaligned_le64(at) + delta, at);
		else if (list < lists)
			vmlinux_add32(at, -delta);
		else
			vmlinux_add32(at, delta);
	}
	return NULL;
}

static bool vmlinux_is_free(const struct kimage *image,
			    const struct kexec_segment *own,
			    unsigned long start)
{
	const struct kexec_segment *seg = image->segment;
	const struct kexec_segment *end = seg + image->nr_segments;

	for (; seg < end; seg++)
		if (seg != own && start < seg->mem + seg->memsz &&
		    seg->mem < start + own->memsz)
			return false;
	return true;
}

/**
 * kho_vmlinux_slot - find a place for a kernel in scratch, beside other segments
 * @image: the image that it is from.
 * @own: its segment.
 * @min: no place is below this physical address.
 * @align: of a place in bytes, a power of two.
 * @nth: the number of the place, counted from 0. Becomes less by as many as there
 *	are before it.
 *
 * A place is one that the kernel can be loaded to, for what is there now is free or
 * can move away.
 *
 * Return: the physical address; 0 if there are not so many.
 */
unsigned long kho_vmlinux_slot(const struct kimage *image,
			       const struct kexec_segment *own,
			       unsigned long min, unsigned long align,
			       unsigned long *nth)
{
	const struct kho_scratch *area = image->kho.areas;
	const struct kho_scratch *last = area + image->kho.nr_areas;
	unsigned long pfn, next, end, start;

	for (; area < last; area++) {
		pfn = PHYS_PFN(area->addr);
		end = pfn + PHYS_PFN(area->size);
		for (; kho_place_next_run(&pfn, &next, end); pfn = next) {
			start = ALIGN(max(PFN_PHYS(pfn), min), align);
			for (; start + own->memsz <= PFN_PHYS(next); start += align)
				if (vmlinux_is_free(image, own, start) &&
				    !(*nth)--)
					return start;
		}
	}
	return 0;
}
