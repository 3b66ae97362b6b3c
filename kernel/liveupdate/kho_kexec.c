// SPDX-License-Identifier: GPL-2.0
/*
 * Kexec HandOver: where an image goes, and whether a jump to it loses data.
 */

#define pr_fmt(fmt) "KHO: " fmt

#include <linux/ioport.h>
#include <linux/kexec.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/printk.h>
#include <linux/seq_file.h>
#include <linux/sizes.h>

#include "../kexec_internal.h"
#include "kho_internal.h"
#include "kho_radix.h"

#undef MODULE_PARAM_PREFIX
#define MODULE_PARAM_PREFIX "kho."

static bool kho_force;
module_param_named(force, kho_force, bool, 0600);
MODULE_PARM_DESC(force, "Jump to a kernel that cannot take what is preserved");

/**
 * kho_fill_kimage - tell the next kernel where the handover is
 * @image: image that is being loaded with kexec_file_load().
 *
 * Notes the root FDT, which stays where it is, and adds the list of scratch
 * areas as a segment.
 *
 * Return: 0, or an error of kexec_add_buffer().
 */
int kho_fill_kimage(struct kimage *image)
{
	struct kexec_buf kbuf = {
		.image = image,
		.buffer = kho_scratch,
		.bufsz = kho_scratch_cnt * sizeof(*kho_scratch),
		.memsz = kho_scratch_cnt * sizeof(*kho_scratch),
		.mem = KEXEC_BUF_MEM_UNKNOWN,
		.buf_align = SZ_64K,
		.buf_max = ULONG_MAX,
		.top_down = true,
	};
	int err;

	if (!kho_is_enabled() || image->type == KEXEC_TYPE_CRASH)
		return 0;

	err = kexec_add_buffer(&kbuf);
	if (err)
		return err;

	image->kho.scratch = &image->segment[image->nr_segments - 1];
	image->kho.fdt = kho_out_fdt_phys();
	return 0;
}

/* The largest scratch area, for a message. */
static phys_addr_t kho_largest_area(void)
{
	phys_addr_t size = 0;
	unsigned int i;

	for (i = 0; i < kho_scratch_cnt; i++)
		size = max(size, kho_scratch[i].size);
	return size;
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
	unsigned int i;

	if (!kho_is_enabled() || kbuf->image->type == KEXEC_TYPE_CRASH)
		return 1;

	for (i = 0; i < kho_scratch_cnt; i++) {
		struct resource res = {
			.start = kho_scratch[i].addr,
			.end = kho_scratch[i].addr + kho_scratch[i].size - 1,
		};

		if (kho_scratch[i].size && func(&res, kbuf) == 1)
			return 0;
	}

	pr_err("no room in scratch for %lu KiB of the image beside what is placed already: %u areas, the largest of %llu KiB, %llu KiB in all; boot with a larger kho_scratch=\n",
	       DIV_ROUND_UP(kbuf->memsz, SZ_1K), kho_scratch_cnt,
	       (u64)kho_largest_area() / SZ_1K,
	       (u64)kho_scratch_total() / SZ_1K);
	return -EADDRNOTAVAIL;
}

/*
 * Why the image cannot take the handover, NULL if it can. The reason may have a
 * number, which is in @value then.
 */
static const char *kho_image_verdict(const struct kimage *image, u64 *value)
{
	*value = 0;
	if (!image)
		return "no kernel is loaded";
	if (image->preserve_context)
		return "the image is for kexec jump, which hands nothing over";
	if (!image->file_mode)
		return "the kernel was loaded without kexec_file_load(), use kexec -s";
	if (!image->kho.fdt)
		return "the kernel was loaded without a handover, load it again";

	*value = image->kho.reject_value;
	switch (image->kho.reject) {
	case KHO_IMAGE_OK:
		return NULL;
	case KHO_IMAGE_NO_SETUP_TYPE:
		return "the kernel does not understand a handover, its setup_type_max is";
	case KHO_IMAGE_NOT_RELOCATABLE:
		return "the kernel cannot be relocated and would overwrite what is there";
	case KHO_IMAGE_MEM_ENCRYPT:
		return "the host encrypts its memory, the next kernel could not read it";
	case KHO_IMAGE_MEMMAP_TRUNCATED:
		return "the memory map is too long to be handed on, its number of entries is";
	}
	return "unknown";
}

/**
 * kho_check_jump - the last question before the next kernel is started
 * @image: image that is about to be started.
 *
 * Nothing has been shut down yet, and nothing is if the answer is no.
 *
 * Return: 0; -EOPNOTSUPP if @image cannot take the handover and somebody would
 * lose data, unless kho.force is set.
 */
int kho_check_jump(struct kimage *image)
{
	const char *why;
	char client[32];
	u64 value;

	/* Kexec jump comes back here, where all is as it was. */
	if (!kho_is_enabled() || image->preserve_context)
		return 0;

	why = kho_image_verdict(image, &value);
	if (!why || !kho_out_client(client, sizeof(client)))
		return 0;

	if (kho_force) {
		pr_warn("what is preserved (\"%s\") is lost as kho.force=1 has it: %s (%#llx)\n",
			client, why, value);
		return 0;
	}

	pr_err("kexec refused, what is preserved (\"%s\") would be lost: %s (%#llx); kho.force=1 overrides\n",
	       client, why, value);
	return -EOPNOTSUPP;
}

struct kho_tree_stats {
	unsigned long tables;
	unsigned long blocks;
	unsigned long pages;
};

static int kho_count_table(phys_addr_t phys, void *data)
{
	struct kho_tree_stats *stats = data;

	stats->tables++;
	return 0;
}

static int kho_count_key(unsigned long key, void *data)
{
	struct kho_tree_stats *stats = data;
	unsigned int order;

	kho_key_decode(key, &order);
	stats->blocks++;
	stats->pages += 1UL << order;
	return 0;
}

/**
 * kho_kexec_show - tell whether a jump would hand over, and what
 * @m: where to.
 *
 * The first line is "ready" or "not ready: " and the reason.
 */
void kho_kexec_show(struct seq_file *m)
{
	static const struct kho_radix_walk_cb count = {
		.leaf = kho_count_key,
		.node = kho_count_table,
	};
	struct kho_tree_stats stats = {};
	const char *why;
	u64 value;

	if (!kexec_trylock()) {
		seq_puts(m, "not ready: kexec is busy\n");
		return;
	}
	why = kho_image_verdict(kexec_image, &value);
	kexec_unlock();

	if (why)
		seq_printf(m, "not ready: %s (%#llx)\n", why, value);
	else
		seq_puts(m, "ready\n");

	kho_out_show(m);
	kho_radix_walk_tree(&kho_out_tree, &count, &stats);
	seq_printf(m, "preserved: %lu pages in %lu blocks, %lu tables\n",
		   stats.pages, stats.blocks, stats.tables);
	seq_printf(m, "scratch: %llu KiB in %u areas\n",
		   (u64)kho_scratch_total() / SZ_1K, kho_scratch_cnt);
}
