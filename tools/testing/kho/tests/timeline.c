// SPDX-License-Identifier: GPL-2.0
/*
 * How long a jump took: what is sent and shown, and what comes of times that make no
 * sense.
 */

#include <stdlib.h>

#include <asm/kho_clock.h>

#include <linux/kho_timeline.h>
#include <linux/libfdt.h>
#include <linux/seq_file.h>

#include "../../../../kernel/liveupdate/kho_internal.h"
#include "state.h"

#define STEP		1000	/* ticks from one stamp to the next */
#define KHZ		1000	/* a tick is 1 us */
#define OWN		KHO_TIME_START

static const struct sim_machine machine = {
	.ram = { { 0, MiB(64) } },
};

/* What is shown of a phase; -1: unknown. */
static struct {
	char name[16];
	long long since, took;
} shown[KHO_TIME_NR];

static void begin(void)
{
	sim_clock = 5000;
	sim_clock_step = STEP;
	sim_clock_khz = KHZ;
	sim_power_on(&machine);
	sim_boot("kho=on kho_scratch=4M,0,0");
	must(kho_is_enabled());
}

static struct kho_timeline_ser *sent(void **size)
{
	void *fdt = phys_to_virt(kho_out_fdt_phys());
	int node = fdt_subnode_offset(fdt, 0, "kho-timeline");
	phys_addr_t phys;
	u64 bytes;

	must(!kho_fdt_find(fdt, "kho-timeline", &phys, &bytes));
	expect_eq(bytes, 48);
	if (size)
		*size = fdt_getprop_w(fdt, node,
				      KHO_SUB_TREE_SIZE_PROP_NAME, NULL);
	return phys_to_virt(phys);
}

/* What the kernel does from reboot() to its end. */
static void leave(void)
{
	unsigned int i;

	kho_timeline_reboot();
	for (i = KHO_TIMELINE_FREEZE; i < KHO_TIMELINE_SENT; i++)
		kho_timeline_stamp(i);
}

static void arrive(const char *cmdline)
{
	sim_kexec(cmdline);
	must(is_kho_boot());
	kho_timeline_end();
}

static long long number(const char *word)
{
	return strcmp(word, "unknown") ? atoll(word) : -1;
}

static void read_file(void)
{
	static struct seq_file m;
	char since[32], took[32], *line, *save;
	unsigned int i = 0;

	m.count = 0;
	kho_timeline_show(&m);
	m.buf[m.count] = 0;
	for (line = strtok_r(m.buf, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save), i++) {
		must(i < KHO_TIME_NR);
		must(sscanf(line, "%15s %31s %31s", shown[i].name, since, took) == 3);
		shown[i].since = number(since);
		shown[i].took = number(took);
	}
	expect_eq(i, KHO_TIME_NR);
}

/* All times are there, one STEP apart but for the kernel's start, and add up. */
static void check_all(void)
{
	long long sum = 0;
	unsigned int i;

	read_file();
	expect(!strcmp(shown[0].name, "reboot"));
	expect(!strcmp(shown[KHO_TIME_INIT].name, "init"));
	for (i = 0; i < KHO_TIME_NR; i++) {
		expect_eq(shown[i].took, i ? STEP * 1000 : 0);
		sum += shown[i].took;
		expect_eq(shown[i].since, sum);
	}
	expect_log("= blackout 11.0\n");
}

/* Those of this kernel only. */
static void check_own(void)
{
	unsigned int i;

	read_file();
	for (i = 0; i < KHO_TIME_NR; i++) {
		expect_eq(shown[i].since, -1);
		expect_eq(shown[i].took, i > OWN ? STEP * 1000 : -1);
	}
	expect_log("= blackout unknown\n");
}

/* The times of each jump are its own. */
static void test_jumps(void)
{
	unsigned int i;

	begin();
	expect(!sim_log_has("blackout"));
	for (i = 0; i < 3; i++) {
		leave();
		arrive("kho=on");
		check_all();
	}
	expect_eq(sim_warnings(), 0);
}

static void test_cold_boot(void)
{
	begin();
	kho_timeline_end();
	expect(!sim_log_has("blackout"));
}

/* kho=off shows nothing, and hands nothing on. */
static void test_off(void)
{
	begin();
	leave();
	arrive("kho=off");
	expect(!sim_log_has("blackout"));
	leave();
}

/* A jump that was refused leaves no stamp to the next one. */
static void test_refused(void)
{
	const struct kho_timeline_ser *ser;
	unsigned int i;

	begin();
	leave();
	kho_timeline_reboot();
	ser = sent(NULL);
	expect(ser->at[0]);
	for (i = 1; i < KHO_TIMELINE_SENT; i++)
		expect_eq(ser->at[i], 0);
	leave();
	arrive("kho=on");
	check_all();
}

/* As Linux 7.3, and whoever had no memory for it. */
static void test_nothing_sent(void)
{
	begin();
	arrive("kho=on");
	check_own();
	expect(!sim_log_has("previous kernel are unknown"));

	leave();
	kho_remove_subtree(sent(NULL));
	arrive("kho=on");
	check_own();
	expect(!sim_log_has("previous kernel are unknown"));
}

/* One stamp of the sender is wrong: nothing of it is believed. */
static void test_disorder(void)
{
	static const u64 wrong[] = { 0, 1, ~0ULL, 1ULL << 63 };
	struct kho_timeline_ser *ser;
	unsigned int i, j;

	for (i = 0; i < KHO_TIMELINE_SENT; i++) {
		for (j = 0; j < ARRAY_SIZE(wrong); j++) {
			/* The first may be any before the second. */
			if (!i && wrong[j] <= 1)
				continue;
			begin();
			leave();
			ser = sent(NULL);
			ser->at[i] = wrong[j];
			arrive("kho=on");
			check_own();
			expect_log("in disorder");
		}
	}
}

/* A counter that starts again from zero, on the way or after the kernel started. */
static void test_reset(void)
{
	begin();
	leave();
	sim_clock = 0;
	arrive("kho=on");
	check_own();

	begin();
	leave();
	sim_kexec("kho=on");
	sim_clock = 0;
	kho_timeline_end();
	read_file();
	expect_eq(shown[KHO_TIME_INITCALLS].took, STEP * 1000);
	expect_eq(shown[KHO_TIME_INIT].took, -1);
	expect_eq(shown[KHO_TIME_INIT].since, -1);
	expect_log("= blackout unknown\n");
}

/* A counter of no rate, of another, and of nearly the same. */
static void test_rates(void)
{
	static const struct {
		u32 sent, own;
		bool known;
	} rates[] = {
		{ KHZ, KHZ, true }, { KHZ + KHZ / 8, KHZ, true },
		{ KHZ - KHZ / 8, KHZ, true }, { KHZ + KHZ / 8 + 1, KHZ },
		{ KHZ - KHZ / 8 - 1, KHZ }, { 0, KHZ }, { ~0U, KHZ }, { 1, KHZ },
	};
	struct kho_timeline_ser *ser;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rates); i++) {
		begin();
		leave();
		ser = sent(NULL);
		expect_eq(ser->khz, KHZ);
		ser->khz = rates[i].sent;
		arrive("kho=on");
		if (rates[i].known)
			check_all();
		else
			check_own();
	}

	/* This kernel does not trust the counter. */
	begin();
	leave();
	sim_clock_khz = 0;
	arrive("kho=on");
	read_file();
	for (i = 0; i < KHO_TIME_NR; i++) {
		expect_eq(shown[i].since, -1);
		expect_eq(shown[i].took, -1);
	}
}

/* Long times are exact, and absurd ones none. */
static void test_long(void)
{
	static const u64 day = 24ULL * 60 * 60 * 1000000;
	struct kho_timeline_ser *ser;

	begin();
	leave();
	sim_clock += day - 12 * STEP;
	arrive("kho=on");
	read_file();
	expect_eq(shown[KHO_TIME_INIT].since, (day - STEP) * 1000);

	begin();
	leave();
	sim_clock += day;
	arrive("kho=on");
	read_file();
	expect_eq(shown[KHO_TIMELINE_LAST].took, STEP * 1000);
	expect_eq(shown[KHO_TIME_START].took, -1);
	expect_eq(shown[KHO_TIME_INIT].took, STEP * 1000);
	expect_eq(shown[KHO_TIME_INIT].since, -1);

	/* The largest difference that there is. */
	begin();
	leave();
	ser = sent(NULL);
	ser->at[0] = 1;
	ser->at[1] = 1;
	ser->at[2] = 1;
	ser->at[3] = 1;
	sim_clock = ~0ULL - 100 * STEP;
	arrive("kho=on");
	read_file();
	expect_eq(shown[KHO_TIMELINE_LAST].since >= 0, 1);
	expect_eq(shown[KHO_TIME_INIT].since, -1);

	/* No loss where a tick is less than a ns, nor where it is much more. */
	begin();
	sim_clock_khz = 3000000;
	leave();
	arrive("kho=on");
	read_file();
	expect_eq(shown[KHO_TIME_INIT].since, 11 * STEP / 3);
	begin();
	sim_clock_khz = 1;
	leave();
	arrive("kho=on");
	read_file();
	expect_eq(shown[KHO_TIME_INIT].since, 11LL * STEP * 1000000);
}

/* Other versions, and blobs of other sizes. */
static void test_versions(void)
{
	static const struct {
		u32 version;
		u64 size;
		bool known;
	} bad[] = {
		{ 0, 48 }, { 2, 48 }, { ~0U, 48 }, { 1, 47 }, { 1, 4 }, { 1, 1 },
		{ 1, 49, true }, { 1, PAGE_SIZE, true },
	};
	struct kho_timeline_ser *ser;
	unsigned int i;
	void *size;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		begin();
		leave();
		ser = sent(&size);
		ser->version = bad[i].version;
		memcpy(size, &bad[i].size, sizeof(bad[i].size));
		arrive("kho=on");
		if (bad[i].known) {
			check_all();
		} else {
			check_own();
			expect_log("of another version");
		}
	}
}

/* Whatever is sent: a time that is shown lies between its neighbours. */
static void test_random(void)
{
	struct kho_timeline_ser *ser;
	unsigned int i, n;
	long long last;

	for (n = 0; n < 50; n++) {
		begin();
		leave();
		ser = sent(NULL);
		for (i = 0; i < KHO_TIMELINE_SENT; i++)
			if (!rnd_below(3))
				ser->at[i] = rnd() >> rnd_below(64);
		if (!rnd_below(3))
			ser->khz = rnd() >> rnd_below(64);
		arrive("kho=on");
		read_file();
		for (i = 0, last = 0; i < KHO_TIME_NR; i++) {
			if (shown[i].since < 0)
				continue;
			expect(shown[i].since >= last);
			last = shown[i].since;
		}
	}
}

/* Without memory for it there are no times, and all else goes on. */
static void test_no_memory(void)
{
	char client[32];
	unsigned int nth;

	for (nth = 1; nth < 200; nth++) {
		sim_power_on(&machine);
		sim_start_kernel();
		sim_early_params("kho=on kho_scratch=4M,0,0");
		sim_add_memory();
		sim_take_boot_memory();
		kho_memory_init_early();
		sim_free_boot_memory();
		sim_fail_nth(nth);
		sim_initcalls();
		if (!sim_fail_nth(0))
			break;
		if (!kho_is_enabled())
			continue;
		leave();
		expect(!kho_out_client(client, sizeof(client)));
		if (!sim_log_has("is not told the times"))
			continue;
		arrive("kho=on");
		check_own();
		return;
	}
	expect(!"no allocation is that of the times");
}

static const struct tap_case cases[] = {
	{ "timeline: jumps", test_jumps },
	{ "timeline: cold boot", test_cold_boot },
	{ "timeline: kho=off", test_off },
	{ "timeline: a refused jump", test_refused },
	{ "timeline: nothing was sent", test_nothing_sent },
	{ "timeline: disorder", test_disorder },
	{ "timeline: the counter starts again", test_reset },
	{ "timeline: rates", test_rates },
	{ "timeline: long times", test_long },
	{ "timeline: versions", test_versions },
	{ "timeline: random", test_random },
	{ "timeline: no memory", test_no_memory },
};
TAP_MAIN(cases)
