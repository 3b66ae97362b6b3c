/* SPDX-License-Identifier: GPL-2.0 */
/* That of the C library. */
#ifndef _KHO_TEST_LINUX_SPRINTF_H
#define _KHO_TEST_LINUX_SPRINTF_H

#include <stdarg.h>
#include <stdio.h>

#endif /* _KHO_TEST_LINUX_SPRINTF_H */
