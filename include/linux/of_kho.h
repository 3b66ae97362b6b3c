/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Kexec handover by way of /chosen of a flat device tree: who takes it
 * (drivers/of/kho.c), and who tells the next kernel (drivers/of/kexec_kho.c).
 */
#ifndef _LINUX_OF_KHO_H
#define _LINUX_OF_KHO_H

struct kimage;

int of_kexec_setup_kho(const struct kimage *image, void *fdt, int chosen_node);

#ifdef CONFIG_KEXEC_HANDOVER
void early_init_dt_scan_kho(unsigned long node);
void early_init_dt_check_kho(void);
void early_init_dt_reserve_kho(void);
#else
static inline void early_init_dt_scan_kho(unsigned long node) { }
static inline void early_init_dt_check_kho(void) { }
static inline void early_init_dt_reserve_kho(void) { }
#endif

#endif /* _LINUX_OF_KHO_H */
