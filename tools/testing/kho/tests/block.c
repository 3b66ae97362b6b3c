// SPDX-License-Identifier: GPL-2.0
/*
 * Block sets: growing, shrinking, iterators, and chains of other kernels.
 */

#include <linux/kho_block.h>

#include "state.h"

#define ENTRY	80
#define PER	51	/* entries of that size in a block, ABI 9 */
#define MAX	10000	/* blocks in a set */

static const struct sim_machine machine = {
	.ram = { { .start = MiB(1), .size = MiB(63) } },
};

static const char cmdline[] = "kho=on kho_scratch=4M,0,0";

static struct kho_block_set bs;
static struct state before;

static void begin(void)
{
	sim_power_on(&machine);
	sim_boot(cmdline);
	must(kho_is_enabled());
	kho_block_set_init(&bs, ENTRY);
	before = state_get();
}

static void jump(void)
{
	sim_kexec(cmdline);
	must(is_kho_boot() && kho_is_enabled());
	kho_block_set_init(&bs, ENTRY);
	before = state_get();
}

/* The chain as the next kernel would see it. */
static unsigned long chain_length(u64 pa)
{
	const struct kho_block_header_ser *ser;
	unsigned long n = 0;

	for (; pa; pa = ser->next, n++) {
		must(IS_ALIGNED(pa, PAGE_SIZE));
		if (!bs.incoming)
			must(is_preserved(PHYS_PFN(pa), 0));
		ser = phys_to_virt(pa);
	}
	return n;
}

static void check_blocks(long nblocks)
{
	expect_eq(bs.nblocks, nblocks);
	expect_eq(kho_block_set_is_empty(&bs), !nblocks);
	expect_eq(!kho_block_set_head_pa(&bs), !nblocks);
	expect_eq(chain_length(bs.head_pa), nblocks);
	expect_eq(sim_objects_used(), before.objects + nblocks);
}

static void test_grow_shrink(void)
{
	static const struct {
		bool grow;
		u64 count;
		long nblocks;
	} steps[] = {
		{ true, 0, 0 }, { true, 1, 1 }, { true, PER, 1 },
		{ true, PER + 1, 2 }, { true, 5, 2 }, { true, 10 * PER, 10 },
		{ false, 10 * PER, 10 }, { false, 9 * PER + 1, 10 },
		{ false, 9 * PER, 9 }, { false, 100 * PER, 9 },
		{ false, PER + 1, 2 }, { false, PER, 1 }, { false, 1, 1 },
		{ false, 0, 0 }, { false, 0, 0 }, { true, 3, 1 },
	};
	unsigned int i;

	begin();
	expect_eq(bs.count_per_block, PER);
	for (i = 0; i < ARRAY_SIZE(steps); i++) {
		if (steps[i].grow)
			expect_eq(kho_block_set_grow(&bs, steps[i].count), 0);
		else
			kho_block_set_shrink(&bs, steps[i].count);
		check_blocks(steps[i].nblocks);
	}
	kho_block_set_destroy(&bs);
	kho_block_set_destroy(&bs);
	expect_state(before);
	check_blocks(0);
}

static void test_init(void)
{
	struct kho_block_set stat = KHO_BLOCK_SET_INIT(stat, 64), set;

	expect_eq(stat.count_per_block, 63);
	expect_eq(stat.entry_size, 64);
	expect(kho_block_set_is_empty(&stat));
	kho_block_set_init(&set, PAGE_SIZE - 16);
	expect_eq(set.count_per_block, 1);
	kho_block_set_init(&set, PAGE_SIZE);
	expect_eq(set.count_per_block, 0);
	expect_eq(sim_warnings(), 1);
}

static void fill(unsigned int nr)
{
	struct kho_block_set_it it;
	unsigned int i;
	u32 *entry;

	kho_block_set_it_init(&it, &bs);
	for (i = 0; i < nr; i++) {
		entry = kho_block_set_it_reserve_entry(&it);
		must(entry);
		memset(entry, 0, ENTRY);
		entry[0] = i;
		entry[ENTRY / 4 - 1] = ~i;
	}
}

static void check_entries(unsigned int nr)
{
	struct kho_block_set_it it;
	unsigned int i;
	u32 *entry;

	kho_block_set_it_init(&it, &bs);
	for (i = 0; i < nr; i++) {
		entry = kho_block_set_it_read_entry(&it);
		must(entry);
		must(entry[0] == i && entry[ENTRY / 4 - 1] == ~i);
	}
	expect(!kho_block_set_it_read_entry(&it));
	expect(!kho_block_set_it_read_entry(&it));
	/* Going back takes all blocks before its own to be full. */
	if (DIV_ROUND_UP(nr, PER) != bs.nblocks)
		return;
	while (i--) {
		entry = kho_block_set_it_prev(&it);
		must(entry && entry[0] == i);
	}
	expect(!kho_block_set_it_prev(&it));
	expect(!kho_block_set_it_prev(&it));
}

static void test_iterators(void)
{
	static const unsigned int counts[] = { 0, 1, PER - 1, PER, PER + 1,
					       2 * PER, 5 * PER + 7 };
	struct kho_block_set_it it;
	unsigned int i, n;

	begin();
	kho_block_set_it_init(&it, &bs);
	expect(!kho_block_set_it_reserve_entry(&it));
	expect(!kho_block_set_it_read_entry(&it));
	expect(!kho_block_set_it_prev(&it));
	for (i = 0; i < ARRAY_SIZE(counts); i++) {
		must(!kho_block_set_grow(&bs, counts[i]));
		fill(counts[i]);
		check_entries(counts[i]);
		kho_block_set_clear(&bs);
		check_entries(0);
	}

	/* As many as there is room for. */
	kho_block_set_it_init(&it, &bs);
	for (n = 0; kho_block_set_it_reserve_entry(&it); n++)
		;
	expect_eq(n, bs.nblocks * PER);
	kho_block_set_destroy(&bs);
	expect_state(before);
}

static void test_round_trip(void)
{
	static const unsigned int counts[] = { 1, PER, PER + 1, 7 * PER };
	unsigned int i;
	u64 head;

	for (i = 0; i < ARRAY_SIZE(counts); i++) {
		begin();
		must(!kho_block_set_grow(&bs, counts[i]));
		fill(counts[i]);
		head = kho_block_set_head_pa(&bs);
		jump();
		expect_eq(kho_block_set_restore(&bs, head), 0);
		expect(bs.incoming);
		check_blocks(DIV_ROUND_UP(counts[i], PER));
		check_entries(counts[i]);
		expect_eq(kho_block_set_grow(&bs, 1000), -EINVAL);
		expect_eq(sim_warnings(), 1);
		kho_block_set_shrink(&bs, counts[i] - 1);
		kho_block_set_destroy(&bs);
		check_blocks(0);
		expect_state(before);
		expect_eq(sim_warnings(), 0);

		/* Nobody else gets it. */
		expect_eq(kho_block_set_restore(&bs, head), -EINVAL);
		expect_state(before);
	}
	jump();
	expect_eq(kho_block_set_restore(&bs, 0), 0);
	expect(kho_block_set_is_empty(&bs) && bs.incoming);
}

/* A chain of @nr blocks with one entry each; the last is in @last. */
static u64 make_chain(unsigned int nr, struct kho_block_header_ser **last)
{
	struct kho_block_header_ser *ser, *prev = NULL;
	u64 head = 0;

	for (; nr--; prev = ser) {
		ser = kho_alloc_preserve(PAGE_SIZE);
		must(!IS_ERR(ser));
		ser->count = 1;
		if (prev)
			prev->next = virt_to_phys(ser);
		else
			head = virt_to_phys(ser);
	}
	*last = prev;
	return head;
}

/* Nothing is taken, nor freed: whose these blocks are nobody knows. */
static void expect_refused(u64 head, int err, unsigned int nr)
{
	unsigned long restored;
	u64 pa;

	jump();
	restored = kho_restored();
	sim_log_clear();
	expect_eq(kho_block_set_restore(&bs, head), err);
	expect(kho_block_set_is_empty(&bs));
	expect_eq(bs.nblocks, 0);
	expect_state(before);
	expect_eq(sim_warnings(), 0);
	expect_log("refused");
	expect_eq(kho_restored(), restored);
	for (pa = head; nr--; pa = ((struct kho_block_header_ser *)
				    phys_to_virt(pa))->next) {
		must(sim_page_state(PHYS_PFN(pa)) == SIM_HELD);
		must(kho_is_handed_over(pa, 0));
	}
}

static void test_counts(void)
{
	struct kho_block_header_ser *last;
	u64 head;

	/* Blocks without entries are read over, wherever they are. */
	begin();
	head = make_chain(5, &last);
	((struct kho_block_header_ser *)phys_to_virt(head))->count = 0;
	last->count = 0;
	jump();
	expect_eq(kho_block_set_restore(&bs, head), 0);
	check_blocks(5);
	kho_block_set_destroy(&bs);
	expect_state(before);

	begin();
	head = make_chain(3, &last);
	last->count = PER + 1;
	expect_refused(head, -EINVAL, 3);
	begin();
	head = make_chain(3, &last);
	last->count = ~0ULL;
	expect_refused(head, -EINVAL, 3);
	begin();
	head = make_chain(1, &last);
	last->count = 1ULL << 32 | 1;
	expect_refused(head, -EINVAL, 1);
	begin();
	head = make_chain(1, &last);
	last->count = PER;
	jump();
	expect_eq(kho_block_set_restore(&bs, head), 0);
}

/* A cycle is found, and nothing of it is freed. */
static void test_cycles(void)
{
	struct kho_block_header_ser *last;
	unsigned int nr, to, i;
	u64 head, pa;

	for (nr = 1; nr < 40; nr = nr * 2 + 1)
		for (to = 0; to < nr; to += 1 + nr / 4) {
			begin();
			head = make_chain(nr, &last);
			for (pa = head, i = 0; i < to; i++)
				pa = ((struct kho_block_header_ser *)
				      phys_to_virt(pa))->next;
			last->next = pa;
			jump();
			expect_eq(kho_block_set_restore(&bs, head), -EINVAL);
			expect_log("no end");
			expect_state(before);
			expect(kho_is_handed_over(head, 0));
		}
}

static void test_not_handed_over(void)
{
	static const u64 bad[] = {
		1, 0xfff, MiB(1), MiB(2) + 8, MiB(64), GiB(4), SIM_PHYS_END, ~0ULL,
		1ULL << 63,
	};
	struct kho_block_header_ser *last;
	struct folio *folio;
	unsigned int i;
	u64 head;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		begin();
		head = make_chain(3, &last);
		last->next = bad[i];
		expect_refused(head, -EINVAL, 3);
		expect_refused(bad[i], -EINVAL, 0);
	}

	/* A block is one page. */
	begin();
	head = make_chain(3, &last);
	folio = folio_alloc(GFP_KERNEL | __GFP_ZERO, 2);
	must(!kho_preserve_folio(folio));
	last->next = PFN_PHYS(folio_pfn(folio));
	expect_refused(head, -EINVAL, 3);
	expect(kho_is_handed_over(PFN_PHYS(folio_pfn(folio)), 2));
}

static void test_limits(void)
{
	struct kho_block_header_ser *last;
	u64 head;

	begin();
	expect_eq(kho_block_set_grow(&bs, (u64)MAX * PER + 1), -ENOSPC);
	expect_state(before);
	check_blocks(0);
	expect_eq(kho_block_set_grow(&bs, ~0ULL), -ENOSPC);
	expect_state(before);
	expect_eq(kho_block_set_grow(&bs, (u64)MAX * PER), 0);
	expect_eq(bs.nblocks, MAX);
	expect_eq(kho_block_set_grow(&bs, (u64)MAX * PER + 1), -ENOSPC);
	expect_eq(bs.nblocks, MAX);
	head = kho_block_set_head_pa(&bs);
	jump();
	expect_eq(kho_block_set_restore(&bs, head), 0);
	expect_eq(bs.nblocks, MAX);
	kho_block_set_destroy(&bs);
	expect_state(before);

	begin();
	head = make_chain(MAX + 1, &last);
	expect_refused(head, -ENOSPC, MAX + 1);
}

static void test_enomem(void)
{
	struct kho_block_header_ser *last;
	unsigned long nth;
	u64 head;

	for (nth = 1; nth <= 5; nth++) {
		begin();
		head = make_chain(5, &last);
		jump();
		sim_fail_nth(nth);
		expect_eq(kho_block_set_restore(&bs, head), -ENOMEM);
		sim_fail_nth(0);
		expect(kho_block_set_is_empty(&bs));
		expect_eq(kho_block_set_head_pa(&bs), 0);
		expect_state(before);
		expect_eq(sim_warnings(), 0);

		/* And again. */
		expect(kho_is_handed_over(head, 0));
		expect_eq(kho_block_set_restore(&bs, head), 0);
		check_blocks(5);
		kho_block_set_destroy(&bs);
		expect_state(before);
	}
}

/* What somebody else has taken in the middle of it. */
static void test_shared(void)
{
	struct kho_block_header_ser *last, *second;
	u64 head;

	begin();
	head = make_chain(4, &last);
	jump();
	second = phys_to_virt(((struct kho_block_header_ser *)
			       phys_to_virt(head))->next);
	must(kho_restore_folio(virt_to_phys(second)));
	before = state_get();
	expect_eq(kho_block_set_restore(&bs, head), -EINVAL);
	expect_log("was not handed over, refused");
	expect_state(before);
	expect(kho_is_handed_over(head, 0));
	expect(kho_is_handed_over(second->next, 0));
	expect_eq(sim_warnings(), 0);
}

static const struct tap_case cases[] = {
	{ "block: initialisation", test_init },
	{ "block: grow and shrink", test_grow_shrink },
	{ "block: iterators", test_iterators },
	{ "block: to the next kernel", test_round_trip },
	{ "block: counts of other kernels", test_counts },
	{ "block: cycles", test_cycles },
	{ "block: blocks that were not handed over", test_not_handed_over },
	{ "block: limits", test_limits },
	{ "block: no memory to restore it", test_enomem },
	{ "block: a block that somebody else has", test_shared },
};

TAP_MAIN(cases)
