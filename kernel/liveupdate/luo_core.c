// SPDX-License-Identifier: GPL-2.0
/*
 * Live update: the switch, the order of start-up, the root of what is handed
 * over, and the last steps before the jump.
 *
 * Nothing that the previous kernel wrote may stop this one: a handover that makes
 * no sense is refused as a whole, with a line in the log, and this kernel goes on
 * as after a cold boot.
 */

#define pr_fmt(fmt) "luo: " fmt

#include <linux/err.h>
#include <linux/init.h>
#include <linux/io.h>
#include <linux/kexec_handover.h>
#include <linux/kstrtox.h>
#include <linux/liveupdate.h>
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/string.h>

#include "kho_internal.h"
#include "luo_internal.h"

static bool luo_enable __ro_after_init;

/* Live updates since the last cold boot. */
static u64 luo_number __initdata;

/* What this kernel hands over; the task that reboots has frozen all of it. */
static struct luo_ser *luo_out_ser;
static struct luo_flb_header_ser *luo_out_flbs;
static bool luo_frozen;

/**
 * liveupdate_enabled - tell whether files can survive into the next kernel
 *
 * Fixed once late initcalls of the live update core are done.
 *
 * Context: Any.
 * Return: true if live update was switched on and has started.
 */
bool liveupdate_enabled(void)
{
	return luo_enable;
}

static int __init luo_setup(char *arg)
{
	if (!arg || kstrtobool(arg, &luo_enable)) {
		pr_err("liveupdate=%s ignored: neither on nor off\n",
		       arg ?: "");
		return -EINVAL;
	}
	return 0;
}
early_param("liveupdate", luo_setup);

/* Incoming */

static int __init luo_attach(const struct luo_ser *ser)
{
	int err;

	if (memcmp(ser->compatible, LUO_ABI_COMPATIBLE,
		   sizeof(LUO_ABI_COMPATIBLE))) {
		pr_err("the previous kernel speaks \"%.*s\", this one \"%s\"\n",
		       LUO_ABI_COMPAT_LEN, ser->compatible,
		       LUO_ABI_COMPATIBLE);
		return -EINVAL;
	}

	err = luo_flb_attach(ser->flbs_pa);
	if (err)
		return err;

	err = luo_session_attach(ser->sessions_pa);
	if (err) {
		luo_flb_forget();
		return err;
	}

	luo_number = ser->liveupdate_num;
	pr_info("Retrieved live update data, liveupdate number: %llu\n",
		luo_number);
	return 0;
}

static int __init luo_attach_subtree(void)
{
	phys_addr_t phys;
	size_t size;
	int err;

	err = kho_retrieve_subtree(LUO_KHO_ENTRY_NAME, &phys, &size);
	if (err == -ENOENT)
		return 0;
	if (err)
		return err;

	/* Taken first: nothing else that it refers to may be the same page. */
	if (size < sizeof(struct luo_ser) ||
	    !kho_is_handed_over(phys, get_order(size)) ||
	    !kho_restore_folio(phys)) {
		pr_err("%zu bytes at %#llx are no live update data\n", size,
		       (u64)phys);
		return -EINVAL;
	}

	err = luo_attach(phys_to_virt(phys));
	folio_put(virt_to_folio(phys_to_virt(phys)));
	return err;
}

static int __init luo_early_init(void)
{
	int err;

	if (!kho_is_enabled()) {
		if (luo_enable)
			pr_warn("live update is off, it needs kho=on\n");
		luo_enable = false;
		return 0;
	}

	err = luo_attach_subtree();
	if (err)
		pr_err("live update data of the previous kernel are refused (error %d), its sessions are lost\n",
		       err);
	return 0;
}
early_initcall(luo_early_init);

/* Outgoing */

static int __init luo_start(void)
{
	int err;

	luo_out_ser = kho_alloc_preserve(sizeof(*luo_out_ser));
	if (IS_ERR(luo_out_ser))
		return PTR_ERR(luo_out_ser);

	luo_out_flbs = kho_alloc_preserve(PAGE_SIZE);
	if (IS_ERR(luo_out_flbs)) {
		err = PTR_ERR(luo_out_flbs);
		goto free_ser;
	}
	luo_out_flbs->pgcnt = 1;

	strscpy(luo_out_ser->compatible, LUO_ABI_COMPATIBLE);
	luo_out_ser->liveupdate_num = luo_number + 1;
	luo_out_ser->flbs_pa = virt_to_phys(luo_out_flbs);

	err = kho_add_subtree(LUO_KHO_ENTRY_NAME, luo_out_ser,
			      sizeof(*luo_out_ser));
	if (err)
		goto free_flbs;
	return 0;

free_flbs:
	kho_unpreserve_free(luo_out_flbs);
free_ser:
	kho_unpreserve_free(luo_out_ser);
	return err;
}

static int __init luo_late_init(void)
{
	int err;

	if (!luo_enable)
		return 0;

	err = luo_start();
	if (err) {
		pr_err("cannot start (error %d), live update is off\n", err);
		luo_enable = false;
	}
	return err;
}
late_initcall(luo_late_init);

/**
 * liveupdate_reboot - write down what survives, right before the jump
 *
 * User space is still running; who uses a session from now on waits until the
 * next kernel has started, or liveupdate_reboot_cancel().
 *
 * Context: Process context, may sleep. There is only one reboot at a time.
 * Return: 0, or what a file handler returned; everything is as before then, and
 * the jump must not happen.
 */
int liveupdate_reboot(void)
{
	u64 sessions_pa;
	int err;

	if (!luo_enable)
		return 0;

	err = luo_session_freeze(&sessions_pa);
	if (err)
		return err;

	luo_out_ser->sessions_pa = sessions_pa;
	luo_flb_freeze(luo_out_flbs);
	luo_frozen = true;
	return 0;
}

/**
 * liveupdate_reboot_cancel - undo liveupdate_reboot(), there is no jump
 *
 * Context: Process context of the task that called it, may sleep.
 */
void liveupdate_reboot_cancel(void)
{
	if (!luo_frozen)
		return;

	luo_frozen = false;
	luo_flb_unfreeze(luo_out_flbs);
	luo_out_ser->sessions_pa = 0;
	luo_session_unfreeze();
}

/**
 * luo_has_data - tell whether a jump without handover would lose anything
 *
 * Context: Process context. Whoever needs it to stay so calls liveupdate_reboot()
 * before.
 * Return: true if there is a session, or state of an FLB.
 */
bool luo_has_data(void)
{
	return luo_enable && (luo_session_count() || luo_out_flbs->count);
}
