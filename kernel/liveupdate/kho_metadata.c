// SPDX-License-Identifier: GPL-2.0
/*
 * Kexec HandOver: who handed over, and how often since the last cold boot.
 */

#define pr_fmt(fmt) "KHO: " fmt

#include <linux/err.h>
#include <linux/io.h>
#include <linux/kexec_handover.h>
#include <linux/printk.h>
#include <linux/string.h>
#include <linux/utsname.h>

#include <linux/kho/abi/kexec_metadata.h>

#include "kho_internal.h"

/* The previous kernel's. Version 0: there are none that make sense. */
static struct kho_kexec_metadata kho_metadata_in __initdata;

/**
 * kho_metadata_note - read the previous kernel's metadata
 *
 * Before anybody can claim the memory that they are in.
 */
void __init kho_metadata_note(void)
{
	const struct kho_kexec_metadata *metadata;
	phys_addr_t phys;
	size_t size;
	int err;

	err = kho_retrieve_subtree(KHO_METADATA_NODE_NAME, &phys, &size);
	if (err == -ENOENT)
		return;
	if (err || size < sizeof(metadata->version)) {
		pr_warn("malformed " KHO_METADATA_NODE_NAME " (error %d), ignored\n",
			err);
		return;
	}

	metadata = phys_to_virt(phys);
	if (metadata->version != KHO_KEXEC_METADATA_VERSION ||
	    size < sizeof(*metadata)) {
		pr_warn(KHO_METADATA_NODE_NAME " of version %u, %zu bytes, ignored\n",
			metadata->version, size);
		return;
	}

	kho_metadata_in = *metadata;
}

/**
 * kho_metadata_init - tell who handed over, hand over our own metadata
 *
 * Return: 0, or an error of kho_alloc_preserve() or kho_add_subtree().
 */
int __init kho_metadata_init(void)
{
	struct kho_kexec_metadata *metadata;
	int err;

	if (kho_metadata_in.version)
		pr_info("exec from: %.*s (count %u)\n", __NEW_UTS_LEN,
			kho_metadata_in.previous_release,
			kho_metadata_in.kexec_count);

	metadata = kho_alloc_preserve(sizeof(*metadata));
	if (IS_ERR(metadata))
		return PTR_ERR(metadata);

	metadata->version = KHO_KEXEC_METADATA_VERSION;
	strscpy(metadata->previous_release, init_uts_ns.name.release);
	metadata->kexec_count = kho_metadata_in.kexec_count + 1;

	err = kho_add_subtree(KHO_METADATA_NODE_NAME, metadata,
			      sizeof(*metadata));
	if (err)
		kho_unpreserve_free(metadata);
	return err;
}
