/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _KHO_TEST_STRINGIFY_H
#define _KHO_TEST_STRINGIFY_H

#define __stringify_1(x...)	#x
#define __stringify(x...)	__stringify_1(x)

#endif /* _KHO_TEST_STRINGIFY_H */
