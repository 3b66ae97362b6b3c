// SPDX-License-Identifier: GPL-2.0
/*
 * Kexec HandOver: named blobs in the outgoing and the incoming root FDT.
 *
 * The next kernel may be started at any moment and then reads the outgoing FDT
 * as it is. It is therefore changed in a copy, and the copy takes its place
 * with interrupts off: a CPU is stopped for the jump only when they are on.
 */

#define pr_fmt(fmt) "KHO: " fmt

#include <linux/cleanup.h>
#include <linux/export.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/irqflags.h>
#include <linux/kexec_handover.h>
#include <linux/libfdt.h>
#include <linux/mutex.h>
#include <linux/seq_file.h>
#include <linux/string.h>

#include <linux/kho/abi/hwpoison.h>
#include <linux/kho/abi/kexec_metadata.h>
#include <linux/kho/abi/luo.h>
#include <linux/kho/abi/timeline.h>

#include "kho_internal.h"

static struct {
	struct mutex lock;	/* of both buffers */
	void *fdt;		/* what the next kernel reads, one page */
	void *draft;		/* where it is changed */
} kho_out = {
	.lock = __MUTEX_INITIALIZER(kho_out.lock),
};

static void kho_out_publish(void)
{
	unsigned long flags;

	local_irq_save(flags);
	memcpy(kho_out.fdt, kho_out.draft, PAGE_SIZE);
	local_irq_restore(flags);
}

/**
 * kho_subtree_init - make the outgoing root FDT
 *
 * Return: 0, or an error of kho_alloc_preserve().
 */
int __init kho_subtree_init(void)
{
	int err;

	kho_out.draft = (void *)get_zeroed_page(GFP_KERNEL);
	if (!kho_out.draft)
		return -ENOMEM;

	kho_out.fdt = kho_alloc_preserve(PAGE_SIZE);
	if (IS_ERR(kho_out.fdt)) {
		err = PTR_ERR(kho_out.fdt);
		kho_out.fdt = NULL;
		goto free_draft;
	}

	err = kho_fdt_create(kho_out.draft, PAGE_SIZE,
			     virt_to_phys(kho_out_tree.root));
	if (err)
		goto free_fdt;

	kho_out_publish();
	return 0;

free_fdt:
	kho_unpreserve_free(kho_out.fdt);
	kho_out.fdt = NULL;
free_draft:
	free_page((unsigned long)kho_out.draft);
	return err;
}

/**
 * kho_subtree_exit - undo kho_subtree_init()
 */
void __init kho_subtree_exit(void)
{
	kho_unpreserve_free(kho_out.fdt);
	kho_out.fdt = NULL;
	free_page((unsigned long)kho_out.draft);
}

/**
 * kho_out_fdt_phys - where the next kernel finds the root FDT
 *
 * Return: its physical address, fixed since boot; 0 if KHO is off.
 */
phys_addr_t kho_out_fdt_phys(void)
{
	return kho_out.fdt ? virt_to_phys(kho_out.fdt) : 0;
}

/**
 * kho_add_subtree - hand a named blob over to the next kernel
 * @name: name under which the next kernel finds it, unique.
 * @blob: the blob, in the linear map. The caller preserves its pages, before or
 *	after, and keeps it until kho_remove_subtree().
 * @size: its size in bytes.
 *
 * Context: Process context, may sleep.
 * Return: 0; -EOPNOTSUPP if KHO is off; -EEXIST if the name is in use; -ENOMEM
 * if the FDT has no room for it.
 */
int kho_add_subtree(const char *name, void *blob, size_t size)
{
	int err;

	guard(mutex)(&kho_out.lock);
	if (!kho_out.fdt)
		return -EOPNOTSUPP;

	memcpy(kho_out.draft, kho_out.fdt, PAGE_SIZE);
	err = kho_fdt_add(kho_out.draft, PAGE_SIZE, name, virt_to_phys(blob),
			  size);
	if (err)
		return err;

	kho_out_publish();
	kho_debugfs_add_blob(name, blob, size);
	return 0;
}
EXPORT_SYMBOL_GPL(kho_add_subtree);

/**
 * kho_remove_subtree - do not hand a blob over after all
 * @blob: the blob of kho_add_subtree(). One that is not there is no error. Its
 *	pages stay preserved.
 *
 * Context: Process context, may sleep.
 */
void kho_remove_subtree(void *blob)
{
	guard(mutex)(&kho_out.lock);
	if (!kho_out.fdt)
		return;

	memcpy(kho_out.draft, kho_out.fdt, PAGE_SIZE);
	if (kho_fdt_remove(kho_out.draft, virt_to_phys(blob)))
		return;

	kho_out_publish();
	kho_debugfs_remove_blob(blob);
}
EXPORT_SYMBOL_GPL(kho_remove_subtree);

/**
 * kho_retrieve_subtree - find a blob that the previous kernel handed over
 * @name: its name.
 * @phys: set to its physical address.
 * @size: set to its size in bytes; may be NULL.
 *
 * Does not consume it: what becomes of the memory is up to who finds it.
 *
 * Context: Any, once there is a linear map.
 * Return: 0; -ENOENT if nothing, or no such blob, was handed over; -EINVAL if
 * @phys is NULL or the entry is malformed.
 */
int kho_retrieve_subtree(const char *name, phys_addr_t *phys, size_t *size)
{
	const void *fdt = kho_in_fdt();
	phys_addr_t blob;
	u64 blob_size;
	int err;

	if (!phys)
		return -EINVAL;
	if (!fdt)
		return -ENOENT;

	err = kho_fdt_find(fdt, name, &blob, &blob_size);
	if (err)
		return err;

	*phys = blob;
	if (size)
		*size = blob_size;
	return 0;
}
EXPORT_SYMBOL_GPL(kho_retrieve_subtree);

/**
 * kho_out_client - name somebody whose data a jump without handover would lose
 * @client: set to the name of a sub-tree that is not our own, nor live update's
 *	when it has nothing to hand over.
 * @size: bytes in @client.
 *
 * Return: true if there is one.
 */
bool kho_out_client(char *client, size_t size)
{
	const char *name;
	int node;

	guard(mutex)(&kho_out.lock);
	if (!kho_out.fdt)
		return false;

	fdt_for_each_subnode(node, kho_out.fdt, 0) {
		name = fdt_get_name(kho_out.fdt, node, NULL);
		if (!name || !strcmp(name, KHO_METADATA_NODE_NAME) ||
		    !strcmp(name, KHO_HWPOISON_NODE_NAME) ||
		    !strcmp(name, KHO_TIMELINE_NODE_NAME) ||
		    (!strcmp(name, LUO_KHO_ENTRY_NAME) && !luo_has_data()))
			continue;

		strscpy(client, name, size);
		return true;
	}
	return false;
}

/**
 * kho_out_has_subtree - tell whether a blob will be handed over
 * @name: its name.
 *
 * Return: true if it will.
 */
bool kho_out_has_subtree(const char *name)
{
	phys_addr_t blob;
	u64 size;

	guard(mutex)(&kho_out.lock);
	return kho_out.fdt && !kho_fdt_find(kho_out.fdt, name, &blob, &size);
}

/**
 * kho_out_show - list the blobs that will be handed over
 * @m: where to.
 */
void kho_out_show(struct seq_file *m)
{
	phys_addr_t blob;
	u64 size;
	int node;

	guard(mutex)(&kho_out.lock);
	if (!kho_out.fdt)
		return;

	fdt_for_each_subnode(node, kho_out.fdt, 0)
		if (!kho_fdt_read_blob(kho_out.fdt, node, &blob, &size))
			seq_printf(m, "subtree: %s, %llu bytes at %#llx\n",
				   fdt_get_name(kho_out.fdt, node, NULL), size,
				   (u64)blob);
}
