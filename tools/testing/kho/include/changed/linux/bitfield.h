/* SPDX-License-Identifier: GPL-2.0 */
/* Without the checks at compile time, which the kernel's build makes. */
#ifndef _KHO_TEST_LINUX_BITFIELD_H
#define _KHO_TEST_LINUX_BITFIELD_H

#define FIELD_GET(mask, val)	(((val) & (mask)) >> __builtin_ctzl(mask))

#endif /* _KHO_TEST_LINUX_BITFIELD_H */
