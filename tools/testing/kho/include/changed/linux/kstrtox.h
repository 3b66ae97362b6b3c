/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _KHO_TEST_LINUX_KSTRTOX_H
#define _KHO_TEST_LINUX_KSTRTOX_H

#include <linux/types.h>

int kstrtobool(const char *s, bool *res);
int kstrtou32(const char *s, unsigned int base, u32 *res);
int kstrtou64(const char *s, unsigned int base, u64 *res);

#endif /* _KHO_TEST_LINUX_KSTRTOX_H */
