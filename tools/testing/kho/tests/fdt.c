// SPDX-License-Identifier: GPL-2.0
/*
 * The root FDT byte by byte, spec/handover-abi.md 6, and what is no root FDT.
 */

#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>

#include "tap.h"

#define BUF	4096

static const unsigned char vector_a[] = {
	0xd0, 0x0d, 0xfe, 0xed, 0x00, 0x00, 0x00, 0x98, 0x00, 0x00, 0x00, 0x40,
	0x00, 0x00, 0x00, 0x78, 0x00, 0x00, 0x00, 0x30, 0x00, 0x00, 0x00, 0x11,
	0x00, 0x00, 0x00, 0x10, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x20,
	0x00, 0x00, 0x00, 0x38, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x03, 0x00, 0x00, 0x00, 0x07, 0x00, 0x00, 0x00, 0x15,
	0x6b, 0x68, 0x6f, 0x2d, 0x76, 0x34, 0x00, 0x00, 0x00, 0x00, 0x00, 0x03,
	0x00, 0x00, 0x00, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x60, 0x45, 0x23,
	0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00, 0x09,
	0x70, 0x72, 0x65, 0x73, 0x65, 0x72, 0x76, 0x65, 0x64, 0x2d, 0x6d, 0x65,
	0x6d, 0x6f, 0x72, 0x79, 0x2d, 0x6d, 0x61, 0x70, 0x00, 0x63, 0x6f, 0x6d,
	0x70, 0x61, 0x74, 0x69, 0x62, 0x6c, 0x65, 0x00,
};

static const unsigned char vector_b[] = {
	0xd0, 0x0d, 0xfe, 0xed, 0x00, 0x00, 0x01, 0x1d, 0x00, 0x00, 0x00, 0x38,
	0x00, 0x00, 0x00, 0xe4, 0x00, 0x00, 0x00, 0x28, 0x00, 0x00, 0x00, 0x11,
	0x00, 0x00, 0x00, 0x10, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x39,
	0x00, 0x00, 0x00, 0xac, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x03, 0x00, 0x00, 0x00, 0x07,
	0x00, 0x00, 0x00, 0x15, 0x6b, 0x68, 0x6f, 0x2d, 0x76, 0x34, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x03, 0x00, 0x00, 0x00, 0x08, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x60, 0x45, 0x23, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01,
	0x4c, 0x55, 0x4f, 0x00, 0x00, 0x00, 0x00, 0x03, 0x00, 0x00, 0x00, 0x08,
	0x00, 0x00, 0x00, 0x2f, 0x20, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x03, 0x00, 0x00, 0x00, 0x08, 0x00, 0x00, 0x00, 0x20,
	0x00, 0x80, 0x56, 0x34, 0x02, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02,
	0x00, 0x00, 0x00, 0x01, 0x6b, 0x65, 0x78, 0x65, 0x63, 0x2d, 0x6d, 0x65,
	0x74, 0x61, 0x64, 0x61, 0x74, 0x61, 0x00, 0x00, 0x00, 0x00, 0x00, 0x03,
	0x00, 0x00, 0x00, 0x08, 0x00, 0x00, 0x00, 0x2f, 0x49, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x03, 0x00, 0x00, 0x00, 0x08,
	0x00, 0x00, 0x00, 0x20, 0x00, 0x70, 0x56, 0x34, 0x02, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00, 0x09,
	0x70, 0x72, 0x65, 0x73, 0x65, 0x72, 0x76, 0x65, 0x64, 0x2d, 0x6d, 0x65,
	0x6d, 0x6f, 0x72, 0x79, 0x2d, 0x6d, 0x61, 0x70, 0x00, 0x63, 0x6f, 0x6d,
	0x70, 0x61, 0x74, 0x69, 0x62, 0x6c, 0x65, 0x00, 0x70, 0x72, 0x65, 0x73,
	0x65, 0x72, 0x76, 0x65, 0x64, 0x2d, 0x64, 0x61, 0x74, 0x61, 0x00, 0x62,
	0x6c, 0x6f, 0x62, 0x2d, 0x73, 0x69, 0x7a, 0x65, 0x00,
};

static void *fdt;

static void make_fdt(void)
{
	free(fdt);
	fdt = calloc(1, BUF);
	must(!kho_fdt_create(fdt, BUF, 0x123456000));
}

static void test_vector_a(void)
{
	make_fdt();
	expect_eq(fdt_totalsize(fdt), 152);
	expect_eq(sizeof(vector_a), 152);
	expect(!memcmp(fdt, vector_a, sizeof(vector_a)));
}

static void test_vector_b(void)
{
	make_fdt();
	must(!kho_fdt_add(fdt, BUF, "kexec-metadata", 0x234567000, 73));
	must(!kho_fdt_add(fdt, BUF, "LUO", 0x234568000, 32));
	expect_eq(fdt_totalsize(fdt), 285);
	expect_eq(sizeof(vector_b), 285);
	expect(!memcmp(fdt, vector_b, sizeof(vector_b)));
}

static void test_create_size(void)
{
	unsigned int size;
	void *buf;

	for (size = 0; size < 400; size++) {
		buf = malloc(size);
		expect_eq(kho_fdt_create(buf, size, 0x123456000),
			  size < 152 ? -ENOMEM : 0);
		free(buf);
	}
}

/* A unit address belongs to the name, however libfdt sees it. */
static void test_unit_address(void)
{
	static const char * const names[] = { "x@1", "x", "x@", "x@1@2", "@x" };
	phys_addr_t blob;
	unsigned int i;
	u64 size;

	make_fdt();
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		expect_eq(kho_fdt_find(fdt, names[i], &blob, &size), -ENOENT);
		expect_eq(kho_fdt_subnode(fdt, 0, names[i]), -ENOENT);
		expect_eq(kho_fdt_add(fdt, BUF, names[i], 0x1000 * i, i), 0);
		expect_eq(kho_fdt_add(fdt, BUF, names[i], 0, 0), -EEXIST);
	}
	expect_eq(kho_fdt_add(fdt, BUF, "@", 0, 0), -EEXIST);
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		expect_eq(kho_fdt_find(fdt, names[i], &blob, &size), 0);
		expect_eq(size, i);
		expect_eq(kho_fdt_remove(fdt, 0x1000 * i), 0);
	}
}

static void test_add_find_remove(void)
{
	phys_addr_t blob;
	u64 size;

	make_fdt();
	expect_eq(kho_fdt_find(fdt, "one", &blob, &size), -ENOENT);
	expect_eq(kho_fdt_add(fdt, BUF, "one", 0x1000, 1), 0);
	expect_eq(kho_fdt_add(fdt, BUF, "two", 0x2000, 2), 0);
	expect_eq(kho_fdt_add(fdt, BUF, "one", 0x3000, 3), -EEXIST);
	expect_eq(kho_fdt_find(fdt, "one", &blob, &size), 0);
	expect_eq(blob, 0x1000);
	expect_eq(size, 1);
	expect_eq(kho_fdt_find(fdt, "two", &blob, &size), 0);
	expect_eq(blob, 0x2000);
	expect_eq(size, 2);
	expect_eq(kho_fdt_find(fdt, "tw", &blob, &size), -ENOENT);
	expect_eq(kho_fdt_find(fdt, "", &blob, &size), -ENOENT);

	expect_eq(kho_fdt_remove(fdt, 0x3000), -ENOENT);
	expect_eq(kho_fdt_remove(fdt, 0x1000), 0);
	expect_eq(kho_fdt_remove(fdt, 0x1000), -ENOENT);
	expect_eq(kho_fdt_find(fdt, "one", &blob, &size), -ENOENT);
	expect_eq(kho_fdt_find(fdt, "two", &blob, &size), 0);
	expect_eq(kho_fdt_remove(fdt, 0x2000), 0);
	expect_eq(fdt_first_subnode(fdt, 0), -FDT_ERR_NOTFOUND);
}

/* A failure to add that changes nothing must leave it as it was. */
static void test_exists_unchanged(void)
{
	char before[BUF];

	make_fdt();
	must(!kho_fdt_add(fdt, BUF, "one", 0x1000, 1));
	memcpy(before, fdt, BUF);
	expect_eq(kho_fdt_add(fdt, BUF, "one", 0x1000, 1), -EEXIST);
	expect_eq(fdt_totalsize(fdt), fdt_totalsize(before));
	expect(!memcmp(fdt, before, fdt_totalsize(before)));
}

/*
 * A name with an address part is not found without it, unlike in a device tree.
 * (libfdt takes it for the same when it adds the shorter one second.)
 */
static void test_literal_names(void)
{
	phys_addr_t blob;
	u64 size;

	make_fdt();
	expect_eq(kho_fdt_add(fdt, BUF, "blob@1", 0x1000, 1), 0);
	expect_eq(kho_fdt_find(fdt, "blob", &blob, &size), -ENOENT);
	expect_eq(kho_fdt_find(fdt, "blob@1", &blob, &size), 0);
	expect_eq(blob, 0x1000);

	make_fdt();
	expect_eq(kho_fdt_add(fdt, BUF, "blob", 0x2000, 2), 0);
	expect_eq(kho_fdt_add(fdt, BUF, "blob@1", 0x1000, 1), 0);
	expect_eq(kho_fdt_find(fdt, "blob", &blob, &size), 0);
	expect_eq(blob, 0x2000);
}

/* 48 bytes and the name, padded, for each; 65 fit with names of 8. */
static void test_capacity(void)
{
	phys_addr_t blob;
	char name[16];
	unsigned int n;
	u64 size;
	int err;

	make_fdt();
	for (n = 0;; n++) {
		snprintf(name, sizeof(name), "name%04u", n);
		err = kho_fdt_add(fdt, BUF, name, 0x1000 * n, n);
		if (err)
			break;
		expect_eq(fdt_totalsize(fdt), 169 + (n + 1) * 60);
	}
	expect_eq(err, -ENOMEM);
	expect_eq(n, 65);

	make_fdt();
	while (n--) {
		snprintf(name, sizeof(name), "name%04u", n);
		must(!kho_fdt_add(fdt, BUF, name, 0x1000 * n, n));
	}
	for (n = 0; n < 65; n++) {
		snprintf(name, sizeof(name), "name%04u", n);
		must(!kho_fdt_find(fdt, name, &blob, &size));
		expect(blob == 0x1000 * n && size == n);
	}
}

static int check(const void *buf, size_t size, const char *what)
{
	struct kho_fault fault = {};
	phys_addr_t root = 0;
	int err;

	err = kho_fdt_check(buf, size, &root, &fault);
	if (!what) {
		expect_eq(err, 0);
		expect_eq(root, 0x123456000);
	} else {
		expect_eq(err, -EINVAL);
		if (!fault.what || !strstr(fault.what, what))
			tap_fail(__FILE__, __LINE__, "\"%s\", not \"%s\"",
				 fault.what ?: "nothing", what);
	}
	return err;
}

static void test_check_sizes(void)
{
	unsigned int size;
	void *buf;

	make_fdt();
	check(fdt, BUF, NULL);
	/* Exactly as much memory as is said to be there. */
	for (size = 0; size < 152; size++) {
		buf = malloc(size);
		memcpy(buf, fdt, size);
		check(buf, size, "FDT");
		free(buf);
	}
	buf = malloc(152);
	memcpy(buf, fdt, 152);
	check(buf, 152, NULL);
	free(buf);
}

static void test_check_header(void)
{
	make_fdt();
	fdt_set_magic(fdt, 0xd00dfeee);
	check(fdt, BUF, "libfdt");
	make_fdt();
	fdt_set_version(fdt, 15);
	check(fdt, BUF, "libfdt");
	make_fdt();
	fdt_set_last_comp_version(fdt, 18);
	check(fdt, BUF, "libfdt");
	make_fdt();
	fdt_set_totalsize(fdt, BUF + 1);
	check(fdt, BUF, "larger");
	make_fdt();
	fdt_set_totalsize(fdt, 0xffffffff);
	check(fdt, BUF, "FDT");
	make_fdt();
	fdt_set_off_dt_struct(fdt, 0xfffffff0);
	check(fdt, BUF, "libfdt");
	make_fdt();
	fdt_set_off_dt_strings(fdt, 0x7fffffff);
	check(fdt, BUF, "libfdt");
	make_fdt();
	fdt_set_size_dt_strings(fdt, 0xfffffff0);
	check(fdt, BUF, "libfdt");
	make_fdt();
	memset(fdt, 0, BUF);
	check(fdt, BUF, "libfdt");
}

static void set_root(const char *compatible, const void *root, int len)
{
	make_fdt();
	must(!fdt_open_into(fdt, fdt, BUF));
	if (compatible)
		must(!fdt_setprop_string(fdt, 0, "compatible", compatible));
	if (len >= 0)
		must(!fdt_setprop(fdt, 0, KHO_FDT_MEMORY_MAP_PROP_NAME, root,
				  len));
	fdt_pack(fdt);
}

static void test_check_content(void)
{
	static const char list[] = "kho-v9\0kho-v4";
	u64 root[2] = { 0x123456000, 0 };

	set_root("kho-v3", NULL, -1);
	check(fdt, BUF, "compatible");
	set_root("kho-v40", NULL, -1);
	check(fdt, BUF, "compatible");
	set_root("", NULL, -1);
	check(fdt, BUF, "compatible");
	set_root(NULL, root, 4);
	check(fdt, BUF, KHO_FDT_MEMORY_MAP_PROP_NAME);
	set_root(NULL, root, 16);
	check(fdt, BUF, KHO_FDT_MEMORY_MAP_PROP_NAME);
	set_root(NULL, root, 0);
	check(fdt, BUF, KHO_FDT_MEMORY_MAP_PROP_NAME);
	set_root(NULL, &root[1], 8);
	check(fdt, BUF, KHO_FDT_MEMORY_MAP_PROP_NAME);
	root[0]++;
	set_root(NULL, root, 8);
	check(fdt, BUF, KHO_FDT_MEMORY_MAP_PROP_NAME);

	set_root(NULL, NULL, -1);
	must(!fdt_open_into(fdt, fdt, BUF));
	must(!fdt_delprop(fdt, 0, KHO_FDT_MEMORY_MAP_PROP_NAME));
	check(fdt, BUF, KHO_FDT_MEMORY_MAP_PROP_NAME);
	set_root(NULL, NULL, -1);
	must(!fdt_open_into(fdt, fdt, BUF));
	must(!fdt_delprop(fdt, 0, "compatible"));
	check(fdt, BUF, "compatible");

	/* Any of a list of strings will do. */
	set_root(NULL, NULL, -1);
	must(!fdt_open_into(fdt, fdt, BUF));
	must(!fdt_setprop(fdt, 0, "compatible", list, sizeof(list)));
	check(fdt, BUF, NULL);
}

static void test_read_blob(void)
{
	u64 v = 0x1000, huge = ~0ULL - 0xfff;
	phys_addr_t blob;
	u64 size;
	int node;

	make_fdt();
	must(!kho_fdt_add(fdt, BUF, "one", 0x1000, 1));
	must(!fdt_open_into(fdt, fdt, BUF));
	node = fdt_subnode_offset(fdt, 0, "one");

	must(!fdt_setprop(fdt, node, KHO_SUB_TREE_PROP_NAME, &v, 4));
	expect_eq(kho_fdt_find(fdt, "one", &blob, &size), -EINVAL);
	must(!fdt_setprop(fdt, node, KHO_SUB_TREE_PROP_NAME, &v, 8));
	expect_eq(kho_fdt_find(fdt, "one", &blob, &size), 0);
	must(!fdt_setprop(fdt, node, KHO_SUB_TREE_SIZE_PROP_NAME, &v, 7));
	expect_eq(kho_fdt_find(fdt, "one", &blob, &size), -EINVAL);
	must(!fdt_setprop(fdt, node, KHO_SUB_TREE_SIZE_PROP_NAME, &huge, 8));
	expect_eq(kho_fdt_find(fdt, "one", &blob, &size), -EINVAL);
	must(!fdt_delprop(fdt, node, KHO_SUB_TREE_SIZE_PROP_NAME));
	expect_eq(kho_fdt_find(fdt, "one", &blob, &size), -EINVAL);
}

static const struct tap_case cases[] = {
	{ "fdt: vector (a), a new root FDT", test_vector_a },
	{ "fdt: vector (b), two blobs", test_vector_b },
	{ "fdt: buffers of all sizes", test_create_size },
	{ "fdt: add, find, remove", test_add_find_remove },
	{ "fdt: names with and without a unit address", test_unit_address },
	{ "fdt: a name in use changes nothing", test_exists_unchanged },
	{ "fdt: names are literal", test_literal_names },
	{ "fdt: capacity of a page", test_capacity },
	{ "fdt: truncated at every byte", test_check_sizes },
	{ "fdt: bad headers", test_check_header },
	{ "fdt: bad root nodes", test_check_content },
	{ "fdt: bad blobs", test_read_blob },
};

TAP_MAIN(cases)
