// SPDX-License-Identifier: GPL-2.0-only
/*
 * Test store for Kexec HandOver: files that survive into the next kernel.
 *
 * User space drives it through /sys/kernel/debug/kho_store:
 *
 *	put	write "NAME KIND\n" and then the bytes of a file, in one open
 *	get/	the files, for reading
 *	list	one line per file: name, bytes, crc, extents, preserved or not
 *	ctl	one command per write:
 *		fill NAME KIND SIZE	a file of pseudo-random bytes
 *		preserve		hand over all files
 *		unpreserve		hand over none
 *		restore			take back what the previous kernel left
 *		verify			compare all files with their checksums
 *		free			forget all files
 *
 * The kinds are those of enum kho_store_kind. Under the sub-tree "kho_store"
 * the next kernel finds an index page, from there a list of object pages, and
 * from each of these a vmalloc area with the extents of one file. Nothing is
 * restored unasked: scramble (in its own file) must be able to run before.
 *
 * For tests only: it trusts what the previous kernel's store wrote.
 */

#define pr_fmt(fmt) "test_kho_store: " fmt

#include <linux/cleanup.h>
#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/init.h>
#include <linux/io.h>
#include <linux/kernel.h>
#include <linux/kexec_handover.h>
#include <linux/mutex.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "test_kho_store.h"

#define KHO_STORE_SUBTREE	"kho_store"
#define KHO_STORE_MAGIC		0x65726f74736f686bULL	/* "khostore" */

/**
 * struct kho_store_index_ser - the blob of the sub-tree, one page
 * @magic: KHO_STORE_MAGIC.
 * @count: number of objects.
 * @first: physical address of the first struct kho_store_object_ser.
 */
struct kho_store_index_ser {
	u64 magic;
	u64 count;
	u64 first;
};

/* Protects all of the following, and what changes in objects. */
static DEFINE_MUTEX(store_lock);
static LIST_HEAD(store_objects);
static struct kho_store_index_ser *store_index;
static struct dentry *store_get_dir;
static bool store_restored;

static void store_drop_index(void)
{
	if (!store_index)
		return;
	kho_remove_subtree(store_index);
	kho_unpreserve_free(store_index);
	store_index = NULL;
}

static int store_add_index(void)
{
	struct kho_store_index_ser *index = kho_alloc_preserve(PAGE_SIZE);
	int err;

	if (IS_ERR(index))
		return PTR_ERR(index);
	index->magic = KHO_STORE_MAGIC;
	err = kho_add_subtree(KHO_STORE_SUBTREE, index, sizeof(*index));
	if (err) {
		kho_unpreserve_free(index);
		return err;
	}
	store_index = index;
	return 0;
}

/* Make the index name exactly the preserved objects. */
static void store_write_index(void)
{
	struct kho_store_object *obj;
	u64 *link = &store_index->first;

	store_index->count = 0;
	list_for_each_entry(obj, &store_objects, node) {
		if (!obj->ser)
			continue;
		*link = virt_to_phys(obj->ser);
		link = &obj->ser->next;
		store_index->count++;
	}
	*link = 0;
}

static int store_preserve(void)
{
	struct kho_store_object *obj;
	int err;

	if (!kho_is_enabled())
		return -EOPNOTSUPP;

	list_for_each_entry(obj, &store_objects, node) {
		err = kho_store_object_preserve(obj);
		if (err) {
			pr_err("%s: cannot be preserved: %d\n", obj->name, err);
			return err;
		}
	}
	if (!store_index) {
		err = store_add_index();
		if (err)
			return err;
	}
	store_write_index();
	return 0;
}

static int store_unpreserve(void)
{
	struct kho_store_object *obj;

	store_drop_index();
	list_for_each_entry(obj, &store_objects, node)
		kho_store_object_unpreserve(obj);
	return 0;
}

static int store_verify(void)
{
	struct kho_store_object *obj;
	u64 bytes = 0, count = 0;
	int err = 0;

	list_for_each_entry(obj, &store_objects, node) {
		err = kho_store_object_verify(obj) ?: err;
		bytes += obj->size;
		count++;
	}
	pr_info("%llu files, %llu bytes: %s\n", count, bytes,
		err ? "DAMAGED" : "verified");
	return err;
}

/* The reader's place in the list of extents, which may be long. */
struct kho_store_reader {
	struct kho_store_extent *ext;
	loff_t start;
};

static int get_open(struct inode *inode, struct file *file)
{
	struct kho_store_reader *reader = kzalloc(sizeof(*reader), GFP_KERNEL);

	file->private_data = reader;
	return reader ? 0 : -ENOMEM;
}

static int get_release(struct inode *inode, struct file *file)
{
	kfree(file->private_data);
	return 0;
}

static ssize_t get_read(struct file *file, char __user *buf, size_t count,
			loff_t *ppos)
{
	struct kho_store_object *obj = file_inode(file)->i_private;
	struct kho_store_reader *reader = file->private_data;
	struct kho_store_extent *ext = reader->ext;
	loff_t offset;
	ssize_t ret;

	/* No lock: debugfs_remove() waits for readers, nothing else changes. */
	if (*ppos >= obj->size)
		return 0;
	if (!ext || *ppos < reader->start) {
		ext = list_first_entry(&obj->extents, struct kho_store_extent,
				       node);
		reader->start = 0;
	}
	while (*ppos - reader->start >= ext->ser.len) {
		reader->start += ext->ser.len;
		ext = list_next_entry(ext, node);
		if (list_entry_is_head(ext, &obj->extents, node)) {
			reader->ext = NULL;
			return -EIO;	/* not all of it was restored */
		}
	}
	reader->ext = ext;

	offset = *ppos - reader->start;
	ret = simple_read_from_buffer(buf, count, &offset, ext->addr,
				      ext->ser.len);
	if (ret > 0)
		*ppos += ret;
	return ret;
}

static const struct file_operations get_fops = {
	.owner = THIS_MODULE,
	.open = get_open,
	.read = get_read,
	.release = get_release,
	.llseek = default_llseek,
};

static void store_add(struct kho_store_object *obj)
{
	list_add_tail(&obj->node, &store_objects);
	obj->dentry = debugfs_create_file(obj->name, 0400, store_get_dir, obj,
					  &get_fops);
	if (!IS_ERR(obj->dentry))
		i_size_write(d_inode(obj->dentry), obj->size);
}

static int store_free(void)
{
	struct kho_store_object *obj, *next;

	store_drop_index();
	list_for_each_entry_safe(obj, next, &store_objects, node) {
		debugfs_remove(obj->dentry);
		list_del(&obj->node);
		kho_store_object_free(obj);
	}
	return 0;
}

static int store_restore(void)
{
	struct kho_store_index_ser *index;
	phys_addr_t phys;
	size_t size;
	u64 next;
	int err;

	if (store_restored)
		return -EALREADY;
	err = kho_retrieve_subtree(KHO_STORE_SUBTREE, &phys, &size);
	if (err)
		return err;

	index = phys_to_virt(phys);
	if (size != sizeof(*index) || index->magic != KHO_STORE_MAGIC) {
		pr_err("the index is not ours\n");
		return -EINVAL;
	}

	store_restored = true;
	for (next = index->first; next;) {
		struct kho_store_object_ser *ser = phys_to_virt(next);
		struct kho_store_object *obj;

		err = kho_store_object_restore(ser, &obj) ?: err;
		if (obj)
			store_add(obj);
		next = ser->next;
		kho_restore_free(ser);
	}
	kho_restore_free(index);
	return err;
}

/* Check name and kind, and make an empty object of them. */
static struct kho_store_object *store_new(const char *name, const char *kind)
{
	struct kho_store_object *obj;
	int i;

	if (!*name || strlen(name) >= KHO_STORE_NAME_LEN || strchr(name, '/'))
		return ERR_PTR(-EINVAL);
	list_for_each_entry(obj, &store_objects, node)
		if (!strcmp(obj->name, name))
			return ERR_PTR(-EEXIST);
	i = match_string(kho_store_kind_names, KHO_STORE_KINDS, kind);
	if (i < 0)
		return ERR_PTR(-EINVAL);
	obj = kho_store_object_create(name, i);
	return obj ?: ERR_PTR(-ENOMEM);
}

static int store_fill(const char *name, const char *kind, u64 size)
{
	struct kho_store_object *obj = store_new(name, kind);
	int err;

	if (IS_ERR(obj))
		return PTR_ERR(obj);
	err = kho_store_object_fill(obj, size);
	if (err)
		kho_store_object_free(obj);
	else
		store_add(obj);
	return err;
}

static ssize_t ctl_write(struct file *file, const char __user *buf,
			 size_t count, loff_t *ppos)
{
	static const struct {
		const char *name;
		int (*fn)(void);
	} commands[] = {
		{ "preserve", store_preserve },
		{ "unpreserve", store_unpreserve },
		{ "restore", store_restore },
		{ "verify", store_verify },
		{ "free", store_free },
	};
	char line[128], *args = line, *name, *kind, *size;
	ssize_t len;
	int err;

	len = strncpy_from_user(line, buf, min(count, sizeof(line)));
	if (len < 0)
		return len;
	if (len == sizeof(line))
		return -EINVAL;
	line[min_t(size_t, len, count)] = '\0';
	args = strim(line);

	guard(mutex)(&store_lock);

	for (int i = 0; i < ARRAY_SIZE(commands); i++) {
		if (!strcmp(args, commands[i].name)) {
			err = commands[i].fn();
			return err ?: count;
		}
	}

	if (strcmp(strsep(&args, " "), "fill"))
		return -EINVAL;
	name = strsep(&args, " ");
	kind = strsep(&args, " ");
	size = strsep(&args, " ");
	if (!size)
		return -EINVAL;
	err = store_fill(name, kind, memparse(size, NULL));
	return err ?: count;
}

static const struct file_operations ctl_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.write = ctl_write,
	.llseek = noop_llseek,
};

/* The first line of what is written to put. */
static struct kho_store_object *put_header(const char __user *buf,
					   size_t count, size_t *used)
{
	char line[128], *end, *args = line, *name, *kind;
	size_t len = min(count, sizeof(line) - 1);

	if (copy_from_user(line, buf, len))
		return ERR_PTR(-EFAULT);
	line[len] = '\0';
	end = strchr(line, '\n');
	if (!end)
		return ERR_PTR(-EINVAL);
	*end = '\0';
	*used = end + 1 - line;
	name = strsep(&args, " ");
	kind = strsep(&args, " ");
	return kind ? store_new(name, kind) : ERR_PTR(-EINVAL);
}

static ssize_t put_write(struct file *file, const char __user *buf,
			 size_t count, loff_t *ppos)
{
	struct kho_store_object *obj = file->private_data;
	struct kho_store_extent *ext;
	size_t len;

	guard(mutex)(&store_lock);

	if (!obj) {
		obj = put_header(buf, count, &len);
		if (IS_ERR(obj))
			return PTR_ERR(obj);
		file->private_data = obj;
		return len;
	}

	ext = kho_store_object_tail(obj);
	if (!ext)
		return -ENOMEM;
	len = min(count, kho_store_extent_size(ext) - ext->ser.len);
	if (copy_from_user(ext->addr + ext->ser.len, buf, len))
		return -EFAULT;
	kho_store_object_grew(obj, ext, len);
	return len;
}

static int put_release(struct inode *inode, struct file *file)
{
	guard(mutex)(&store_lock);

	if (file->private_data)
		store_add(file->private_data);
	return 0;
}

static const struct file_operations put_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.write = put_write,
	.release = put_release,
	.llseek = noop_llseek,
};

static int list_show(struct seq_file *m, void *unused)
{
	struct kho_store_object *obj;

	guard(mutex)(&store_lock);

	list_for_each_entry(obj, &store_objects, node)
		seq_printf(m, "%s %llu %08x %llu %s\n", obj->name, obj->size,
			   obj->crc, obj->nr_extents,
			   obj->ser ? "preserved" : "-");
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(list);

static int __init kho_store_init(void)
{
	struct dentry *dir = debugfs_create_dir("kho_store", NULL);

	store_get_dir = debugfs_create_dir("get", dir);
	debugfs_create_file("put", 0200, dir, NULL, &put_fops);
	debugfs_create_file("ctl", 0200, dir, NULL, &ctl_fops);
	debugfs_create_file("list", 0400, dir, NULL, &list_fops);
	kho_store_scramble_debugfs(dir);
	kho_store_refuse_debugfs(dir);
	return 0;
}
late_initcall(kho_store_init);
