// SPDX-License-Identifier: GPL-2.0
/*
 * Any sessions, files and FLBs in what was handed over.
 */

#include <stdio.h>

#include <linux/file.h>
#include <linux/liveupdate.h>

#include "fuzz.h"

#include "../../../../kernel/liveupdate/luo_internal.h"

static bool no_can_preserve(struct liveupdate_file_handler *fh,
			    struct file *file)
{
	return false;
}

static int no_preserve(struct liveupdate_file_op_args *args)
{
	return -EOPNOTSUPP;
}

static void no_unpreserve(struct liveupdate_file_op_args *args)
{
}

static int some_retrieve(struct liveupdate_file_op_args *args)
{
	if (args->serialized_data & 1)
		return -EIO;
	args->file = sim_file_alloc(args->serialized_data);
	return 0;
}

static bool some_can_finish(struct liveupdate_file_op_args *args)
{
	return !(args->serialized_data & 2);
}

static void no_finish(struct liveupdate_file_op_args *args)
{
}

static const struct liveupdate_file_ops ops = {
	.can_preserve = no_can_preserve,
	.preserve = no_preserve,
	.unpreserve = no_unpreserve,
	.retrieve = some_retrieve,
	.can_finish = some_can_finish,
	.finish = no_finish,
};

static int flb_preserve(struct liveupdate_flb_op_args *args)
{
	return -EOPNOTSUPP;
}

static int flb_retrieve(struct liveupdate_flb_op_args *args)
{
	return args->data & 1 ? -EIO : 0;
}

static void flb_done(struct liveupdate_flb_op_args *args)
{
}

static const struct liveupdate_flb_ops flb_ops = {
	.preserve = flb_preserve,
	.unpreserve = flb_done,
	.retrieve = flb_retrieve,
	.finish = flb_done,
};

/* Names are short so that some are the same, and some handlers are there. */
static void make_name(struct input *in, char *name, size_t size)
{
	unsigned int n = input_u8(in);

	if (n == 255)
		memset(name, 'x', size);
	else
		snprintf(name, size, "h%u", n % 4);
}

static void make_session(struct input *in, struct luo_session_ser *ser)
{
	make_name(in, ser->name, sizeof(ser->name));
	ser->file_set_ser.files = fuzz_address(in);
	ser->file_set_ser.count = input_u8(in);
}

static void make_file(struct input *in, struct luo_file_ser *ser)
{
	make_name(in, ser->compatible, sizeof(ser->compatible));
	ser->token = input_u8(in);
	ser->data = input_u8(in);
}

static void make_flb(struct input *in, struct luo_flb_ser *ser)
{
	make_name(in, ser->name, sizeof(ser->name));
	ser->data = input_u8(in);
	ser->count = input_u8(in);
	if (ser->count > 250)
		ser->count = input_u64(in);
}

/* A page as one of the three, with some entries. */
static void make_page(struct input *in)
{
	struct kho_block_header_ser *page =
		phys_to_virt(image.single[input_u8(in) % IMAGE_SINGLES]);
	unsigned int kind = input_u8(in), i;

	page->next = fuzz_address(in);
	page->count = input_u8(in);
	for (i = 0; i < page->count && i < 40 && in->left; i++) {
		switch (kind % 3) {
		case 0:
			make_session(in, (struct luo_session_ser *)(page + 1) + i);
			break;
		case 1:
			make_file(in, (struct luo_file_ser *)(page + 1) + i);
			break;
		default:
			make_flb(in, (struct luo_flb_ser *)(page + 1) + i);
		}
	}
}

static void use_sessions(struct input *in)
{
	struct luo_session *session;
	unsigned int n, token;
	struct file *file;
	char name[8];

	for (n = 0; n < 4; n++) {
		snprintf(name, sizeof(name), "h%u", n);
		if (luo_session_retrieve(name, &session))
			continue;
		for (token = 0; token < 256; token++)
			if (!luo_session_retrieve_file(session, token, &file))
				fput(file);
		luo_session_finish(session);
		luo_session_release(session);
	}
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct liveupdate_file_handler fh[2] = {
		{ .ops = &ops, .compatible = "h0" },
		{ .ops = &ops, .compatible = "h1" },
	};
	struct liveupdate_flb flb = { .ops = &flb_ops, .compatible = "h0" };
	struct input in = { data, size };
	u64 sessions, flbs;
	void *obj;
	int err;

	fuzz_boot();
	sim_early_params("liveupdate=on");
	FUZZ_ASSERT(liveupdate_enabled());
	FUZZ_ASSERT(!liveupdate_register_file_handler(&fh[0]));
	FUZZ_ASSERT(!liveupdate_register_file_handler(&fh[1]));
	FUZZ_ASSERT(!liveupdate_register_flb(&fh[0], &flb));

	sessions = fuzz_address(&in);
	flbs = fuzz_address(&in);
	while (in.left)
		make_page(&in);

	luo_flb_attach(flbs);
	if (!luo_session_attach(sessions)) {
		err = luo_session_deserialize();
		FUZZ_ASSERT(err <= 0);
		if (!liveupdate_flb_get_incoming(&flb, &obj))
			liveupdate_flb_put_incoming(&flb);
		use_sessions(&in);
	}
	FUZZ_ASSERT(!sim_warnings());
	return 0;
}
