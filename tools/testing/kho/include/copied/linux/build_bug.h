/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _KHO_TEST_BUILD_BUG_H
#define _KHO_TEST_BUILD_BUG_H

#include <linux/compiler.h>

#define BUILD_BUG_ON_ZERO(e)	((int)(sizeof(struct { int:(-!!(e)); })))
#define static_assert(expr, ...) __static_assert(expr, ##__VA_ARGS__, #expr)
#define __static_assert(expr, msg, ...) _Static_assert(expr, msg)

#endif /* _KHO_TEST_BUILD_BUG_H */
