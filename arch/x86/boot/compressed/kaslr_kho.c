// SPDX-License-Identifier: GPL-2.0
/*
 * Physical KASLR after a kexec handover: the kernel is placed in the scratch
 * areas of the handover only, and not on data that the previous kernel has put
 * there.
 *
 * Included by kaslr.c, for its table of what to avoid and its slots. Nothing
 * that the E820 table does not call RAM is read or used.
 */
#ifdef CONFIG_KEXEC_HANDOVER

#include <asm-generic/kexec_handover.h>

/* More scratch areas than this are taken for garbage */
#define KHO_MAX_SCRATCH	4096

/*
 * Find the handover, and avoid the data that setup_data nodes of the previous
 * kernel point at: it lies in scratch areas, where KASLR looks for room.
 * initialize_identity_maps() has mapped every node and seen the end of the
 * list.
 *
 * Return: the setup_data node of the handover, the first of its type; NULL if
 * there is none.
 */
static struct setup_data *mem_avoid_kho(void)
{
	struct setup_data *ptr, *node = NULL;

	ptr = (struct setup_data *)(unsigned long)boot_params_ptr->hdr.setup_data;
	for (; ptr; ptr = (struct setup_data *)(unsigned long)ptr->next) {
		if (ptr->type == SETUP_IMA &&
		    ptr->len == sizeof(struct ima_setup_data)) {
			struct ima_setup_data *ima = (void *)ptr->data;

			mem_avoid[MEM_AVOID_IMA].start = ima->addr;
			mem_avoid[MEM_AVOID_IMA].size = ima->size;
		} else if (ptr->type == SETUP_KEXEC_KHO && !node) {
			struct kho_data *kho = (void *)ptr->data;

			node = ptr;
			if (ptr->len != sizeof(*kho))
				continue;

			mem_avoid[MEM_AVOID_KHO_FDT].start = kho->fdt_addr;
			mem_avoid[MEM_AVOID_KHO_FDT].size = kho->fdt_size;
			mem_avoid[MEM_AVOID_KHO_SCRATCH].start = kho->scratch_addr;
			mem_avoid[MEM_AVOID_KHO_SCRATCH].size = kho->scratch_size;
		}
	}

	return node;
}

/* Is the range RAM, all of it in one e820 entry? */
static bool is_e820_ram(u64 start, u64 size)
{
	struct boot_e820_entry *entry;
	int i;

	for (i = 0; i < boot_params_ptr->e820_entries; i++) {
		entry = &boot_params_ptr->e820_table[i];
		if (entry->type == E820_TYPE_RAM && start >= entry->addr &&
		    start - entry->addr < entry->size &&
		    size <= entry->size - (start - entry->addr))
			return true;
	}

	return false;
}

/*
 * Returns true if there is a handover: memory outside of its scratch areas may
 * be preserved, so that neither the EFI memmap nor the E820 table matter then.
 *
 * Nothing is known about what is free if the handover can't be understood.
 * Store no slot in this case: the kernel remains where kexec has loaded it,
 * which the previous kernel knew to be scratch.
 */
static bool process_kho_entries(unsigned long minimum, unsigned long image_size)
{
	struct setup_data *node = mem_avoid_kho();
	struct kho_scratch *scratch;
	struct mem_vector region;
	struct kho_data *kho;
	u64 i, nr;

	if (!node)
		return false;

	kho = (struct kho_data *)node->data;
	nr = node->len == sizeof(*kho) ?
	     kho->scratch_size / sizeof(*scratch) : 0;

	if (!nr || nr > KHO_MAX_SCRATCH ||
	    kho->scratch_size % sizeof(*scratch) ||
	    !is_e820_ram(kho->scratch_addr, kho->scratch_size)) {
		warn("KHO: invalid scratch areas, not moving the kernel!");
		return true;
	}

	/* Mapped on demand by do_boot_page_fault() */
	scratch = (struct kho_scratch *)(unsigned long)kho->scratch_addr;
	for (i = 0; i < nr; i++) {
		region.start = scratch[i].addr;
		region.size = scratch[i].size;
		/* Empty areas are normal */
		if (!region.size || !is_e820_ram(region.start, region.size))
			continue;
		if (process_mem_region(&region, minimum, image_size))
			break;
	}

	return true;
}

#else /* CONFIG_KEXEC_HANDOVER */

static inline bool
process_kho_entries(unsigned long minimum, unsigned long image_size)
{
	return false;
}

#endif /* CONFIG_KEXEC_HANDOVER */
