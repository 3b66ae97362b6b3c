// SPDX-License-Identifier: GPL-2.0-only
/*
 * The smallest client of Kexec HandOver, written to the public API only.
 *
 * A boot that finds nothing to restore fills a few MiB of folios of random
 * orders with random bytes and hands them over under the name "kho_test". The
 * next kernel takes them back, compares the checksum and says on the console
 * "KHO restore succeeded" or "KHO restore failed". Layout and texts are those
 * of mainline's test of the same name, so either end may be a mainline kernel.
 *
 * The blob is a flattened tree:
 *
 *	/	compatible = "kho-test-v1", magic
 *	/data	nr_folios, csum, folios_info (a struct kho_vmalloc)
 *
 * and folios_info describes an array of u64, one per folio: its physical
 * address with the order in the low bits.
 */

#define pr_fmt(fmt) "test_kho: " fmt

#include <linux/cleanup.h>
#include <linux/gfp.h>
#include <linux/init.h>
#include <linux/io.h>
#include <linux/kexec_handover.h>
#include <linux/kho/abi/kexec_handover.h>
#include <linux/libfdt.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/random.h>
#include <linux/sizes.h>
#include <linux/vmalloc.h>

#include <net/checksum.h>

#include "../kernel/liveupdate/kho_internal.h"

#define KHO_TEST_SUBTREE	"kho_test"
#define KHO_TEST_COMPAT		"kho-test-v1"
#define KHO_TEST_MAGIC		0x4b484f21u	/* "KHO!" */

static long max_mem = (PAGE_SIZE << MAX_PAGE_ORDER) * 2;
module_param(max_mem, long, 0444);
MODULE_PARM_DESC(max_mem, "bytes to hand over");

/**
 * struct kho_test_state - what is handed over
 * @entries: one word per folio, physical address | order; a vmalloc area.
 * @nr_folios: number of valid entries.
 * @csum: checksum over the contents of all folios, in order.
 * @desc: preservation of @entries.
 * @fdt: linear address of the blob that names all of the above.
 */
struct kho_test_state {
	u64 *entries;
	u32 nr_folios;
	__wsum csum;
	struct kho_vmalloc desc;
	void *fdt;
};

static struct folio *kho_test_entry_folio(u64 entry)
{
	return pfn_folio(PHYS_PFN(entry));
}

/* Allocate and fill folios until @max_mem bytes are reached. */
static int kho_test_fill(struct kho_test_state *state)
{
	unsigned long left = max_mem >> PAGE_SHIFT;

	while (left) {
		unsigned int order = get_random_u32_below(NR_PAGE_ORDERS);
		struct folio *folio;

		order = min_t(unsigned int, order, ilog2(left));
		folio = folio_alloc(GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN,
				    order);
		if (!folio && order)
			folio = folio_alloc(GFP_KERNEL, 0);
		if (!folio)
			return -ENOMEM;

		get_random_bytes(folio_address(folio), folio_size(folio));
		state->csum = csum_partial(folio_address(folio),
					   folio_size(folio), state->csum);
		state->entries[state->nr_folios++] =
			PFN_PHYS(folio_pfn(folio)) | folio_order(folio);
		left -= folio_nr_pages(folio);
		cond_resched();
	}
	return 0;
}

static int kho_test_write_fdt(const struct kho_test_state *state, size_t size)
{
	void *fdt = state->fdt;
	u32 magic = KHO_TEST_MAGIC;
	int err = 0;

	err |= fdt_create(fdt, size);
	err |= fdt_finish_reservemap(fdt);
	err |= fdt_begin_node(fdt, "");
	err |= fdt_property_string(fdt, "compatible", KHO_TEST_COMPAT);
	err |= fdt_property(fdt, "magic", &magic, sizeof(magic));
	err |= fdt_begin_node(fdt, "data");
	err |= fdt_property(fdt, "nr_folios", &state->nr_folios,
			    sizeof(state->nr_folios));
	err |= fdt_property(fdt, "folios_info", &state->desc,
			    sizeof(state->desc));
	err |= fdt_property(fdt, "csum", &state->csum, sizeof(state->csum));
	err |= fdt_end_node(fdt);
	err |= fdt_end_node(fdt);
	err |= fdt_finish(fdt);
	return err ? -EINVAL : 0;
}

/* Preserve the folios of @state, or none of them. */
static int kho_test_preserve_folios(const struct kho_test_state *state)
{
	for (u32 i = 0; i < state->nr_folios; i++) {
		int err = kho_preserve_folio(kho_test_entry_folio(state->entries[i]));

		if (!err)
			continue;
		while (i--)
			kho_unpreserve_folio(kho_test_entry_folio(state->entries[i]));
		return err;
	}
	return 0;
}

static int kho_test_hand_over(struct kho_test_state *state)
{
	size_t size = state->nr_folios * sizeof(u64) + PAGE_SIZE;
	int err;

	err = kho_test_preserve_folios(state);
	if (err)
		return err;

	err = kho_preserve_vmalloc(state->entries, &state->desc);
	if (err)
		goto err_folios;

	state->fdt = kho_alloc_preserve(size);
	if (IS_ERR(state->fdt)) {
		err = PTR_ERR(state->fdt);
		goto err_vmalloc;
	}

	err = kho_test_write_fdt(state, size);
	if (!err)
		err = kho_add_subtree(KHO_TEST_SUBTREE, state->fdt,
				      fdt_totalsize(state->fdt));
	if (!err)
		return 0;

	kho_unpreserve_free(state->fdt);
err_vmalloc:
	kho_unpreserve_vmalloc(&state->desc);
err_folios:
	for (u32 i = 0; i < state->nr_folios; i++)
		kho_unpreserve_folio(kho_test_entry_folio(state->entries[i]));
	return err;
}

static int kho_test_save(void)
{
	struct kho_test_state state = {};
	int err;

	if (max_mem < (long)PAGE_SIZE) {
		pr_err("max_mem=%ld is less than a page, nothing handed over\n",
		       max_mem);
		return -EINVAL;
	}

	/* Worst case: all folios come out as single pages. */
	state.entries = vcalloc(max_mem >> PAGE_SHIFT, sizeof(u64));
	if (!state.entries)
		return -ENOMEM;

	err = kho_test_fill(&state);
	if (!err)
		err = kho_test_hand_over(&state);
	if (!err) {
		/* Everything now belongs to the next kernel. */
		pr_info("%u folios ready for the next kernel\n",
			state.nr_folios);
		return 0;
	}

	for (u32 i = 0; i < state.nr_folios; i++)
		folio_put(kho_test_entry_folio(state.entries[i]));
	vfree(state.entries);
	pr_err("cannot hand over %ld bytes: %d\n", max_mem, err);
	return err;
}

static int kho_test_get_prop(const void *fdt, int node, const char *name,
			     void *val, int size)
{
	int len;
	const void *prop = fdt_getprop(fdt, node, name, &len);

	if (!prop || len != size) {
		pr_err("property %s missing or malformed\n", name);
		return -EINVAL;
	}
	memcpy(val, prop, size);	/* only 4-byte aligned in the blob */
	return 0;
}

static int kho_test_parse(struct kho_test_state *state, size_t size)
{
	const void *fdt = state->fdt;
	int node, err;
	u32 magic;

	if (size < sizeof(struct fdt_header) || fdt_check_header(fdt) ||
	    fdt_totalsize(fdt) > size ||
	    fdt_node_check_compatible(fdt, 0, KHO_TEST_COMPAT)) {
		pr_err("blob is not a %s tree\n", KHO_TEST_COMPAT);
		return -EINVAL;
	}

	err = kho_test_get_prop(fdt, 0, "magic", &magic, sizeof(magic));
	if (err)
		return err;
	if (magic != KHO_TEST_MAGIC) {
		pr_err("magic is %#x, expected %#x\n", magic, KHO_TEST_MAGIC);
		return -EINVAL;
	}

	node = kho_fdt_subnode(fdt, 0, "data");
	if (node < 0) {
		pr_err("no data node\n");
		return -EINVAL;
	}

	err = kho_test_get_prop(fdt, node, "nr_folios", &state->nr_folios,
				sizeof(state->nr_folios));
	if (!err)
		err = kho_test_get_prop(fdt, node, "folios_info", &state->desc,
					sizeof(state->desc));
	if (!err)
		err = kho_test_get_prop(fdt, node, "csum", &state->csum,
					sizeof(state->csum));
	if (!err && state->nr_folios > ((u64)state->desc.total_pages << PAGE_SHIFT) / sizeof(u64)) {
		pr_err("%u folios do not fit in %u pages of addresses\n",
		       state->nr_folios, state->desc.total_pages);
		err = -EINVAL;
	}
	return err;
}

/* Take one folio back and add it to the checksum. */
static int kho_test_restore_folio(u64 entry, __wsum *csum)
{
	unsigned int order = entry & ~PAGE_MASK;
	phys_addr_t phys = entry & PAGE_MASK;
	struct folio *folio = kho_restore_folio(phys);
	int err = 0;

	if (!folio) {
		pr_err("folio at %pa was not restored\n", &phys);
		return -ENOENT;
	}
	if (folio_order(folio) != order) {
		pr_err("folio at %pa has order %u, expected %u\n", &phys,
		       folio_order(folio), order);
		err = -EINVAL;
	} else {
		*csum = csum_partial(folio_address(folio), folio_size(folio),
				     *csum);
	}
	folio_put(folio);
	return err;
}

static int kho_test_restore(phys_addr_t phys, size_t size)
{
	struct kho_test_state state = { .fdt = phys_to_virt(phys) };
	__wsum csum = 0;
	int err;

	err = kho_test_parse(&state, size);
	if (err)
		return err;

	state.entries = kho_restore_vmalloc(&state.desc);
	if (!state.entries) {
		pr_err("the list of folios was not restored\n");
		return -ENOENT;
	}

	for (u32 i = 0; i < state.nr_folios; i++)
		err = kho_test_restore_folio(state.entries[i], &csum) ?: err;

	/*
	 * Equal sums may differ before folding when the two kernels were not
	 * built from the same checksum code.
	 */
	if (!err && csum_fold(csum) != csum_fold(state.csum)) {
		pr_err("checksum is %#x, expected %#x\n",
		       (__force u32)csum, (__force u32)state.csum);
		err = -EBADMSG;
	}

	vfree(state.entries);
	kho_restore_free(state.fdt);
	return err;
}

static int __init kho_test_init(void)
{
	phys_addr_t phys;
	size_t size;
	int err;

	err = kho_retrieve_subtree(KHO_TEST_SUBTREE, &phys, &size);
	if (!err) {
		err = kho_test_restore(phys, size);
		if (err)
			pr_err("KHO restore failed\n");
		else
			pr_info("KHO restore succeeded\n");
		return err;
	}
	if (err != -ENOENT) {
		pr_err("sub-tree %s is unusable: %d\n", KHO_TEST_SUBTREE, err);
		pr_err("KHO restore failed\n");
		return err;
	}

	return kho_is_enabled() ? kho_test_save() : 0;
}
module_init(kho_test_init);

MODULE_AUTHOR("Seed a2348ab3 maintainers");
MODULE_DESCRIPTION("Kexec HandOver test client");
MODULE_LICENSE("GPL");
