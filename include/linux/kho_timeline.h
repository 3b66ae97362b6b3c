/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Kexec HandOver: the points in time from reboot() to the next kernel's init.
 */
#ifndef _LINUX_KHO_TIMELINE_H
#define _LINUX_KHO_TIMELINE_H

#include <linux/kho/abi/timeline.h>

/**
 * enum kho_time - points in time of the receiver, after those of the sender
 * @KHO_TIME_START: start_kernel() begins.
 * @KHO_TIME_SETUP: all memory is mapped, and the handover is read next.
 * @KHO_TIME_DIGEST: it is known what was preserved.
 * @KHO_TIME_RELEASE: the page allocator gets memory next.
 * @KHO_TIME_CORE: initcalls begin; processors run, all struct pages are initialised.
 * @KHO_TIME_INITCALLS: initcalls are done.
 * @KHO_TIME_INIT: init is started next.
 * @KHO_TIME_NR: how many there are, those of the sender included.
 */
enum kho_time {
	KHO_TIME_START = KHO_TIMELINE_SENT,
	KHO_TIME_SETUP,
	KHO_TIME_DIGEST,
	KHO_TIME_RELEASE,
	KHO_TIME_CORE,
	KHO_TIME_INITCALLS,
	KHO_TIME_INIT,
	KHO_TIME_NR,
};

#ifdef CONFIG_KEXEC_HANDOVER
void kho_timeline_stamp(unsigned int point);
void kho_timeline_end(void);
#else
static inline void kho_timeline_stamp(unsigned int point) { }
static inline void kho_timeline_end(void) { }
#endif

#endif /* _LINUX_KHO_TIMELINE_H */
