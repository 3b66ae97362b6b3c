// SPDX-License-Identifier: GPL-2.0
/*
 * Kexec HandOver: the root FDT as a format.
 *
 * Works on a buffer and nothing else, so that the host harness can check it
 * byte by byte. Reads only through libfdt, which checks its bounds; a foreign
 * kernel may lay the same content out differently. Must not look a name up with
 * libfdt, for which "x@1" has the name "x", too.
 */

#define pr_fmt(fmt) "KHO: " fmt

#include <linux/align.h>
#include <linux/libfdt.h>
#include <linux/pfn.h>
#include <linux/string.h>
#include <linux/unaligned.h>

#include <linux/kho/abi/kexec_handover.h>

#include "kho_internal.h"

/* What a new node is called until it has its name. */
#define KHO_FDT_NEW_NODE	"@"

/* A u64 property in native byte order; -EINVAL if missing or of another size. */
static int kho_fdt_read_u64(const void *fdt, int node, const char *name,
			    u64 *value)
{
	const void *prop;
	int len;

	prop = fdt_getprop(fdt, node, name, &len);
	if (!prop || len != sizeof(u64))
		return -EINVAL;

	*value = get_unaligned((const u64 *)prop);
	return 0;
}

/**
 * kho_fdt_create - make an empty root FDT
 * @fdt: buffer.
 * @size: bytes in @fdt.
 * @tree_root: physical address of the preserved-memory tree's root.
 *
 * Return: 0, or -ENOMEM if @size is too small.
 */
int kho_fdt_create(void *fdt, size_t size, phys_addr_t tree_root)
{
	u64 root = tree_root;
	int err;

	err = fdt_create(fdt, size);
	err = err ?: fdt_finish_reservemap(fdt);
	err = err ?: fdt_begin_node(fdt, "");
	err = err ?: fdt_property_string(fdt, "compatible", KHO_FDT_COMPATIBLE);
	err = err ?: fdt_property(fdt, KHO_FDT_MEMORY_MAP_PROP_NAME, &root,
				  sizeof(root));
	err = err ?: fdt_end_node(fdt);
	err = err ?: fdt_finish(fdt);

	return err ? -ENOMEM : 0;
}

/* All nodes end, and there is nothing but nodes and properties. */
static bool kho_fdt_is_whole(const void *fdt)
{
	int offset = 0, next, depth = 0;
	u32 tag;

	do {
		tag = fdt_next_tag(fdt, offset, &next);
		if (next < 0)
			return false;
		if (tag == FDT_BEGIN_NODE)
			depth++;
		else if (tag == FDT_END_NODE && --depth < 0)
			return false;
		offset = next;
	} while (tag != FDT_END);
	return !depth;
}

/**
 * kho_fdt_check - tell whether a buffer is a root FDT that we understand
 * @fdt: buffer, 8-byte aligned.
 * @size: bytes that may be read.
 * @tree_root: set to the physical address of the tree's root.
 * @fault: set to what is wrong.
 *
 * Return: 0 or -EINVAL.
 */
int kho_fdt_check(const void *fdt, size_t size, phys_addr_t *tree_root,
		  struct kho_fault *fault)
{
	int err;
	u64 root;

	if (size < sizeof(struct fdt_header))
		return kho_fault(fault, "FDT smaller than its header", size);

	err = fdt_check_header(fdt);
	if (err)
		return kho_fault(fault, "no FDT, libfdt error", -err);

	if (fdt_totalsize(fdt) > size)
		return kho_fault(fault, "FDT larger than what was handed over",
				 fdt_totalsize(fdt));

	/* Older ones lack the size that bounds the structure. */
	if (fdt_version(fdt) < 17)
		return kho_fault(fault, "FDT of version", fdt_version(fdt));

	if (!kho_fdt_is_whole(fdt))
		return kho_fault(fault, "FDT with a damaged structure", 0);

	err = fdt_node_check_compatible(fdt, 0, KHO_FDT_COMPATIBLE);
	if (err)
		return kho_fault(fault, "FDT not compatible with "
				 KHO_FDT_COMPATIBLE ", libfdt result", abs(err));

	if (kho_fdt_read_u64(fdt, 0, KHO_FDT_MEMORY_MAP_PROP_NAME, &root))
		return kho_fault(fault, "FDT without " KHO_FDT_MEMORY_MAP_PROP_NAME,
				 0);

	if (!root || !PAGE_ALIGNED(root))
		return kho_fault(fault, "no valid " KHO_FDT_MEMORY_MAP_PROP_NAME,
				 root);

	*tree_root = root;
	return 0;
}

/**
 * kho_fdt_subnode - look a sub-node up by its whole name
 * @fdt: FDT.
 * @parent: offset of the node that it is in.
 * @name: its name, taken literally: "x" is not "x@1".
 *
 * Return: its offset, or -ENOENT.
 */
int kho_fdt_subnode(const void *fdt, int parent, const char *name)
{
	const char *node_name;
	int node;

	fdt_for_each_subnode(node, fdt, parent) {
		node_name = fdt_get_name(fdt, node, NULL);
		if (node_name && !strcmp(node_name, name))
			return node;
	}
	return -ENOENT;
}

/*
 * Add a sub-node to the root. libfdt takes "x" for the name of "x@1" and does not
 * add it, but lets a node be named so.
 */
static int kho_fdt_add_node(void *fdt, const char *name)
{
	int node = fdt_add_subnode(fdt, 0, KHO_FDT_NEW_NODE);
	char *end;
	int len;

	if (node < 0 || fdt_set_name(fdt, node, name))
		return -ENOMEM;

	end = (char *)fdt_get_name(fdt, node, &len) + len;
	memset(end, 0, ALIGN(len + 1, FDT_TAGSIZE) - len);
	return node;
}

/**
 * kho_fdt_add - add a named blob
 * @fdt: root FDT, packed. Unusable after -ENOMEM.
 * @size: bytes in the buffer.
 * @name: name of the sub-node, taken literally.
 * @blob: physical address of the blob.
 * @blob_size: size of the blob in bytes.
 *
 * Return: 0; -EEXIST if there is a sub-node of that name, or the name is "@";
 * -ENOMEM if it does not fit.
 */
int kho_fdt_add(void *fdt, size_t size, const char *name, phys_addr_t blob,
		u64 blob_size)
{
	u64 addr = blob;
	int node, err;

	if (!strcmp(name, KHO_FDT_NEW_NODE) ||
	    kho_fdt_subnode(fdt, 0, name) >= 0)
		return -EEXIST;
	if (fdt_open_into(fdt, fdt, size))
		return -ENOMEM;

	node = kho_fdt_add_node(fdt, name);
	if (node < 0)
		return -ENOMEM;

	err = fdt_setprop(fdt, node, KHO_SUB_TREE_PROP_NAME, &addr,
			  sizeof(addr));
	err = err ?: fdt_setprop(fdt, node, KHO_SUB_TREE_SIZE_PROP_NAME,
				 &blob_size, sizeof(blob_size));
	err = err ?: fdt_pack(fdt);

	return err ? -ENOMEM : 0;
}

/**
 * kho_fdt_remove - remove the first blob at an address
 * @fdt: root FDT, packed.
 * @blob: physical address of the blob.
 *
 * Return: 0, or -ENOENT if there is none.
 */
int kho_fdt_remove(void *fdt, phys_addr_t blob)
{
	u64 addr;
	int node;

	fdt_for_each_subnode(node, fdt, 0) {
		if (kho_fdt_read_u64(fdt, node, KHO_SUB_TREE_PROP_NAME, &addr) ||
		    addr != blob)
			continue;
		if (fdt_del_node(fdt, node))
			return -ENOENT;
		fdt_pack(fdt);
		return 0;
	}
	return -ENOENT;
}

/**
 * kho_fdt_read_blob - where a sub-node's blob is
 * @fdt: root FDT.
 * @node: offset of the sub-node.
 * @blob: set to the blob's physical address.
 * @blob_size: set to its size in bytes.
 *
 * Return: 0, or -EINVAL if a property is missing, has another size, or names
 * memory beyond the end of the physical address space.
 */
int kho_fdt_read_blob(const void *fdt, int node, phys_addr_t *blob,
		      u64 *blob_size)
{
	u64 addr, size;

	if (kho_fdt_read_u64(fdt, node, KHO_SUB_TREE_PROP_NAME, &addr) ||
	    kho_fdt_read_u64(fdt, node, KHO_SUB_TREE_SIZE_PROP_NAME, &size) ||
	    addr + size < addr)
		return -EINVAL;

	*blob = addr;
	*blob_size = size;
	return 0;
}

/**
 * kho_fdt_find - look a blob up by name
 * @fdt: root FDT.
 * @name: name of the sub-node, taken literally.
 * @blob: set to the blob's physical address.
 * @blob_size: set to its size in bytes.
 *
 * Return: 0; -ENOENT if there is no such sub-node; -EINVAL if it is malformed.
 */
int kho_fdt_find(const void *fdt, const char *name, phys_addr_t *blob,
		 u64 *blob_size)
{
	int node = kho_fdt_subnode(fdt, 0, name);

	return node < 0 ? node : kho_fdt_read_blob(fdt, node, blob, blob_size);
}
