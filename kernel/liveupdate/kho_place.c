// SPDX-License-Identifier: GPL-2.0
/*
 * Kexec HandOver: where an image goes.
 *
 * All of it goes to scratch, and is written there when it is loaded: nothing is left
 * to be copied while nobody is there. The pages are taken from the page allocator,
 * and given back when the image is unloaded. What is in use and cannot be moved
 * away, this kernel itself for example, which runs in scratch after a handover, is
 * left out. If there is no other place, a segment is loaded as without a handover: it
 * is copied by the jump. An image that scratch is too small for is loaded elsewhere,
 * and can hand nothing over.
 */

#define pr_fmt(fmt) "KHO: " fmt

#include <linux/bits.h>
#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/ioport.h>
#include <linux/kexec.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/string.h>
#include <linux/swap.h>
#include <linux/vmalloc.h>

#include "kho_hwpoison.h"
#include "kho_image.h"
#include "kho_internal.h"

/* struct kho_image has one bit for each. */
static_assert(KEXEC_SEGMENT_MAX <= BITS_PER_LONG);

/* Beside what the image has, and takes to boot: places between segments. */
#define KHO_PLACE_SLACK		((phys_addr_t)SZ_32M)

#undef MODULE_PARAM_PREFIX
#define MODULE_PARAM_PREFIX "kho."

static bool kho_checksum;
module_param_named(checksum, kho_checksum, bool, 0600);
MODULE_PARM_DESC(checksum, "Compare the next kernel with a checksum before it starts");

/*
 * Whatever there is of scratch, but for pages with memory errors. The same for all
 * segments; that of IMA comes before the list.
 */
static void kho_place_set_areas(struct kimage *image)
{
	static_assert(KHO_IMAGE_MAX_AREAS == KHO_SCRATCH_MAX_USED);

	if (image->kho.areas)
		return;
	image->kho.nr_areas = kho_hwpoison_cut_areas(image->kho.cut,
						     ARRAY_SIZE(image->kho.cut));
	if (image->kho.nr_areas) {
		image->kho.areas = image->kho.cut;
		pr_warn("scratch has memory errors, the next kernel is given less of it: %u areas\n",
			image->kho.nr_areas);
		return;
	}
	image->kho.areas = kho_scratch;
	image->kho.nr_areas = kho_scratch_cnt;
}

/* Add the list of scratch areas as a segment. */
static int kho_place_start(struct kimage *image)
{
	struct kexec_buf kbuf = {
		.image = image,
		.mem = KEXEC_BUF_MEM_UNKNOWN,
		.buf_align = SZ_64K,
		.buf_max = ULONG_MAX,
		.top_down = true,
	};
	int err;

	kho_place_set_areas(image);
	kbuf.buffer = (void *)image->kho.areas;
	kbuf.bufsz = image->kho.nr_areas * sizeof(*image->kho.areas);
	kbuf.memsz = kbuf.bufsz;
	err = kexec_add_buffer(&kbuf);
	if (err)
		return err;

	image->kho.scratch = &image->segment[image->nr_segments - 1];
	image->kho.fdt = kho_out_fdt_phys();
	return 0;
}

/* Forget the segments from @nr on, and that there is a handover. */
static void kho_place_undo(struct kimage *image, unsigned long nr)
{
	struct purgatory_info *pi = &image->purgatory_info;

	vfree(pi->purgatory_buf);
	pi->purgatory_buf = NULL;
	vfree(pi->sechdrs);
	pi->sechdrs = NULL;

	image->nr_segments = nr;
	image->kho.scratch = NULL;
	image->kho.fdt = 0;
}

/* The largest area of scratch, for a message. */
static phys_addr_t kho_place_largest(const struct kimage *image)
{
	phys_addr_t size = 0;
	unsigned int i;

	for (i = 0; i < image->kho.nr_areas; i++)
		size = max(size, image->kho.areas[i].size);
	return size;
}

/**
 * kho_place_total - tell how much scratch an image is given
 * @image: image that is loaded with a handover.
 *
 * Return: the size in bytes.
 */
phys_addr_t kho_place_total(const struct kimage *image)
{
	phys_addr_t size = 0;
	unsigned int i;

	for (i = 0; i < image->kho.nr_areas; i++)
		size += image->kho.areas[i].size;
	return size;
}

static void *kho_place_try(struct kimage *image,
			   void *(*load)(struct kimage *))
{
	int err = kho_place_start(image);

	return err ? ERR_PTR(err) : load(image);
}

/**
 * kho_load - load an image so that it can take a handover
 * @image: image that is being loaded with kexec_file_load().
 * @load: calls the handler of its format, which adds the segments.
 *
 * Tells the next kernel where the root FDT is, which stays where it is, and looks
 * whether the image can take a handover. What is in use leaves scratch in pieces: if
 * the image does not fit beside it, it is placed as if nothing were. If scratch is too
 * small for it, it is loaded as if there were no handover. Only the jump tells if that
 * matters.
 *
 * Return: what @load returns; or an error of kexec_add_buffer() or kho_image_look().
 */
void *kho_load(struct kimage *image, void *(*load)(struct kimage *))
{
	unsigned long nr = image->nr_segments;
	void *ldata;
	int err;

	if (!kho_is_enabled() || image->type == KEXEC_TYPE_CRASH)
		return load(image);

	err = kho_image_look(image);
	if (err)
		return ERR_PTR(err);

	/* Pages on their way to an LRU list do not look as if they could move. */
	lru_add_drain_all();
	ldata = kho_place_try(image, load);
	if (ldata != ERR_PTR(-EADDRNOTAVAIL))
		return ldata;

	kho_place_undo(image, nr);
	image->kho.dense = true;
	ldata = kho_place_try(image, load);
	if (ldata != ERR_PTR(-EADDRNOTAVAIL))
		return ldata;

	kho_place_undo(image, nr);
	image->kho.elsewhere = true;
	ldata = load(image);
	if (!IS_ERR(ldata))
		kho_image_reject(image,
				 "it does not fit into scratch, %u areas, the largest of %llu MiB, and was loaded elsewhere; boot with kho_scratch=0,%lluM,0",
				 image->kho.nr_areas,
				 (u64)kho_place_largest(image) / SZ_1M,
				 (u64)DIV_ROUND_UP(kho_image_size(image) +
						   kho_kexec_boot_size() +
						   KHO_PLACE_SLACK, SZ_1M));
	return ldata;
}

/*
 * Whether a page is free, or can move away. Looks without a lock, so that it is a
 * guess, and what is pinned looks as if it could move.
 */
static bool kho_place_is_movable(struct page *page)
{
	return !PageReserved(page) && !PageHWPoison(page) &&
	       (!page_ref_count(page) || PageLRU(page) || __PageMovable(page));
}

/**
 * kho_place_next_run - find pages of scratch that an image can be loaded to
 * @pfn: where to begin; set to the first one of a run of such pages.
 * @next: set to the page frame after the run.
 * @end: where scratch ends.
 *
 * Return: true if there is one.
 */
bool kho_place_next_run(unsigned long *pfn, unsigned long *next,
			unsigned long end)
{
	while (*pfn < end && !kho_place_is_movable(pfn_to_page(*pfn)))
		++*pfn;
	*next = *pfn;
	while (*next < end && kho_place_is_movable(pfn_to_page(*next)))
		++*next;
	return *pfn < end;
}

static bool kho_place_in_run(const struct kho_scratch *area,
			     struct kexec_buf *kbuf,
			     int (*func)(struct resource *, void *))
{
	unsigned long pfn = PHYS_PFN(area->addr), next;
	unsigned long end = pfn + PHYS_PFN(area->size);

	for (; kho_place_next_run(&pfn, &next, end); pfn = next) {
		struct resource res = {
			.start = PFN_PHYS(pfn),
			.end = PFN_PHYS(next) - 1,
		};

		if (func(&res, kbuf) == 1)
			return true;
		cond_resched();
	}
	return false;
}

/**
 * kho_locate_mem_hole - place a segment of an image in scratch
 * @kbuf: the segment.
 * @func: tells whether a part of memory will do, and takes it.
 *
 * Return: 0 if it has a place; 1 if the handover has no say; -EADDRNOTAVAIL if
 * it fits into no scratch area.
 */
int kho_locate_mem_hole(struct kexec_buf *kbuf,
			int (*func)(struct resource *, void *))
{
	struct kimage *image = kbuf->image;
	const struct kho_scratch *area;
	const struct kho_scratch *end;

	if (!kho_is_enabled() || image->type == KEXEC_TYPE_CRASH ||
	    image->kho.elsewhere)
		return 1;

	kho_place_set_areas(image);
	end = image->kho.areas + image->kho.nr_areas;
	for (area = image->kho.areas; !image->kho.dense && area < end; area++)
		if (kho_place_in_run(area, kbuf, func))
			return 0;

	/* On what is in use now: it is copied there in the end. */
	for (area = image->kho.areas; area < end; area++) {
		struct resource res = {
			.start = area->addr,
			.end = area->addr + area->size - 1,
		};

		if (area->size && func(&res, kbuf) == 1)
			return 0;
	}
	return -EADDRNOTAVAIL;
}

/**
 * kho_skip_checksum - tell whether an image is started without a look at its bytes
 * @image: image that is being loaded with kexec_file_load().
 *
 * Purgatory makes a SHA-256 of all segments, at about 50 instructions a byte with one
 * processor and no others to help, and stops for ever if it is another one. It is for
 * crash kernels, whose memory a broken kernel may have written to. Segments of a
 * handover lie in scratch. Their pages could be moved away from there, so that no
 * device had access to them, and belong to the image since. What had to be copied
 * there, in the last moment, is where there was nothing but what can be moved, which
 * devices have no lasting access to, and what was allocated while this kernel booted:
 * devices were shut down before.
 *
 * Return: true unless it is a crash kernel, has no handover, or kho.checksum is set.
 */
bool kho_skip_checksum(const struct kimage *image)
{
	return image->kho.fdt && !kho_checksum;
}

/* IMA looks for this one among what will be copied, and writes to it at the jump. */
static bool kho_place_is_ima(const struct kimage *image,
			     const struct kexec_segment *segment)
{
#ifdef CONFIG_IMA_KEXEC
	return image->ima_buffer_size && image->ima_buffer_addr == segment->mem;
#else
	return false;
#endif
}

static bool kho_place_is_in_scratch(const struct kexec_segment *segment)
{
	const struct kho_scratch *area = kho_scratch;
	const struct kho_scratch *end = area + kho_scratch_cnt;

	for (; area < end; area++)
		if (segment->mem >= area->addr &&
		    segment->mem + segment->memsz <= area->addr + area->size)
			return true;
	return false;
}

/* Take the pages of a segment, whatever is there now moves away. */
static int kho_place_claim(const struct kexec_segment *segment)
{
	unsigned long pfn = PHYS_PFN(segment->mem);
	unsigned long nr = PHYS_PFN(segment->memsz);
	struct page *page = pfn_to_page(pfn);

	if (page_zone(page) != page_zone(pfn_to_page(pfn + nr - 1)))
		return -EXDEV;
	return alloc_contig_range(pfn, pfn + nr, MIGRATE_CMA,
				  GFP_KERNEL | __GFP_RETRY_MAYFAIL | __GFP_NOWARN);
}

static void kho_place_write(const struct kexec_segment *segment)
{
	void *to = phys_to_virt(segment->mem);
	size_t at, part;

	for (at = 0; at < segment->memsz; at += PAGE_SIZE) {
		part = at < segment->bufsz ?
		       min_t(size_t, segment->bufsz - at, PAGE_SIZE) : 0;
		memcpy(to + at, segment->kbuf + at, part);
		memset(to + at + part, 0, PAGE_SIZE - part);
		cond_resched();
	}
	arch_kho_sync_code(to, segment->memsz);
}

/**
 * kho_load_in_place - write a segment to where it will run
 * @image: image that is being loaded.
 * @segment: one of its segments.
 *
 * Context: May sleep, with the kexec lock.
 * Return: true if that is done; false if the jump has to copy it.
 */
bool kho_load_in_place(struct kimage *image, struct kexec_segment *segment)
{
	struct page *page;
	int err;

	if (!image->kho.fdt || !segment->memsz ||
	    kho_place_is_ima(image, segment) ||
	    !kho_place_is_in_scratch(segment))
		return false;

	err = kho_place_claim(segment);
	if (err) {
		pr_info("%zu KiB of the image at %#lx will be copied by the jump, which takes longer: what is there cannot be moved away (error %d)\n",
			segment->memsz / SZ_1K, segment->mem, err);
		return false;
	}

	page = pfn_to_page(PHYS_PFN(segment->mem));
	arch_kexec_post_alloc_pages(page_address(page),
				    PHYS_PFN(segment->memsz), GFP_KERNEL);
	kho_place_write(segment);
	image->kho.in_place |= BIT(segment - image->segment);
	return true;
}

/**
 * kho_unload - give back the pages that an image was loaded to
 * @image: image that is freed.
 */
void kho_unload(struct kimage *image)
{
	const struct kexec_segment *segment = image->segment;
	unsigned long i, nr;
	struct page *page;

	for (i = 0; i < image->nr_segments; i++, segment++) {
		if (!(image->kho.in_place & BIT(i)))
			continue;
		page = pfn_to_page(PHYS_PFN(segment->mem));
		nr = PHYS_PFN(segment->memsz);
		arch_kexec_pre_free_pages(page_address(page), nr);
		free_contig_range(page_to_pfn(page), nr);
	}
	image->kho.in_place = 0;
}

/**
 * kho_image_copied - tell how much of an image the jump will copy
 * @image: image that was loaded.
 *
 * Return: the size in bytes.
 */
phys_addr_t kho_image_copied(const struct kimage *image)
{
	phys_addr_t size = 0;
	unsigned long i;

	for (i = 0; i < image->nr_segments; i++)
		if (!(image->kho.in_place & BIT(i)))
			size += image->segment[i].memsz;
	return size;
}
