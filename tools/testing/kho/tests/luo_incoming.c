// SPDX-License-Identifier: GPL-2.0
/*
 * Live update: what a foreign kernel may have handed over.
 */

#include "luo_stub.h"

static struct luo_session_ser *session_ser(unsigned int i)
{
	struct kho_block_header_ser *block = phys_to_virt(out_ser()->sessions_pa);

	return (struct luo_session_ser *)(block + 1) + i;
}

static struct luo_file_ser *file_ser(unsigned int session, unsigned int i)
{
	struct kho_block_header_ser *block =
		phys_to_virt(session_ser(session)->file_set_ser.files);

	return (struct luo_file_ser *)(block + 1) + i;
}

static void foreign(void)
{
	struct luo_session *a, *b;

	begin();
	add_flbs();
	a = create("a");
	b = create("b");
	must(!preserve(a, 1) && !preserve(a, 2) && !preserve(b, 3));
	must(!liveupdate_reboot());
}

/* Live update starts when few struct pages are there, or all of them. */
static void land(void)
{
	sim_early_memory = rnd_below(2) ? MiB(rnd_below(16)) : PHYS_ADDR_MAX;
	sim_kexec(cmdline);
	sim_early_memory = PHYS_ADDR_MAX;
	must(is_kho_boot() && kho_is_enabled());
	start();
}

/* As after a cold boot. */
static void expect_refused(const char *why)
{
	struct luo_session *session;
	void *obj;

	land();
	expect_log(why);
	expect_log("are refused");
	expect_eq(out_ser()->liveupdate_num, 1);
	expect_eq(luo_session_deserialize(), 0);
	expect_eq(luo_session_retrieve("a", &session), -ENOENT);
	expect_eq(liveupdate_flb_get_incoming(&flbs[0], &obj), -ENODATA);
	expect_eq(make_session(NULL), 0);
	expect_state(before);
	expect_eq(sim_warnings(), 0);
}

static void expect_broken(const char *why, int err)
{
	struct luo_session *session;

	land();
	sim_log_clear();
	expect_eq(luo_session_deserialize(), err);
	expect_log(why);
	expect_log("no session of the previous kernel can be retrieved");
	expect_eq(luo_session_deserialize(), err);
	expect_eq(luo_session_retrieve("a", &session), -ENOENT);
	expect_eq(owner.refs, 0);
	expect_eq(state_get().objects, before.objects - 1);
	expect_eq(make_session(NULL), 0);
	expect_eq(sim_warnings(), 0);
}

static void test_refused(void)
{
	struct kho_block_header_ser *block;
	struct luo_flb_header_ser *page;
	struct luo_ser *ser;

#define spoil(statement, why) do {					\
	foreign();							\
	ser = (void *)out_ser();					\
	page = phys_to_virt(ser->flbs_pa);				\
	block = phys_to_virt(ser->sessions_pa);				\
	(void)block, (void)page;					\
	statement;							\
	expect_refused(why);						\
} while (0)

	spoil(ser->compatible[5] = '4', "speaks \"luo-v4\"");
	spoil(memset(ser->compatible, 'x', 8), "speaks \"xxxxxxxx\"");
	spoil(ser->compatible[6] = '0', "speaks \"luo-v50\"");
	spoil(ser->sessions_pa += 8, "refused");
	spoil(ser->sessions_pa = MiB(40), "refused");
	spoil(ser->sessions_pa = ~0ULL, "refused");
	spoil(ser->sessions_pa = virt_to_phys(ser), "refused");
	spoil(ser->sessions_pa = ser->flbs_pa, "refused");
	spoil(ser->flbs_pa = virt_to_phys(ser), "was not handed over");
	spoil(ser->flbs_pa = ~0ULL, "was not handed over");
	spoil(ser->flbs_pa++, "was not handed over");
	spoil(page->count = LUO_FLB_MAX + 1, "at most");
	spoil(page->count = ~0ULL, "at most");
	spoil(memset(page + 1, 'x', 48), "no end");
	spoil(((struct luo_flb_ser *)(page + 1))->count = 1ULL << 63, "users");
	spoil(block->count = SESSIONS + 1, "claims");
	spoil(block->next = ser->sessions_pa, "no end");
	spoil(block->next = 1, "refused");
#undef spoil

	/* Too small; and not to be restored. */
	foreign();
	kho_remove_subtree((void *)out_ser());
	must(!kho_add_subtree("LUO", kho_alloc_preserve(8), 31));
	expect_refused("31 bytes");
	foreign();
	kho_unpreserve_folio(virt_to_folio((void *)out_ser()));
	sim_kexec(cmdline);
	expect(liveupdate_enabled());
	expect_eq(sim_warnings(), 0);
}

static void test_broken(void)
{
	struct luo_session_ser *a, *b;
	struct luo_file_ser *f;

#define spoil(statement, why, err) do {					\
	foreign();							\
	a = session_ser(0);						\
	b = session_ser(1);						\
	f = file_ser(0, 1);						\
	(void)a, (void)b, (void)f;					\
	statement;							\
	expect_broken(why, err);					\
} while (0)

	spoil(strcpy(b->name, "a"), "there twice", -EEXIST);
	spoil(strcpy(f->compatible, "other"), "no file handler \"other\"",
	      -ENOENT);
	spoil(memset(f->compatible, 'x', 48), "no end", -EINVAL);
	spoil(f->token = 1, "there twice", -EINVAL);
	spoil(a->file_set_ser.count = 1, "announced", -EINVAL);
	spoil(b->file_set_ser.count = ~0ULL, "announced", -EINVAL);
	spoil(b->file_set_ser.files++, "refused", -EINVAL);
	spoil(b->file_set_ser.files = MiB(5), "refused", -EINVAL);
	/* A block has one owner. */
	spoil(b->file_set_ser = a->file_set_ser, "refused", -EINVAL);
	spoil(b->file_set_ser.files = out_ser()->sessions_pa, "refused",
	      -EINVAL);
#undef spoil

	/* A name without an end is cut; files that are not there are none. */
	foreign();
	memset(session_ser(0)->name, 'x', 64);
	session_ser(0)->file_set_ser.files = 0;
	land();
	expect_eq(luo_session_deserialize(), 0);
	expect_log("2 files were announced");
	luo_session_release(retrieve("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
				     "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"));
	luo_session_release(retrieve("b"));
	expect_eq(sim_warnings(), 0);
}

static void test_deserialize_enomem(void)
{
	unsigned long nth;
	int err = -ENOMEM;

	for (nth = 1; err; nth++) {
		foreign();
		land();
		sim_fail_nth(nth);
		err = luo_session_deserialize();
		if (sim_fail_nth(0) < nth)
			break;
		expect_eq(err, -ENOMEM);
		expect_eq(state_get().objects, before.objects - 1);
		expect_eq(owner.refs, 0);
		expect_eq(sim_warnings(), 0);
	}
	expect_eq(nth, 8);
}

/* Use whatever came over. */
static void use_all(void)
{
	static const char * const names[] = { "a", "b" };
	struct luo_session *session;
	unsigned int i, token;
	struct file *file;
	void *obj;

	for (i = 0; i < 2; i++)
		if (!liveupdate_flb_get_incoming(&flbs[i], &obj))
			liveupdate_flb_put_incoming(&flbs[i]);
	for (i = 0; i < 2; i++) {
		if (luo_session_retrieve(names[i], &session))
			continue;
		for (token = 0; token < 5; token++)
			if (!luo_session_retrieve_file(session, token, &file))
				fput(file);
		luo_session_release(session);
	}
}

/* Some bytes of one of the pages are not what they were. */
static void test_flips(void)
{
	static const size_t sizes[] = { 32, 16 + 128, 16 + 160, 16 + 128, 16 + 64 };
	unsigned int round, flips, n;
	struct luo_ser *ser;
	unsigned char *page;
	u64 pages[5];

	for (round = 0; round < 400; round++) {
		foreign();
		ser = (void *)out_ser();
		pages[0] = virt_to_phys(ser);
		pages[1] = ser->flbs_pa;
		pages[2] = ser->sessions_pa;
		pages[3] = session_ser(0)->file_set_ser.files;
		pages[4] = session_ser(1)->file_set_ser.files;
		n = rnd_below(ARRAY_SIZE(pages));
		page = phys_to_virt(pages[n]);
		for (flips = 1 + rnd_below(3); flips; flips--)
			page[rnd_below(sizes[n])] = rnd_below(2) ? rnd() : 0;

		land();
		must(!liveupdate_register_flb(&handler, &flbs[0]));
		must(!liveupdate_register_flb(&handler, &flbs[1]));
		luo_session_deserialize();
		use_all();
		expect_eq(make_session(NULL), 0);
		must(expect_eq(sim_warnings(), 0));
	}
}

static const struct tap_case cases[] = {
	{ "luo: data that are refused at boot", test_refused },
	{ "luo: data that are refused at first use", test_broken },
	{ "luo: no memory to take it over", test_deserialize_enomem },
	{ "luo: data with wrong bytes", test_flips },
};

TAP_MAIN(cases)
