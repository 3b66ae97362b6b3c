// SPDX-License-Identifier: GPL-2.0
/*
 * Kexec HandOver: vmalloc areas.
 *
 * Their blocks are preserved where they are; a chain of chunk pages tells the
 * successor in which order to map them. The picture of the format is in
 * linux/kho/abi/kexec_handover.h.
 */

#define pr_fmt(fmt) "KHO: " fmt

#include <linux/err.h>
#include <linux/export.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include <linux/kho/abi/kexec_handover.h>

#include "kho_internal.h"
#include "kho_radix.h"

static int kho_vmalloc_flags_store(unsigned long vm_flags, unsigned short *flags)
{
	if (vm_flags & ~(VM_ALLOC | VM_ALLOW_HUGE_VMAP))
		return -EOPNOTSUPP;

	*flags = 0;
	if (vm_flags & VM_ALLOC)
		*flags |= KHO_VMALLOC_ALLOC;
	if (vm_flags & VM_ALLOW_HUGE_VMAP)
		*flags |= KHO_VMALLOC_HUGE_VMAP;
	return 0;
}

static int kho_vmalloc_flags_load(unsigned short flags, unsigned long *vm_flags)
{
	if (flags & ~(KHO_VMALLOC_ALLOC | KHO_VMALLOC_HUGE_VMAP))
		return -EOPNOTSUPP;

	*vm_flags = flags & KHO_VMALLOC_HUGE_VMAP ? VM_ALLOW_HUGE_VMAP : 0;
	return 0;
}

/*
 * A run of blocks that follow each other in physical memory: their keys follow
 * each other too and are handled together.
 */
struct kho_vmalloc_run {
	unsigned long pfn;
	unsigned long nr_blocks;
};

/* The run that starts at page @i of the area. */
static struct kho_vmalloc_run kho_vmalloc_run(const struct vm_struct *vm,
					      unsigned int order,
					      unsigned int i)
{
	struct kho_vmalloc_run run = {
		.pfn = page_to_pfn(vm->pages[i]),
		.nr_blocks = 1,
	};

	for (i += 1U << order; i < vm->nr_pages; i += 1U << order) {
		if (page_to_pfn(vm->pages[i]) !=
		    run.pfn + (run.nr_blocks << order))
			break;
		run.nr_blocks++;
	}
	return run;
}

/* Either all blocks of the area become keys, or none. */
static int kho_vmalloc_preserve_blocks(const struct vm_struct *vm,
				       unsigned int order)
{
	struct kho_vmalloc_run run;
	unsigned int i;
	int err;

	for (i = 0; i < vm->nr_pages; i += run.nr_blocks << order) {
		run = kho_vmalloc_run(vm, order, i);
		err = kho_check_preservable(run.pfn, run.nr_blocks << order);
		if (!err)
			err = kho_radix_reserve_range(&kho_out_tree,
						      kho_key_encode(run.pfn, order),
						      run.nr_blocks);
		if (err)
			return err;
	}

	/* From here on nothing fails. */
	for (i = 0; i < vm->nr_pages; i += run.nr_blocks << order) {
		run = kho_vmalloc_run(vm, order, i);
		kho_radix_fill_range(&kho_out_tree,
				     kho_key_encode(run.pfn, order),
				     run.nr_blocks);
	}
	return 0;
}

/* Free a chain of chunks, and on request take the blocks in it out. */
static void kho_vmalloc_free_chunks(struct kho_vmalloc *preservation,
				    bool del_blocks)
{
	struct kho_vmalloc_chunk *chunk = KHOSER_LOAD_PTR(preservation->first);
	struct kho_vmalloc_chunk *next;
	unsigned int i;

	for (; chunk; chunk = next) {
		next = KHOSER_LOAD_PTR(chunk->hdr.next);
		for (i = 0; del_blocks && i < KHO_VMALLOC_SIZE && chunk->phys[i];
		     i++)
			kho_radix_del_key(&kho_out_tree,
					  kho_key_encode(PHYS_PFN(chunk->phys[i]),
							 preservation->order));
		kho_unpreserve_free(chunk);
	}
	preservation->first.phys = 0;
}

/* List the blocks of the area in a chain of chunks. */
static int kho_vmalloc_make_chunks(const struct vm_struct *vm,
				   struct kho_vmalloc *preservation)
{
	struct kho_vmalloc_chunk *chunk = NULL, *new;
	unsigned int i, used = KHO_VMALLOC_SIZE;

	for (i = 0; i < vm->nr_pages; i += 1U << preservation->order) {
		if (used == KHO_VMALLOC_SIZE) {
			new = kho_alloc_preserve(PAGE_SIZE);
			if (IS_ERR(new)) {
				kho_vmalloc_free_chunks(preservation, false);
				return PTR_ERR(new);
			}
			if (chunk)
				KHOSER_STORE_PTR(chunk->hdr.next, new);
			else
				KHOSER_STORE_PTR(preservation->first, new);
			chunk = new;
			used = 0;
		}
		chunk->phys[used++] = page_to_phys(vm->pages[i]);
	}
	return 0;
}

/**
 * kho_preserve_vmalloc - hand a vmalloc area over to the next kernel
 * @ptr: an address in the area. The caller keeps the area until the jump or
 *	kho_unpreserve_vmalloc().
 * @preservation: filled with the descriptor. The caller hands it over by value.
 *
 * Context: Process context, may sleep.
 * Return: 0; -EINVAL if @ptr is in no area that has pages; -EOPNOTSUPP if the
 * area was not made by vmalloc() or vmalloc_huge(); or an error of
 * kho_preserve_pages(). After an error nothing is preserved.
 */
int kho_preserve_vmalloc(void *ptr, struct kho_vmalloc *preservation)
{
	struct vm_struct *vm = find_vm_area(ptr);
	int err;

	if (!vm)
		return -EINVAL;

	*preservation = (struct kho_vmalloc) {
		.total_pages = vm->nr_pages,
		.order = vm->page_order,
	};
	err = kho_vmalloc_flags_store(vm->flags, &preservation->flags);
	if (err)
		return err;
	if (!vm->nr_pages)
		return -EINVAL;

	err = kho_vmalloc_make_chunks(vm, preservation);
	if (err)
		return err;

	err = kho_vmalloc_preserve_blocks(vm, preservation->order);
	if (err)
		kho_vmalloc_free_chunks(preservation, false);
	return err;
}
EXPORT_SYMBOL_GPL(kho_preserve_vmalloc);

/**
 * kho_unpreserve_vmalloc - do not hand a vmalloc area over after all
 * @preservation: descriptor of kho_preserve_vmalloc(). The area itself stays.
 *
 * Context: Process context.
 */
void kho_unpreserve_vmalloc(struct kho_vmalloc *preservation)
{
	kho_vmalloc_free_chunks(preservation, true);
}
EXPORT_SYMBOL_GPL(kho_unpreserve_vmalloc);

/* Take one block; its pages follow the @nr pages that are there already. */
static bool kho_vmalloc_restore_block(u64 phys, unsigned int order,
				      struct page **pages, unsigned int *nr,
				      unsigned int total)
{
	struct page *page;
	unsigned int i;

	if (total - *nr < 1U << order) {
		pr_err("vmalloc: more blocks than the %u pages of the area\n",
		       total);
		return false;
	}

	/* One key for each block, or else half of it might be taken. */
	if (!kho_is_handed_over(phys, order)) {
		pr_err("vmalloc: block at %#llx of order %u was not handed over\n",
		       phys, order);
		return false;
	}
	page = kho_restore_pages(phys, 1UL << order);
	if (!page)
		return false;

	for (i = 0; i < 1U << order; i++)
		pages[(*nr)++] = nth_page(page, i);
	return true;
}

/*
 * Take all blocks and all chunks. A chain with a cycle ends where a chunk cannot be
 * taken a second time.
 */
static bool kho_vmalloc_take(const struct kho_vmalloc *preservation,
			     struct page **pages, unsigned int *nr,
			     unsigned int *nr_chunks)
{
	u64 phys = preservation->first.phys;
	struct kho_vmalloc_chunk *chunk;
	unsigned int i;

	for (; phys; phys = chunk->hdr.next.phys) {
		struct page *page;

		if (!kho_is_handed_over(phys, 0)) {
			pr_err("vmalloc: chunk at %#llx was not handed over\n",
			       phys);
			return false;
		}
		page = kho_restore_pages(phys, 1);
		if (!page)
			return false;

		++*nr_chunks;
		chunk = page_address(page);
		for (i = 0; i < KHO_VMALLOC_SIZE && chunk->phys[i]; i++)
			if (!kho_vmalloc_restore_block(chunk->phys[i],
						       preservation->order,
						       pages, nr,
						       preservation->total_pages))
				return false;
	}
	return *nr == preservation->total_pages;
}

/* Free the chunks that were taken, or let them be restored again. */
static void kho_vmalloc_drop_chunks(const struct kho_vmalloc *preservation,
				    unsigned int nr_chunks, bool keep)
{
	u64 phys = preservation->first.phys;
	struct kho_vmalloc_chunk *chunk;

	while (nr_chunks--) {
		chunk = phys_to_virt(phys);
		phys = chunk->hdr.next.phys;
		if (keep)
			kho_restore_undo(virt_to_page(chunk), 0);
		else
			free_page((unsigned long)chunk);
	}
}

/**
 * kho_restore_vmalloc - take a vmalloc area over from the previous kernel
 * @preservation: its descriptor.
 *
 * The chunks are freed then, so that a descriptor is good for one area.
 *
 * Context: Process context, may sleep.
 * Return: the address of the area, at most as aligned as its blocks, to be freed
 * with vfree(). NULL if the descriptor makes no sense, a part is missing, or
 * memory is short. Then all is as it was: what a descriptor lists that makes no
 * sense may be somebody else's, and if memory was short it can be tried again.
 */
void *kho_restore_vmalloc(const struct kho_vmalloc *preservation)
{
	const unsigned int total = preservation->total_pages;
	const unsigned int order = preservation->order;
	unsigned long vm_flags;
	struct page **pages;
	unsigned int nr = 0, nr_chunks = 0, i;
	void *addr = NULL;

	if (kho_vmalloc_flags_load(preservation->flags, &vm_flags) ||
	    order > KHO_RADIX_MAX_ORDER || order >= ilog2(INT_MAX) || !total ||
	    total > get_num_physpages() || total & (BIT(order) - 1)) {
		pr_err("vmalloc: no valid descriptor: %u pages, flags %#x, order %u; not restored\n",
		       total, preservation->flags, order);
		return NULL;
	}

	pages = kvmalloc_array(total, sizeof(*pages), GFP_KERNEL);
	if (!pages)
		return NULL;

	if (kho_vmalloc_take(preservation, pages, &nr, &nr_chunks))
		addr = kho_mm_vmap(pages, total, order, vm_flags);
	kho_vmalloc_drop_chunks(preservation, nr_chunks, !addr);
	if (addr)
		return addr;

	pr_err("vmalloc: only %u of %u pages found or no memory to map them; not restored\n",
	       nr, total);
	for (i = 0; i < nr; i += 1U << order)
		kho_restore_undo(pages[i], order);
	kvfree(pages);
	return NULL;
}
EXPORT_SYMBOL_GPL(kho_restore_vmalloc);

/**
 * kho_vmalloc_read_start - read a vmalloc area of the previous kernel in place
 * @reader: the reader.
 * @preservation: the area's descriptor.
 *
 * For areas that are read once and freed. Reading allocates nothing, and so
 * fails only if the area is damaged. To be followed by kho_vmalloc_read() until
 * that returns NULL.
 */
void kho_vmalloc_read_start(struct kho_vmalloc_reader *reader,
			    const struct kho_vmalloc *preservation)
{
	*reader = (struct kho_vmalloc_reader) {
		.next = preservation->first.phys,
		.nr_pages = preservation->total_pages,
		.order = preservation->order,
	};
	if (reader->order > KHO_RADIX_MAX_ORDER ||
	    reader->nr_pages > get_num_physpages()) {
		pr_err("vmalloc: no valid descriptor: %u pages, order %u; not read\n",
		       reader->nr_pages, reader->order);
		*reader = (struct kho_vmalloc_reader) {};
	}
}

/* Free the chunk that was read and take the next. Returns -ENOENT at the end. */
static int kho_vmalloc_read_chunk(struct kho_vmalloc_reader *reader)
{
	phys_addr_t phys = reader->next;

	if (reader->chunk) {
		phys = reader->chunk->hdr.next.phys;
		free_page((unsigned long)reader->chunk);
		reader->chunk = NULL;
	}
	reader->next = 0;
	if (!phys)
		return -ENOENT;

	if (kho_is_handed_over(phys, 0)) {
		struct page *page = kho_restore_pages(phys, 1);

		if (page)
			reader->chunk = page_address(page);
	}
	if (!reader->chunk) {
		pr_err("vmalloc: chunk at %#llx was not handed over\n", phys);
		return -EIO;
	}
	reader->i = 0;
	return 0;
}

/**
 * kho_vmalloc_read - take the next block of a vmalloc area
 * @reader: the reader.
 *
 * Context: Process context.
 * Return: the first of 2^order pages that follow each other, each with one
 * reference, which is the caller's; NULL at the end; ERR_PTR(-EIO) if a part is
 * not there or is too much, and the next call goes on behind it.
 */
struct page *kho_vmalloc_read(struct kho_vmalloc_reader *reader)
{
	const unsigned long nr_pages = 1UL << reader->order;
	struct page *page;
	u64 phys;
	int err;

	while (!reader->chunk || reader->i == KHO_VMALLOC_SIZE ||
	       !reader->chunk->phys[reader->i]) {
		err = kho_vmalloc_read_chunk(reader);
		if (err)
			return err == -ENOENT ? NULL : ERR_PTR(err);
	}

	phys = reader->chunk->phys[reader->i++];
	if (reader->nr_pages < nr_pages ||
	    !kho_is_handed_over(phys, reader->order)) {
		pr_err("vmalloc: block at %#llx of order %u was not handed over, or is too much\n",
		       phys, reader->order);
		return ERR_PTR(-EIO);
	}
	reader->nr_pages -= nr_pages;
	page = kho_restore_pages(phys, nr_pages);
	return page ?: ERR_PTR(-EIO);
}
