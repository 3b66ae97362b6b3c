// SPDX-License-Identifier: GPL-2.0
/*
 * Kexec HandOver: how long it took from reboot() to init, phase by phase.
 *
 * The sender writes what its counter shows to a page that the receiver finds, who
 * goes on with the same counter. Nothing depends on it: what was sent may be
 * anything, and makes times unknown at worst.
 */

#define pr_fmt(fmt) "KHO: " fmt

#include <linux/err.h>
#include <linux/init.h>
#include <linux/io.h>
#include <linux/kernel.h>
#include <linux/kexec_handover.h>
#include <linux/kho_timeline.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/seq_file.h>
#include <linux/string.h>
#include <linux/workqueue.h>

#include <asm/kho_clock.h>

#include "kho_internal.h"

/* A longer time is none. */
#define KHO_TIMELINE_MAX_SEC (24 * 60 * 60)

#define NSEC_PER_TICK_OF_KHZ 1000000

/* A phase has the name of the point that it ends in. */
static const char * const kho_time_names[KHO_TIME_NR] = {
	[KHO_TIMELINE_REBOOT] = "reboot",
	[KHO_TIMELINE_FREEZE] = "freeze",
	[KHO_TIMELINE_CHECK] = "check",
	[KHO_TIMELINE_DEVICES] = "devices",
	[KHO_TIMELINE_LAST] = "processors",
	[KHO_TIME_START] = "kernel",
	[KHO_TIME_SETUP] = "setup",
	[KHO_TIME_DIGEST] = "digest",
	[KHO_TIME_RELEASE] = "memory",
	[KHO_TIME_CORE] = "core",
	[KHO_TIME_INITCALLS] = "initcalls",
	[KHO_TIME_INIT] = "init",
};

/* What the next kernel reads; NULL if it is told nothing. */
static struct kho_timeline_ser *kho_timeline_out;

/* From the previous kernel's reboot() to this one's init; 0: not known. */
static u64 kho_time_at[KHO_TIME_NR];

/* The rate of the previous kernel's counter, 0 if its times are not known. */
static u32 kho_time_sent_khz __ro_after_init;

/**
 * kho_timeline_stamp - a point in time is reached
 * @point: which, of enum kho_timeline_sent or enum kho_time.
 *
 * Context: Any, from the first C code of a kernel to the last.
 */
void kho_timeline_stamp(unsigned int point)
{
	if (point >= KHO_TIMELINE_SENT)
		kho_time_at[point] = kho_clock_read();
	else if (kho_timeline_out)
		kho_timeline_out->at[point] = kho_clock_read();
}

/**
 * kho_timeline_reboot - reboot() was called, all stamps of an earlier one are void
 *
 * Context: Process context.
 */
void kho_timeline_reboot(void)
{
	if (!kho_timeline_out)
		return;

	/* Nothing depends on it, so that a bad page is no reason to stay. */
	if (PageHWPoison(virt_to_page(kho_timeline_out))) {
		kho_remove_subtree(kho_timeline_out);
		kho_unpreserve_free(kho_timeline_out);
		kho_timeline_out = NULL;
		return;
	}
	memset(kho_timeline_out->at, 0, sizeof(kho_timeline_out->at));
	kho_timeline_out->khz = kho_clock_khz();
	kho_timeline_stamp(KHO_TIMELINE_REBOOT);
}

/* Whether times in ascending order were sent, before this kernel's own. */
static bool __init kho_timeline_check(const struct kho_timeline_ser *ser)
{
	u64 before = 0;
	unsigned int i;

	for (i = 0; i < KHO_TIMELINE_SENT; i++) {
		if (ser->at[i] < before)
			return false;
		before = ser->at[i];
	}
	return before <= kho_time_at[KHO_TIME_START];
}

/**
 * kho_timeline_note - read what the previous kernel sent
 *
 * Before anybody can claim the memory that it is in.
 */
void __init kho_timeline_note(void)
{
	struct kho_timeline_ser ser = {};
	phys_addr_t phys;
	size_t size;

	if (kho_retrieve_subtree(KHO_TIMELINE_NODE_NAME, &phys, &size))
		return;

	/* Wherever it is said to be, it need not be aligned. */
	memcpy(&ser, phys_to_virt(phys), min(size, sizeof(ser)));
	if (size < sizeof(ser) || ser.version != KHO_TIMELINE_VERSION) {
		pr_info(KHO_TIMELINE_NODE_NAME " of another version, or %zu bytes: the times of the previous kernel are unknown\n",
			size);
		return;
	}
	if (!ser.at[KHO_TIMELINE_REBOOT])
		return;
	if (!kho_timeline_check(&ser)) {
		pr_info(KHO_TIMELINE_NODE_NAME " in disorder: the times of the previous kernel are unknown\n");
		return;
	}

	memcpy(kho_time_at, ser.at, sizeof(ser.at));
	kho_time_sent_khz = ser.khz;
}

/**
 * kho_timeline_init - have times handed over, too
 *
 * A failure costs the next kernel the knowledge, and nothing else.
 */
void __init kho_timeline_init(void)
{
	struct kho_timeline_ser *ser = kho_alloc_preserve(sizeof(*ser));
	int err;

	if (IS_ERR(ser)) {
		err = PTR_ERR(ser);
		goto warn;
	}

	ser->version = KHO_TIMELINE_VERSION;
	err = kho_add_subtree(KHO_TIMELINE_NODE_NAME, ser, sizeof(*ser));
	if (err) {
		kho_unpreserve_free(ser);
		goto warn;
	}
	kho_timeline_out = ser;
	return;
warn:
	pr_warn("the next kernel is not told the times of this one (error %d)\n",
		err);
}

/*
 * kho_timeline_ns - the time between two points, in ns
 *
 * Rates are measured at each boot: a few percent are the error of that. More than
 * an eighth is another counter.
 */
static bool kho_timeline_ns(unsigned int from, unsigned int to, u64 *ns)
{
	u64 ticks, khz = kho_clock_khz();

	if (!khz || !kho_time_at[from] || kho_time_at[to] < kho_time_at[from])
		return false;
	if (from < KHO_TIMELINE_SENT &&
	    abs_diff(khz, (u64)kho_time_sent_khz) > khz / 8)
		return false;

	ticks = kho_time_at[to] - kho_time_at[from];
	if (ticks / 1000 / KHO_TIMELINE_MAX_SEC >= khz)
		return false;
	*ns = ticks / khz * NSEC_PER_TICK_OF_KHZ +
	      ticks % khz * NSEC_PER_TICK_OF_KHZ / khz;
	return true;
}

static void kho_timeline_show_ns(struct seq_file *m, unsigned int from,
				 unsigned int to)
{
	u64 ns;

	if (kho_timeline_ns(from, to, &ns))
		seq_printf(m, " %llu", ns);
	else
		seq_puts(m, " unknown");
}

/**
 * kho_timeline_show - a line for each phase
 * @m: where to.
 *
 * Name, ns from reboot() to its end, ns that it took.
 */
void kho_timeline_show(struct seq_file *m)
{
	unsigned int i;

	for (i = 0; i < KHO_TIME_NR; i++) {
		seq_puts(m, kho_time_names[i]);
		kho_timeline_show_ns(m, KHO_TIMELINE_REBOOT, i);
		kho_timeline_show_ns(m, i ? i - 1 : i, i);
		seq_putc(m, '\n');
	}
}

static int kho_timeline_print(char *buf, size_t size, const char *name,
			      unsigned int from, unsigned int to)
{
	u64 ns;

	if (!kho_timeline_ns(from, to, &ns))
		return scnprintf(buf, size, " %s unknown", name);
	return scnprintf(buf, size, " %s %llu.%llu", name, ns / 1000000,
			 ns / 100000 % 10);
}

/* All phases in one line. */
static void kho_timeline_log(struct work_struct *work)
{
	char line[KHO_TIME_NR * 32] = "";
	unsigned int i;
	int len = 0;

	for (i = 1; i < KHO_TIME_NR; i++)
		len += kho_timeline_print(line + len, sizeof(line) - len,
					  kho_time_names[i], i - 1, i);
	kho_timeline_print(line + len, sizeof(line) - len, "= blackout",
			   KHO_TIMELINE_REBOOT, KHO_TIME_INIT);
	pr_info("ms:%s\n", line);
}

static DECLARE_WORK(kho_timeline_work, kho_timeline_log);

/**
 * kho_timeline_end - init is started next
 *
 * It does not wait for the line: on a serial console that takes 20 ms.
 */
void kho_timeline_end(void)
{
	kho_timeline_stamp(KHO_TIME_INIT);
	if (is_kho_boot() && kho_is_enabled())
		schedule_work(&kho_timeline_work);
}

static int __init kho_timeline_core(void)
{
	kho_timeline_stamp(KHO_TIME_CORE);
	return 0;
}
pure_initcall(kho_timeline_core);

static int __init kho_timeline_initcalls(void)
{
	kho_timeline_stamp(KHO_TIME_INITCALLS);
	return 0;
}
late_initcall_sync(kho_timeline_initcalls);
