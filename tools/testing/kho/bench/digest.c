// SPDX-License-Identifier: GPL-2.0
/*
 * What a successor finds free before it has read more than the tables: simulated
 * machines, layouts of what is preserved, and block sizes of the digest.
 *
 * Of a machine there is only its memory map and the tree; the tables are in one
 * range at the end of memory. Free is what is neither preserved nor a table.
 */

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "../sim/sim.h"

#define TiB(n)		((phys_addr_t)(n) << 40)
#define MAX_TABLES	70000UL		/* of the machine that runs this */
#define RUNS		5

static struct kho_radix_tree tree;
static unsigned long preserved;		/* pages */

static void preserve(phys_addr_t phys, unsigned long nr, unsigned int order)
{
	preserved += nr << order;
	sim_never(kho_radix_add_range(&tree, kho_key_encode(PHYS_PFN(phys), order),
				      nr));
}

/* Layouts, of @ram bytes of memory. */

static void add_packed(phys_addr_t ram)
{
	preserve(ALIGN(ram / 4, MiB(2)), PHYS_PFN(min(ram / 2, GiB(48))), 0);
}

static void add_page_each(phys_addr_t ram, phys_addr_t step)
{
	phys_addr_t phys;

	for (phys = step > MiB(2) ? step / 2 : 0; phys < ram; phys += step)
		preserve(ALIGN_DOWN(phys + (phys / step * 37 % 511) * PAGE_SIZE,
				    PAGE_SIZE), 1, 0);
}

static void add_each_gib(phys_addr_t ram)
{
	add_page_each(ram, GiB(1));
}

static void add_each_128m(phys_addr_t ram)
{
	add_page_each(ram, MiB(128));
}

static void add_each_2m(phys_addr_t ram)
{
	add_page_each(ram, MiB(2));
}

static void add_other_page(phys_addr_t ram)
{
	phys_addr_t size = min(ram / 2, GiB(8)), phys;

	for (phys = ram / 4; phys < ram / 4 + size; phys += 2 * PAGE_SIZE)
		preserve(ALIGN_DOWN(phys, PAGE_SIZE), 1, 0);
}

static u64 random_number(void)
{
	static u64 seed = 1;

	seed = seed * 6364136223846793005 + 1442695040888963407;
	return seed >> 20;
}

/* A quarter of memory, but no more than 48 GiB. */
static void add_folios(phys_addr_t ram, phys_addr_t size)
{
	unsigned long slots = ram / size - 2, n = min(ram / 4, GiB(48)) / size, i;
	unsigned long *used = calloc(BITS_TO_LONGS(slots), sizeof(*used));

	while (n) {
		i = random_number() % slots;
		if (test_bit(i, used))
			continue;
		__set_bit(i, used);
		preserve((i + 1) * size, 1, ilog2(size) - PAGE_SHIFT);
		n--;
	}
	free(used);
}

static void add_folios_2m(phys_addr_t ram)
{
	add_folios(ram, MiB(2));
}

static void add_folios_1g(phys_addr_t ram)
{
	if (ram >= GiB(8))
		add_folios(ram, GiB(1));
}

static const struct {
	const char *name;
	void (*add)(phys_addr_t ram);
	phys_addr_t step;	/* memory that needs a leaf, 0: few of them */
} layouts[] = {
	{ "packed", add_packed, 0 },
	{ "page per GiB", add_each_gib, GiB(1) },
	{ "page per 128M", add_each_128m, MiB(128) },
	{ "page per 2M", add_each_2m, MiB(128) },
	{ "every other page", add_other_page, 0 },
	{ "2M folios", add_folios_2m, 0 },
	{ "1G folios", add_folios_1g, 0 },
};

static const phys_addr_t machines[] = {
	GiB(2), GiB(8), GiB(64), GiB(256), TiB(1), TiB(4), TiB(16), TiB(64),
};

static const struct {
	const char *name;
	phys_addr_t size;
} blocks[] = {
	{ "1G", GiB(1) }, { "128M", MiB(128) }, { "16M", MiB(16) }, { "2M", MiB(2) },
};

/* What reading a tree finds. */
struct result {
	unsigned long pages;
	unsigned long pieces;
	unsigned long tables;
	double ns;
};

static unsigned long nr_tables;
static struct kho_piece pieces[1 << 16];

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return ts.tv_sec * 1e9 + ts.tv_nsec;
}

static int read_table(u64 phys, void *digest)
{
	nr_tables++;
	kho_digest_add(digest, PHYS_PFN(phys), PHYS_PFN(phys) + 1);
	return 0;
}

static void read_leaf(const struct kho_radix_leaf *leaf, unsigned long key,
		      void *digest)
{
	kho_digest_add_leaf(digest, leaf, key);
}

static int own_table(u64 phys, void *unused)
{
	return kho_own_add(PHYS_PFN(phys));
}

static void own_leaf(const struct kho_radix_leaf *leaf, unsigned long key,
		     void *unused)
{
}

static unsigned int visit(const struct kho_digest *digest, unsigned long end,
			  struct kho_pick *pick, bool take)
{
	struct kho_piece piece = { .end = 0 };
	unsigned int n = 0;

	for (;;) {
		piece.start = piece.end;
		if (!kho_digest_next(digest, &piece, end))
			return n;
		if (!take)
			kho_pick_note(pick, &piece);
		else if (kho_pick_take(pick, &piece))
			pieces[n++] = piece;
	}
}

/* As kho_in_digest() does it, but for marking memblock. */
static struct result read_tree(phys_addr_t ram, phys_addr_t block,
			       unsigned long *map)
{
	struct kho_digest digest = {
		.order = ilog2(block) - PAGE_SHIFT,
		.nr = ram / block,
		.busy = map,
	};
	const struct kho_tree_visitor visitor = {
		.table = read_table,
		.leaf = read_leaf,
		.data = &digest,
	};
	const struct kho_tree_visitor own = {
		.table = own_table,
		.leaf = own_leaf,
	};
	const phys_addr_t root = virt_to_phys(tree.root);
	struct kho_pick pick = {};
	struct result r = {};
	unsigned long twice;
	struct kho_fault fault;
	double start = now();

	nr_tables = 0;
	memset(map, 0, BITS_TO_LONGS(digest.nr) * sizeof(*map));
	if (kho_tree_check_tables(root, &visitor, &fault) ||
	    kho_tree_check_keys(root, digest.orders, &fault) ||
	    kho_own_start(nr_tables) ||
	    kho_tree_check_tables(root, &own, &fault) ||
	    kho_own_finish(&twice)) {
		fprintf(stderr, "refused: %s (%#llx)\n", fault.what, fault.value);
		exit(1);
	}
	visit(&digest, PHYS_PFN(ram), &pick, false);
	sim_never(kho_pick_max(&pick) > ARRAY_SIZE(pieces));
	kho_pick_limit(&pick, kho_pick_max(&pick));
	r.pieces = visit(&digest, PHYS_PFN(ram), &pick, true);
	r.ns = now() - start;

	sim_never(kho_tree_count(root, digest.orders, 0, PHYS_PFN(ram)) !=
		  preserved);
	for (block = 0; block < r.pieces; block++)
		r.pages += pieces[block].end - pieces[block].start;
	r.tables = nr_tables;
	kho_own_forget();
	return r;
}

static void print_size(phys_addr_t size)
{
	if (size >= TiB(1))
		printf("%3lluT", size >> 40);
	else
		printf("%3lluG", size >> 30);
}

static void study(phys_addr_t ram, unsigned int layout)
{
	const struct sim_machine machine = { .ram = { { .size = ram } } };
	unsigned long *map, free_pages;
	struct result r, best;
	unsigned int i, n;

	if (layouts[layout].step && ram / layouts[layout].step > MAX_TABLES)
		return;

	sim_power_on(&machine);
	sim_add_memory();
	sim_never(kho_radix_init_tree(&tree, NULL));
	preserved = 0;
	layouts[layout].add(ram);
	if (!preserved)
		return;

	map = calloc(BITS_TO_LONGS(ram / MiB(2)), sizeof(*map));
	print_size(ram);
	printf("  %-16s", layouts[layout].name);
	for (i = 0; i < ARRAY_SIZE(blocks); i++) {
		for (n = 0; n < RUNS; n++) {
			r = read_tree(ram, blocks[i].size, map);
			if (!n || r.ns < best.ns)
				best = r;
		}
		free_pages = PHYS_PFN(ram) - preserved - r.tables;
		printf("  %5.1f %3lu", 100.0 * r.pages / free_pages, r.pieces);
	}
	printf(" %8lu %9.0f\n", best.tables, best.ns / 1000);
	fflush(stdout);
	free(map);
}

int main(void)
{
	unsigned int i, layout;

	printf("free memory that a digest finds, in percent, and in how many pieces (more than %lu only of a GiB):\n",
	       KHO_MAX_PIECES);
	printf("RAM   preserved       ");
	for (i = 0; i < ARRAY_SIZE(blocks); i++)
		printf("  %4s blocks", blocks[i].name);
	printf("  tables  us at 2M\n");
	for (i = 0; i < ARRAY_SIZE(machines); i++)
		for (layout = 0; layout < ARRAY_SIZE(layouts); layout++)
			study(machines[i], layout);
	return 0;
}
