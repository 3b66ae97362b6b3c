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

/* Tell who handed over. Returns how often that happened. */
static u32 __init kho_metadata_read(void)
{
	const struct kho_kexec_metadata *metadata;
	phys_addr_t phys;
	size_t size;
	int err;

	err = kho_retrieve_subtree(KHO_METADATA_NODE_NAME, &phys, &size);
	if (err == -ENOENT)
		return 0;
	if (err || size < sizeof(metadata->version)) {
		pr_warn("malformed " KHO_METADATA_NODE_NAME " (error %d), ignored\n",
			err);
		return 0;
	}

	metadata = phys_to_virt(phys);
	if (metadata->version != KHO_KEXEC_METADATA_VERSION ||
	    size < sizeof(*metadata)) {
		pr_warn(KHO_METADATA_NODE_NAME " of version %u, %zu bytes, ignored\n",
			metadata->version, size);
		return 0;
	}

	pr_info("exec from: %.*s (count %u)\n", __NEW_UTS_LEN,
		metadata->previous_release, metadata->kexec_count);
	return metadata->kexec_count;
}

/**
 * kho_metadata_init - read the previous kernel's metadata, hand over our own
 *
 * Return: 0, or an error of kho_alloc_preserve() or kho_add_subtree().
 */
int __init kho_metadata_init(void)
{
	u32 count = kho_metadata_read();
	struct kho_kexec_metadata *metadata;
	int err;

	metadata = kho_alloc_preserve(sizeof(*metadata));
	if (IS_ERR(metadata))
		return PTR_ERR(metadata);

	metadata->version = KHO_KEXEC_METADATA_VERSION;
	strscpy(metadata->previous_release, init_uts_ns.name.release);
	metadata->kexec_count = count + 1;

	err = kho_add_subtree(KHO_METADATA_NODE_NAME, metadata,
			      sizeof(*metadata));
	if (err)
		kho_unpreserve_free(metadata);
	return err;
}
