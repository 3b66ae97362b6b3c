/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Kexec HandOver: the wire format between two kernels.
 *
 * Every name, size and offset in this file is ABI (Linux 7.3, "kho-v4"): the
 * kernel at the other end may be another version. Nothing here may change
 * without a new compatible string.
 */
#ifndef _LINUX_KHO_ABI_KEXEC_HANDOVER_H
#define _LINUX_KHO_ABI_KEXEC_HANDOVER_H

#include <linux/bits.h>
#include <linux/build_bug.h>
#include <linux/log2.h>
#include <linux/math.h>
#include <linux/typecheck.h>
#include <linux/types.h>

#include <asm/page.h>

/**
 * DOC: Root FDT
 *
 * One page, flattened device tree version 17, itself preserved::
 *
 *   / {
 *           compatible = "kho-v4";
 *           preserved-memory-map = <u64: physical address of the tree's root>;
 *
 *           name-of-a-subtree {
 *                   preserved-data = <u64: physical address of the blob>;
 *                   blob-size = <u64: size of the blob in bytes>;
 *           };
 *   };
 *
 * The u64 values are in native byte order and only 4-byte aligned.
 */

/* The ABI version of the root node. */
#define KHO_FDT_COMPATIBLE "kho-v4"

/* Root property: physical address of the preserved-memory tree's root. */
#define KHO_FDT_MEMORY_MAP_PROP_NAME "preserved-memory-map"

/* Sub-node property: physical address of the subtree's blob. */
#define KHO_SUB_TREE_PROP_NAME "preserved-data"

/* Sub-node property: exact size of the subtree's blob in bytes. */
#define KHO_SUB_TREE_SIZE_PROP_NAME "blob-size"

/**
 * DOC: Typed physical pointers
 *
 * A "KHOSER pointer" is a 64-bit physical address that remembers the type it
 * points to. The address is converted only when it is stored or loaded.
 */

/**
 * DECLARE_KHOSER_PTR - declare a member that holds a typed physical address
 * @name: name of the member.
 * @type: pointer type that KHOSER_LOAD_PTR() gives back.
 */
#define DECLARE_KHOSER_PTR(name, type) \
	union {                        \
		u64 phys;              \
		type ptr;              \
	} name

/**
 * KHOSER_STORE_PTR - store the physical address of a linear-map pointer
 * @dest: member declared with DECLARE_KHOSER_PTR().
 * @val: pointer of the member's type.
 */
#define KHOSER_STORE_PTR(dest, val)                   \
	({                                            \
		typeof(val) __val = (val);            \
		typecheck(typeof((dest).ptr), __val); \
		(dest).phys = virt_to_phys(__val);    \
	})

/**
 * KHOSER_LOAD_PTR - linear-map pointer of a stored physical address
 * @src: member declared with DECLARE_KHOSER_PTR().
 *
 * Return: the pointer, or NULL if the stored address is 0.
 */
#define KHOSER_LOAD_PTR(src)                                                \
	({                                                                  \
		u64 __phys = (src).phys;                                    \
		(typeof((src).ptr))(__phys ? phys_to_virt(__phys) : NULL);  \
	})

/**
 * DOC: Preserved vmalloc areas
 *
 * A 16-byte descriptor, handed over by value, names the first page of a chain
 * of chunks. Each chunk is one page with the physical addresses of the area's
 * blocks in virtual order; the list ends at the first zero entry or at the end
 * of the chunk::
 *
 *   kho_vmalloc        kho_vmalloc_chunk       kho_vmalloc_chunk
 *   +-------------+    +----------------+      +----------------+
 *   | first       |--->| hdr.next       |----->| hdr.next = 0   |
 *   | total_pages |    | phys[0]        |      | phys[0]        |
 *   | flags order |    | ...            |      | 0              |
 *   +-------------+    +----------------+      +----------------+
 */

/* Values of kho_vmalloc::flags; a namespace of their own, not VM_* bits. */
#define KHO_VMALLOC_ALLOC	BIT(0)	/* VM_ALLOC */
#define KHO_VMALLOC_HUGE_VMAP	BIT(1)	/* VM_ALLOW_HUGE_VMAP */

struct kho_vmalloc_chunk;

/*
 * struct kho_vmalloc_hdr - header of one chunk
 * @next: the next chunk, 0 ends the chain.
 */
struct kho_vmalloc_hdr {
	DECLARE_KHOSER_PTR(next, struct kho_vmalloc_chunk *);
};

#define KHO_VMALLOC_SIZE				\
	((PAGE_SIZE - sizeof(struct kho_vmalloc_hdr)) / sizeof(u64))

/**
 * struct kho_vmalloc_chunk - one page of block addresses
 * @hdr: links the chunks.
 * @phys: physical addresses of blocks of 2^order pages, 0 ends the list early.
 */
struct kho_vmalloc_chunk {
	struct kho_vmalloc_hdr hdr;
	u64 phys[KHO_VMALLOC_SIZE];
};

static_assert(sizeof(struct kho_vmalloc_chunk) == PAGE_SIZE);

/*
 * struct kho_vmalloc - descriptor of a preserved vmalloc area
 * @first: first chunk.
 * @total_pages: number of base pages in the area, a multiple of 2^@order.
 * @flags: KHO_VMALLOC_* bits.
 * @order: log2 of the base pages per recorded block.
 */
struct kho_vmalloc {
	DECLARE_KHOSER_PTR(first, struct kho_vmalloc_chunk *);
	unsigned int total_pages;
	unsigned short flags;
	unsigned short order;
};

static_assert(sizeof(struct kho_vmalloc) == 16);
static_assert(offsetof(struct kho_vmalloc, total_pages) == 8);
static_assert(offsetof(struct kho_vmalloc, flags) == 12);
static_assert(offsetof(struct kho_vmalloc, order) == 14);

/**
 * DOC: Preserved-memory tree
 *
 * A set of keys in a radix tree of fixed depth. One key is one preserved,
 * naturally aligned block of 2^order pages::
 *
 *   key = 1 << (64 - shift) | pa >> shift       with shift = PAGE_SHIFT + order
 *
 * so the position of the highest bit tells the order. With 4 KiB pages a key
 * has 53 bits: five levels of 512 physical node addresses above a leaf that is
 * a bitmap of 32768 bits::
 *
 *   bit 52    51..59     42..50     33..41     24..32     15..23      0..14
 *   marker   level 5 -> level 4 -> level 3 -> level 2 -> level 1 -> leaf bit
 *
 * Every node is exactly one page. Nodes are not themselves keys of the tree.
 */
enum kho_radix_consts {
	/* Bits of the widest key: the page number and the marker above it. */
	KHO_RADIX_KEY_WIDTH = 64 - PAGE_SHIFT + 1,

	/* Bits of the key that one table consumes. */
	KHO_TABLE_SIZE_LOG2 = const_ilog2(PAGE_SIZE / sizeof(u64)),

	/* Bits of the key that the bitmap consumes. */
	KHO_BITMAP_SIZE_LOG2 = PAGE_SHIFT + const_ilog2(BITS_PER_BYTE),

	/* Number of levels, the bitmap's included. */
	KHO_TREE_MAX_DEPTH = DIV_ROUND_UP(KHO_RADIX_KEY_WIDTH -
					  KHO_BITMAP_SIZE_LOG2,
					  KHO_TABLE_SIZE_LOG2) + 1,
};

union kho_radix_page;

/*
 * struct kho_radix_node - a table of the tree, level 1 and above
 * @table: physical addresses of the children, 0 where there is none.
 * @child: the same, typed.
 */
struct kho_radix_node {
	union {
		u64 table[1 << KHO_TABLE_SIZE_LOG2];
		DECLARE_KHOSER_PTR(child[1 << KHO_TABLE_SIZE_LOG2],
				   union kho_radix_page *);
	};
};

/**
 * struct kho_radix_leaf - a bitmap of the tree, level 0
 * @bitmap: one bit per key, native bitmap order.
 */
struct kho_radix_leaf {
	DECLARE_BITMAP(bitmap, 1 << KHO_BITMAP_SIZE_LOG2);
};

/**
 * union kho_radix_page - what a child is; its level tells which
 * @node: at level 1 and above.
 * @leaf: at level 0.
 */
union kho_radix_page {
	struct kho_radix_node node;
	struct kho_radix_leaf leaf;
};

static_assert(sizeof(struct kho_radix_node) == PAGE_SIZE);
static_assert(sizeof(struct kho_radix_leaf) == PAGE_SIZE);
static_assert(sizeof(union kho_radix_page) == PAGE_SIZE);

#endif /* _LINUX_KHO_ABI_KEXEC_HANDOVER_H */
