// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests of the root FDT: as a format, and the one that this kernel hands
 * over, which every test leaves as it was.
 */

#include <kunit/test.h>

#include <linux/dcache.h>
#include <linux/debugfs.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/kexec_handover.h>
#include <linux/libfdt.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/utsname.h>

#include <linux/kho/abi/kexec_handover.h>
#include <linux/kho/abi/kexec_metadata.h>

#include "kho_internal.h"
#include "kho_kunit.h"

/* Spec, handover-abi.md 6.4 and 6.5. */
#define TREE_ROOT	0x123450000ULL
#define SIZE_EMPTY	152
#define SIZE_NAMES	169	/* with the names of all properties */
#define SIZE_NODE(len)	(48 + ALIGN((len) + 1, 4))

static void *kho_fdt_test_page(struct kunit *test)
{
	void *fdt = kunit_kzalloc(test, PAGE_SIZE, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, fdt);
	KUNIT_ASSERT_EQ(test, kho_fdt_create(fdt, PAGE_SIZE, TREE_ROOT), 0);
	return fdt;
}

static void kho_fdt_format_test(struct kunit *test)
{
	void *fdt = kho_fdt_test_page(test);
	struct kho_fault fault;
	phys_addr_t root, blob;
	u64 size;

	KUNIT_EXPECT_EQ(test, fdt_totalsize(fdt), SIZE_EMPTY);
	KUNIT_EXPECT_EQ(test, kho_fdt_check(fdt, PAGE_SIZE, &root, &fault), 0);
	KUNIT_EXPECT_EQ(test, root, TREE_ROOT);

	KUNIT_EXPECT_EQ(test, kho_fdt_add(fdt, PAGE_SIZE, "kexec-metadata",
					  0x234567000, 73), 0);
	KUNIT_EXPECT_EQ(test, kho_fdt_add(fdt, PAGE_SIZE, "LUO", 0x234568000,
					  32), 0);
	KUNIT_EXPECT_EQ(test, fdt_totalsize(fdt), SIZE_NAMES +
			SIZE_NODE(strlen("kexec-metadata")) +
			SIZE_NODE(strlen("LUO")));
	KUNIT_EXPECT_EQ(test, kho_fdt_check(fdt, PAGE_SIZE, &root, &fault), 0);

	KUNIT_EXPECT_EQ(test, kho_fdt_add(fdt, PAGE_SIZE, "LUO", 1, 1), -EEXIST);
	KUNIT_EXPECT_EQ(test, kho_fdt_find(fdt, "LUO", &blob, &size), 0);
	KUNIT_EXPECT_EQ(test, blob, 0x234568000);
	KUNIT_EXPECT_EQ(test, size, 32);
	/* Names are taken literally: neither a prefix nor a unit address. */
	KUNIT_EXPECT_EQ(test, kho_fdt_find(fdt, "kexec", &blob, &size), -ENOENT);
	KUNIT_EXPECT_EQ(test, kho_fdt_add(fdt, PAGE_SIZE, "LUO@1", 0x3000, 1),
			0);
	KUNIT_EXPECT_EQ(test, kho_fdt_find(fdt, "LUO", &blob, &size), 0);
	KUNIT_EXPECT_EQ(test, blob, 0x234568000);

	KUNIT_EXPECT_EQ(test, kho_fdt_remove(fdt, 0x234567000), 0);
	KUNIT_EXPECT_EQ(test, kho_fdt_remove(fdt, 0x234567000), -ENOENT);
	KUNIT_EXPECT_EQ(test, kho_fdt_find(fdt, "kexec-metadata", &blob, &size),
			-ENOENT);
	KUNIT_EXPECT_EQ(test, kho_fdt_find(fdt, "LUO", &blob, &size), 0);
}

/* A page has room for about 65 short names. */
static void kho_fdt_capacity_test(struct kunit *test)
{
	const unsigned int room = (PAGE_SIZE - SIZE_NAMES) / SIZE_NODE(8);
	void *fdt = kho_fdt_test_page(test);
	unsigned int i;
	char name[16];
	int err;

	for (i = 0;; i++) {
		snprintf(name, sizeof(name), "name%04u", i);
		err = kho_fdt_add(fdt, PAGE_SIZE, name, (i + 1) * 0x1000, i);
		if (err)
			break;
	}
	KUNIT_EXPECT_EQ(test, err, -ENOMEM);
	KUNIT_EXPECT_GE(test, i, room - 1);
	KUNIT_EXPECT_LE(test, i, room);
}

/* The outgoing FDT, NULL if KHO is off. */
static void *kho_fdt_test_out(void)
{
	return kho_out_fdt_phys() ? phys_to_virt(kho_out_fdt_phys()) : NULL;
}

/* Whether a blob is to be seen in debugfs. */
static bool kho_fdt_test_shown(const char *name)
{
	const char *const path[] = { "kho", "out", "sub_fdts", name };
	struct dentry *dir = NULL, *found = NULL;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(path); i++) {
		found = debugfs_lookup(path[i], dir);
		dput(dir);
		if (!found)
			return false;
		dir = found;
	}
	dput(found);
	return true;
}

static void kho_subtree_add_test(struct kunit *test)
{
	void *fdt = kho_fdt_test_out(), *before, *blob;
	phys_addr_t phys;
	char client[32];
	u64 size;

	kho_kunit_need_kho(test);
	before = kunit_kzalloc(test, PAGE_SIZE, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, before);
	memcpy(before, fdt, fdt_totalsize(fdt));

	blob = kho_alloc_preserve(PAGE_SIZE);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, blob);
	KUNIT_EXPECT_EQ(test, kho_add_subtree("kho-kunit", blob, 100), 0);
	KUNIT_EXPECT_EQ(test, kho_fdt_find(fdt, "kho-kunit", &phys, &size), 0);
	KUNIT_EXPECT_EQ(test, phys, virt_to_phys(blob));
	KUNIT_EXPECT_EQ(test, size, 100);
	KUNIT_EXPECT_TRUE(test, kho_out_client(client, sizeof(client)));
	if (IS_ENABLED(CONFIG_KEXEC_HANDOVER_DEBUGFS))
		KUNIT_EXPECT_TRUE(test, kho_fdt_test_shown("kho-kunit"));

	/* A name can be in use once. */
	KUNIT_EXPECT_EQ(test, kho_add_subtree("kho-kunit", blob + 8, 1),
			-EEXIST);
	KUNIT_EXPECT_EQ(test, kho_fdt_find(fdt, "kho-kunit", &phys, &size), 0);
	KUNIT_EXPECT_EQ(test, phys, virt_to_phys(blob));

	/* What was handed over to us is another matter. */
	if (!is_kho_boot())
		KUNIT_EXPECT_EQ(test, kho_retrieve_subtree("kho-kunit", &phys,
							   NULL), -ENOENT);
	KUNIT_EXPECT_EQ(test, kho_retrieve_subtree("kho-kunit", NULL, NULL),
			-EINVAL);

	kho_remove_subtree(blob + 8);
	KUNIT_EXPECT_EQ(test, kho_fdt_find(fdt, "kho-kunit", &phys, &size), 0);
	kho_remove_subtree(blob);
	kho_remove_subtree(blob);
	KUNIT_EXPECT_FALSE(test, kho_fdt_test_shown("kho-kunit"));
	KUNIT_EXPECT_EQ(test, fdt_totalsize(fdt), fdt_totalsize(before));
	KUNIT_EXPECT_EQ(test, memcmp(fdt, before, fdt_totalsize(before)), 0);
	kho_unpreserve_free(blob);
}

/* The blob that does not fit any more changes nothing. */
static void kho_subtree_capacity_test(struct kunit *test)
{
	void *fdt = kho_fdt_test_out(), *before, *full, *blobs;
	unsigned int i, nr;
	char name[16];
	int err;

	kho_kunit_need_kho(test);
	before = kunit_kzalloc(test, PAGE_SIZE, GFP_KERNEL);
	full = kunit_kzalloc(test, PAGE_SIZE, GFP_KERNEL);
	blobs = kunit_kzalloc(test, PAGE_SIZE, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, before);
	KUNIT_ASSERT_NOT_NULL(test, full);
	KUNIT_ASSERT_NOT_NULL(test, blobs);
	memcpy(before, fdt, PAGE_SIZE);

	for (nr = 0;; nr++) {
		snprintf(name, sizeof(name), "kunit%03u", nr);
		memcpy(full, fdt, PAGE_SIZE);
		err = kho_add_subtree(name, blobs + nr, 1);
		if (err)
			break;
	}
	KUNIT_EXPECT_EQ(test, err, -ENOMEM);
	KUNIT_EXPECT_GE(test, nr, 50);
	KUNIT_EXPECT_LE(test, nr, (PAGE_SIZE - SIZE_NAMES) / SIZE_NODE(8));
	KUNIT_EXPECT_EQ(test, memcmp(fdt, full, PAGE_SIZE), 0);
	KUNIT_EXPECT_FALSE(test, kho_fdt_test_shown(name));

	for (i = 0; i < nr; i++)
		kho_remove_subtree(blobs + i);
	KUNIT_EXPECT_EQ(test, fdt_totalsize(fdt), fdt_totalsize(before));
	KUNIT_EXPECT_EQ(test, memcmp(fdt, before, fdt_totalsize(before)), 0);
}

/* The FDT is preserved, names the tracker, and says who hands over. */
static void kho_subtree_boot_test(struct kunit *test)
{
	const struct kho_kexec_metadata *metadata;
	void *fdt = kho_fdt_test_out();
	struct kho_fault fault;
	phys_addr_t phys;
	u64 size;

	kho_kunit_need_kho(test);
	KUNIT_EXPECT_TRUE(test,
			  kho_kunit_has_block(PHYS_PFN(kho_out_fdt_phys()), 0));
	KUNIT_ASSERT_EQ(test, kho_fdt_check(fdt, PAGE_SIZE, &phys, &fault), 0);
	KUNIT_EXPECT_EQ(test, phys, virt_to_phys(kho_out_tree.root));

	KUNIT_ASSERT_EQ(test, kho_fdt_find(fdt, KHO_METADATA_NODE_NAME, &phys,
					   &size), 0);
	KUNIT_EXPECT_EQ(test, size, 73);
	KUNIT_EXPECT_TRUE(test, kho_kunit_has_block(PHYS_PFN(phys), 0));
	metadata = phys_to_virt(phys);
	KUNIT_EXPECT_EQ(test, metadata->version, KHO_KEXEC_METADATA_VERSION);
	KUNIT_EXPECT_STREQ(test, metadata->previous_release,
			   init_uts_ns.name.release);
	if (!is_kho_boot())
		KUNIT_EXPECT_EQ(test, metadata->kexec_count, 1);
	if (IS_ENABLED(CONFIG_KEXEC_HANDOVER_DEBUGFS))
		KUNIT_EXPECT_TRUE(test,
				  kho_fdt_test_shown(KHO_METADATA_NODE_NAME));
}

static struct kunit_case kho_fdt_test_cases[] = {
	KUNIT_CASE(kho_fdt_format_test),
	KUNIT_CASE(kho_fdt_capacity_test),
	KUNIT_CASE(kho_subtree_add_test),
	KUNIT_CASE(kho_subtree_capacity_test),
	KUNIT_CASE(kho_subtree_boot_test),
	{}
};

static struct kunit_suite kho_fdt_test_suite = {
	.name = "kho_fdt",
	.test_cases = kho_fdt_test_cases,
};

kunit_test_suite(kho_fdt_test_suite);
