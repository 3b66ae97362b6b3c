// SPDX-License-Identifier: GPL-2.0-only
/*
 * Test store for Kexec HandOver: one file in preserved memory.
 *
 * An object is written once, from the start to the end, then only read. Its
 * checksum runs on from extent to extent, so that the first damaged one can be
 * named. Preserving covers the extents, a table of them and one page that
 * describes the object; it succeeds for all of these or for none.
 */

#define pr_fmt(fmt) "test_kho_store: " fmt

#include <linux/crc32.h>
#include <linux/io.h>
#include <linux/kexec_handover.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "test_kho_store.h"

/**
 * kho_store_object_create - make an empty file
 * @name: its name, cut to KHO_STORE_NAME_LEN - 1 characters.
 * @kind: where its memory comes from.
 *
 * Return: an object of the caller's, or NULL.
 */
struct kho_store_object *kho_store_object_create(const char *name,
						 enum kho_store_kind kind)
{
	struct kho_store_object *obj = kzalloc(sizeof(*obj), GFP_KERNEL);

	if (!obj)
		return NULL;
	strscpy(obj->name, name);
	obj->kind = kind;
	INIT_LIST_HEAD(&obj->node);
	INIT_LIST_HEAD(&obj->extents);
	return obj;
}

/**
 * kho_store_object_free - give back a file and all its memory
 * @obj: the object; nothing that is handed over may still point to it.
 */
void kho_store_object_free(struct kho_store_object *obj)
{
	struct kho_store_extent *ext, *next;

	kho_store_object_unpreserve(obj);
	list_for_each_entry_safe(ext, next, &obj->extents, node)
		kho_store_extent_free(ext);
	kfree(obj);
}

static void object_add_extent(struct kho_store_object *obj,
			      struct kho_store_extent *ext)
{
	list_add_tail(&ext->node, &obj->extents);
	obj->nr_extents++;
}

/**
 * kho_store_object_tail - find room at the end of a file
 * @obj: the object.
 *
 * Return: the last extent, with at least one unused byte, or NULL if there is
 * no memory.
 */
struct kho_store_extent *kho_store_object_tail(struct kho_store_object *obj)
{
	struct kho_store_extent *ext;

	if (!list_empty(&obj->extents)) {
		ext = list_last_entry(&obj->extents, struct kho_store_extent,
				      node);
		if (ext->ser.len < kho_store_extent_size(ext))
			return ext;
	}

	ext = kho_store_extent_alloc(obj->kind);
	if (ext)
		object_add_extent(obj, ext);
	return ext;
}

/**
 * kho_store_object_grew - account for what was written
 * @obj: the object.
 * @ext: its last extent.
 * @len: number of bytes that were added behind those in use.
 */
void kho_store_object_grew(struct kho_store_object *obj,
			   struct kho_store_extent *ext, size_t len)
{
	obj->crc = crc32_le(obj->crc, ext->addr + ext->ser.len, len);
	obj->size += len;
	ext->ser.len += len;
	ext->ser.crc = obj->crc;
}

static u64 next_random(u64 x)
{
	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return x;
}

/**
 * kho_store_object_fill - write pseudo-random bytes
 * @obj: an empty object; its name is the seed.
 * @size: number of bytes.
 *
 * Return: 0 or -ENOMEM; what was written by then stays.
 */
int kho_store_object_fill(struct kho_store_object *obj, u64 size)
{
	u64 x = crc32_le(~0, obj->name, strlen(obj->name)) | BIT_ULL(32);

	while (size) {
		struct kho_store_extent *ext = kho_store_object_tail(obj);
		size_t len;

		if (!ext)
			return -ENOMEM;
		len = min_t(u64, size, kho_store_extent_size(ext));
		/* Memory comes in whole pages, whole words always fit. */
		for (size_t i = 0; i < len; i += sizeof(x)) {
			x = next_random(x);
			memcpy(ext->addr + i, &x, sizeof(x));
		}
		kho_store_object_grew(obj, ext, len);
		size -= len;
		cond_resched();
	}
	return 0;
}

/**
 * kho_store_object_verify - compare a file with its checksum
 * @obj: the object.
 *
 * Return: 0 or -EBADMSG; where the damage is goes to the log.
 */
int kho_store_object_verify(const struct kho_store_object *obj)
{
	const struct kho_store_extent *ext;
	u32 crc = 0;
	u64 size = 0;

	list_for_each_entry(ext, &obj->extents, node) {
		crc = crc32_le(crc, ext->addr, ext->ser.len);
		size += ext->ser.len;
		if (crc != ext->ser.crc) {
			pr_err("%s: damaged before offset %llu, extent is %s, %llu pages at %#llx\n",
			       obj->name, size,
			       kho_store_kind_names[ext->ser.kind],
			       ext->ser.nr_pages, ext->ser.phys);
			return -EBADMSG;
		}
		cond_resched();
	}
	if (size != obj->size) {
		pr_err("%s: has %llu of its %llu bytes\n", obj->name, size,
		       obj->size);
		return -EBADMSG;
	}
	return 0;
}

static int object_write_table(struct kho_store_object *obj)
{
	struct kho_store_extent *ext;
	u64 i = 0;

	/* One entry at least: there is no empty vmalloc area. */
	obj->table = vcalloc(obj->nr_extents ?: 1, sizeof(*obj->table));
	if (!obj->table)
		return -ENOMEM;
	list_for_each_entry(ext, &obj->extents, node)
		obj->table[i++] = ext->ser;
	return 0;
}

static int object_write_page(struct kho_store_object *obj)
{
	struct kho_store_object_ser *ser = kho_alloc_preserve(PAGE_SIZE);
	int err;

	if (IS_ERR(ser))
		return PTR_ERR(ser);
	err = kho_preserve_vmalloc(obj->table, &ser->extents);
	if (err) {
		kho_unpreserve_free(ser);
		return err;
	}
	strscpy(ser->name, obj->name);
	ser->size = obj->size;
	ser->nr_extents = obj->nr_extents;
	obj->ser = ser;
	return 0;
}

/**
 * kho_store_object_preserve - make a file ready for the next kernel
 * @obj: the object; nothing happens if it is ready already.
 *
 * On success @obj->ser is what the caller has to hand over.
 *
 * Return: 0 or the error of what failed; then nothing is preserved.
 */
int kho_store_object_preserve(struct kho_store_object *obj)
{
	struct kho_store_extent *ext;
	int err = 0;

	if (obj->ser)
		return 0;

	list_for_each_entry(ext, &obj->extents, node) {
		err = kho_store_extent_preserve(ext);
		if (err)
			break;
	}
	if (!err)
		err = object_write_table(obj);
	if (!err)
		err = object_write_page(obj);
	if (err)
		kho_store_object_unpreserve(obj);
	return err;
}

/**
 * kho_store_object_unpreserve - undo kho_store_object_preserve()
 * @obj: the object; nothing that is handed over may still point to it.
 */
void kho_store_object_unpreserve(struct kho_store_object *obj)
{
	struct kho_store_extent *ext;

	if (obj->ser) {
		kho_unpreserve_vmalloc(&obj->ser->extents);
		kho_unpreserve_free(obj->ser);
		obj->ser = NULL;
	}
	vfree(obj->table);
	obj->table = NULL;
	list_for_each_entry(ext, &obj->extents, node)
		kho_store_extent_unpreserve(ext);
}

/**
 * kho_store_object_restore - take a file back from the previous kernel
 * @ser: as the previous kernel described it; still the caller's.
 * @objp: where to store the object, without the extents that failed.
 *
 * Return: 0; -ENOMEM; -ENOENT if something could not be restored.
 */
int kho_store_object_restore(const struct kho_store_object_ser *ser,
			     struct kho_store_object **objp)
{
	struct kho_store_extent_ser *table;
	struct kho_store_object *obj;
	int err = 0;

	obj = kho_store_object_create(ser->name, KHO_STORE_MIXED);
	*objp = obj;
	if (!obj)
		return -ENOMEM;
	obj->size = ser->size;

	table = kho_restore_vmalloc(&ser->extents);
	if (!table) {
		pr_err("%s: the table of extents was not restored\n",
		       obj->name);
		return -ENOENT;
	}
	for (u64 i = 0; i < ser->nr_extents; i++) {
		struct kho_store_extent *ext;

		ext = kho_store_extent_restore(&table[i]);
		if (!ext) {
			err = -ENOENT;
			continue;
		}
		obj->crc = ext->ser.crc;
		object_add_extent(obj, ext);
	}
	vfree(table);
	return err;
}
