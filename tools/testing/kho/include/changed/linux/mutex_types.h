/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _KHO_TEST_LINUX_MUTEX_TYPES_H
#define _KHO_TEST_LINUX_MUTEX_TYPES_H

#include <pthread.h>

struct mutex {
	pthread_mutex_t mutex;
};

#define __MUTEX_INITIALIZER(name)	{ .mutex = PTHREAD_MUTEX_INITIALIZER }

#endif /* _KHO_TEST_LINUX_MUTEX_TYPES_H */
