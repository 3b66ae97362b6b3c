// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests of preserving vmalloc areas, and of taking them over again.
 */

#include <kunit/test.h>

#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/kexec_handover.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include <linux/kho/abi/kexec_handover.h>

#include "kho_internal.h"
#include "kho_kunit.h"
#include "kho_radix.h"

static int kho_vmalloc_test_init(struct kunit *test)
{
	struct kho_kunit_look *before;

	kho_kunit_need_kho(test);
	before = kunit_kzalloc(test, sizeof(*before), GFP_KERNEL);
	if (!before)
		return -ENOMEM;
	*before = kho_kunit_look(&kho_out_tree);
	test->priv = before;
	return 0;
}

static void kho_vmalloc_test_exit(struct kunit *test)
{
	if (test->priv)
		KUNIT_EXPECT_TRUE(test, kho_kunit_same(&kho_out_tree,
						       test->priv));
}

/*
 * The descriptor names all blocks of the area in their order, and chunks and
 * blocks are preserved.
 */
static void kho_vmalloc_test_check(struct kunit *test, void *area,
				   const struct kho_vmalloc *desc)
{
	const struct vm_struct *vm = find_vm_area(area);
	struct kho_vmalloc_chunk *chunk = KHOSER_LOAD_PTR(desc->first);
	unsigned long i, j, wrong = 0;

	KUNIT_EXPECT_EQ(test, desc->total_pages, vm->nr_pages);
	KUNIT_ASSERT_EQ(test, desc->total_pages % BIT(desc->order), 0);
	KUNIT_ASSERT_NOT_NULL(test, chunk);

	for (i = 0, j = 0; i < vm->nr_pages; i += BIT(desc->order), j++) {
		if (j == KHO_VMALLOC_SIZE) {
			chunk = KHOSER_LOAD_PTR(chunk->hdr.next);
			KUNIT_ASSERT_NOT_NULL(test, chunk);
			j = 0;
		}
		if (!j)
			wrong += !kho_kunit_has_block(PHYS_PFN(virt_to_phys(chunk)),
						      0);
		wrong += chunk->phys[j] != page_to_phys(vm->pages[i]);
		wrong += !kho_kunit_has_block(page_to_pfn(vm->pages[i]),
					      desc->order);
	}
	if (j < KHO_VMALLOC_SIZE)
		KUNIT_EXPECT_EQ(test, chunk->phys[j], 0);
	KUNIT_EXPECT_EQ(test, chunk->hdr.next.phys, 0);
	KUNIT_EXPECT_EQ(test, wrong, 0);
}

/* Sizes around a full chunk. */
static void kho_vmalloc_small_test(struct kunit *test)
{
	static const unsigned long nr_pages[] = {
		1, 3, KHO_VMALLOC_SIZE - 1, KHO_VMALLOC_SIZE,
		KHO_VMALLOC_SIZE + 1, 2 * KHO_VMALLOC_SIZE,
		3 * KHO_VMALLOC_SIZE - 1,
	};
	struct kho_kunit_look *before = test->priv;
	struct kho_vmalloc desc;
	unsigned int i, chunks;
	void *area;

	for (i = 0; i < ARRAY_SIZE(nr_pages); i++) {
		area = vmalloc(nr_pages[i] * PAGE_SIZE);
		KUNIT_ASSERT_NOT_NULL(test, area);

		/* Any address in the area will do. */
		KUNIT_ASSERT_EQ(test, kho_preserve_vmalloc(area + PAGE_SIZE / 2,
							   &desc), 0);
		KUNIT_EXPECT_EQ(test, desc.flags, KHO_VMALLOC_ALLOC);
		KUNIT_EXPECT_EQ(test, desc.order, 0);
		KUNIT_EXPECT_EQ(test, desc.total_pages, nr_pages[i]);
		kho_vmalloc_test_check(test, area, &desc);
		chunks = DIV_ROUND_UP(nr_pages[i], KHO_VMALLOC_SIZE);
		KUNIT_EXPECT_EQ(test, kho_kunit_look(&kho_out_tree).pages,
				before->pages + nr_pages[i] + chunks);

		kho_unpreserve_vmalloc(&desc);
		KUNIT_EXPECT_EQ(test, desc.first.phys, 0);
		KUNIT_EXPECT_TRUE(test, kho_kunit_same(&kho_out_tree, before));
		vfree(area);
	}
}

/* An area of huge pages has one entry for each of them. */
static void kho_vmalloc_huge_test(struct kunit *test)
{
	struct kho_kunit_look *before = test->priv;
	struct kho_vmalloc desc;
	void *area;

	area = vmalloc_huge(3 * PMD_SIZE, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, area);
	if (kho_preserve_vmalloc(area, &desc))
		KUNIT_FAIL_AND_ABORT(test, "not preserved");

	KUNIT_EXPECT_EQ(test, desc.flags,
			KHO_VMALLOC_ALLOC | KHO_VMALLOC_HUGE_VMAP);
	kho_vmalloc_test_check(test, area, &desc);
	if (!desc.order)
		kunit_info(test, "no huge pages for vmalloc_huge()");
	kho_unpreserve_vmalloc(&desc);
	KUNIT_EXPECT_TRUE(test, kho_kunit_same(&kho_out_tree, before));
	vfree(area);
}

/* Areas that the successor could not make again. */
static void kho_vmalloc_refuse_test(struct kunit *test)
{
	struct kho_kunit_look *before = test->priv;
	struct kho_vmalloc desc;
	struct page *page;
	void *area;

	area = vmalloc_user(PAGE_SIZE);
	KUNIT_ASSERT_NOT_NULL(test, area);
	KUNIT_EXPECT_EQ(test, kho_preserve_vmalloc(area, &desc), -EOPNOTSUPP);
	vfree(area);

	page = alloc_page(GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, page);
	area = vmap(&page, 1, VM_MAP, PAGE_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, area);
	KUNIT_EXPECT_EQ(test, kho_preserve_vmalloc(area, &desc), -EOPNOTSUPP);
	vunmap(area);

	KUNIT_EXPECT_EQ(test, kho_preserve_vmalloc(page_address(page), &desc),
			-EINVAL);
	__free_page(page);
	KUNIT_EXPECT_TRUE(test, kho_kunit_same(&kho_out_tree, before));
}

static void kho_vmalloc_nomem_test(struct kunit *test)
{
	struct kho_kunit_look *before = test->priv;
	unsigned int nth, failed = 0;
	struct kho_vmalloc desc;
	void *area;
	int err;

	kho_kunit_fail_init(test);
	area = vmalloc(2 * KHO_VMALLOC_SIZE * PAGE_SIZE);
	KUNIT_ASSERT_NOT_NULL(test, area);

	for (nth = 1;; nth++) {
		kho_kunit_fail_begin(nth);
		err = kho_preserve_vmalloc(area, &desc);
		if (!kho_kunit_fail_end())
			break;
		if (!err) {
			kho_unpreserve_vmalloc(&desc);
			continue;
		}
		failed++;
		KUNIT_EXPECT_EQ(test, err, -ENOMEM);
		KUNIT_EXPECT_EQ(test, desc.first.phys, 0);
		KUNIT_EXPECT_TRUE(test, kho_kunit_same(&kho_out_tree, before));
	}
	KUNIT_EXPECT_EQ(test, err, 0);
	/* At least the chunks are allocated. */
	KUNIT_EXPECT_GE(test, failed, 2);
	kho_unpreserve_vmalloc(&desc);
	vfree(area);
}

/*
 * Make @area, which was preserved as @desc, look as it would in the next kernel:
 * the area is gone, its blocks and chunks are there and nobody's.
 */
static void kho_vmalloc_test_jump(void *area, const struct kho_vmalloc *desc)
{
	struct kho_vmalloc_chunk *chunk = KHOSER_LOAD_PTR(desc->first);
	const struct vm_struct *vm = find_vm_area(area);
	struct page *page;
	unsigned int i;

	/* vfree() drops one reference of each page. */
	for (i = 0; i < vm->nr_pages; i++)
		get_page(vm->pages[i]);
	vfree(area);

	for (; chunk; chunk = KHOSER_LOAD_PTR(chunk->hdr.next)) {
		for (i = 0; i < KHO_VMALLOC_SIZE && chunk->phys[i]; i++) {
			page = pfn_to_page(PHYS_PFN(chunk->phys[i]));
			kho_radix_del_key(&kho_out_tree,
					  kho_key_encode(page_to_pfn(page),
							 desc->order));
			kho_kunit_hand_over(page, desc->order);
		}
		page = virt_to_page(chunk);
		kho_radix_del_key(&kho_out_tree,
				  kho_key_encode(page_to_pfn(page), 0));
		kho_kunit_hand_over(page, 0);
	}
}

static void *kho_vmalloc_test_make(struct kunit *test, unsigned long size,
				   bool huge, struct kho_vmalloc *desc)
{
	unsigned long i;
	u64 *area;

	area = huge ? vmalloc_huge(size, GFP_KERNEL) : vmalloc(size);
	KUNIT_ASSERT_NOT_NULL(test, area);
	for (i = 0; i < size / sizeof(*area); i++)
		area[i] = i * 31;
	KUNIT_ASSERT_EQ(test, kho_preserve_vmalloc(area, desc), 0);
	return area;
}

/* There and back: the content is the same, and vfree() frees it. */
static void kho_vmalloc_test_round_trip(struct kunit *test, unsigned long size,
					bool huge)
{
	unsigned long managed = totalram_pages(), i, wrong = 0;
	struct kho_vmalloc desc;
	struct vm_struct *vm;
	u64 *area;

	area = kho_vmalloc_test_make(test, size, huge, &desc);
	kho_vmalloc_test_jump(area, &desc);
	KUNIT_EXPECT_LT(test, totalram_pages(), managed);

	area = kho_restore_vmalloc(&desc);
	KUNIT_ASSERT_NOT_NULL(test, area);
	for (i = 0; i < size / sizeof(*area); i++)
		wrong += area[i] != i * 31;
	KUNIT_EXPECT_EQ(test, wrong, 0);
	KUNIT_EXPECT_TRUE(test, is_vmalloc_addr(area));
	KUNIT_EXPECT_EQ(test, totalram_pages(), managed);

	vm = find_vm_area(area);
	KUNIT_ASSERT_NOT_NULL(test, vm);
	KUNIT_EXPECT_EQ(test, vm->nr_pages, size / PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, vm->flags & VM_ALLOC, VM_ALLOC);
	KUNIT_EXPECT_EQ(test, !!(vm->flags & VM_ALLOW_HUGE_VMAP), huge);
	for (i = 0; i < vm->nr_pages; i++)
		wrong += page_ref_count(vm->pages[i]) != 1 ||
			 page_private(vm->pages[i]) ||
			 vmalloc_to_page((void *)area + i * PAGE_SIZE) !=
			 vm->pages[i];
	KUNIT_EXPECT_EQ(test, wrong, 0);

	/* It can be handed over again. */
	KUNIT_ASSERT_EQ(test, kho_preserve_vmalloc(area, &desc), 0);
	kho_vmalloc_test_check(test, area, &desc);
	kho_unpreserve_vmalloc(&desc);
	vfree(area);
}

static void kho_vmalloc_restore_test(struct kunit *test)
{
	kho_vmalloc_test_round_trip(test, PAGE_SIZE, false);
	kho_vmalloc_test_round_trip(test, KHO_VMALLOC_SIZE * PAGE_SIZE, false);
	kho_vmalloc_test_round_trip(test, (KHO_VMALLOC_SIZE + 7) * PAGE_SIZE,
				    false);
}

static void kho_vmalloc_restore_huge_test(struct kunit *test)
{
	kho_vmalloc_test_round_trip(test, 2 * PMD_SIZE, true);
}

/* A descriptor that makes no sense takes nothing. */
static void kho_vmalloc_bad_descriptor_test(struct kunit *test)
{
	struct kho_vmalloc desc, bad;
	void *area;

	area = kho_vmalloc_test_make(test, 4 * PAGE_SIZE, false, &desc);
	kho_vmalloc_test_jump(area, &desc);

	bad = desc;
	bad.total_pages = 0;
	KUNIT_EXPECT_NULL(test, kho_restore_vmalloc(&bad));
	bad = desc;
	bad.flags |= BIT(2);
	KUNIT_EXPECT_NULL(test, kho_restore_vmalloc(&bad));
	bad = desc;
	bad.order = 3;
	KUNIT_EXPECT_NULL(test, kho_restore_vmalloc(&bad));
	bad = desc;
	bad.order = 64;
	KUNIT_EXPECT_NULL(test, kho_restore_vmalloc(&bad));

	area = kho_restore_vmalloc(&desc);
	KUNIT_EXPECT_NOT_NULL(test, area);
	vfree(area);
}

/* More pages than there are blocks: what was taken can be taken again. */
static void kho_vmalloc_missing_block_test(struct kunit *test)
{
	unsigned long managed = totalram_pages();
	struct kho_vmalloc desc;
	void *area;

	area = kho_vmalloc_test_make(test, 4 * PAGE_SIZE, false, &desc);
	kho_vmalloc_test_jump(area, &desc);
	desc.total_pages++;
	KUNIT_EXPECT_NULL(test, kho_restore_vmalloc(&desc));
	KUNIT_EXPECT_EQ(test, totalram_pages(), managed - 5);

	desc.total_pages--;
	area = kho_restore_vmalloc(&desc);
	KUNIT_EXPECT_NOT_NULL(test, area);
	KUNIT_EXPECT_EQ(test, totalram_pages(), managed);
	vfree(area);
}

/* Whichever allocation fails while it is restored: it can be done again. */
static void kho_vmalloc_restore_nomem_test(struct kunit *test)
{
	/* So much that the array of its pages is no slab object. */
	const unsigned long nr = 2 * KMALLOC_MAX_CACHE_SIZE / sizeof(void *);
	unsigned long managed = totalram_pages();
	struct kho_vmalloc desc;
	unsigned int nth;
	bool failed;
	void *area;

	kho_kunit_fail_init(test);

	for (nth = 1, failed = true; failed && nth < 20; nth++) {
		area = kho_vmalloc_test_make(test, nr * PAGE_SIZE, false,
					     &desc);
		kho_vmalloc_test_jump(area, &desc);

		kho_kunit_fail_begin(nth);
		area = kho_restore_vmalloc(&desc);
		failed = kho_kunit_fail_end();

		if (!area)
			area = kho_restore_vmalloc(&desc);
		KUNIT_EXPECT_NOT_NULL(test, area);
		KUNIT_EXPECT_EQ(test, totalram_pages(), managed);
		vfree(area);
	}
	KUNIT_EXPECT_GT(test, nth, 2);
}

static struct kunit_case kho_vmalloc_test_cases[] = {
	KUNIT_CASE(kho_vmalloc_small_test),
	KUNIT_CASE(kho_vmalloc_huge_test),
	KUNIT_CASE(kho_vmalloc_refuse_test),
	KUNIT_CASE(kho_vmalloc_nomem_test),
	KUNIT_CASE(kho_vmalloc_restore_test),
	KUNIT_CASE(kho_vmalloc_restore_huge_test),
	KUNIT_CASE(kho_vmalloc_bad_descriptor_test),
	KUNIT_CASE(kho_vmalloc_missing_block_test),
	KUNIT_CASE(kho_vmalloc_restore_nomem_test),
	{}
};

static struct kunit_suite kho_vmalloc_test_suite = {
	.name = "kho_vmalloc",
	.init = kho_vmalloc_test_init,
	.exit = kho_vmalloc_test_exit,
	.test_cases = kho_vmalloc_test_cases,
};

kunit_test_suite(kho_vmalloc_test_suite);
