/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Kexec HandOver: when the sender did what. Wire format; see kho/abi/kexec_handover.h.
 */
#ifndef _LINUX_KHO_ABI_TIMELINE_H
#define _LINUX_KHO_ABI_TIMELINE_H

#include <linux/build_bug.h>
#include <linux/types.h>

#define KHO_TIMELINE_VERSION 1

/* Name of the subtree. Linux 7.3 does not know it, and ignores it. */
#define KHO_TIMELINE_NODE_NAME "kho-timeline"

/**
 * enum kho_timeline_sent - points in time of the sender, in their order
 * @KHO_TIMELINE_REBOOT: reboot() was called.
 * @KHO_TIMELINE_FREEZE: live update is frozen.
 * @KHO_TIMELINE_CHECK: the jump is not refused.
 * @KHO_TIMELINE_DEVICES: devices are shut down.
 * @KHO_TIMELINE_LAST: other processors are stopped, machine_kexec() is next.
 * @KHO_TIMELINE_SENT: how many there are.
 */
enum kho_timeline_sent {
	KHO_TIMELINE_REBOOT,
	KHO_TIMELINE_FREEZE,
	KHO_TIMELINE_CHECK,
	KHO_TIMELINE_DEVICES,
	KHO_TIMELINE_LAST,
	KHO_TIMELINE_SENT,
};

/**
 * struct kho_timeline_ser - blob of the "kho-timeline" subtree
 * @version: KHO_TIMELINE_VERSION.
 * @khz: rate of the counter, 0 if its values mean nothing.
 * @at: values of the counter: of the time stamp counter (x86), or of the virtual
 *	counter (arm64). 0: did not happen.
 *
 * Written until the last moment. What a receiver cannot make sense of it ignores.
 */
struct kho_timeline_ser {
	u32 version;
	u32 khz;
	u64 at[KHO_TIMELINE_SENT];
};

static_assert(sizeof(struct kho_timeline_ser) == 48);
static_assert(offsetof(struct kho_timeline_ser, at) == 8);

#endif /* _LINUX_KHO_ABI_TIMELINE_H */
