// SPDX-License-Identifier: GPL-2.0
/*
 * A handler, two FLBs that go with its files, and kernels that use them.
 */

#include <stdio.h>

#include "luo_stub.h"

const struct sim_machine machine = {
	.ram = { { .start = MiB(1), .size = MiB(63) } },
};

const char cmdline[] = "kho=on kho_scratch=4M,0,0 liveupdate=on";

/* What handlers and FLBs were asked to do: a letter, and which file. */
char trace[4096];
struct state before;

static void note(const char *what, u64 content)
{
	size_t len = strlen(trace);

	snprintf(trace + len, sizeof(trace) - len, "%s%llu ", what,
		 (unsigned long long)content);
}

void expect_trace_at(const char *file, int line, const char *want)
{
	if (strcmp(trace, want))
		tap_fail(file, line, "trace is \"%s\", not \"%s\"", trace,
			 want);
	trace[0] = 0;
}

/* A handler that hands over a page with the content of the file. */

struct module owner;
u64 fail_preserve, fail_freeze, fail_retrieve, not_ready;

static bool page_can_preserve(struct liveupdate_file_handler *fh,
			      struct file *file)
{
	return file->content < 1000;
}

static int page_preserve(struct liveupdate_file_op_args *args)
{
	u64 *page;

	if (args->file->content == fail_preserve)
		return -EFBIG;
	page = kho_alloc_preserve(PAGE_SIZE);
	if (IS_ERR(page))
		return PTR_ERR(page);
	*page = args->file->content;
	args->serialized_data = virt_to_phys(page);
	args->private_data = page;
	note("p", *page);
	return 0;
}

static void page_unpreserve(struct liveupdate_file_op_args *args)
{
	must(phys_to_virt(args->serialized_data) == args->private_data);
	must(*(u64 *)args->private_data == args->file->content);
	note("u", args->file->content);
	kho_unpreserve_free(args->private_data);
}

static int page_freeze(struct liveupdate_file_op_args *args)
{
	if (args->file->content == fail_freeze)
		return -EUCLEAN;
	note("f", *(u64 *)args->private_data);
	return 0;
}

static void page_unfreeze(struct liveupdate_file_op_args *args)
{
	note("t", *(u64 *)args->private_data);
}

static int page_retrieve(struct liveupdate_file_op_args *args)
{
	u64 *page, content;

	if (!kho_is_handed_over(args->serialized_data, 0))
		return -EINVAL;
	must(!args->file && !args->private_data);
	page = phys_to_virt(args->serialized_data);
	content = *page;
	kho_restore_free(page);
	note("r", content);
	if (content == fail_retrieve)
		return -EIO;
	args->file = sim_file_alloc(content);
	return args->file ? 0 : -ENOMEM;
}

static bool page_can_finish(struct liveupdate_file_op_args *args)
{
	return !args->file || args->file->content != not_ready;
}

static void page_finish(struct liveupdate_file_op_args *args)
{
	note("e", args->file ? args->file->content : 0);
	must(!args->file == (args->retrieve_status <= 0));
	if (!args->retrieve_status && kho_is_handed_over(args->serialized_data, 0))
		kho_restore_free(phys_to_virt(args->serialized_data));
}

static unsigned long page_id(struct file *file)
{
	return file->content;
}

static const struct liveupdate_file_ops page_ops = {
	.can_preserve = page_can_preserve,
	.preserve = page_preserve,
	.unpreserve = page_unpreserve,
	.freeze = page_freeze,
	.unfreeze = page_unfreeze,
	.retrieve = page_retrieve,
	.can_finish = page_can_finish,
	.finish = page_finish,
	.get_id = page_id,
	.owner = &owner,
};

const struct liveupdate_file_handler page_handler = {
	.ops = &page_ops,
	.compatible = "test-page-v1",
};

struct liveupdate_file_handler handler;

/* Two FLBs that hand over a number. */

u64 fail_flb;

static u64 flb_nr(struct liveupdate_flb_op_args *args)
{
	return args->flb->compatible[3] - '0';
}

static int flb_preserve(struct liveupdate_flb_op_args *args)
{
	if (flb_nr(args) == fail_flb)
		return -EDOM;
	args->data = 100 + flb_nr(args);
	args->obj = args->flb;
	note("P", flb_nr(args));
	return 0;
}

static void flb_unpreserve(struct liveupdate_flb_op_args *args)
{
	must(args->data == 100 + flb_nr(args) && args->obj == args->flb);
	note("U", flb_nr(args));
}

static int flb_retrieve(struct liveupdate_flb_op_args *args)
{
	if (args->data != 100 + flb_nr(args))
		return -EINVAL;
	if (flb_nr(args) == fail_flb)
		return -EDOM;
	args->obj = args->flb;
	note("R", flb_nr(args));
	return 0;
}

static void flb_finish(struct liveupdate_flb_op_args *args)
{
	must(args->obj == args->flb && !args->data);
	note("E", flb_nr(args));
}

static const struct liveupdate_flb_ops flb_ops = {
	.preserve = flb_preserve,
	.unpreserve = flb_unpreserve,
	.retrieve = flb_retrieve,
	.finish = flb_finish,
	.owner = &owner,
};

const struct liveupdate_flb flb_init[2] = {
	{ .ops = &flb_ops, .compatible = "flb1" },
	{ .ops = &flb_ops, .compatible = "flb2" },
};

struct liveupdate_flb flbs[2];

/* Boots and jumps */

void start(void)
{
	memcpy((void *)&handler, &page_handler, sizeof(handler));
	memcpy((void *)flbs, flb_init, sizeof(flbs));
	owner = (struct module) {};
	fail_preserve = fail_freeze = fail_retrieve = not_ready = ~0ULL;
	fail_flb = 0;
	trace[0] = 0;
	must(liveupdate_enabled());
	must(!liveupdate_register_file_handler(&handler));
	before = state_get();
}

void begin(void)
{
	sim_power_on(&machine);
	sim_boot(cmdline);
	start();
}

void add_flbs(void)
{
	must(!liveupdate_register_flb(&handler, &flbs[0]));
	must(!liveupdate_register_flb(&handler, &flbs[1]));
	before = state_get();
}

void jump(void)
{
	must(!liveupdate_reboot());
	sim_kexec(cmdline);
	must(is_kho_boot() && kho_is_enabled());
	start();
	must(!luo_session_deserialize());
}

struct luo_session *create(const char *name)
{
	struct luo_session *session;

	must(!luo_session_create(name, &session));
	return session;
}

struct luo_session *retrieve(const char *name)
{
	struct luo_session *session = NULL;

	must(!luo_session_retrieve(name, &session));
	return session;
}

/* Preserve a new file, whose content is its token; nobody else holds it. */
static int preserve_content(struct luo_session *session, u64 token, u64 content)
{
	int fd, err;

	fd = sim_fd_install(sim_file_alloc(content));
	err = luo_session_preserve_fd(session, token, fd);
	sim_fd_close(fd);
	return err;
}

int preserve(struct luo_session *session, u64 content)
{
	return preserve_content(session, content, content);
}

void expect_file(struct luo_session *session, u64 token)
{
	struct file *file = NULL;

	must(expect_eq(luo_session_retrieve_file(session, token, &file), 0));
	expect_eq(file->content, token);
	fput(file);
}

const struct luo_ser *out_ser(void)
{
	const void *fdt = phys_to_virt(kho_out_fdt_phys());
	phys_addr_t phys;
	u64 size;

	must(!kho_fdt_find(fdt, LUO_KHO_ENTRY_NAME, &phys, &size));
	expect_eq(size, sizeof(struct luo_ser));
	must(is_preserved(PHYS_PFN(phys), 0));
	return phys_to_virt(phys);
}

int make_session(void *arg)
{
	struct luo_session *session;
	int err;

	err = luo_session_create("x", &session);
	if (err)
		return err;
	err = preserve(session, 1) ?: preserve(session, 2);
	luo_session_release(session);
	return err;
}
