/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A kernel as it is in a bzImage: parts as those of Linux have them, and relocations.
 * It is so small that it fits into an input of a fuzzer.
 */
#ifndef _KHO_TEST_VMLINUX_H
#define _KHO_TEST_VMLINUX_H

#include <elf.h>
#include <linux/types.h>
#include <string.h>

#define VMLINUX_BASE	0x1000000UL
#define VMLINUX_ALIGN	0x200000UL
#define VMLINUX_MAX	4096		/* bytes of memory for it */
#define VMLINUX_ENTRY	0x20

/* Text, data, what there is of each processor, and the rest with what is zeroed. */
static const Elf64_Phdr vmlinux_parts[] = {
	{ .p_type = PT_LOAD, .p_offset = 0x200, .p_vaddr = 0xffffffff81000000,
	  .p_paddr = VMLINUX_BASE, .p_filesz = 0x180, .p_memsz = 0x180,
	  .p_align = VMLINUX_ALIGN },
	{ .p_type = PT_LOAD, .p_offset = 0x400, .p_vaddr = 0xffffffff81000200,
	  .p_paddr = VMLINUX_BASE + 0x200, .p_filesz = 0x100, .p_memsz = 0x100,
	  .p_align = VMLINUX_ALIGN },
	{ .p_type = PT_LOAD, .p_offset = 0x600, .p_vaddr = 0,
	  .p_paddr = VMLINUX_BASE + 0x300, .p_filesz = 0x80, .p_memsz = 0x80,
	  .p_align = VMLINUX_ALIGN },
	{ .p_type = PT_LOAD, .p_offset = 0x700, .p_vaddr = 0xffffffff81000400,
	  .p_paddr = VMLINUX_BASE + 0x400, .p_filesz = 0x90, .p_memsz = 0x600,
	  .p_align = VMLINUX_ALIGN },
	{ .p_type = PT_NOTE, .p_offset = 0x240, .p_vaddr = 0xffffffff81000040,
	  .p_paddr = VMLINUX_BASE + 0x40, .p_filesz = 0x30, .p_memsz = 0x30,
	  .p_align = 4 },
};

#define VMLINUX_NR_PARTS	4
#define VMLINUX_SIZE		0x490	/* laid out */
#define VMLINUX_SHOFF		0x7c0
#define VMLINUX_END		(VMLINUX_SHOFF + 2 * sizeof(Elf64_Shdr))

/* Places of 64 bits, of 32 bits to subtract from, and to add to. */
static const u32 vmlinux_relocs64[] = { 0x0, 0x8, 0x33, 0x178, 0x200, 0x488 };
static const u32 vmlinux_inverse[] = { 0x310, 0x37c };
static const u32 vmlinux_relocs32[] = { 0x50, 0x61, 0x2fc, 0x48 };

static inline size_t vmlinux_add_list(unsigned char *at, const u32 *list,
				      unsigned int nr)
{
	unsigned int i;
	u32 where = 0;

	memcpy(at, &where, sizeof(where));
	for (i = 0; i < nr; i++) {
		where = 0x81000000 + list[i];
		memcpy(at + (i + 1) * sizeof(where), &where, sizeof(where));
	}
	return (nr + 1) * sizeof(where);
}

#define vmlinux_list(at, list)						\
	vmlinux_add_list(at, list, sizeof(list) / sizeof((list)[0]))

/*
 * @file: has what is in the parts; the rest is filled in.
 * @lists: of relocations, 0, 2 or 3.
 * Returns its size.
 */
static inline size_t vmlinux_make(unsigned char *file, unsigned int lists)
{
	const Elf64_Ehdr ehdr = {
		.e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, 1 },
		.e_type = ET_EXEC,
		.e_machine = EM_X86_64,
		.e_entry = VMLINUX_BASE + VMLINUX_ENTRY,
		.e_phoff = sizeof(ehdr),
		.e_phentsize = sizeof(Elf64_Phdr),
		.e_phnum = sizeof(vmlinux_parts) / sizeof(Elf64_Phdr),
		.e_shoff = VMLINUX_SHOFF,
		.e_shentsize = sizeof(Elf64_Shdr),
		.e_shnum = 2,
	};
	size_t len = VMLINUX_END;

	memcpy(file, &ehdr, sizeof(ehdr));
	memcpy(file + sizeof(ehdr), vmlinux_parts, sizeof(vmlinux_parts));
	if (lists)
		len += vmlinux_list(file + len, vmlinux_relocs64);
	if (lists == 3)
		len += vmlinux_list(file + len, vmlinux_inverse);
	if (lists)
		len += vmlinux_list(file + len, vmlinux_relocs32);
	return len;
}

#endif /* _KHO_TEST_VMLINUX_H */
