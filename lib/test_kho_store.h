/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Private to the test_kho_store client: an extent is one piece of memory that
 * survives kexec, an object is a named sequence of extents that holds a file.
 */
#ifndef _LIB_TEST_KHO_STORE_H
#define _LIB_TEST_KHO_STORE_H

#include <linux/build_bug.h>
#include <linux/kho/abi/kexec_handover.h>
#include <linux/list.h>
#include <linux/types.h>

#define KHO_STORE_NAME_LEN	48

struct dentry;

/**
 * enum kho_store_kind - the ways to get and to preserve memory
 * @KHO_STORE_FOLIO: a folio of random order, kho_preserve_folio().
 * @KHO_STORE_PAGES: pages with odd start and length, kho_preserve_pages().
 * @KHO_STORE_VMALLOC: a vmalloc() area, kho_preserve_vmalloc().
 * @KHO_STORE_HUGE: the same from vmalloc_huge(), mapped with huge pages.
 * @KHO_STORE_BLOB: memory of kho_alloc_preserve().
 * @KHO_STORE_WIRE: number of kinds that are handed over; those that follow
 *	differ only in where the memory comes from.
 * @KHO_STORE_CONTIG: pages of a range larger than the buddy allocator's largest
 *	block; handed over as KHO_STORE_PAGES.
 * @KHO_STORE_SCATTER: single pages, each with a free neighbour; handed over as
 *	KHO_STORE_FOLIO.
 * @KHO_STORE_MIXED: one after the other of all the above but
 *	KHO_STORE_SCATTER.
 * @KHO_STORE_KINDS: number of kinds a user can name.
 */
enum kho_store_kind {
	KHO_STORE_FOLIO,
	KHO_STORE_PAGES,
	KHO_STORE_VMALLOC,
	KHO_STORE_HUGE,
	KHO_STORE_BLOB,
	KHO_STORE_WIRE,
	KHO_STORE_CONTIG = KHO_STORE_WIRE,
	KHO_STORE_SCATTER,
	KHO_STORE_MIXED,
	KHO_STORE_KINDS,
};

extern const char *const kho_store_kind_names[KHO_STORE_KINDS];

/**
 * struct kho_store_extent_ser - one extent as it is handed over
 * @kind: enum kho_store_kind, below KHO_STORE_WIRE.
 * @crc: CRC-32 of the object from its start to the end of this extent.
 * @len: bytes in use.
 * @nr_pages: pages of the memory.
 * @phys: its address, unless it is a vmalloc area.
 * @vmalloc: its description if it is a vmalloc area.
 */
struct kho_store_extent_ser {
	u32 kind;
	u32 crc;
	u64 len;
	u64 nr_pages;
	union {
		u64 phys;
		struct kho_vmalloc vmalloc;
	};
};

static_assert(sizeof(struct kho_store_extent_ser) == 40);

/**
 * struct kho_store_extent - one piece of memory
 * @node: place in the object.
 * @addr: kernel address of the memory.
 * @preserved: it is known to the tracker.
 * @ser: what is handed over.
 */
struct kho_store_extent {
	struct list_head node;
	void *addr;
	bool preserved;
	struct kho_store_extent_ser ser;
};

static inline size_t kho_store_extent_size(const struct kho_store_extent *ext)
{
	return ext->ser.nr_pages << PAGE_SHIFT;
}

/**
 * struct kho_store_object_ser - one object as it is handed over, one page
 * @next: physical address of the next one, 0 ends the list.
 * @name: its name.
 * @size: its length in bytes.
 * @nr_extents: number of entries in @extents.
 * @extents: vmalloc area of struct kho_store_extent_ser.
 */
struct kho_store_object_ser {
	u64 next;
	char name[KHO_STORE_NAME_LEN];
	u64 size;
	u64 nr_extents;
	struct kho_vmalloc extents;
};

static_assert(sizeof(struct kho_store_object_ser) == 88);

/**
 * struct kho_store_object - one file
 * @node: place in the store.
 * @name: its name.
 * @size: its length in bytes.
 * @crc: CRC-32 over all of it.
 * @kind: where its next extent comes from.
 * @nr_extents: length of @extents.
 * @extents: the memory.
 * @table: serialized extents, while preserved.
 * @ser: what is handed over, while preserved.
 * @dentry: its file in debugfs.
 */
struct kho_store_object {
	struct list_head node;
	char name[KHO_STORE_NAME_LEN];
	u64 size;
	u32 crc;
	enum kho_store_kind kind;
	u64 nr_extents;
	struct list_head extents;
	struct kho_store_extent_ser *table;
	struct kho_store_object_ser *ser;
	struct dentry *dentry;
};

struct kho_store_extent *kho_store_extent_alloc(enum kho_store_kind kind);
void kho_store_extent_free(struct kho_store_extent *ext);
int kho_store_extent_preserve(struct kho_store_extent *ext);
void kho_store_extent_unpreserve(struct kho_store_extent *ext);
struct kho_store_extent *
kho_store_extent_restore(const struct kho_store_extent_ser *ser);

struct kho_store_object *kho_store_object_create(const char *name,
						 enum kho_store_kind kind);
void kho_store_object_free(struct kho_store_object *obj);
struct kho_store_extent *kho_store_object_tail(struct kho_store_object *obj);
void kho_store_object_grew(struct kho_store_object *obj,
			   struct kho_store_extent *ext, size_t len);
int kho_store_object_fill(struct kho_store_object *obj, u64 size);
int kho_store_object_verify(const struct kho_store_object *obj);
int kho_store_object_preserve(struct kho_store_object *obj);
void kho_store_object_unpreserve(struct kho_store_object *obj);
int kho_store_object_restore(const struct kho_store_object_ser *ser,
			     struct kho_store_object **objp);

void kho_store_scramble_debugfs(struct dentry *dir);
void kho_store_refuse_debugfs(struct dentry *dir);

#endif /* _LIB_TEST_KHO_STORE_H */
