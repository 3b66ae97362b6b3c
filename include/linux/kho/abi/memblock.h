/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Kexec HandOver: reserve_mem= regions. Wire format; see
 * kho/abi/kexec_handover.h.
 *
 * The blob of the "memblock" subtree is an FDT::
 *
 *   / {
 *           compatible = "memblock-v1";
 *
 *           label-of-a-region {
 *                   compatible = "reserve-mem-v1";
 *                   start = <u64, native: physical address>;
 *                   size = <u64, native: bytes>;
 *           };
 *   };
 */
#ifndef _LINUX_KHO_ABI_MEMBLOCK_H
#define _LINUX_KHO_ABI_MEMBLOCK_H

/* Name of the subtree. */
#define MEMBLOCK_KHO_FDT "memblock"

/* The version of the blob's root node. */
#define MEMBLOCK_KHO_NODE_COMPATIBLE "memblock-v1"

/* The version of one region's node. */
#define RESERVE_MEM_KHO_NODE_COMPATIBLE "reserve-mem-v1"

#endif /* _LINUX_KHO_ABI_MEMBLOCK_H */
