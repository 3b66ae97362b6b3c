// SPDX-License-Identifier: GPL-2.0
/*
 * Kexec HandOver: switches, and the order in which everything starts.
 *
 * Must work the same whether or not this kernel hands anything on: what the
 * previous one handed over is protected in any case.
 */

#define pr_fmt(fmt) "KHO: " fmt

#include <linux/crash_dump.h>
#include <linux/export.h>
#include <linux/init.h>
#include <linux/kexec_handover.h>
#include <linux/kho_radix_tree.h>
#include <linux/kho_timeline.h>
#include <linux/kstrtox.h>
#include <linux/printk.h>

#include "kho_hwpoison.h"
#include "kho_internal.h"

/* Whether this kernel hands over to the next one. */
static bool kho_enable __ro_after_init =
	IS_ENABLED(CONFIG_KEXEC_HANDOVER_ENABLE_DEFAULT);

struct kho_radix_tree kho_out_tree = {
	.lock = __MUTEX_INITIALIZER(kho_out_tree.lock),
};

/**
 * kho_is_enabled - tell whether this kernel hands over to the next one
 *
 * Producers ask before they preserve anything. Fixed once the KHO initcall
 * (fs_initcall) is done.
 *
 * Context: Any.
 * Return: true if it does.
 */
bool kho_is_enabled(void)
{
	return kho_enable;
}
EXPORT_SYMBOL_GPL(kho_is_enabled);

static int __init kho_setup(char *arg)
{
	if (!arg || kstrtobool(arg, &kho_enable)) {
		pr_err("kho=%s ignored: neither on nor off\n", arg ?: "");
		return -EINVAL;
	}
	return 0;
}
early_param("kho", kho_setup);

/**
 * kho_memory_init_early - find out what was preserved, and what is free
 *
 * Context: Boot, with the linear map, before anything large is allocated.
 */
void __init kho_memory_init_early(void)
{
	kho_scratch_note_early();
	kho_kexec_note_mapped();
	kho_timeline_stamp(KHO_TIME_SETUP);
	kho_in_attach();
	kho_timeline_note();
	kho_timeline_stamp(KHO_TIME_DIGEST);
}

/**
 * kho_memory_init - reserve scratch, on a cold boot
 *
 * Context: Boot, right before memblock is released, when all that allocates
 * from it has done so.
 */
void __init kho_memory_init(void)
{
	if (is_kdump_kernel()) {
		if (kho_enable)
			pr_info("off in a kdump kernel\n");
		kho_enable = false;
		return;
	}

	kho_kexec_note_boot();
	if (is_kho_boot()) {
		kho_hwpoison_reserve();
		return;
	}

	if (kho_enable && kho_scratch_reserve())
		kho_enable = false;
}

/**
 * kho_memory_release - let memory go to the page allocator
 *
 * Context: Boot, when memblock has allocated and reserved for the last time.
 */
void __init kho_memory_release(void)
{
	if (is_kho_boot())
		kho_in_release();
	kho_timeline_stamp(KHO_TIME_RELEASE);
}

static int __init kho_start(void)
{
	int err;

	err = kho_radix_init_tree(&kho_out_tree, NULL);
	if (err)
		return err;

	err = kho_subtree_init();
	if (err)
		goto destroy_tree;

	err = kho_metadata_init();
	if (err)
		goto exit_subtree;

	kho_timeline_init();
	kho_debugfs_init();
	return 0;

exit_subtree:
	kho_subtree_exit();
destroy_tree:
	kho_radix_destroy_tree(&kho_out_tree);
	return err;
}

static int __init kho_init(void)
{
	int err;

	if (is_kho_boot())
		kho_scratch_count();
	if (!kho_enable)
		return 0;

	err = kho_start();
	if (err) {
		pr_err("no memory to start (error %d), kexec handover is off\n",
		       err);
		kho_enable = false;
		if (!is_kho_boot())
			kho_scratch_abandon();
		return err;
	}

	if (!is_kho_boot())
		kho_scratch_release();
	return 0;
}
fs_initcall(kho_init);
