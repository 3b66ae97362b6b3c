// SPDX-License-Identifier: GPL-2.0
/*
 * vmalloc areas from one kernel to the next, and descriptors that nobody should
 * have written.
 */

#include <linux/kho/abi/kexec_handover.h>

#include "state.h"

static const struct sim_machine machine = {
	.ram = { { .start = MiB(1), .size = MiB(39) } },
};

static const char cmdline[] = "kho=on kho_scratch=4M,0,0";

static struct kho_vmalloc desc;

static void begin(void)
{
	sim_power_on(&machine);
	sim_boot(cmdline);
	must(kho_is_enabled());
}

static void jump(void)
{
	sim_kexec(cmdline);
	must(is_kho_boot() && kho_is_enabled());
}

static void mark_page(struct page *page, unsigned int i)
{
	u64 *p = page_address(page);

	p[0] = i * 0x123456789ULL;
	p[PAGE_SIZE / sizeof(*p) - 1] = p[0];
}

static bool is_marked(struct page *page, unsigned int i)
{
	u64 *p = page_address(page);

	return p[0] == i * 0x123456789ULL &&
	       p[PAGE_SIZE / sizeof(*p) - 1] == p[0];
}

static void *new_area(unsigned int nr, unsigned int order, unsigned long flags)
{
	void *addr = sim_vmalloc(nr, order, flags);
	struct vm_struct *vm = find_vm_area(addr);
	unsigned int i;

	for (i = 0; i < nr; i++)
		mark_page(vm->pages[i], i);
	return addr;
}

static void check_area(void *addr, unsigned int nr, unsigned int order,
		       unsigned long flags)
{
	struct vm_struct *vm = find_vm_area(addr);
	unsigned int i;

	must(vm && vm->addr == addr);
	expect(IS_ALIGNED((unsigned long)addr, PAGE_SIZE << order));
	expect_eq(vm->nr_pages, nr);
	expect_eq(vm->page_order, order);
	expect_eq(vm->flags, VM_ALLOC | flags);
	for (i = 0; i < nr; i++) {
		must(is_marked(vm->pages[i], i));
		must(page_count(vm->pages[i]) == 1);
	}
}

/* How many chunks a descriptor has. */
static unsigned int chunks(const struct kho_vmalloc *d)
{
	struct kho_vmalloc_chunk *chunk = KHOSER_LOAD_PTR(d->first);
	unsigned int n = 0;

	for (; chunk; chunk = KHOSER_LOAD_PTR(chunk->hdr.next))
		n++;
	return n;
}

static const struct shape {
	unsigned int nr, order, chunks;
	unsigned long flags;
} shapes[] = {
	{ 1, 0, 1, 0 },
	{ 510, 0, 1, 0 },
	{ 511, 0, 1, 0 },
	{ 512, 0, 2, 0 },
	{ 1022, 0, 2, 0 },
	{ 1023, 0, 3, 0 },
	{ 100, 0, 1, VM_ALLOW_HUGE_VMAP },
	{ 8, 3, 1, VM_ALLOW_HUGE_VMAP },
	{ 1024, 1, 2, VM_ALLOW_HUGE_VMAP },
	{ 1024, 9, 1, VM_ALLOW_HUGE_VMAP },
};

static void test_round_trip(void)
{
	const struct shape *s;
	struct kho_vmalloc again;
	long used;
	void *addr;

	for (s = shapes; s < shapes + ARRAY_SIZE(shapes); s++) {
		begin();
		addr = new_area(s->nr, s->order, s->flags);
		must(!kho_preserve_vmalloc(addr, &desc));
		expect_eq(desc.total_pages, s->nr);
		expect_eq(desc.order, s->order);
		expect_eq(desc.flags, KHO_VMALLOC_ALLOC |
			  (s->flags ? KHO_VMALLOC_HUGE_VMAP : 0));
		expect_eq(chunks(&desc), s->chunks);

		jump();
		again = desc;
		used = sim_pages_used();
		addr = kho_restore_vmalloc(&desc);
		must(addr);
		expect_eq(sim_pages_used(), used + s->nr);
		check_area(addr, s->nr, s->order, s->flags);

		/* To the next kernel as it is. */
		must(!kho_preserve_vmalloc(addr, &desc));
		jump();
		used = sim_pages_used();
		addr = kho_restore_vmalloc(&desc);
		must(addr);
		check_area(addr, s->nr, s->order, s->flags);
		vfree(addr);
		expect_eq(sim_pages_used(), used);
		expect_eq(sim_objects_used(), 0);
		expect_eq(sim_warnings(), 0);

		/* A descriptor is good for once. */
		expect(!kho_restore_vmalloc(&desc));
		expect(!kho_restore_vmalloc(&again));
		expect_log("was not handed over");
		expect_eq(sim_warnings(), 0);
		expect_eq(sim_pages_used(), used);
		expect_eq(sim_objects_used(), 0);
	}
}

/* Chunk entries are in virtual order, and every block is one key. */
static void test_content(void)
{
	struct kho_vmalloc_chunk *chunk;
	struct vm_struct *vm;
	struct state before;
	unsigned int i;
	void *addr;

	begin();
	addr = new_area(64, 2, VM_ALLOW_HUGE_VMAP);
	vm = find_vm_area(addr);
	before = state_get();
	must(!kho_preserve_vmalloc(addr + 5 * PAGE_SIZE, &desc));
	chunk = KHOSER_LOAD_PTR(desc.first);
	expect(is_preserved(PHYS_PFN(desc.first.phys), 0));
	expect_eq(chunk->hdr.next.phys, 0);
	for (i = 0; i < 16; i++) {
		expect_eq(chunk->phys[i], page_to_phys(vm->pages[i * 4]));
		expect(is_preserved(PHYS_PFN(chunk->phys[i]), 2));
	}
	expect_eq(chunk->phys[16], 0);
	kho_unpreserve_vmalloc(&desc);
	expect_state(before);
	vfree(addr);
}

static void test_refused(void)
{
	static const unsigned long flags[] = { VM_IOREMAP, VM_MAP, VM_USERMAP };
	struct state before;
	unsigned int i;
	void *addr;

	begin();
	before = state_get();
	expect_eq(kho_preserve_vmalloc((void *)0x1234000, &desc), -EINVAL);
	expect_state(before);
	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		addr = new_area(3, 0, flags[i]);
		before = state_get();
		expect_eq(kho_preserve_vmalloc(addr, &desc), -EOPNOTSUPP);
		expect_state(before);
	}

	/* A page that cannot be preserved: nothing is. */
	addr = new_area(600, 0, 0);
	sim_poison_page(find_vm_area(addr)->pages[577]);
	before = state_get();
	expect_eq(kho_preserve_vmalloc(addr, &desc), -EHWPOISON);
	expect_state(before);
}

/* What others preserved stays when it fails. */
static void test_overlap(void)
{
	struct state before;
	struct page *page;
	void *addr;

	begin();
	addr = new_area(40, 0, 0);
	page = find_vm_area(addr)->pages[11];
	must(!kho_preserve_pages(page, 1));
	sim_poison_page(find_vm_area(addr)->pages[39]);
	before = state_get();
	expect_eq(kho_preserve_vmalloc(addr, &desc), -EHWPOISON);
	expect_state(before);
	expect(is_preserved(page_to_pfn(page), 0));
}

/* Pages that can be restored, and those that were. */
static unsigned long held_pages(void)
{
	const struct sim_range *r;
	unsigned long pfn, nr = 0;

	sim_for_each_range(r)
		for (pfn = PHYS_PFN(r->start);
		     pfn < PHYS_PFN(r->start + r->size); pfn++)
			if (kho_handed_over_order(PFN_PHYS(pfn)) >= 0)
				nr += 1UL << kho_handed_over_order(PFN_PHYS(pfn));
	return nr + (kho_restored() << 32);
}

static void test_enomem(void)
{
	static const struct shape s[] = {
		{ 600, 0, 2, 0 }, { 64, 4, 1, VM_ALLOW_HUGE_VMAP },
	};
	unsigned long nth, allocs, held;
	unsigned int i;
	long used;
	void *addr;

	for (i = 0; i < ARRAY_SIZE(s); i++)
		for (nth = 1;; nth++) {
			begin();
			addr = new_area(s[i].nr, s[i].order, s[i].flags);
			must(!kho_preserve_vmalloc(addr, &desc));
			jump();
			used = sim_pages_used();
			held = held_pages();
			sim_fail_nth(nth);
			addr = kho_restore_vmalloc(&desc);
			allocs = sim_fail_nth(0);
			if (allocs < nth)
				break;
			expect(!addr);
			expect_eq(sim_pages_used(), used);
			expect_eq(sim_objects_used(), 0);
			expect_eq(held_pages(), held);
			/* And again. */
			addr = kho_restore_vmalloc(&desc);
			must(addr);
			check_area(addr, s[i].nr, s[i].order, s[i].flags);
		}
	must(addr);
	check_area(addr, s[1].nr, s[1].order, s[1].flags);
	expect(nth > 3);
}

/* Descriptors by hand. */

static struct kho_vmalloc_chunk *new_chunk(struct kho_vmalloc_chunk *prev)
{
	struct kho_vmalloc_chunk *chunk = kho_alloc_preserve(PAGE_SIZE);

	must(!IS_ERR(chunk));
	if (prev)
		KHOSER_STORE_PTR(prev->hdr.next, chunk);
	else
		KHOSER_STORE_PTR(desc.first, chunk);
	return chunk;
}

static phys_addr_t new_page(unsigned int i, unsigned int order)
{
	struct page *page = alloc_pages(GFP_KERNEL, order);
	unsigned int n;

	must(page && !kho_preserve_pages(page, 1UL << order));
	for (n = 0; n < 1U << order; n++)
		mark_page(page + n, (i << order) + n);
	return page_to_phys(page);
}

/* One chunk with @nr pages, and a descriptor that fits. */
static struct kho_vmalloc_chunk *by_hand(unsigned int nr)
{
	struct kho_vmalloc_chunk *chunk;
	unsigned int i;

	begin();
	desc = (struct kho_vmalloc) {
		.total_pages = nr, .flags = KHO_VMALLOC_ALLOC,
	};
	chunk = new_chunk(NULL);
	for (i = 0; i < nr; i++)
		chunk->phys[i] = new_page(i, 0);
	return chunk;
}

static void expect_accepted(unsigned int nr)
{
	void *addr;
	long used;

	jump();
	used = sim_pages_used();
	addr = kho_restore_vmalloc(&desc);
	must(addr);
	check_area(addr, nr, 0, 0);
	vfree(addr);
	expect_eq(sim_pages_used(), used);
	expect_eq(sim_objects_used(), 0);
	expect_eq(sim_warnings(), 0);
}

/* Refused, with a line, and all that was taken on the way is there again. */
static void expect_not_restored(unsigned int max_warnings)
{
	unsigned long held;
	long used;

	jump();
	held = held_pages();
	used = sim_pages_used();
	sim_log_clear();
	expect(!kho_restore_vmalloc(&desc));
	expect_log("not restored");
	expect_eq(held_pages(), held);
	expect_eq(sim_pages_used(), used);
	expect_eq(sim_objects_used(), 0);
	expect(sim_warnings() <= max_warnings);
}

static void test_foreign_chunks(void)
{
	struct kho_vmalloc_chunk *chunk;

	/* Full, and neither terminator nor successor. */
	by_hand(511);
	expect_accepted(511);

	/* As 7.3 does it: an empty chunk behind it. */
	new_chunk(by_hand(511));
	expect_accepted(511);

	/* Empty ones elsewhere, and chunks that are not full. */
	chunk = new_chunk(new_chunk(by_hand(3)));
	chunk->phys[0] = new_page(3, 0);
	desc.total_pages = 4;
	expect_accepted(4);

	/* What follows the first zero does not count. */
	chunk = by_hand(3);
	chunk->phys[4] = new_page(4, 0);
	expect_accepted(3);
}

static void test_counts(void)
{
	by_hand(5);
	desc.total_pages = 4;
	expect_not_restored(0);
	by_hand(5);
	desc.total_pages = 6;
	expect_not_restored(0);
	new_chunk(by_hand(511))->phys[0] = new_page(511, 0);
	expect_not_restored(0);
	by_hand(511);
	desc.total_pages = 512;
	expect_not_restored(0);
	by_hand(5);
	desc.first.phys = 0;
	expect_not_restored(0);
	by_hand(1);
	desc.total_pages = 0;
	expect_not_restored(0);

	/* More than any machine has must not even be tried. */
	by_hand(1);
	desc.total_pages = 0xfffffffe;
	expect_not_restored(0);
	by_hand(1);
	desc.total_pages = 0x80000000;
	expect_not_restored(0);
}

static void test_cycles(void)
{
	struct kho_vmalloc_chunk *chunk, *second;

	chunk = by_hand(5);
	KHOSER_STORE_PTR(chunk->hdr.next, chunk);
	expect_not_restored(1);

	chunk = by_hand(5);
	second = new_chunk(chunk);
	KHOSER_STORE_PTR(second->hdr.next, chunk);
	expect_not_restored(1);

	/* Blocks that are not there twice. */
	chunk = by_hand(5);
	chunk->phys[4] = chunk->phys[1];
	expect_not_restored(1);
	chunk = by_hand(5);
	chunk->phys[4] = virt_to_phys(chunk);
	expect_not_restored(1);
}

static void test_bad_descriptor(void)
{
	static const unsigned short orders[] = { 1, 2, 11, 30, 31, 32, 33, 51,
						 52, 53, 63, 64, 0xffff };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(orders); i++) {
		by_hand(5);
		desc.order = orders[i];
		expect_not_restored(0);
	}
	for (i = 0; i < ARRAY_SIZE(orders); i++) {
		by_hand(4);
		desc.order = orders[i];
		expect_not_restored(1);
	}
	for (i = 2; i < 16; i++) {
		by_hand(5);
		desc.flags |= BIT(i);
		expect_not_restored(0);
	}
}

static void test_bad_addresses(void)
{
	static const u64 bad[] = {
		1, 8, 0xfff, MiB(1), MiB(1) + 8, MiB(39), MiB(40), GiB(1),
		SIM_PHYS_END - PAGE_SIZE, SIM_PHYS_END, ~0ULL, ~0ULL << PAGE_SHIFT,
		1ULL << 63, 1ULL << 52, 0xdead000000000000,
	};
	struct kho_vmalloc_chunk *chunk;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		by_hand(5);
		desc.first.phys = bad[i];
		expect_not_restored(1);

		chunk = by_hand(5);
		chunk->hdr.next.phys = bad[i];
		expect_not_restored(1);

		chunk = by_hand(5);
		chunk->phys[2] = bad[i];
		expect_not_restored(1);
	}
}

/* A chunk, or a block, that is part of something larger. */
static void test_foreign_blocks(void)
{
	struct kho_vmalloc_chunk *chunk;
	struct page *page;

	chunk = by_hand(5);
	chunk->phys[4] = new_page(4, 3);
	expect_not_restored(1);

	/* Only the first page of a block is there. */
	begin();
	desc = (struct kho_vmalloc) {
		.total_pages = 4, .flags = KHO_VMALLOC_ALLOC, .order = 1,
	};
	chunk = new_chunk(NULL);
	chunk->phys[0] = new_page(0, 1);
	page = alloc_pages(GFP_KERNEL, 1);
	must(page && !kho_preserve_pages(page, 1));
	chunk->phys[1] = page_to_phys(page);
	expect_not_restored(1);

	/* A chunk in a larger block that was preserved as one. */
	begin();
	page = alloc_pages(GFP_KERNEL | __GFP_ZERO, 2);
	must(page && !kho_preserve_pages(page, 4));
	desc = (struct kho_vmalloc) {
		.first.phys = page_to_phys(page), .total_pages = 1,
		.flags = KHO_VMALLOC_ALLOC,
	};
	chunk = page_address(page);
	chunk->phys[0] = new_page(0, 0);
	expect_not_restored(1);
}

static const struct tap_case cases[] = {
	{ "vmalloc: to the next kernel and the one after", test_round_trip },
	{ "vmalloc: content of chunks", test_content },
	{ "vmalloc: areas that are refused", test_refused },
	{ "vmalloc: a failure undoes only its own", test_overlap },
	{ "vmalloc: no memory to restore it", test_enomem },
	{ "vmalloc: chunks of other kernels", test_foreign_chunks },
	{ "vmalloc: too many and too few blocks", test_counts },
	{ "vmalloc: cycles", test_cycles },
	{ "vmalloc: bad orders and flags", test_bad_descriptor },
	{ "vmalloc: bad addresses", test_bad_addresses },
	{ "vmalloc: blocks of another size", test_foreign_blocks },
};

TAP_MAIN(cases)
