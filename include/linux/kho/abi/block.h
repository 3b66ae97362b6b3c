/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Kexec HandOver: chains of page-sized blocks that hold fixed-size entries.
 * Wire format; see kho/abi/kexec_handover.h for what that means.
 */
#ifndef _LINUX_KHO_ABI_BLOCK_H
#define _LINUX_KHO_ABI_BLOCK_H

#include <linux/build_bug.h>
#include <linux/types.h>

#include <asm/page.h>

/* Every block is one page, preserved as an order-0 folio. */
#define KHO_BLOCK_SIZE PAGE_SIZE

/**
 * struct kho_block_header_ser - header of one block
 * @next: physical address of the next block's header, 0 ends the chain.
 * @count: number of valid entries, which follow the header without padding.
 */
struct kho_block_header_ser {
	u64 next;
	u64 count;
} __packed;

static_assert(sizeof(struct kho_block_header_ser) == 16);

#endif /* _LINUX_KHO_ABI_BLOCK_H */
