/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _KHO_TEST_TYPECHECK_H
#define _KHO_TEST_TYPECHECK_H

#define typecheck(type, x) ({		\
	type __dummy;			\
	typeof(x) __dummy2;		\
	(void)(&__dummy == &__dummy2);	\
	1; })

#endif /* _KHO_TEST_TYPECHECK_H */
