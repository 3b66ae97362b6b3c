/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _KHO_TEST_LINUX_SEQ_FILE_H
#define _KHO_TEST_LINUX_SEQ_FILE_H

#include <linux/compiler.h>
#include <linux/ctype.h>
#include <linux/types.h>

struct seq_file {
	size_t count;
	char buf[8192];
};

void seq_printf(struct seq_file *m, const char *fmt, ...) __printf(2, 3);
void seq_puts(struct seq_file *m, const char *s);

#define seq_putc(m, c)	seq_printf(m, "%c", c)

#endif /* _KHO_TEST_LINUX_SEQ_FILE_H */
