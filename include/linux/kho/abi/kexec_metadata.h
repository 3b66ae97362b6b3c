/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Kexec HandOver: who handed over. Wire format; see kho/abi/kexec_handover.h.
 */
#ifndef _LINUX_KHO_ABI_KEXEC_METADATA_H
#define _LINUX_KHO_ABI_KEXEC_METADATA_H

#include <linux/build_bug.h>
#include <linux/types.h>
#include <linux/utsname.h>

#define KHO_KEXEC_METADATA_VERSION 1

/* Name of the subtree. */
#define KHO_METADATA_NODE_NAME "kexec-metadata"

/**
 * struct kho_kexec_metadata - blob of the "kexec-metadata" subtree
 * @version: KHO_KEXEC_METADATA_VERSION.
 * @previous_release: NUL-terminated release (uname -r) of the sender.
 * @kexec_count: handovers since the last cold boot, the coming one included.
 */
struct kho_kexec_metadata {
	u32 version;
	char previous_release[__NEW_UTS_LEN + 1];
	u32 kexec_count;
} __packed;

static_assert(sizeof(struct kho_kexec_metadata) == 73);

#endif /* _LINUX_KHO_ABI_KEXEC_METADATA_H */
