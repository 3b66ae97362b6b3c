// SPDX-License-Identifier: GPL-2.0
/*
 * Kexec HandOver: whether a jump loses data.
 */

#define pr_fmt(fmt) "KHO: " fmt

#include <linux/io.h>
#include <linux/ioport.h>
#include <linux/kexec.h>
#include <linux/kho/abi/hugetlb.h>
#include <linux/kho_timeline.h>
#include <linux/liveupdate.h>
#include <linux/memblock.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/printk.h>
#include <linux/seq_file.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "../kexec_internal.h"
#include "kho_hwpoison.h"
#include "kho_image.h"
#include "kho_internal.h"
#include "kho_radix.h"

#undef MODULE_PARAM_PREFIX
#define MODULE_PARAM_PREFIX "kho."

static bool kho_force;
module_param_named(force, kho_force, bool, 0600);
MODULE_PARM_DESC(force, "Jump to a kernel that cannot take what is preserved");

static unsigned int kho_boot_mib;
module_param_named(boot_mib, kho_boot_mib, uint, 0600);
MODULE_PARM_DESC(boot_mib, "MiB that the next kernel allocates to boot (0: as this one)");

/* What this kernel allocated until it could use all that is free, in bytes. */
static phys_addr_t kho_mapped_size __ro_after_init;

/* What it allocated until memblock was released. */
static phys_addr_t kho_boot_size __ro_after_init;

/**
 * kho_kexec_note_mapped - take note of how much it takes to map all memory
 *
 * Context: Boot, where a successor finds out what is free besides scratch.
 */
void __init kho_kexec_note_mapped(void)
{
	kho_mapped_size = memblock_reserved_kern_size(PHYS_ADDR_MAX,
						      NUMA_NO_NODE);
}

/**
 * kho_kexec_note_boot - take note of how much it takes to boot
 *
 * Context: Boot, right before memblock is released.
 */
void __init kho_kexec_note_boot(void)
{
	kho_boot_size = memblock_reserved_kern_size(PHYS_ADDR_MAX, NUMA_NO_NODE) -
			memblock_reserved_hugetlb_size(PHYS_ADDR_MAX,
						       NUMA_NO_NODE);
}

/* What a successor will find when it reads the tracker. */
struct kho_outlook {
	struct kho_digest digest;
	struct kho_pick all;	/* pieces that there are */
	struct kho_pick pick;	/* of which these are taken */
	bool noted;
	unsigned long tables;
	unsigned long found;	/* pages */
	unsigned long unmapped;	/* of these, found without a linear map */
};

static int kho_outlook_table(u64 phys, unsigned int level, unsigned long key,
			     void *data)
{
	struct kho_outlook *outlook = data;

	outlook->tables++;
	kho_digest_add(&outlook->digest, PHYS_PFN(phys), PHYS_PFN(phys) + 1);
	if (!level)
		kho_digest_add_leaf(&outlook->digest, phys_to_virt(phys), key);
	return 0;
}

/* Memory that the next kernel's firmware map does not show is none. */
static void kho_outlook_hot_added(struct kho_outlook *outlook)
{
#ifdef CONFIG_MEMORY_HOTPLUG
	unsigned long pfn;

	for (pfn = 0; pfn < max_pfn; pfn += PAGES_PER_SECTION)
		if (pfn_valid(pfn) && !early_section(__pfn_to_section(pfn)))
			kho_digest_add(&outlook->digest, pfn,
				       pfn + PAGES_PER_SECTION);
#endif
}

static int kho_outlook_memory(unsigned long pfn, unsigned long nr_pages,
			      void *data)
{
	struct kho_outlook *outlook = data;
	struct kho_piece piece = { .start = pfn };
	unsigned long end = pfn + nr_pages;

	while (piece.start < end &&
	       kho_digest_next(&outlook->digest, &piece, end)) {
		if (!outlook->noted)
			kho_pick_note(&outlook->all, &piece);
		else if (kho_pick_take(&outlook->pick, &piece))
			outlook->found += piece.end - piece.start;
		piece.start = piece.end;
	}
	return 0;
}

/* What is found in so many pieces, in pages. */
static unsigned long kho_outlook_find(struct kho_outlook *outlook,
				      unsigned long max)
{
	outlook->pick = outlook->all;
	outlook->found = 0;
	kho_pick_limit(&outlook->pick, max);
	walk_system_ram_range(0, max_pfn, outlook, kho_outlook_memory);
	return outlook->found;
}

/* Read the tracker as the successor will. For kfree(); NULL: no memory for it. */
static struct kho_outlook *kho_look_ahead(void)
{
	struct kho_outlook *outlook = kzalloc(sizeof(*outlook), GFP_KERNEL);
	unsigned long *busy;
	unsigned int i;
	size_t size;

	if (!outlook)
		return NULL;
	size = kho_digest_size(&outlook->digest, max_pfn);
	busy = kvzalloc(size, GFP_KERNEL);
	if (!busy) {
		kfree(outlook);
		return NULL;
	}

	kho_digest_start(&outlook->digest, busy);
	kho_radix_walk_tables(&kho_out_tree, kho_outlook_table, outlook);
	kho_outlook_hot_added(outlook);
	for (i = 0; i < kho_scratch_cnt; i++)
		kho_digest_add(&outlook->digest, PHYS_PFN(kho_scratch[i].addr),
			       PHYS_PFN(kho_scratch[i].addr +
					kho_scratch[i].size));

	walk_system_ram_range(0, max_pfn, outlook, kho_outlook_memory);
	outlook->noted = true;
	if (IS_ENABLED(CONFIG_ARCH_HAS_KHO_UNMAPPED))
		outlook->unmapped = kho_outlook_find(outlook,
						     KHO_UNMAPPED_PIECES);
	kho_outlook_find(outlook, KHO_MAX_PIECES);

	kvfree(busy);
	return outlook;
}

/**
 * kho_image_size - tell how much memory an image takes
 * @image: an image, all of whose segments are known.
 *
 * Return: the size in bytes.
 */
phys_addr_t kho_image_size(const struct kimage *image)
{
	phys_addr_t size = 0;
	unsigned long i;

	for (i = 0; i < image->nr_segments; i++)
		size += image->segment[i].memsz;
	return size;
}

/**
 * kho_kexec_boot_size - tell how much a kernel allocates to boot
 *
 * Return: the size in bytes, which is what this one did, or kho.boot_mib.
 */
phys_addr_t kho_kexec_boot_size(void)
{
	return kho_boot_mib ? (u64)kho_boot_mib * SZ_1M : kho_boot_size;
}

/* How much the image takes to boot, and to read the tracker. */
static phys_addr_t kho_image_need(const struct kimage *image,
				  const struct kho_outlook *outlook)
{
	return kho_image_size(image) + kho_own_size(outlook->tables + 1) +
	       kho_kexec_boot_size();
}

/* How much scratch is missing for a successor to boot, 0 if nothing is. */
static phys_addr_t kho_scratch_missing(const struct kimage *image,
				       const struct kho_outlook *outlook)
{
	phys_addr_t need = kho_image_need(image, outlook);
	phys_addr_t have = kho_place_total(image) + PFN_PHYS(outlook->found);
	phys_addr_t missing = need > have ? need - have : 0;

	/* And the same until all memory is mapped. */
	if (!IS_ENABLED(CONFIG_ARCH_HAS_KHO_UNMAPPED))
		return missing;
	need = kho_image_size(image) + kho_mapped_size;
	have = kho_place_total(image) + PFN_PHYS(outlook->unmapped);
	return need > have ? max(missing, need - have) : missing;
}

/* Whether the image finds enough memory to boot, or why not. */
static int kho_check_outlook(const struct kimage *image,
			     const struct kho_outlook *outlook)
{
	phys_addr_t missing;

	if (!outlook) {
		pr_err("kexec %s: no memory to find out whether the next kernel could boot\n",
		       kho_force ? "may fail" : "refused");
		return kho_force ? 0 : -ENOMEM;
	}

	missing = kho_scratch_missing(image, outlook);
	if (missing)
		pr_err("kexec %s: the next kernel needs %llu MiB to boot, and what is preserved leaves %lu MiB in large pieces beside %llu MiB of scratch; preserve less, or boot with kho_scratch=0,%lluM,0\n",
		       kho_force ? "may fail" : "refused",
		       (u64)kho_image_need(image, outlook) / SZ_1M,
		       outlook->found >> (20 - PAGE_SHIFT),
		       (u64)kho_scratch_total() / SZ_1M,
		       (u64)DIV_ROUND_UP(kho_scratch_total() + missing, SZ_1M));
	return missing && !kho_force ? -ENOMEM : 0;
}

/* What was preserved when somebody last asked. */
static struct {
	u64 sessions;
	unsigned long pages;
} kho_asked;

/*
 * Whoever asked relies on the answer. The process that kept the sessions open may
 * have ended since, and with it all that it had.
 */
static void kho_tell_missing(const struct kho_outlook *outlook)
{
	unsigned long pages = outlook->digest.pages;
	u64 sessions = luo_session_count();

	if (sessions < kho_asked.sessions || pages < kho_asked.pages)
		pr_crit("less is handed over than when out/ready was asked: %llu sessions and %lu pages then, %llu and %lu now; somebody closed them\n",
			kho_asked.sessions, kho_asked.pages, sessions, pages);
}

static bool kho_out_huge(void)
{
	return kho_out_has_subtree(HUGETLB_KHO_NODE_NAME);
}

/* Whether the image can take the handover, if anybody would lose data. */
static int kho_check_jump(const struct kimage *image,
			  const struct kho_outlook *outlook)
{
	const char *why = kho_image_verdict(image, kho_out_huge());
	char client[32];

	if (!why)
		return kho_check_outlook(image, outlook);
	if (!kho_out_client(client, sizeof(client)))
		return 0;

	if (kho_force) {
		pr_warn("what is preserved (\"%s\") is lost as kho.force=1 has it: %s\n",
			client, why);
		return 0;
	}

	pr_err("kexec refused, what is preserved (\"%s\") would be lost: %s. kho.force=1 jumps all the same, and loses it\n",
	       client, why);
	return -EOPNOTSUPP;
}

/**
 * kho_prepare_jump - the last question before the next kernel is started
 * @image: image that is about to be started.
 *
 * Nothing has been shut down yet, and nothing is if the answer is no. Live update
 * is frozen first: the answer must hold for what is really handed over, and a
 * session that is made between the question and the freeze would go unnoticed.
 *
 * Return: 0; -EOPNOTSUPP if @image cannot take the handover and somebody would
 * lose data; -ENOMEM if @image would not find enough memory to boot, neither if
 * kho.force is set; -EHWPOISON if it cannot cope with memory errors that are known;
 * or an error of liveupdate_reboot(). Live update is as usable as before then.
 */
int kho_prepare_jump(struct kimage *image)
{
	struct kho_outlook *outlook;
	int err;

	/* Kexec jump comes back here, and must find all as it was. */
	if (!kho_is_enabled() || image->preserve_context)
		return 0;

	kho_timeline_reboot();
	err = liveupdate_reboot();
	if (err)
		return err;
	kho_timeline_stamp(KHO_TIMELINE_FREEZE);

	/* First: the list is preserved, too. */
	err = kho_hwpoison_hand_over(image, kho_force);
	outlook = kho_look_ahead();
	if (outlook)
		kho_tell_missing(outlook);
	err = err ?: kho_check_jump(image, outlook);
	if (err)
		liveupdate_reboot_cancel();
	kfree(outlook);
	kho_timeline_stamp(KHO_TIMELINE_CHECK);
	return err;
}

/**
 * kho_kexec_show - tell whether a jump would hand over, and what
 * @m: where to.
 *
 * The first line is "ready" or "not ready: " and the reason.
 */
void kho_kexec_show(struct seq_file *m)
{
	struct kho_outlook *outlook = kho_look_ahead();
	phys_addr_t missing = 0, need = 0, copied = 0;
	struct kho_hwpoison bad = {};
	bool huge = kho_out_huge();
	const char *why;

	if (!outlook) {
		seq_puts(m, "not ready: no memory to look\n");
		goto out;
	}

	kho_hwpoison_look(&bad);
	if (!kexec_trylock()) {
		seq_puts(m, "not ready: kexec is busy\n");
		goto out;
	}
	why = kho_image_verdict(kexec_image, huge) ?:
	      kho_hwpoison_verdict(&bad, kexec_image);
	if (!why) {
		need = kho_image_need(kexec_image, outlook);
		missing = kho_scratch_missing(kexec_image, outlook);
		copied = kho_image_copied(kexec_image);
	}

	if (why)
		seq_printf(m, "not ready: %s\n", why);
	else if (missing)
		seq_printf(m, "not ready: the next kernel would find too little memory, scratch is too small by %llu KiB\n",
			   (u64)DIV_ROUND_UP(missing, SZ_1K));
	else
		seq_puts(m, "ready\n");
	/* The reason may be in the image, which others can free from here on. */
	kexec_unlock();

	kho_asked.sessions = luo_session_count();
	kho_asked.pages = outlook->digest.pages;
	kho_out_show(m);
	if (kho_asked.sessions)
		seq_printf(m, "sessions: %llu\n", kho_asked.sessions);
	seq_printf(m, "preserved: %lu pages, %lu tables\n",
		   outlook->digest.pages, outlook->tables);
	kho_hwpoison_show(m, &bad);
	seq_printf(m, "free beside: %lu KiB in large pieces\n",
		   outlook->found << (PAGE_SHIFT - 10));
	if (need)
		seq_printf(m, "needed to boot: %llu KiB\ncopied by the jump: %llu KiB\n",
			   (u64)need / SZ_1K, (u64)copied / SZ_1K);
	seq_printf(m, "scratch: %llu KiB in %u areas\n",
		   (u64)kho_scratch_total() / SZ_1K, kho_scratch_cnt);
out:
	kfree(outlook);
}
