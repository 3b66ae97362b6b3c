// SPDX-License-Identifier: GPL-2.0
/*
 * What the kernel has for its command line, and for memory that it names.
 */

#include <linux/ctype.h>
#include <linux/ioport.h>
#include <linux/kernel.h>
#include <linux/slab.h>

#include "sim.h"

char *saved_command_line = "";

char *skip_spaces(const char *s)
{
	while (isspace(*s))
		s++;
	return (char *)s;
}

/* As the kernel's: quotes keep spaces together, and are taken off at the ends. */
char *next_arg(char *args, char **param, char **val)
{
	bool quoted = *args == '"', in_quote = false;
	char *end, *equals = NULL;

	for (end = args; *end && (in_quote || !isspace(*end)); end++) {
		if (*end == '"')
			in_quote = !in_quote;
		if (*end == '=' && !equals && end > args + quoted)
			equals = end;
	}

	*param = args + quoted;
	*val = equals ? equals + 1 : NULL;
	args = *end ? end + 1 : end;
	*end = '\0';
	if (equals)
		*equals = '\0';
	if (equals && **val == '"') {
		(*val)++;
		quoted = true;
	}
	if (quoted && end > *param && end[-1] == '"')
		end[-1] = '\0';
	return skip_spaces(args);
}

int kstrtou32(const char *s, unsigned int base, u32 *res)
{
	u64 value;
	int err = kstrtou64(s, base, &value);

	if (err)
		return err;
	if (value != (u32)value)
		return -ERANGE;
	*res = value;
	return 0;
}

char *kstrndup(const char *s, size_t max, gfp_t gfp)
{
	size_t len = strnlen(s, max);
	char *copy = kzalloc(len + 1, gfp);

	return copy ? memcpy(copy, s, len) : NULL;
}

int region_intersects(u64 start, size_t size, unsigned long flags,
		      unsigned long desc)
{
	const struct sim_range *r;

	sim_for_each_range(r)
		if (start < r->start + r->size && r->start < start + size)
			return REGION_INTERSECTS;
	return REGION_DISJOINT;
}
