/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _KHO_TEST_ASM_SETUP_H
#define _KHO_TEST_ASM_SETUP_H

#define COMMAND_LINE_SIZE	2048

#endif /* _KHO_TEST_ASM_SETUP_H */
