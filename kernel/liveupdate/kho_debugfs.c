// SPDX-License-Identifier: GPL-2.0
/*
 * Kexec HandOver: /sys/kernel/debug/kho, to look at and nothing else.
 *
 *   out/ready          whether a jump would hand over, or why not, and what
 *   out/scratch_phys   addresses and sizes of the scratch areas
 *   out/scratch_len
 *   out/fdt            the root FDT as it was at boot (cold boots only)
 *   out/sub_fdts/NAME  blobs that will be handed over, live
 *   in/fdt             the root FDT of the previous kernel
 *   in/sub_fdts/NAME   its blobs; stale once their owner freed them
 *   in/timeline        how long it took from its reboot() to this kernel's init
 */

#define pr_fmt(fmt) "KHO: " fmt

#include <linux/debugfs.h>
#include <linux/io.h>
#include <linux/kexec_handover.h>
#include <linux/libfdt.h>
#include <linux/list.h>
#include <linux/printk.h>
#include <linux/seq_file.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "kho_internal.h"

/* A binary file. */
struct kho_debugfs_blob {
	struct list_head list;
	struct debugfs_blob_wrapper wrapper;
	struct dentry *file;
};

static struct dentry *kho_debugfs_blobs;	/* out/sub_fdts */
static LIST_HEAD(kho_debugfs_list);		/* under kho_subtree.c's mutex */

static void kho_debugfs_create_blob(struct dentry *dir, const char *name,
				    void *data, size_t size,
				    struct list_head *list)
{
	struct kho_debugfs_blob *blob;

	blob = kzalloc(sizeof(*blob), GFP_KERNEL);
	if (!blob)
		goto warn;

	blob->wrapper.data = data;
	blob->wrapper.size = size;
	blob->file = debugfs_create_blob(name, 0400, dir, &blob->wrapper);
	if (IS_ERR(blob->file)) {
		kfree(blob);
		goto warn;
	}
	list_add(&blob->list, list);
	return;
warn:
	pr_warn("no debugfs file for \"%s\"\n", name);
}

/**
 * kho_debugfs_add_blob - show a blob that will be handed over
 * @name: name of its sub-tree.
 * @blob: the blob.
 * @size: its size in bytes.
 *
 * Failure is no more than a line in the log.
 */
void kho_debugfs_add_blob(const char *name, void *blob, size_t size)
{
	if (!IS_ERR_OR_NULL(kho_debugfs_blobs))
		kho_debugfs_create_blob(kho_debugfs_blobs, name, blob, size,
					&kho_debugfs_list);
}

/**
 * kho_debugfs_remove_blob - undo kho_debugfs_add_blob()
 * @blob: the blob.
 */
void kho_debugfs_remove_blob(const void *blob)
{
	struct kho_debugfs_blob *b;

	list_for_each_entry(b, &kho_debugfs_list, list) {
		if (b->wrapper.data != blob)
			continue;
		debugfs_remove(b->file);
		list_del(&b->list);
		kfree(b);
		return;
	}
}

static int scratch_phys_show(struct seq_file *m, void *v)
{
	unsigned int i;

	for (i = 0; i < kho_scratch_cnt; i++)
		seq_printf(m, "0x%llx\n", (u64)kho_scratch[i].addr);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(scratch_phys);

static int scratch_len_show(struct seq_file *m, void *v)
{
	unsigned int i;

	for (i = 0; i < kho_scratch_cnt; i++)
		seq_printf(m, "0x%llx\n", (u64)kho_scratch[i].size);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(scratch_len);

static int ready_show(struct seq_file *m, void *v)
{
	kho_kexec_show(m);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(ready);

static int memory_show(struct seq_file *m, void *v)
{
	const struct kho_in_stats *stats = kho_in_get_stats();

	seq_printf(m, "preserved: %lu pages, %lu tables\n", stats->pages,
		   stats->tables);
	seq_printf(m, "unclaimed: %lu pages\n", kho_in_unclaimed());
	seq_printf(m, "free early: %lu KiB in %u pieces, blocks of %llu KiB\n",
		   stats->found << (PAGE_SHIFT - 10), stats->pieces,
		   stats->block / SZ_1K);
	seq_printf(m, "cycles: digest %lu, release %lu\n",
		   stats->digest_cycles, stats->release_cycles);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(memory);

static int timeline_show(struct seq_file *m, void *v)
{
	kho_timeline_show(m);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(timeline);

/* Show all blobs that an FDT names. */
static void __init kho_debugfs_show_fdt(struct dentry *dir, const void *fdt,
					struct list_head *list)
{
	phys_addr_t blob;
	u64 size;
	int node;

	fdt_for_each_subnode(node, fdt, 0)
		if (!kho_fdt_read_blob(fdt, node, &blob, &size))
			kho_debugfs_create_blob(dir,
						fdt_get_name(fdt, node, NULL),
						phys_to_virt(blob), size, list);
}

/* Files of what was handed over are never removed. */
static void __init kho_debugfs_init_in(struct dentry *root)
{
	void *fdt = (void *)kho_in_fdt();
	LIST_HEAD(list);
	struct dentry *dir;

	dir = debugfs_create_dir("in", root);
	kho_debugfs_create_blob(dir, "fdt", fdt, fdt_totalsize(fdt), &list);
	debugfs_create_file("memory", 0400, dir, NULL, &memory_fops);
	debugfs_create_file("timeline", 0400, dir, NULL, &timeline_fops);
	kho_debugfs_show_fdt(debugfs_create_dir("sub_fdts", dir), fdt, &list);
	list_del(&list);
}

/**
 * kho_debugfs_init - make the files
 *
 * A kernel without debugfs (debugfs=off) hands over as well.
 */
void __init kho_debugfs_init(void)
{
	struct dentry *root, *out;
	void *fdt = phys_to_virt(kho_out_fdt_phys());

	root = debugfs_create_dir("kho", NULL);
	if (IS_ERR(root)) {
		pr_info("no debugfs, nothing to look at\n");
		return;
	}

	out = debugfs_create_dir("out", root);
	debugfs_create_file("ready", 0400, out, NULL, &ready_fops);
	debugfs_create_file("scratch_phys", 0400, out, NULL,
			    &scratch_phys_fops);
	debugfs_create_file("scratch_len", 0400, out, NULL, &scratch_len_fops);
	kho_debugfs_blobs = debugfs_create_dir("sub_fdts", out);
	kho_debugfs_show_fdt(kho_debugfs_blobs, fdt, &kho_debugfs_list);

	if (is_kho_boot()) {
		kho_debugfs_init_in(root);
	} else {
		LIST_HEAD(list);

		kho_debugfs_create_blob(out, "fdt", fdt, fdt_totalsize(fdt),
					&list);
		list_del(&list);
	}
}
