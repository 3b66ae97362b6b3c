/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _KHO_TEST_LINUX_ELF_H
#define _KHO_TEST_LINUX_ELF_H

/* That of the C library. */
#include <elf.h>

#endif /* _KHO_TEST_LINUX_ELF_H */
