// SPDX-License-Identifier: GPL-2.0
/*
 * Kexec HandOver: pages with memory errors that this kernel knows.
 *
 * They are noted when they are found, so that nobody has to look for them in the
 * blackout, and the next kernel is given the list. A jump is refused only if the
 * next kernel would read such a page itself, or does not know the list.
 */

#define pr_fmt(fmt) "KHO: " fmt

#include <linux/bitmap.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/kexec.h>
#include <linux/kexec_handover.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/printk.h>
#include <linux/seq_file.h>
#include <linux/shmem_fs.h>
#include <linux/spinlock.h>

#include <linux/kho/abi/hwpoison.h>

#include "kho_hwpoison.h"
#include "kho_image.h"
#include "kho_internal.h"
#include "kho_radix.h"

/* Of all that follows. */
static DEFINE_SPINLOCK(kho_bad_lock);

static struct kho_hwpoison_ser kho_bad = {
	.compatible = KHO_HWPOISON_COMPATIBLE,
};

/* What the next kernel reads: a copy, or NULL before the first jump with errors. */
static struct kho_hwpoison_ser *kho_bad_out;

/* Pages that had no place, and the last of them. */
static unsigned long kho_bad_missed;
static unsigned long kho_bad_missed_pfn;

static unsigned int kho_bad_find(unsigned long pfn)
{
	unsigned int i;

	for (i = 0; i < kho_bad.nr; i++)
		if (kho_bad.pfn[i] == pfn)
			break;
	return i;
}

/*
 * With interrupts off: a CPU is stopped for the jump only when they are on, and so
 * even what is found after the last question is handed over whole.
 */
static void kho_bad_publish(void)
{
	if (kho_bad_out)
		*kho_bad_out = kho_bad;
}

/**
 * kho_hwpoison_note - take note of a page with a memory error
 * @pfn: its page frame.
 *
 * Context: Any but NMI.
 */
void kho_hwpoison_note(unsigned long pfn)
{
	guard(spinlock_irqsave)(&kho_bad_lock);
	if (kho_bad_find(pfn) < kho_bad.nr)
		return;
	if (kho_bad.nr == KHO_HWPOISON_MAX) {
		kho_bad_missed++;
		kho_bad_missed_pfn = pfn;
		return;
	}
	kho_bad.pfn[kho_bad.nr++] = pfn;
	kho_bad_publish();
}

/**
 * kho_hwpoison_forget - a page has no memory error after all
 * @pfn: its page frame.
 *
 * Context: Any but NMI.
 */
void kho_hwpoison_forget(unsigned long pfn)
{
	unsigned int i;

	guard(spinlock_irqsave)(&kho_bad_lock);
	i = kho_bad_find(pfn);
	if (i == kho_bad.nr)
		return;
	kho_bad.pfn[i] = kho_bad.pfn[--kho_bad.nr];
	kho_bad_publish();
}

/* Which entries of the list are preserved, and which are tables of the tracker. */
struct kho_bad_walk {
	DECLARE_BITMAP(preserved, KHO_HWPOISON_MAX);
	DECLARE_BITMAP(tables, KHO_HWPOISON_MAX);
};

static bool kho_bad_in_leaf(const struct kho_radix_leaf *leaf,
			    unsigned long first, unsigned long pfn)
{
	unsigned int order;
	unsigned long key;

	for (order = 0; order <= KHO_RADIX_MAX_ORDER; order++) {
		key = kho_key_encode(pfn, order);
		if ((key & ~KHO_RADIX_LEAF_MASK) == first &&
		    test_bit(key & KHO_RADIX_LEAF_MASK, leaf->bitmap))
			return true;
	}
	return false;
}

static int kho_bad_table(u64 phys, unsigned int level, unsigned long key,
			 void *data)
{
	struct kho_bad_walk *walk = data;
	unsigned int i;

	for (i = 0; i < READ_ONCE(kho_bad.nr); i++) {
		if (kho_bad.pfn[i] == PHYS_PFN(phys))
			__set_bit(i, walk->tables);
		else if (!level && kho_bad_in_leaf(phys_to_virt(phys), key,
						   kho_bad.pfn[i]))
			__set_bit(i, walk->preserved);
	}
	return 0;
}

/* Who gets the page back reads all but that; of all others nobody knows. */
static bool kho_bad_is_content(unsigned long pfn)
{
	struct page *page = pfn_to_online_page(pfn);
	struct address_space *mapping;
	struct folio *folio;

	if (!page)
		return false;
	folio = page_folio(page);
	if (folio_test_hugetlb(folio))
		return true;
	mapping = folio_mapping(folio);
	return mapping && shmem_mapping(mapping);
}

/**
 * kho_hwpoison_look - find out what is known, and what of it is preserved
 * @bad: filled.
 *
 * Takes time only if there is a page with a memory error.
 *
 * Context: Process context, may sleep. Kexec handover is on.
 */
void kho_hwpoison_look(struct kho_hwpoison *bad)
{
	struct kho_bad_walk walk = {};
	char client[32];
	unsigned int i;

	*bad = (struct kho_hwpoison) {
		.known = READ_ONCE(kho_bad.nr),
		.missed = READ_ONCE(kho_bad_missed),
	};
	if (!bad->known && !bad->missed)
		return;
	/* It could be anybody's. */
	bad->lost = bad->missed && kho_out_client(client, sizeof(client));

	kho_radix_walk_tables(&kho_out_tree, kho_bad_table, &walk);
	for (i = 0; i < bad->known; i++) {
		unsigned long pfn = kho_bad.pfn[i];

		if (test_bit(i, walk.tables)) {
			bad->tables++;
			bad->tables_pfn = pfn;
		} else if (!test_bit(i, walk.preserved)) {
			continue;
		} else if (kho_bad_is_content(pfn)) {
			bad->content++;
			bad->content_pfn = pfn;
		} else {
			bad->other++;
			bad->other_pfn = pfn;
		}
	}
}

static bool kho_bad_in_areas(const struct kho_scratch *areas, unsigned int nr,
			     unsigned long *pfn)
{
	unsigned int i, j;

	for (i = 0; i < READ_ONCE(kho_bad.nr); i++) {
		*pfn = kho_bad.pfn[i];
		for (j = 0; j < nr; j++)
			if (PFN_PHYS(*pfn) - areas[j].addr < areas[j].size)
				return true;
	}
	return false;
}

/* Take a block out of areas. Returns how many there are then. */
static unsigned int kho_bad_cut_block(struct kho_scratch *areas,
				      unsigned int nr, unsigned int max,
				      phys_addr_t block)
{
	struct kho_scratch rest = { .addr = block + KHO_SCRATCH_ALIGN };
	unsigned int i;

	for (i = 0; i < nr; i++) {
		if (block - areas[i].addr >= areas[i].size)
			continue;
		rest.size = areas[i].addr + areas[i].size - rest.addr;
		areas[i].size = block - areas[i].addr;
		if (!areas[i].size)
			areas[i] = rest;
		else if (rest.size && nr < max)
			areas[nr++] = rest;
		break;
	}
	return nr;
}

/**
 * kho_hwpoison_cut_areas - take pages with memory errors out of scratch
 * @areas: the areas that an image is told of, filled.
 * @max: room in @areas.
 *
 * The next kernel uses scratch before it can read the list. It loses whole blocks,
 * for scratch has no smaller ones.
 *
 * Return: the number of areas; 0 if there is no error in scratch.
 */
unsigned int kho_hwpoison_cut_areas(struct kho_scratch *areas, unsigned int max)
{
	unsigned int i, nr = 0;
	unsigned long pfn;

	if (!kho_bad_in_areas(kho_scratch, kho_scratch_cnt, &pfn))
		return 0;

	for (i = 0; i < kho_scratch_cnt; i++) {
		if (kho_scratch[i].size && nr < max)
			areas[nr++] = kho_scratch[i];
	}
	for (i = 0; i < READ_ONCE(kho_bad.nr); i++)
		nr = kho_bad_cut_block(areas, nr, max,
				       ALIGN_DOWN(PFN_PHYS(kho_bad.pfn[i]),
						  KHO_SCRATCH_ALIGN));
	return nr;
}

/**
 * kho_hwpoison_verdict - tell why an image cannot cope with memory errors
 * @bad: what kho_hwpoison_look() found. @pfn is set to the page that is the reason.
 * @image: an image that was loaded.
 *
 * Context: As kho_image_verdict().
 * Return: why, and what to do; NULL if it can.
 */
const char *kho_hwpoison_verdict(struct kho_hwpoison *bad,
				 const struct kimage *image)
{
	/* A kernel that is told of no handover reads none. */
	if (bad->tables && image->kho.fdt) {
		bad->pfn = bad->tables_pfn;
		return "the tracker has a memory error; boot through the firmware";
	}
	if (bad->other) {
		bad->pfn = bad->other_pfn;
		return "a preserved page of no memfd has a memory error; close its session";
	}
	if (bad->content && !kho_image_has_handler(image, KHO_IMAGE_HWPOISON)) {
		bad->pfn = bad->content_pfn;
		return "a memfd has a memory error, and the kernel takes no list; load another";
	}
	if (bad->lost) {
		bad->pfn = READ_ONCE(kho_bad_missed_pfn);
		return "too many memory errors to hand over; boot through the firmware";
	}
	if (image->kho.fdt &&
	    kho_bad_in_areas(image->kho.areas, image->kho.nr_areas, &bad->pfn))
		return "scratch has a memory error since the image was loaded; load it again";
	return NULL;
}

static int kho_bad_hand_over(void)
{
	struct kho_hwpoison_ser *out = kho_bad_out;
	int err;

	if (!out) {
		out = kho_alloc_preserve(sizeof(*out));
		if (IS_ERR(out))
			return PTR_ERR(out);
		err = kho_add_subtree(KHO_HWPOISON_NODE_NAME, out, sizeof(*out));
		if (err) {
			kho_unpreserve_free(out);
			return err;
		}
	}

	guard(spinlock_irqsave)(&kho_bad_lock);
	kho_bad_out = out;
	kho_bad_publish();
	return 0;
}

/**
 * kho_hwpoison_hand_over - tell the next kernel of pages with memory errors
 * @image: image that is about to be started.
 * @force: whether to jump all the same if it cannot cope with them.
 *
 * Context: Process context, right before the jump; live update is frozen.
 * Return: 0; -EHWPOISON if @image must not be started; -ENOMEM if files would get
 * bad pages back as good ones.
 */
int kho_hwpoison_hand_over(const struct kimage *image, bool force)
{
	struct kho_hwpoison bad;
	const char *why;
	int err;

	kho_hwpoison_look(&bad);
	if (!bad.known && !bad.missed)
		return 0;

	why = kho_hwpoison_verdict(&bad, image);
	if (why) {
		pr_err("kexec %s: %s (pfn %#lx)\n",
		       force ? "loses data as kho.force=1 has it" : "refused",
		       why, bad.pfn);
		if (!force)
			return -EHWPOISON;
	}
	if (!bad.known || !kho_image_has_handler(image, KHO_IMAGE_HWPOISON))
		return 0;

	err = kho_bad_hand_over();
	if (err) {
		pr_err("no memory for the list of %u pages with memory errors (error %d), kexec %s\n",
		       bad.known, err, bad.content ? "refused" :
		       "goes on: they are memory like any other for the next kernel");
		return bad.content ? err : 0;
	}
	if (bad.content)
		pr_warn("%u preserved pages have memory errors: their files survive without them\n",
			bad.content);
	return 0;
}

/**
 * kho_hwpoison_show - tell what a jump does with pages that have memory errors
 * @m: where to.
 * @bad: what kho_hwpoison_look() found.
 */
void kho_hwpoison_show(struct seq_file *m, const struct kho_hwpoison *bad)
{
	if (!bad->known && !bad->missed)
		return;
	seq_printf(m, "memory errors: %lu pages", bad->known + bad->missed);
	if (bad->content)
		seq_printf(m, ", %u of memfds, which survive without them",
			   bad->content);
	if (bad->other)
		seq_printf(m, ", %u preserved otherwise, such as pfn %#lx",
			   bad->other, bad->other_pfn);
	if (bad->tables)
		seq_printf(m, ", %u of the tracker, such as pfn %#lx",
			   bad->tables, bad->tables_pfn);
	seq_putc(m, '\n');
}
