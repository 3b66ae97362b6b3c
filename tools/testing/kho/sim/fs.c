// SPDX-License-Identifier: GPL-2.0
/*
 * Files with references, file descriptors, and xarrays of few entries.
 */

#include <linux/file.h>
#include <linux/slab.h>
#include <linux/xarray.h>

#include "sim.h"

#define SIM_MAX_FDS	4096

static struct file *sim_fds[SIM_MAX_FDS];

struct file *sim_file_alloc(u64 content)
{
	struct file *file = kzalloc(sizeof(*file), GFP_KERNEL);

	if (!file)
		return NULL;
	file->refs = 1;
	file->content = content;
	return file;
}

struct file *get_file(struct file *file)
{
	sim_never(file->refs < 1);
	file->refs++;
	return file;
}

void fput(struct file *file)
{
	sim_never(file->refs < 1);
	if (!--file->refs)
		kfree(file);
}

struct file *fget(unsigned int fd)
{
	return fd < SIM_MAX_FDS && sim_fds[fd] ? get_file(sim_fds[fd]) : NULL;
}

int sim_fd_install(struct file *file)
{
	int fd = 0;

	while (sim_fds[fd])
		sim_never(++fd == SIM_MAX_FDS);
	sim_fds[fd] = file;
	return fd;
}

void sim_fd_close(int fd)
{
	fput(sim_fds[fd]);
	sim_fds[fd] = NULL;
}

void sim_fs_reset(void)
{
	memset(sim_fds, 0, sizeof(sim_fds));
}

struct sim_xa_entry {
	struct sim_xa_entry *next;
	unsigned long index;
	void *entry;
};

int xa_insert(struct xarray *xa, unsigned long index, void *entry, gfp_t gfp)
{
	struct sim_xa_entry *e;

	for (e = xa->entries; e; e = e->next)
		if (e->index == index)
			return -EBUSY;

	e = kzalloc(sizeof(*e), gfp);
	if (!e)
		return -ENOMEM;
	e->next = xa->entries;
	e->index = index;
	e->entry = entry;
	xa->entries = e;
	return 0;
}

void *xa_erase(struct xarray *xa, unsigned long index)
{
	struct sim_xa_entry **link = &xa->entries, *e;
	void *entry;

	while (*link && (*link)->index != index)
		link = &(*link)->next;
	e = *link;
	if (!e)
		return NULL;

	entry = e->entry;
	*link = e->next;
	kfree(e);
	return entry;
}
