/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _KHO_TEST_LINUX_UTSNAME_H
#define _KHO_TEST_LINUX_UTSNAME_H

#define __NEW_UTS_LEN 64

struct sim_uts_namespace {
	struct {
		char release[__NEW_UTS_LEN + 1];
	} name;
};

extern struct sim_uts_namespace init_uts_ns;

#endif /* _KHO_TEST_LINUX_UTSNAME_H */
