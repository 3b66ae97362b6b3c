/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _KHO_TEST_LINUX_LIBFDT_H
#define _KHO_TEST_LINUX_LIBFDT_H

/* Debian's libfdt, the same source as lib/fdt*.c. */
#include <libfdt.h>

#endif /* _KHO_TEST_LINUX_LIBFDT_H */
