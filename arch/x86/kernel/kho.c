// SPDX-License-Identifier: GPL-2.0
/*
 * Kexec handover in early boot of x86: takes it from setup_data, answers from
 * the e820 table what is memory, and lets memblock use the first 1M, where
 * nothing is ever preserved. Decides nothing about what was handed over.
 */
#include <linux/init.h>
#include <linux/memblock.h>
#include <linux/minmax.h>
#include <linux/sizes.h>

#include <asm/e820/api.h>
#include <asm/early_ioremap.h>
#include <asm/kho.h>
#include <asm/setup_data.h>

/**
 * kho_parse_setup_data - take the handover that a setup_data entry tells of
 * @phys_addr: address of the entry.
 * @data_len: length of the entry in bytes, with its header.
 *
 * An entry that is malformed or doubled gets one line in the log, and the boot
 * goes on without it. Boot only.
 */
void __init kho_parse_setup_data(u64 phys_addr, u32 data_len)
{
	static bool seen __initdata;
	struct kho_data *data, kho;
	u32 len = data_len - sizeof(struct setup_data);

	/* The decompressor went by the first node as well. */
	if (seen) {
		pr_warn("setup: another SETUP_KEXEC_KHO entry at %#llx, ignoring it\n",
			phys_addr);
		return;
	}
	seen = true;

	if (len != sizeof(kho)) {
		pr_warn("setup: SETUP_KEXEC_KHO entry has length %u instead of %zu, ignoring the handover\n",
			len, sizeof(kho));
		return;
	}

	data = early_memremap(phys_addr + sizeof(struct setup_data), sizeof(kho));
	if (!data) {
		pr_warn("setup: failed to memremap SETUP_KEXEC_KHO entry at %#llx, ignoring the handover\n",
			phys_addr);
		return;
	}
	kho = *data;
	early_memunmap(data, sizeof(kho));

	kho_populate(kho.fdt_addr, kho.fdt_size,
		     kho.scratch_addr, kho.scratch_size);
}

/*
 * A kexec handover is checked before memblock knows any memory. What earlier
 * kernels of the chain reserved for boot data is memory as well.
 */
bool __init arch_kho_is_ram(phys_addr_t start, phys_addr_t size)
{
	u64 end = start + size;
	int i;

	if (end < start)
		return false;

	for (i = 0; i < e820_table->nr_entries && start < end; i++) {
		struct e820_entry *entry = &e820_table->entries[i];

		if (entry->type != E820_TYPE_RAM &&
		    entry->type != E820_TYPE_RESERVED_KERN)
			continue;
		if (entry->addr <= start && start < entry->addr + entry->size)
			start = entry->addr + entry->size;
	}
	return start >= end;
}

/**
 * kho_low_memory_mark - let memblock allocate below 1M after a handover
 * @start: address of the memory that memblock was just told of.
 *
 * After a handover, memblock allocates from scratch areas only, which are never
 * in the first 1M. Nothing is preserved there either: treat it as scratch until
 * setup_arch() has reserved it. To be called after each memblock_add(): with
 * the current limit at ISA_END_ADDRESS, memblock has no other place for its
 * region arrays, which may have to grow for the memory that follows.
 */
void __init kho_low_memory_mark(u64 start)
{
	if (is_kho_boot() && start < SZ_1M)
		memblock_mark_kho_scratch(0, SZ_1M);
}

/**
 * kho_low_memory_clear - the first 1M is no place to allocate from any more
 *
 * To be called when the real mode trampoline has its memory.
 */
void __init kho_low_memory_clear(void)
{
	if (is_kho_boot())
		memblock_clear_kho_scratch(0, SZ_1M);
}

/**
 * kho_low_memory_limit - up to where free memory may be written to by address
 * @size: the end of what is to be written to.
 *
 * Return: @size; after a handover not more than 1M, as what lies above may be
 * preserved.
 */
u32 __init kho_low_memory_limit(u32 size)
{
	return is_kho_boot() ? min_t(u32, size, SZ_1M) : size;
}
