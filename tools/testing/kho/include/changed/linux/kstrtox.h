/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _KHO_TEST_LINUX_KSTRTOX_H
#define _KHO_TEST_LINUX_KSTRTOX_H

#include <linux/types.h>

int kstrtobool(const char *s, bool *res);
unsigned long long simple_strtoull(const char *cp, char **endp,
				   unsigned int base);

#endif /* _KHO_TEST_LINUX_KSTRTOX_H */
