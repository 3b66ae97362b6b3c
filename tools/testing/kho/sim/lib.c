// SPDX-License-Identifier: GPL-2.0
/*
 * What the kernel has in lib/, the log, and warnings as events.
 */

#include <execinfo.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <linux/ctype.h>
#include <linux/kstrtox.h>
#include <linux/seq_file.h>
#include <linux/utsname.h>

#include "sim.h"

bool sim_verbose;
bool sim_kdump;
bool sim_killed;
struct sim_uts_namespace init_uts_ns = { .name.release = "6.12.0-sim" };

static struct {
	pthread_mutex_t lock;
	unsigned int lines;
	unsigned int warnings;
	size_t len;
	char text[16384];	/* the last ones are lost */
} sim_logged = { .lock = PTHREAD_MUTEX_INITIALIZER };

void sim_printk(const char *fmt, ...)
{
	size_t room;
	va_list args;
	int len;

	pthread_mutex_lock(&sim_logged.lock);
	room = sizeof(sim_logged.text) - sim_logged.len;
	va_start(args, fmt);
	len = vsnprintf(sim_logged.text + sim_logged.len, room, fmt, args);
	va_end(args);
	if (sim_verbose)
		fprintf(stderr, "%s", sim_logged.text + sim_logged.len);
	if (len >= 0 && (size_t)len < room)
		sim_logged.len += len;
	sim_logged.lines++;
	pthread_mutex_unlock(&sim_logged.lock);
}

void sim_log_clear(void)
{
	sim_logged.lines = 0;
	sim_logged.len = 0;
	sim_logged.text[0] = 0;
}

unsigned int sim_log_lines(void)
{
	return sim_logged.lines;
}

const char *sim_log(void)
{
	return sim_logged.text;
}

bool sim_log_has(const char *text)
{
	return strstr(sim_logged.text, text);
}

void sim_warn(const char *file, int line, const char *what)
{
	__atomic_add_fetch(&sim_logged.warnings, 1, __ATOMIC_RELAXED);
	sim_printk("WARNING: %s:%d: %s\n", file, line, what);
}

unsigned int sim_warnings(void)
{
	return __atomic_exchange_n(&sim_logged.warnings, 0, __ATOMIC_RELAXED);
}

void sim_bug(const char *file, int line, const char *what)
{
	void *trace[32];

	fprintf(stderr, "BUG: %s:%d: %s\n", file, line, what);
	backtrace_symbols_fd(trace, backtrace(trace, 32), 2);
	abort();
}

void seq_printf(struct seq_file *m, const char *fmt, ...)
{
	size_t room = sizeof(m->buf) - m->count;
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(m->buf + m->count, room, fmt, args);
	va_end(args);
	if (len > 0)
		m->count += min((size_t)len, room - 1);
}

void seq_puts(struct seq_file *m, const char *s)
{
	seq_printf(m, "%s", s);
}

ssize_t sized_strscpy(char *dst, const char *src, size_t size)
{
	size_t len = strnlen(src, size);

	if (!size)
		return -E2BIG;
	if (len == size) {
		memcpy(dst, src, size - 1);
		dst[size - 1] = 0;
		return -E2BIG;
	}
	memcpy(dst, src, len + 1);
	return len;
}

unsigned long long memparse(const char *ptr, char **retptr)
{
	static const char units[] = "KMGTPE";
	unsigned long long value = 0;
	const char *unit;
	char *end = (char *)ptr;

	if (isdigit(*ptr))
		value = strtoull(ptr, &end, 0);
	unit = *end ? strchr(units, toupper(*end)) : NULL;
	if (unit) {
		value <<= 10 * (unit - units + 1);
		end++;
	}
	if (retptr)
		*retptr = end;
	return value;
}

/* As in the kernel: what does not fit is cut off without a word. */
int kstrtou64(const char *s, unsigned int base, u64 *res)
{
	unsigned int val;
	u64 result = 0;

	if (!base)
		base = *s != '0' ? 10 :
		       tolower(s[1]) == 'x' && isxdigit(s[2]) ? 16 : 8;
	if (base == 16 && s[0] == '0' && tolower(s[1]) == 'x')
		s += 2;
	if (!*s)
		return -EINVAL;

	for (; *s; s++) {
		if (!isxdigit(*s))
			return -EINVAL;
		val = isdigit(*s) ? *s - '0' : tolower(*s) - 'a' + 10;
		if (val >= base)
			return -EINVAL;
		if (__builtin_mul_overflow(result, base, &result) ||
		    __builtin_add_overflow(result, val, &result))
			return -ERANGE;
	}
	*res = result;
	return 0;
}

int kstrtobool(const char *s, bool *res)
{
	if (!s)
		return -EINVAL;
	if (*s && strchr("yYtT1", *s))
		*res = true;
	else if (*s && strchr("nNfF0", *s))
		*res = false;
	else if (tolower(s[0]) == 'o' && tolower(s[1]) == 'n')
		*res = true;
	else if (tolower(s[0]) == 'o' && tolower(s[1]) == 'f')
		*res = false;
	else
		return -EINVAL;
	return 0;
}
