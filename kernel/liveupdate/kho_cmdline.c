// SPDX-License-Identifier: GPL-2.0
/*
 * Kexec HandOver: the command line of the next kernel.
 *
 * It is read as that kernel will read it, which cuts off what is beyond
 * COMMAND_LINE_SIZE without a word. What is built into a kernel
 * (CONFIG_CMDLINE, CONFIG_KEXEC_HANDOVER_ENABLE_DEFAULT) is not seen here: a switch
 * that is needed must be on the command line.
 */

#include <linux/init.h>
#include <linux/ioport.h>
#include <linux/kernel.h>
#include <linux/kstrtox.h>
#include <linux/memblock.h>
#include <linux/mm.h>
#include <linux/pfn.h>
#include <linux/slab.h>
#include <linux/string.h>

#include <asm/setup.h>

#include "kho_image.h"
#include "kho_internal.h"

/* Whether memory is missing if there is no more than this. */
static bool kho_mem_is_less(u64 limit)
{
	/* The end of memory, or how much there is. */
	if (IS_ENABLED(CONFIG_X86))
		return limit && limit < PFN_PHYS(max_pfn);
	return limit < memblock_phys_mem_size();
}

/* memmap= of x86: whether some word of it takes memory away. */
static bool kho_memmap_is_less(char *words)
{
	u64 start, size;
	char *word, *end;

	while ((word = strsep(&words, ","))) {
		if (!strncmp(word, "exactmap", 8))
			return true;
		size = memparse(word, &end);
		if (end == word || *end == '@')
			continue;
		if (!*end || !strchr("#$!%", *end)) {
			if (kho_mem_is_less(size))
				return true;
			continue;
		}
		start = memparse(end + 1, &end);
		if (size && region_intersects(start, size,
					      IORESOURCE_SYSTEM_RAM,
					      IORES_DESC_NONE) != REGION_DISJOINT)
			return true;
	}
	return false;
}

/*
 * As parse_args() does; what follows "--" is for init. False: no word is left, or
 * none with a value.
 */
static bool kho_next_word(char **args, char **name, char **val)
{
	*args = skip_spaces(*args);
	while (**args) {
		*args = next_arg(*args, name, val);
		if (*val)
			return true;
		if (!strcmp(*name, "--"))
			return false;
	}
	return false;
}

static bool kho_is_memory_word(const char *name)
{
	return !strcmp(name, "mem") ||
	       (IS_ENABLED(CONFIG_X86) && !strcmp(name, "memmap"));
}

/* Whether two command lines say the same of what is memory. Changes them. */
static bool kho_same_memory_words(char *a, char *b)
{
	char *name[2], *val[2];
	bool more[2];

	do {
		do
			more[0] = kho_next_word(&a, &name[0], &val[0]);
		while (more[0] && !kho_is_memory_word(name[0]));
		do
			more[1] = kho_next_word(&b, &name[1], &val[1]);
		while (more[1] && !kho_is_memory_word(name[1]));
	} while (more[0] && more[1] && !strcmp(name[0], name[1]) &&
		 !strcmp(val[0], val[1]));
	return !more[0] && !more[1];
}

/* As next kernels read them. */
static char *kho_cmdline_copy(const char *line)
{
	return kstrndup(line, COMMAND_LINE_SIZE - 1, GFP_KERNEL);
}

/* Whether this kernel was started with the same memory. */
static int kho_cmdline_same_memory(const char *line, bool *same)
{
	char *ours = kho_cmdline_copy(saved_command_line);
	char *theirs = kho_cmdline_copy(line);

	if (ours && theirs)
		*same = kho_same_memory_words(ours, theirs);
	kfree(theirs);
	kfree(ours);
	return ours && theirs ? 0 : -ENOMEM;
}

/* A value that makes no sense changes nothing. */
static void kho_cmdline_switch(bool *on, const char *val)
{
	bool value;

	if (!kstrtobool(val, &value))
		*on = value;
}

static void kho_cmdline_word(struct kho_cmdline *cmdline, const char *name,
			     char *val)
{
	if (!strcmp(name, "kho"))
		kho_cmdline_switch(&cmdline->kho, val);
	else if (IS_ENABLED(CONFIG_LIVEUPDATE) && !strcmp(name, "liveupdate"))
		kho_cmdline_switch(&cmdline->liveupdate, val);
	else if (!strcmp(name, "mem"))
		cmdline->less_memory |= kho_mem_is_less(memparse(val, NULL));
	else if (IS_ENABLED(CONFIG_X86) && !strcmp(name, "memmap"))
		cmdline->less_memory |= kho_memmap_is_less(val);
	else if (IS_ENABLED(CONFIG_X86) && !strcmp(name, "mem_encrypt"))
		cmdline->mem_encrypt |= !strcmp(val, "on");
	else if (!strcmp(name, "kho.vouch"))
		cmdline->vouched = !kstrtou32(val, 16, &cmdline->vouch);
}

/**
 * kho_cmdline_read - find out what a command line means for a handover
 * @line: the command line.
 * @cmdline: set to that.
 *
 * Return: 0 or -ENOMEM.
 */
int kho_cmdline_read(const char *line, struct kho_cmdline *cmdline)
{
	char *copy = kho_cmdline_copy(line);
	char *args = copy, *name, *val;
	bool same = false;
	int err = 0;

	*cmdline = (struct kho_cmdline) {};
	if (!copy)
		return -ENOMEM;

	while (kho_next_word(&args, &name, &val))
		kho_cmdline_word(cmdline, name, val);
	kfree(copy);

	/* The same words took nothing away from this kernel. */
	if (cmdline->less_memory)
		err = kho_cmdline_same_memory(line, &same);
	cmdline->less_memory &= !same;
	return err;
}

/**
 * kho_cmdline_verdict - tell why a kernel with a command line loses data
 * @cmdline: what kho_cmdline_read() said.
 *
 * Return: why, and what to do; NULL if it does not.
 */
const char *kho_cmdline_verdict(const struct kho_cmdline *cmdline)
{
	if (!cmdline->kho)
		return "no kho=on on its command line; load it again with kho=on";
	if (luo_has_data() && !cmdline->liveupdate)
		return "no liveupdate=on on its command line; load it again with liveupdate=on";
	if (cmdline->less_memory)
		return "mem= or memmap= on its command line cuts memory off; load it again without";
	return NULL;
}
