// SPDX-License-Identifier: GPL-2.0
/*
 * Pages with memory errors that a kernel knows: which of them stop a jump, and what
 * the next kernels know of them.
 */

#include <linux/kexec.h>
#include <linux/kho/abi/hwpoison.h>
#include <linux/seq_file.h>

#include "../../../../kernel/liveupdate/kho_hwpoison.h"
#include "state.h"

static const struct sim_machine machine = {
	.ram = { { 0, MiB(64) } },
};

/* One that knows the list, one that does not, and one that is told of no handover. */
static const struct kimage ours = {
	.kho.handlers = KHO_IMAGE_NAMES " hwpoison-v1",
	.kho.fdt = PAGE_SIZE,
};
static const struct kimage foreign = {
	.kho.handlers = KHO_IMAGE_NAMES,
	.kho.fdt = PAGE_SIZE,
};
static const struct kimage cold = { .kho.handlers = KHO_IMAGE_NAMES };

static void begin(void)
{
	sim_power_on(&machine);
	sim_boot("kho=on kho_scratch=4M,0,0");
	must(kho_is_enabled());
}

static unsigned long new_page(void)
{
	return page_to_pfn(alloc_page(GFP_KERNEL));
}

/* A preserved page, which is one of a memfd or not. */
static unsigned long preserved_page(bool content)
{
	unsigned long pfn = new_page();

	must(!kho_preserve_folio(page_folio(pfn_to_page(pfn))));
	pfn_to_page(pfn)->mapping = content ? phys_to_virt(PFN_PHYS(pfn)) : NULL;
	return pfn;
}

static void poison(unsigned long pfn)
{
	sim_poison_page(pfn_to_page(pfn));
}

static long nr_bad(void)
{
	return atomic_long_read(&num_poisoned_pages);
}

static void jump(void)
{
	expect_eq(kho_hwpoison_hand_over(&ours, false), 0);
	sim_kexec("kho=on");
	must(is_kho_boot());
	expect_eq(sim_warnings(), 0);
}

/* From one kernel to the next, and on. */
static void test_travel(void)
{
	unsigned long content, nobodys, late, other;

	begin();
	content = preserved_page(true);
	other = preserved_page(true);
	nobodys = new_page();
	late = new_page();
	poison(content);
	poison(nobodys);
	expect_eq(kho_hwpoison_hand_over(&ours, false), 0);
	/* Found after the last question. */
	poison(late);
	sim_kexec("kho=on");
	must(is_kho_boot());
	expect_eq(nr_bad(), 3);
	expect(PageHWPoison(pfn_to_page(nobodys)));
	expect(PageHWPoison(pfn_to_page(late)));
	expect(PageHWPoison(pfn_to_page(content)));
	expect(!PageHWPoison(pfn_to_page(other)));
	expect_eq(sim_page_state(nobodys), SIM_RESERVED);
	must(kho_restore_folio(PFN_PHYS(content)));

	jump();
	expect_eq(nr_bad(), 3);
	expect_eq(sim_page_state(content), SIM_RESERVED);
	jump();
	expect_eq(nr_bad(), 3);

	kho_hwpoison_forget(late);
	kho_hwpoison_forget(late);
	jump();
	expect_eq(nr_bad(), 2);
	expect(!PageHWPoison(pfn_to_page(late)));
}

/* The same page again and again is one. */
static void test_twice(void)
{
	struct kho_hwpoison bad;
	unsigned long pfn;

	begin();
	pfn = new_page();
	poison(pfn);
	poison(pfn);
	kho_hwpoison_look(&bad);
	expect_eq(bad.known, 1);
	expect_eq(bad.content + bad.other, 0);
	jump();
	expect_eq(nr_bad(), 1);
}

static void expect_refused_at(const struct kimage *image, const char *why,
			      int line)
{
	struct kho_hwpoison bad;
	const char *verdict;

	kho_hwpoison_look(&bad);
	verdict = kho_hwpoison_verdict(&bad, image);
	if (!verdict || !strstr(verdict, why))
		tap_fail(__FILE__, line, "verdict: %s", verdict ?: "good");
	sim_log_clear();
	if (kho_hwpoison_hand_over(image, false) != -EHWPOISON ||
	    sim_log_lines() != 1 || !sim_log_has("kexec refused: ") ||
	    !sim_log_has(why))
		tap_fail(__FILE__, line, "not refused: %s", sim_log());
}

#define expect_refused(image, why)	expect_refused_at(image, why, __LINE__)

static void test_foreign(void)
{
	begin();
	poison(new_page());
	expect_eq(kho_hwpoison_hand_over(&foreign, false), 0);
	expect(!kho_out_has_subtree(KHO_HWPOISON_NODE_NAME));
	poison(preserved_page(true));
	expect_refused(&foreign, "the kernel takes no list");
	expect(!kho_out_has_subtree(KHO_HWPOISON_NODE_NAME));
	expect_eq(kho_hwpoison_hand_over(&foreign, true), 0);
	expect_eq(kho_hwpoison_hand_over(&ours, false), 0);
	expect(kho_out_has_subtree(KHO_HWPOISON_NODE_NAME));
}

/* One page of a huge page costs no more than one of a memfd. */
static void test_huge(void)
{
	struct folio *folio;
	unsigned long bad;

	begin();
	folio = folio_alloc(GFP_KERNEL, 9);
	must(folio);
	folio->page.flags |= BIT(PG_hugetlb);
	bad = folio_pfn(folio) + 300;
	must(!kho_preserve_folio(folio));
	poison(bad);
	expect_refused(&foreign, "the kernel takes no list");
	jump();
	expect_eq(nr_bad(), 1);
	expect(PageHWPoison(pfn_to_page(bad)));
	expect_eq(kho_find_poisoned(bad - 300, bad + 212), bad);
	must(kho_restore_folio(PFN_PHYS(bad - 300)));
	expect(PageHWPoison(pfn_to_page(bad)));
}

/* What the next kernel reads itself: of any order, and the tracker. */
static void test_other(void)
{
	struct folio *folio;

	begin();
	poison(preserved_page(false));
	expect_refused(&ours, "of no memfd has a memory error");
	expect_refused(&foreign, "of no memfd has a memory error");
	expect_eq(kho_hwpoison_hand_over(&ours, true), 0);
	expect(kho_out_has_subtree(KHO_HWPOISON_NODE_NAME));

	begin();
	folio = folio_alloc(GFP_KERNEL, 5);
	must(!kho_preserve_folio(folio));
	poison(folio_pfn(folio) + 31);
	expect_refused(&ours, "of no memfd has a memory error");
	kho_unpreserve_folio(folio);
	expect_eq(kho_hwpoison_hand_over(&ours, false), 0);

	begin();
	poison(PHYS_PFN(virt_to_phys(kho_out_tree.root)));
	expect_refused(&ours, "boot through the firmware");
	expect_eq(kho_hwpoison_hand_over(&cold, false), 0);

	begin();
	poison(PHYS_PFN(kho_out_fdt_phys()));
	expect_refused(&ours, "of no memfd has a memory error");
}

static void test_ready(void)
{
	struct kho_hwpoison bad;
	struct seq_file m = {};

	begin();
	kho_hwpoison_look(&bad);
	kho_hwpoison_show(&m, &bad);
	expect_eq(m.count, 0);
	poison(new_page());
	poison(preserved_page(true));
	kho_hwpoison_look(&bad);
	expect(!kho_hwpoison_verdict(&bad, &ours));
	kho_hwpoison_show(&m, &bad);
	m.buf[m.count] = '\0';
	expect(!strcmp(m.buf, "memory errors: 2 pages, 1 of memfds, which survive without them\n"));
}

/* More than the list has room for. */
static void test_full(void)
{
	unsigned long noted[KHO_HWPOISON_MAX + 3];
	struct kho_hwpoison bad;
	unsigned int i;

	begin();
	for (i = 0; i < ARRAY_SIZE(noted); i++) {
		noted[i] = new_page();
		poison(noted[i]);
	}
	kho_hwpoison_look(&bad);
	expect_eq(bad.known, KHO_HWPOISON_MAX);
	expect_eq(bad.missed, 3);
	jump();
	expect_eq(nr_bad(), KHO_HWPOISON_MAX);

	/* The list is full again. One more may be anybody's. */
	must(!kho_add_subtree("client", kho_alloc_preserve(1), 1));
	expect_eq(kho_hwpoison_hand_over(&ours, false), 0);
	poison(new_page());
	expect_refused(&ours, "too many memory errors to hand over");
	expect_refused(&foreign, "too many memory errors to hand over");
	expect_eq(kho_hwpoison_hand_over(&ours, true), 0);

	/* What had no room stays unknown, whoever makes room. */
	for (i = 0; i < ARRAY_SIZE(noted); i++)
		kho_hwpoison_forget(noted[i]);
	expect_refused(&ours, "too many memory errors to hand over");
}

static phys_addr_t areas_size(const struct kho_scratch *areas, unsigned int nr)
{
	phys_addr_t size = 0;

	while (nr--)
		size += areas[nr].size;
	return size;
}

/* What the next kernel allocates from before it can read the list. */
static void test_scratch(void)
{
	struct kho_scratch areas[4], before;
	struct kimage image = ours;
	unsigned long pfn;
	unsigned int nr;

	sim_power_on(&machine);
	sim_boot("kho=on kho_scratch=24M,0,0");
	must(kho_is_enabled());
	poison(new_page());
	expect_eq(kho_hwpoison_cut_areas(areas, 4), 0);

	before = kho_scratch[0];
	image.kho.areas = kho_scratch;
	image.kho.nr_areas = kho_scratch_cnt;
	pfn = PHYS_PFN(before.addr + 2 * KHO_SCRATCH_ALIGN) + 5;
	SetPageHWPoison(pfn_to_page(pfn));
	num_poisoned_pages_inc(pfn);
	expect_refused(&image, "scratch has a memory error since the image was loaded");
	image.kho.fdt = 0;
	expect_eq(kho_hwpoison_hand_over(&image, false), 0);
	image.kho.fdt = ours.kho.fdt;

	/* In the middle, then at both ends. */
	image.kho.areas = areas;
	nr = image.kho.nr_areas = kho_hwpoison_cut_areas(areas, 4);
	expect_eq(nr, 2);
	expect_eq(areas_size(areas, nr), before.size - KHO_SCRATCH_ALIGN);
	expect_eq(areas[0].addr, before.addr);
	expect_eq(areas[0].size, 2 * KHO_SCRATCH_ALIGN);
	expect_eq(areas[1].addr, before.addr + 3 * KHO_SCRATCH_ALIGN);
	expect_eq(kho_hwpoison_hand_over(&image, false), 0);

	kho_hwpoison_note(PHYS_PFN(before.addr));
	kho_hwpoison_note(PHYS_PFN(before.addr + before.size) - 1);
	expect_refused(&image, "load it again");
	nr = image.kho.nr_areas = kho_hwpoison_cut_areas(areas, 4);
	expect_eq(areas_size(areas, nr), before.size - 3 * KHO_SCRATCH_ALIGN);
	expect_eq(kho_hwpoison_hand_over(&image, false), 0);
	expect_eq(kho_scratch[0].size, before.size);

	/* No room for the rest of an area: less of it. */
	nr = kho_hwpoison_cut_areas(areas, 1);
	expect_eq(nr, 1);
	expect_eq(areas_size(areas, nr), KHO_SCRATCH_ALIGN);
	expect_eq(areas[0].addr, before.addr + KHO_SCRATCH_ALIGN);
}

static int hand_over(void *arg)
{
	return kho_hwpoison_hand_over(&ours, false);
}

static void test_enomem(void)
{
	begin();
	poison(preserved_page(true));
	expect(fail_everywhere(hand_over, NULL) > 0);
	expect(kho_out_has_subtree(KHO_HWPOISON_NODE_NAME));

	/* Nobody loses anything: as good as a boot without handover. */
	begin();
	poison(new_page());
	sim_fail_nth(1);
	sim_log_clear();
	expect_eq(kho_hwpoison_hand_over(&ours, false), 0);
	expect(sim_log_has("kexec goes on: "));
	expect(!kho_out_has_subtree(KHO_HWPOISON_NODE_NAME));
	sim_fail_nth(0);
	expect_eq(kho_hwpoison_hand_over(&ours, false), 0);
	expect(kho_out_has_subtree(KHO_HWPOISON_NODE_NAME));
}

static const struct tap_case cases[] = {
	{ "hwpoison_out: errors are known from kernel to kernel", test_travel },
	{ "hwpoison_out: the same error again", test_twice },
	{ "hwpoison_out: a kernel that knows no list", test_foreign },
	{ "hwpoison_out: one page of a huge page", test_huge },
	{ "hwpoison_out: what no kernel can do without", test_other },
	{ "hwpoison_out: what ready says", test_ready },
	{ "hwpoison_out: more errors than there is room for", test_full },
	{ "hwpoison_out: errors in scratch", test_scratch },
	{ "hwpoison_out: no memory for the list", test_enomem },
};

TAP_MAIN(cases)
