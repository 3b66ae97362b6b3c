// SPDX-License-Identifier: GPL-2.0

#include <libfdt.h>
#include <stdlib.h>

#include "image.h"

/* Small, so that all of it can be compared; two nodes, and a hole. */
static const struct sim_machine machine = {
	.ram = {
		{ .start = 0, .size = 640 * 1024 },
		{ .start = MiB(1), .size = MiB(15) },
		{ .start = MiB(20), .size = MiB(8), .nid = 1 },
	},
};

#define END_PFN		PHYS_PFN(MiB(28))

struct image image;

static u64 plain_memory, plain_reserved;		/* regions */
static unsigned char preserved[END_PFN], is_table[END_PFN];
static unsigned char heads[END_PFN];	/* order + 1 */
static unsigned long reload[512];	/* page frames for image_reload() */
static unsigned int nr_reload;
static phys_addr_t next_spare;

/* Not much can be tested without an image. */
static void image_check(bool ok)
{
	if (!ok) {
		tap_fail(__FILE__, __LINE__, "no image: %s", sim_log());
		abort();
	}
}

/* All memory, range by range: as it was at the jump, and at a later time. */
static char *image_ram[SIM_MAX_RANGES], *image_noted[SIM_MAX_RANGES];

static void image_take(char **copy)
{
	const struct sim_range *r = machine.ram;

	for (; r < machine.ram + SIM_MAX_RANGES && r->size; r++, copy++) {
		*copy = *copy ?: malloc(r->size);
		memcpy(*copy, phys_to_virt(r->start), r->size);
	}
}

void image_note(void)
{
	image_take(image_noted);
}

/* Where the image has what is at an address. */
static char *image_at(phys_addr_t phys)
{
	const struct sim_range *r = machine.ram;
	char **copy = image_ram;

	while (phys - r->start >= r->size) {
		r++;
		copy++;
	}
	return *copy + (phys - r->start);
}

/* As the image has it, whatever was done to the list in memory. */
static bool image_is_scratch(phys_addr_t phys)
{
	const struct kho_scratch *area = (void *)image_at(image.h.scratch);
	unsigned int i;

	for (i = 0; i < image.h.scratch_len / sizeof(*area); i++)
		if (phys - area[i].addr < area[i].size)
			return true;
	return false;
}

bool image_unchanged(void)
{
	const struct sim_range *r = machine.ram;
	char **copy = image_noted;
	phys_addr_t off;

	for (; r < machine.ram + SIM_MAX_RANGES && r->size; r++, copy++)
		for (off = 0; off < r->size; off += PAGE_SIZE)
			if (!image_is_scratch(r->start + off) &&
			    memcmp(phys_to_virt(r->start + off), *copy + off,
				   PAGE_SIZE))
				return false;
	return true;
}

void image_make(void)
{
	unsigned long n;
	struct page *page = NULL;
	struct folio *folio;
	char *blob;

	sim_kernel_size = 64 * 1024;
	sim_power_on(&machine);
	sim_boot("kho=on kho_scratch=4M,0,0");
	image_check(kho_is_enabled());

	image.blob_size = PAGE_SIZE + 5;
	blob = kho_alloc_preserve(image.blob_size);
	image_check(!IS_ERR(blob));
	image_check(!kho_add_subtree("blob", blob, image.blob_size));
	image.blob = virt_to_phys(blob);

	folio = folio_alloc(GFP_KERNEL, 4);
	image_check(!kho_preserve_folio(folio));
	image.folio4 = folio_pfn(folio);

	/* Pages that follow each other, from an odd one on. */
	for (n = 0; n < IMAGE_PAGES; n++) {
		struct page *next = alloc_page(GFP_KERNEL);

		if (n && next == page + 1) {
			page = next;
			continue;
		}
		page = next;
		n = page_to_pfn(page) % 2 ? 0 : -1UL;
	}
	image.pages = page_to_pfn(page) + 1 - IMAGE_PAGES;
	image_check(!kho_preserve_pages(pfn_to_page(image.pages), IMAGE_PAGES));

	for (n = 0; n < IMAGE_SINGLES; n++) {
		folio = folio_alloc(GFP_KERNEL | __GFP_ZERO, 0);
		image_check(!kho_preserve_folio(folio));
		image.single[n] = PFN_PHYS(folio_pfn(folio));
	}

	image.h = sim_prepare_jump();
	image.tree = virt_to_phys(kho_out_tree.root);
	sim_start_kernel();
	image_take(image_ram);
	image_check(!image_verdict(image.tree, NULL, 0));
	for (n = 0; n < END_PFN; n++)
		if (preserved[n] || is_table[n])
			reload[nr_reload++] = n;
	image_check(nr_reload < ARRAY_SIZE(reload));
	image_plain_boot();
}

void image_load(void)
{
	const struct sim_range *r = machine.ram;
	char **copy = image_ram;

	next_spare = IMAGE_SPARE;
	sim_start_kernel();
	for (; r < machine.ram + SIM_MAX_RANGES && r->size; r++, copy++)
		memcpy(phys_to_virt(r->start), *copy, r->size);
}

void image_reload(void)
{
	unsigned int i;

	sim_start_kernel();
	for (i = 0; i < nr_reload; i++)
		memcpy(phys_to_virt(PFN_PHYS(reload[i])),
		       image_at(PFN_PHYS(reload[i])), PAGE_SIZE);
	memcpy(phys_to_virt(image.h.scratch), image_at(image.h.scratch), PAGE_SIZE);
}

void image_plain_boot(void)
{
	sim_start_kernel();
	sim_add_memory();
	plain_memory = sim_regions(&memblock.memory);
	plain_reserved = sim_regions(&memblock.reserved);
}

bool image_memblock_is_plain(void)
{
	return !memblock_kho_scratch_only &&
	       sim_regions(&memblock.memory) == plain_memory &&
	       sim_regions(&memblock.reserved) == plain_reserved;
}

u64 image_tree(void)
{
	struct kho_fault fault;
	phys_addr_t tree = 0;

	image_check(!kho_fdt_check(phys_to_virt(image.h.fdt), PAGE_SIZE, &tree,
				   &fault));
	return tree;
}

void image_set_tree(u64 tree)
{
	image_check(!fdt_setprop_inplace(phys_to_virt(image.h.fdt), 0,
					 KHO_FDT_MEMORY_MAP_PROP_NAME, &tree,
					 sizeof(tree)));
}

u64 *image_slot(unsigned long key, unsigned int level)
{
	struct kho_radix_node *node = phys_to_virt(image.tree);
	unsigned int l;

	for (l = KHO_RADIX_ROOT_LEVEL; l > level + 1; l--) {
		u64 phys = node->table[kho_radix_index(key, l)];

		if (!phys)
			return NULL;
		node = phys_to_virt(phys);
	}
	return &node->table[kho_radix_index(key, l)];
}

unsigned long *image_leaf(unsigned long key)
{
	u64 *slot = image_slot(key, 0);

	return slot && *slot ? phys_to_virt(*slot) : NULL;
}

void image_set_key(unsigned long key)
{
	unsigned int level;
	u64 *slot;

	for (level = KHO_RADIX_ROOT_LEVEL; level--;) {
		slot = image_slot(key, level);
		if (*slot)
			continue;
		memset(phys_to_virt(next_spare), 0, PAGE_SIZE);
		*slot = next_spare;
		next_spare += PAGE_SIZE;
	}
	image_leaf(key)[BIT_WORD(key & KHO_RADIX_LEAF_MASK)] |= BIT_MASK(key);
}

void image_clear_key(unsigned long key)
{
	image_leaf(key)[BIT_WORD(key & KHO_RADIX_LEAF_MASK)] &= ~BIT_MASK(key);
}

/* Mark a block as preserved. */
static const char *verdict_key(unsigned long key,
			       const struct kho_scratch *areas, unsigned int nr)
{
	unsigned int order = 63 - __builtin_clzl(key ?: 1), i;
	unsigned long pfn, n;

	if (!key)
		return "key 0";
	order = 64 - PAGE_SHIFT - order;
	if (order > 20)
		return "order";
	pfn = (key & ~(1UL << (64 - PAGE_SHIFT - order))) << order;
	if (pfn >= END_PFN || pfn + (1UL << order) > END_PFN)
		return "beyond the end";
	for (n = pfn; n < pfn + (1UL << order); n++) {
		if (!sim_find_range(PFN_PHYS(n)))
			return "no memory";
		for (i = 0; i < nr; i++)
			if (PFN_PHYS(n) - areas[i].addr < areas[i].size)
				return "in scratch";
	}
	/* That overlaps reserved memory. */
	if (!pfn && order)
		return NULL;
	/* Larger ones come first. */
	if (!preserved[pfn])
		heads[pfn] = order + 1;
	memset(preserved + pfn, 1, 1UL << order);
	return NULL;
}

static const char *verdict_table(u64 phys, unsigned int level, unsigned long key,
				 const struct kho_scratch *areas, unsigned int nr)
{
	const u64 *entry;
	const char *bad;
	unsigned long i;

	if (phys % PAGE_SIZE || phys >= SIM_PHYS_END || !sim_find_range(phys))
		return "table address";
	for (i = 0; i < nr; i++)
		if (phys - areas[i].addr < areas[i].size)
			return "table in scratch";
	if (is_table[PHYS_PFN(phys)])
		return "table twice";
	is_table[PHYS_PFN(phys)] = 1;
	entry = phys_to_virt(phys);
	if (!level) {
		for (i = 0; i < 8 * PAGE_SIZE; i++) {
			if (!(entry[i / 64] >> (i % 64) & 1))
				continue;
			bad = verdict_key(key | i, areas, nr);
			if (bad)
				return bad;
		}
		return NULL;
	}
	for (i = 0; i < PAGE_SIZE / 8; i++) {
		unsigned long child_key = key | i << kho_radix_shift(level);
		unsigned int order = 0;

		if (!entry[i])
			continue;
		if (child_key && kho_key_decode(child_key, &order) >= END_PFN)
			return "table beyond the end";
		bad = verdict_table(entry[i], level - 1, child_key, areas, nr);
		if (bad)
			return bad;
	}
	return NULL;
}

const char *image_verdict(phys_addr_t tree, const struct kho_scratch *areas,
			  unsigned int nr)
{
	memset(preserved, 0, sizeof(preserved));
	memset(is_table, 0, sizeof(is_table));
	memset(heads, 0, sizeof(heads));
	return verdict_table(tree, KHO_RADIX_ROOT_LEVEL, 0, areas, nr);
}

bool image_page_is_preserved(unsigned long pfn)
{
	return preserved[pfn];
}

bool image_page_is_table(unsigned long pfn)
{
	return is_table[pfn];
}

bool image_page_is_own(unsigned long pfn)
{
	return is_table[pfn] || pfn == PHYS_PFN(image.h.fdt);
}

int image_block_order(unsigned long pfn)
{
	unsigned long i;

	for (i = 0; heads[pfn] && i < 1UL << (heads[pfn] - 1); i++)
		if (image_page_is_own(pfn + i))
			return -1;
	return heads[pfn] - 1;
}

unsigned long image_check_released(void)
{
	const struct sim_range *r;
	enum sim_page_state state;
	union kho_page_info info;
	unsigned long pfn;
	bool held;
	int order;

	sim_for_each_range(r)
		for (pfn = PHYS_PFN(r->start) ?: 1;
		     pfn < PHYS_PFN(r->start + r->size); pfn++) {
			state = sim_page_state(pfn);
			held = preserved[pfn] || image_page_is_own(pfn);
			if (held != (state == SIM_HELD))
				return pfn;
			if (!held)
				continue;
			order = image_block_order(pfn);
			info.private = pfn_to_page(pfn)->private;
			if (image_page_is_own(pfn) && info.magic != KHO_OWN_MAGIC)
				return pfn;
			if ((info.magic == KHO_PAGE_MAGIC) != (order >= 0) ||
			    (order >= 0 && info.order != (unsigned int)order))
				return pfn;
		}
	return 0;
}
