// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel proper of a bzImage, laid out and relocated: as a model does that has a
 * second buffer; whatever is odd is refused, and no byte outside is touched. And places
 * for it in scratch.
 */

#include <linux/kexec.h>
#include <stddef.h>
#include <stdlib.h>

#include "../../../../kernel/liveupdate/kho_image.h"
#include "tap.h"
#include "vmlinux.h"

static const struct sim_machine machine = {
	.ram = {
		{ .start = 0, .size = 640 * 1024 },
		{ .start = MiB(1), .size = MiB(127) },
	},
};

static unsigned char file[VMLINUX_MAX];
static size_t len;

static void make_file(unsigned int lists)
{
	size_t i;

	for (i = 0; i < sizeof(file); i++)
		file[i] = rnd();
	len = vmlinux_make(file, lists);
}

/* A copy of just this size, so that no byte beyond it is touched unnoticed. */
static unsigned char *copy_file(size_t size)
{
	unsigned char *buf = malloc(size);

	memcpy(buf, file, size);
	return buf;
}

#define model_add(memory, list, type, delta) do {			\
	unsigned int __i;						\
	type __v;							\
									\
	for (__i = 0; __i < ARRAY_SIZE(list); __i++) {			\
		memcpy(&__v, (memory) + (list)[__i], sizeof(__v));	\
		__v += (type)(delta);					\
		memcpy((memory) + (list)[__i], &__v, sizeof(__v));	\
	}								\
} while (0)

static void model(unsigned char *memory, unsigned int lists, u64 delta)
{
	const Elf64_Phdr *phdr = vmlinux_parts;

	memset(memory, 0, VMLINUX_SIZE);
	for (; phdr < vmlinux_parts + VMLINUX_NR_PARTS; phdr++)
		memcpy(memory + phdr->p_paddr - VMLINUX_BASE,
		       file + phdr->p_offset, phdr->p_filesz);
	model_add(memory, vmlinux_relocs64, u64, delta);
	if (lists == 3)
		model_add(memory, vmlinux_inverse, u32, -delta);
	model_add(memory, vmlinux_relocs32, u32, delta);
}

static void test_model(void)
{
	unsigned char memory[VMLINUX_SIZE], *buf;
	struct kho_vmlinux v;
	unsigned int lists, i;
	u64 delta;

	for (i = 0; i < 1000; i++) {
		lists = 2 + i % 2;
		make_file(lists);
		buf = copy_file(len);
		must(!kho_vmlinux_lay(buf, len, VMLINUX_BASE, VMLINUX_MAX, &v));
		expect(v.buf == buf);
		expect_eq(v.size, VMLINUX_SIZE);
		expect_eq(v.entry, VMLINUX_ENTRY);
		expect_eq(v.relocs_size, len - VMLINUX_END);

		delta = i ? rnd_below(512) * VMLINUX_ALIGN : 0;
		must(!kho_vmlinux_relocate(&v, VMLINUX_BASE, delta));
		model(memory, lists, delta);
		expect(!memcmp(memory, buf, sizeof(memory)));
		free(buf);
	}
}

/* Nothing of the file is left between the parts, where the successor has memory. */
static void test_gaps(void)
{
	unsigned char *buf;
	struct kho_vmlinux v;
	size_t i;

	make_file(0);
	buf = copy_file(len);
	must(!kho_vmlinux_lay(buf, len, VMLINUX_BASE, VMLINUX_MAX, &v));
	expect_eq(v.relocs_size, 0);
	for (i = 0x180; i < 0x200; i++)
		expect_eq(buf[i], 0);
	for (i = 0x380; i < 0x400; i++)
		expect_eq(buf[i], 0);
	free(buf);
}

#define ODD_EHDR(field, value, why)					\
	{ offsetof(Elf64_Ehdr, field), sizeof(((Elf64_Ehdr *)0)->field),	\
	  value, why }
#define ODD_PHDR(nr, field, value, why)					\
	{ sizeof(Elf64_Ehdr) + (nr) * sizeof(Elf64_Phdr) +		\
	  offsetof(Elf64_Phdr, field), sizeof(((Elf64_Phdr *)0)->field), \
	  value, why }

static const struct {
	size_t at, size;
	u64 value;
	const char *why;
} odd[] = {
	ODD_EHDR(e_ident[0], 0, "no kernel"),
	ODD_EHDR(e_ident[EI_CLASS], ELFCLASS32, "no kernel"),
	ODD_EHDR(e_ident[EI_DATA], ELFDATA2MSB, "no kernel"),
	ODD_EHDR(e_type, ET_DYN, "no kernel"),
	ODD_EHDR(e_machine, EM_AARCH64, "no kernel"),
	ODD_EHDR(e_phentsize, 32, "no sense"),
	ODD_EHDR(e_phnum, 0xffff, "no sense"),
	ODD_EHDR(e_phoff, VMLINUX_MAX, "no sense"),
	ODD_EHDR(e_phoff, -56ULL, "no sense"),
	ODD_EHDR(e_shnum, 0xffff, "no sense"),
	ODD_EHDR(e_shoff, VMLINUX_MAX, "no sense"),
	ODD_EHDR(e_shoff, -64ULL, "no sense"),
	ODD_EHDR(e_phnum, 0, "outside of itself"),
	ODD_EHDR(e_entry, VMLINUX_BASE - 1, "outside of itself"),
	ODD_EHDR(e_entry, VMLINUX_BASE + VMLINUX_SIZE, "outside of itself"),
	ODD_EHDR(e_entry, 0xffffffff81000000, "outside of itself"),
	ODD_PHDR(0, p_align, 4096, "not known to be"),
	ODD_PHDR(0, p_paddr, VMLINUX_BASE - 16, "not known to be"),
	ODD_PHDR(0, p_filesz, -1ULL, "not known to be"),
	ODD_PHDR(0, p_filesz, VMLINUX_MAX, "not known to be"),
	ODD_PHDR(0, p_filesz, 0x201, "not known to be"),
	ODD_PHDR(1, p_offset, 0x37f, "not known to be"),
	ODD_PHDR(1, p_offset, -1ULL, "not known to be"),
	ODD_PHDR(1, p_offset, VMLINUX_MAX, "not known to be"),
	ODD_PHDR(1, p_paddr, VMLINUX_BASE + 0x17f, "not known to be"),
	/* Further back than in the file */
	ODD_PHDR(3, p_paddr, VMLINUX_BASE + 0x701, "not known to be"),
	ODD_PHDR(3, p_paddr, VMLINUX_BASE + VMLINUX_MAX - 0x8f,
		 "not known to be"),
	ODD_PHDR(3, p_paddr, 0xffffffffffffffff, "not known to be"),
};

static void test_odd(void)
{
	unsigned char *buf, *before;
	struct kho_vmlinux v;
	const char *why;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(odd); i++) {
		make_file(3);
		memcpy(file + odd[i].at, &odd[i].value, odd[i].size);
		buf = copy_file(len);
		before = copy_file(len);
		why = kho_vmlinux_lay(buf, len, VMLINUX_BASE, VMLINUX_MAX, &v);
		if (!why || !strstr(why, odd[i].why))
			tap_fail(__FILE__, __LINE__, "%u: %s, not %s", i,
				 why ?: "laid out", odd[i].why);
		expect(!memcmp(buf, before, len));
		free(before);
		free(buf);
	}

	/* One part more than there is room to remember. */
	make_file(0);
	for (i = 0; i < 9; i++) {
		const Elf64_Phdr phdr = {
			.p_type = PT_LOAD, .p_offset = 0x700 + i,
			.p_paddr = VMLINUX_BASE + i, .p_filesz = 1,
			.p_align = VMLINUX_ALIGN,
		};
		const Elf64_Half nr = i + 1;

		memcpy(file + 64 + i * 56, &phdr, sizeof(phdr));
		memcpy(file + offsetof(Elf64_Ehdr, e_phnum), &nr, sizeof(nr));
		file[offsetof(Elf64_Ehdr, e_entry)] = 0;
		buf = copy_file(len);
		why = kho_vmlinux_lay(buf, len, VMLINUX_BASE, VMLINUX_MAX, &v);
		expect_eq(!why, nr <= 8);
		free(buf);
	}
}

/* Too little memory, another base, and cut off anywhere. */
static void test_short(void)
{
	unsigned char *buf;
	struct kho_vmlinux v;
	size_t size;

	make_file(3);
	buf = copy_file(len);
	expect(kho_vmlinux_lay(buf, len, VMLINUX_BASE, VMLINUX_SIZE - 1, &v));
	expect(kho_vmlinux_lay(buf, len, VMLINUX_BASE + VMLINUX_ALIGN,
			       VMLINUX_MAX, &v));
	expect(!kho_vmlinux_lay(buf, len, VMLINUX_BASE, VMLINUX_SIZE, &v));
	free(buf);

	for (size = 1; size < len; size++) {
		const char *why;

		buf = copy_file(size);
		why = kho_vmlinux_lay(buf, size, VMLINUX_BASE, VMLINUX_MAX, &v);
		expect_eq(!why, size >= VMLINUX_END);
		if (!why && size != VMLINUX_END &&
		    !kho_vmlinux_relocate(&v, VMLINUX_BASE, VMLINUX_ALIGN))
			/* The last list may be shorter. */
			expect(!(size % 4));
		free(buf);
	}
}

static void test_odd_relocs(void)
{
	static const u32 outside[] = {
		0x80ffffff, 0x81000000 + VMLINUX_SIZE, 0x81000000 + VMLINUX_SIZE - 3,
		0x01000000, 0xffffffff, 1,
	};
	struct kho_vmlinux v;
	unsigned char *buf;
	size_t at, nr;
	const char *why;
	unsigned int i;

	make_file(3);
	nr = (len - VMLINUX_END) / 4;
	for (at = 0; at < nr; at++) {
		u32 old = 0, zero = 0;

		memcpy(&old, file + VMLINUX_END + 4 * at, 4);
		for (i = 0; i < ARRAY_SIZE(outside); i++) {
			memcpy(file + VMLINUX_END + 4 * at, &outside[i], 4);
			buf = copy_file(len);
			must(!kho_vmlinux_lay(buf, len, VMLINUX_BASE,
					      VMLINUX_MAX, &v));
			why = kho_vmlinux_relocate(&v, VMLINUX_BASE, VMLINUX_ALIGN);
			/* In the place of a zero, it may only join two lists. */
			expect(why);
			free(buf);
		}
		/* A list more. */
		memcpy(file + VMLINUX_END + 4 * at, &zero, 4);
		buf = copy_file(len);
		must(!kho_vmlinux_lay(buf, len, VMLINUX_BASE, VMLINUX_MAX, &v));
		why = kho_vmlinux_relocate(&v, VMLINUX_BASE, VMLINUX_ALIGN);
		expect_eq(!why, !old);
		free(buf);
		memcpy(file + VMLINUX_END + 4 * at, &old, 4);
	}

	/* None, one list, and half a word. */
	v = (struct kho_vmlinux) { .buf = file, .size = 64, .relocs = file + 64 };
	expect(kho_vmlinux_relocate(&v, VMLINUX_BASE, VMLINUX_ALIGN));
	v.relocs_size = 4;
	memset(file + 64, 0, 16);
	expect(kho_vmlinux_relocate(&v, VMLINUX_BASE, VMLINUX_ALIGN));
	v.relocs_size = 10;
	expect(kho_vmlinux_relocate(&v, VMLINUX_BASE, VMLINUX_ALIGN));
	v.relocs_size = 8;
	expect(!kho_vmlinux_relocate(&v, VMLINUX_BASE, VMLINUX_ALIGN));
}

/* Bits that fall over anywhere. */
static void test_damaged(void)
{
	struct kho_vmlinux v;
	unsigned char *buf;
	unsigned int i, bits;
	size_t at;

	for (i = 0; i < 50000; i++) {
		make_file(2 + i % 2);
		for (bits = 1 + rnd_below(3); bits; bits--) {
			at = rnd_below(2) ? rnd_below(400) :
			     VMLINUX_END + rnd_below(len - VMLINUX_END);
			file[at] ^= 1 << rnd_below(8);
		}
		buf = copy_file(len);
		if (!kho_vmlinux_lay(buf, len, VMLINUX_BASE, VMLINUX_MAX, &v)) {
			expect(v.entry < v.size && v.size <= VMLINUX_MAX &&
			       v.size <= len);
			kho_vmlinux_relocate(&v, VMLINUX_BASE, VMLINUX_ALIGN);
		}
		free(buf);
	}
}

/* In place of kho_place.c: some pages cannot move away. */
static bool page_stays(unsigned long pfn)
{
	return pfn % 1499 < 3;
}

bool kho_place_next_run(unsigned long *pfn, unsigned long *next,
			unsigned long end)
{
	while (*pfn < end && page_stays(*pfn))
		++*pfn;
	for (*next = *pfn; *next < end && !page_stays(*next); ++*next)
		;
	return *pfn < end;
}

static bool slot_is_free(const struct kimage *image, unsigned long start,
			 unsigned long size)
{
	unsigned long i, at;

	for (at = start; at < start + size; at += PAGE_SIZE) {
		if (!kho_scratch_holds(at) || page_stays(PHYS_PFN(at)))
			return false;
		for (i = 1; i < image->nr_segments; i++)
			if (at - image->segment[i].mem < image->segment[i].memsz)
				return false;
	}
	return true;
}

/* Segments that get in the way, and the first, that looks for a place. */
static void make_segments(struct kimage *image)
{
	const struct kho_scratch *area;
	unsigned int i;

	image->nr_segments = 4;
	for (i = 0; i < image->nr_segments; i++) {
		do
			area = &kho_scratch[rnd_below(kho_scratch_cnt)];
		while (!area->size);
		image->segment[i].mem = area->addr +
			PAGE_SIZE * rnd_below(area->size >> PAGE_SHIFT);
		image->segment[i].memsz = PAGE_SIZE * (1 + rnd_below(300));
	}
}

/* All that are free, each once, area by area. */
static void test_slots(void)
{
	unsigned long size, start, end, nth, all, min, align;
	struct kimage image = {
		.kho.areas = kho_scratch,
		.kho.nr_areas = kho_scratch_cnt,
	};
	unsigned int i, n, round;

	for (round = 0; round < 100; round++) {
		make_segments(&image);
		align = PAGE_SIZE << rnd_below(10);
		min = rnd_below(MiB(128));
		size = image.segment[0].memsz;
		all = ULONG_MAX;
		expect_eq(kho_vmlinux_slot(&image, image.segment, min, align,
					   &all), 0);
		all = ULONG_MAX - all;

		for (i = 0, n = 0; i < kho_scratch_cnt; i++) {
			start = ALIGN(kho_scratch[i].addr, align);
			end = kho_scratch[i].addr + kho_scratch[i].size;
			for (; start + size <= end; start += align) {
				if (start < min ||
				    !slot_is_free(&image, start, size))
					continue;
				nth = n++;
				if (nth % 16)
					continue;
				expect_eq(kho_vmlinux_slot(&image, image.segment,
							   min, align, &nth),
					  start);
			}
		}
		expect_eq(n, all);
		nth = all;
		expect_eq(kho_vmlinux_slot(&image, image.segment, min, align,
					   &nth), 0);
	}
}

static void boot(void (*fn)(void))
{
	sim_power_on(&machine);
	sim_boot("kho=on kho_scratch=4M,16M,0");
	fn();
}

#define CASE(name) static void case_##name(void) { boot(test_##name); }
CASE(model)
CASE(gaps)
CASE(odd)
CASE(short)
CASE(odd_relocs)
CASE(damaged)
CASE(slots)

static const struct tap_case cases[] = {
	{ "laid out and relocated, as by a model", case_model },
	{ "zeroes between the parts", case_gaps },
	{ "odd headers are refused, and nothing changed", case_odd },
	{ "cut off, and too little memory", case_short },
	{ "odd relocations are refused", case_odd_relocs },
	{ "damaged anywhere", case_damaged },
	{ "places in scratch", case_slots },
};

TAP_MAIN(cases)
