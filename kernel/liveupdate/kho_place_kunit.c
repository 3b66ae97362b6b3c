// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests of where an image goes: pages of scratch are taken, written to, and
 * given back. No image is started.
 */

#include <kunit/test.h>
#include <kunit/test-bug.h>

#include <linux/align.h>
#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/kexec.h>
#include <linux/kexec_handover.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "../kexec_internal.h"
#include "kho_image.h"
#include "kho_internal.h"
#include "kho_kunit.h"

#define BUF_SIZE	(SZ_256K - 123)
#define MEM_SIZE	SZ_512K

struct kho_place_test {
	struct kimage *image;
	struct kexec_segment *segment;
	void *buf;
};

/* As kexec_file_load() does it: add, then load. */
static int kho_place_test_add(struct kho_place_test *t, size_t memsz)
{
	struct kexec_buf kbuf = {
		.image = t->image,
		.buffer = t->buf,
		.bufsz = min_t(size_t, BUF_SIZE, memsz),
		.memsz = memsz,
		.mem = KEXEC_BUF_MEM_UNKNOWN,
		.buf_align = PAGE_SIZE,
		.buf_max = ULONG_MAX,
		.top_down = true,
	};
	int err = kexec_add_buffer(&kbuf);

	t->segment = &t->image->segment[t->image->nr_segments - 1];
	return err;
}

static int kho_place_test_init(struct kunit *test)
{
	struct kho_place_test *t;

	kho_kunit_need_kho(test);
	t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);
	if (!t)
		return -ENOMEM;
	t->image = do_kimage_alloc_init();
	t->buf = kunit_kmalloc(test, BUF_SIZE, GFP_KERNEL);
	if (!t->image || !t->buf) {
		kfree(t->image);
		return -ENOMEM;
	}
	t->image->file_mode = 1;
	t->image->kernel_buf = vzalloc(PAGE_SIZE);
	if (!t->image->kernel_buf) {
		kimage_free(t->image);
		return -ENOMEM;
	}
	t->image->kernel_buf_len = PAGE_SIZE;
	t->image->kho.fdt = kho_out_fdt_phys();
	get_random_bytes(t->buf, BUF_SIZE);
	test->priv = t;
	return 0;
}

static void kho_place_test_exit(struct kunit *test)
{
	struct kho_place_test *t = test->priv;

	if (t)
		kimage_free(t->image);
}

/* Whether somebody has pages that cannot be moved away. */
static bool kho_place_test_taken(unsigned long pfn, unsigned long nr)
{
	int err = alloc_contig_range(pfn, pfn + nr, MIGRATE_CMA,
				     GFP_KERNEL | __GFP_NOWARN);

	if (!err)
		free_contig_range(pfn, nr);
	return err;
}

static void kho_place_in_place_test(struct kunit *test)
{
	struct kho_place_test *t = test->priv;
	unsigned long pfn, nr = PHYS_PFN(MEM_SIZE);
	void *mem;

	KUNIT_ASSERT_EQ(test, kho_place_test_add(t, MEM_SIZE), 0);
	pfn = PHYS_PFN(t->segment->mem);
	mem = phys_to_virt(t->segment->mem);
	KUNIT_EXPECT_TRUE(test, kho_scratch_overlap(t->segment->mem, 1));
	KUNIT_ASSERT_FALSE(test, kho_place_test_taken(pfn, nr));

	KUNIT_ASSERT_EQ(test, kimage_load_segment(t->image, t->segment), 0);
	kimage_terminate(t->image);
	KUNIT_EXPECT_EQ(test, t->image->head, IND_DONE);
	KUNIT_EXPECT_EQ(test, kho_image_copied(t->image), 0);
	KUNIT_EXPECT_EQ(test, memcmp(mem, t->buf, BUF_SIZE), 0);
	KUNIT_EXPECT_NULL(test, memchr_inv(mem + BUF_SIZE, 0,
					   MEM_SIZE - BUF_SIZE));
	KUNIT_EXPECT_TRUE(test, kho_place_test_taken(pfn, nr));
	KUNIT_EXPECT_TRUE(test, kho_place_test_taken(pfn + nr - 1, 1));

	kho_unload(t->image);
	KUNIT_EXPECT_FALSE(test, kho_place_test_taken(pfn, nr));
}

/* Somebody has a page there between placing and loading. */
static void kho_place_copied_test(struct kunit *test)
{
	struct kho_place_test *t = test->priv;
	unsigned long pfn, nr = PHYS_PFN(MEM_SIZE);

	KUNIT_ASSERT_EQ(test, kho_place_test_add(t, MEM_SIZE), 0);
	pfn = PHYS_PFN(t->segment->mem);
	KUNIT_ASSERT_EQ(test, alloc_contig_range(pfn + 1, pfn + 2, MIGRATE_CMA,
						 GFP_KERNEL), 0);

	KUNIT_EXPECT_EQ(test, kimage_load_segment(t->image, t->segment), 0);
	kimage_terminate(t->image);
	KUNIT_EXPECT_NE(test, t->image->head, IND_DONE);
	KUNIT_EXPECT_EQ(test, kho_image_copied(t->image), MEM_SIZE);

	free_contig_range(pfn + 1, 1);
	KUNIT_EXPECT_FALSE(test, kho_place_test_taken(pfn, nr));
}

/* What cannot be moved is left out, as the image that is loaded already. */
static void kho_place_around_test(struct kunit *test)
{
	struct kho_place_test *t = test->priv;
	unsigned long pfn, mem;

	KUNIT_ASSERT_EQ(test, kho_place_test_add(t, MEM_SIZE), 0);
	mem = t->segment->mem;
	pfn = PHYS_PFN(mem) + 1;
	t->image->nr_segments = 0;
	KUNIT_ASSERT_EQ(test, alloc_contig_range(pfn, pfn + 1, MIGRATE_CMA,
						 GFP_KERNEL), 0);

	KUNIT_EXPECT_EQ(test, kho_place_test_add(t, MEM_SIZE), 0);
	KUNIT_EXPECT_TRUE(test, t->segment->mem > PFN_PHYS(pfn) ||
			  t->segment->mem + MEM_SIZE <= PFN_PHYS(pfn));
	KUNIT_EXPECT_TRUE(test, kho_load_in_place(t->image, t->segment));
	free_contig_range(pfn, 1);
}

/* Only an image with a handover, and only in scratch. */
static void kho_place_others_test(struct kunit *test)
{
	struct kho_place_test *t = test->priv;
	struct page *page = alloc_page(GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, page);
	KUNIT_EXPECT_EQ(test, kho_place_test_add(t, MEM_SIZE), 0);
	t->image->kho.fdt = 0;
	KUNIT_EXPECT_FALSE(test, kho_load_in_place(t->image, t->segment));

	t->image->kho.fdt = kho_out_fdt_phys();
	t->segment->mem = page_to_phys(page);
	t->segment->memsz = PAGE_SIZE;
	KUNIT_EXPECT_FALSE(test, kho_load_in_place(t->image, t->segment));
	__free_page(page);
}

static void *kho_place_test_load(struct kimage *image)
{
	struct kho_place_test *t = kunit_get_current_test()->priv;
	int err;

	err = kho_place_test_add(t, MEM_SIZE);
	err = err ?: kho_place_test_add(t, kho_scratch_total() + PAGE_SIZE);
	return ERR_PTR(err);
}

/* Larger than scratch: placed like any image, and good for no handover. */
static void kho_place_elsewhere_test(struct kunit *test)
{
	struct kho_place_test *t = test->priv;
	struct kimage *image = t->image;

	image->kho.fdt = 0;
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(kho_load(image,
						       kho_place_test_load)), 0);
	KUNIT_EXPECT_EQ(test, image->nr_segments, 2);
	KUNIT_EXPECT_EQ(test, image->kho.fdt, 0);
	KUNIT_EXPECT_NOT_NULL(test, kho_image_verdict(image, false));
	KUNIT_EXPECT_FALSE(test, kho_skip_checksum(image));
	KUNIT_EXPECT_FALSE(test, kho_load_in_place(image, image->segment));
}

/* An eighth of the largest area. */
static phys_addr_t kho_place_test_eighth;

static void *kho_place_test_load_two(struct kimage *image)
{
	struct kho_place_test *t = kunit_get_current_test()->priv;
	int err;

	err = kho_place_test_add(t, 3 * kho_place_test_eighth);
	err = err ?: kho_place_test_add(t, 4 * kho_place_test_eighth);
	return ERR_PTR(err);
}

/*
 * A page in use leaves three quarters of the largest area and one: the first segment
 * goes to the end of these, and leaves no place for the second one. Without regard to
 * the page both fit, and one of them is copied.
 */
static void kho_place_dense_test(struct kunit *test)
{
	struct kho_place_test *t = test->priv;
	const struct kho_scratch *area = kho_scratch;
	struct kimage *image = t->image;
	unsigned long pfn;
	unsigned int i;

	for (i = 1; i < kho_scratch_cnt; i++)
		if (kho_scratch[i].size > area->size)
			area = &kho_scratch[i];
	kho_place_test_eighth = ALIGN_DOWN(area->size / 8, PAGE_SIZE);
	pfn = PHYS_PFN(area->addr + 6 * kho_place_test_eighth);
	if (alloc_contig_range(pfn, pfn + 1, MIGRATE_CMA, GFP_KERNEL))
		kunit_skip(test, "the page is in use");

	image->kho.fdt = 0;
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(kho_load(image,
						       kho_place_test_load_two)), 0);
	KUNIT_EXPECT_FALSE(test, image->kho.elsewhere);
	KUNIT_EXPECT_NE(test, image->kho.fdt, 0);
	KUNIT_EXPECT_EQ(test, image->nr_segments, 3);
	for (i = 0; i < image->nr_segments; i++)
		KUNIT_EXPECT_TRUE(test, kho_scratch_overlap(image->segment[i].mem,
							    PAGE_SIZE));
	free_contig_range(pfn, 1);
}

static struct kunit_case kho_place_test_cases[] = {
	KUNIT_CASE(kho_place_in_place_test),
	KUNIT_CASE(kho_place_copied_test),
	KUNIT_CASE(kho_place_around_test),
	KUNIT_CASE(kho_place_others_test),
	KUNIT_CASE(kho_place_elsewhere_test),
	KUNIT_CASE(kho_place_dense_test),
	{}
};

static struct kunit_suite kho_place_test_suite = {
	.name = "kho_place",
	.init = kho_place_test_init,
	.exit = kho_place_test_exit,
	.test_cases = kho_place_test_cases,
};

kunit_test_suite(kho_place_test_suite);
