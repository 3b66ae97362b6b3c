// SPDX-License-Identifier: GPL-2.0
/*
 * Page and object allocators of the simulated machine.
 *
 * Free memory is overwritten and, under ASan, must not be touched; it is given
 * out again as late as possible. Freeing what is not in use is a bug. Any
 * allocation can be made to fail.
 */

#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>

#include <linux/list.h>
#include <linux/overflow.h>

#include "sim.h"
#include "../include/changed/mm/internal.h"
#include "../../../../mm/kho.h"

/* Memory of larger machines is not overwritten as a whole, nor guarded by ASan. */
#define SIM_SMALL	MiB(512)
#define SIM_FREED	0x5a

struct sim_object {
	struct list_head list;
	size_t size;
	unsigned char data[] __aligned(16);
};

static pthread_mutex_t sim_alloc_lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned char *sim_states;
static unsigned char sim_types[(SIM_PHYS_END >> PAGE_SHIFT) >> 9];
static unsigned long sim_rotor;		/* where the search goes on */
static long sim_nr_used;
static LIST_HEAD(sim_objects);
static long sim_nr_objects;
static long sim_nr_for_free;
static bool sim_started, sim_small, sim_guarded;

phys_addr_t sim_alloc_start;
unsigned long sim_contig_calls;

/* Fuzzers have no time for it. */
bool sim_scribble_at_boot = true;

atomic_long_t num_poisoned_pages;

/* Failures on request */

static unsigned long sim_nr_allocs, sim_fail_at;
static unsigned int sim_fail_one_in;

unsigned long sim_fail_nth(unsigned long nth)
{
	unsigned long allocs = sim_nr_allocs;

	sim_nr_allocs = 0;
	sim_fail_at = nth;
	return allocs;
}

void sim_fail_random(unsigned int n)
{
	sim_fail_one_in = n;
}

bool sim_should_fail(void)
{
	static __thread unsigned int seed;

	if (unlikely(sim_fail_one_in)) {
		if (!seed)
			seed = (unsigned long)&seed >> 4;
		seed = seed * 1664525 + 1013904223;
		return !((seed >> 8) % sim_fail_one_in);
	}
	return __atomic_add_fetch(&sim_nr_allocs, 1, __ATOMIC_RELAXED) ==
	       sim_fail_at;
}

/* Pages */

enum sim_page_state sim_page_state(unsigned long pfn)
{
	return sim_states[pfn];
}

static void sim_set_state(unsigned long pfn, unsigned long nr,
			  enum sim_page_state state)
{
	memset(sim_states + pfn, state, nr);
}

/* Without a kernel all memory can be accessed and nothing is allocated. */
void sim_pages_reset(void)
{
	struct sim_object *obj, *next;
	const struct sim_range *r;

	if (!sim_states)
		sim_states = sim_map(SIM_PHYS_END >> PAGE_SHIFT,
				     PROT_READ | PROT_WRITE);
	sim_small = sim_ram_size() <= SIM_SMALL;
	/* All of a very large machine would take a while. */
	if (!sim_small)
		madvise(sim_states, SIM_PHYS_END >> PAGE_SHIFT, MADV_DONTNEED);
	sim_for_each_range(r) {
		if (sim_small)
			sim_set_state(PHYS_PFN(r->start), PHYS_PFN(r->size),
				      SIM_FREE);
		if (sim_guarded)
			ASAN_UNPOISON_MEMORY_REGION(phys_to_virt(r->start),
						    r->size);
	}
	sim_guarded = false;
	list_for_each_entry_safe(obj, next, &sim_objects, list)
		kfree(obj->data);
	sim_nr_used = 0;
	sim_nr_objects = 0;
	sim_rotor = 0;
	sim_started = false;
	atomic_long_set(&num_poisoned_pages, 0);
}

static void sim_scribble(unsigned long pfn, unsigned long nr)
{
	void *virt = phys_to_virt(PFN_PHYS(pfn));

	if (sim_small)
		ASAN_UNPOISON_MEMORY_REGION(virt, nr << PAGE_SHIFT);
	memset(virt, SIM_FREED, nr << PAGE_SHIFT);
	if (sim_small) {
		ASAN_POISON_MEMORY_REGION(virt, nr << PAGE_SHIFT);
		__atomic_store_n(&sim_guarded, true, __ATOMIC_RELAXED);
	}
}

/* Memory from @limit on is not in the linear map. */
void sim_unmap(phys_addr_t limit)
{
	const struct sim_range *r;
	phys_addr_t start;

	sim_for_each_range(r) {
		start = max(limit, r->start);
		if (!sim_small || start >= r->start + r->size)
			continue;
		ASAN_POISON_MEMORY_REGION(phys_to_virt(start),
					  r->start + r->size - start);
		sim_guarded = true;
	}
}

/* What a kernel may do at any time with memory that is free. */
void sim_scribble_free(void)
{
	const struct sim_range *r;
	unsigned long pfn, end;

	sim_for_each_range(r) {
		pfn = PHYS_PFN(r->start);
		end = PHYS_PFN(r->start + r->size);
		for (; pfn < end; pfn++)
			if (sim_states[pfn] == SIM_FREE ||
			    sim_states[pfn] == SIM_CMA)
				sim_scribble(pfn, 1);
	}
}

static void sim_reset_page(struct page *page)
{
	memset(page, 0, sizeof(*page));
}

/* Boot */

phys_addr_t sim_early_memory = PHYS_ADDR_MAX;
unsigned int sim_deferred_threads = 1;
unsigned long sim_pages_promised, sim_pages_released;

/* The first page of each node whose struct page is not initialised yet. */
static unsigned long sim_first_deferred[MAX_NUMNODES];

unsigned long first_deferred_page(int nid)
{
	return sim_first_deferred[nid];
}

/* Cold boots are of no interest, they defer nothing. */
static void sim_split_nodes(void)
{
	unsigned long pfn, end, limit;
	struct memblock_region *r;
	int nid;

	for (nid = 0; nid < MAX_NUMNODES; nid++) {
		limit = sim_early_memory >> PAGE_SHIFT;
		sim_first_deferred[nid] = ULONG_MAX;
		for_each_mem_region(r) {
			if (r->nid != nid)
				continue;
			pfn = PHYS_PFN(r->base);
			end = PHYS_PFN(r->base + r->size);
			/* In whole sections, or at least such buddies. */
			if (is_kho_boot() && end - pfn > limit) {
				pfn = ALIGN(pfn + limit, MAX_ORDER_NR_PAGES);
				sim_first_deferred[nid] = pfn;
				break;
			}
			limit -= end - pfn;
		}
	}
}

void set_pageblock_migratetype(struct page *page, enum migratetype mt)
{
	sim_types[page_to_pfn(page) / pageblock_nr_pages] = mt;
}

enum migratetype get_pageblock_migratetype(const struct page *page)
{
	return sim_types[page_to_pfn(page) / pageblock_nr_pages];
}

/* Struct pages as boot leaves them; many of large machines are zero anyway. */
static void sim_init_pages(unsigned long pfn, unsigned long end)
{
	for (; pfn < end; pfn++) {
		/* A list of memblock's that has moved. */
		if (sim_states[pfn] == SIM_RESERVED)
			sim_set_state(pfn, 1, SIM_HELD);
		if (!pfn_to_page(pfn)->flags)
			continue;
		sim_reset_page(pfn_to_page(pfn));
		set_page_count(pfn_to_page(pfn), 1);
	}
}

/* Nobody else frees it, and nobody has it reserved. */
static void sim_release(unsigned long pfn, unsigned long end)
{
	unsigned long i, type;

	sim_never(pfn >= end);
	for (i = pfn; i < end; i++) {
		sim_never(sim_states[i] != SIM_HELD || pfn_to_page(i)->private);
		type = sim_types[i / pageblock_nr_pages];
		sim_states[i] = type == MIGRATE_CMA ? SIM_CMA : SIM_FREE;
		if (page_count(pfn_to_page(i)))
			set_page_count(pfn_to_page(i), 0);
	}
	if (sim_small && sim_scribble_at_boot)
		sim_scribble(pfn, end - pfn);
	__atomic_add_fetch(&sim_pages_released, end - pfn, __ATOMIC_RELAXED);
}

void __free_pages_core(struct page *page, unsigned int order,
		       enum meminit_context context)
{
	unsigned long pfn = page_to_pfn(page);

	sim_never(order > MAX_PAGE_ORDER || pfn & ((1UL << order) - 1));
	sim_release(pfn, pfn + (1UL << order));
}

void memblock_free_pages(struct page *page, unsigned long pfn, unsigned int order)
{
	if (pfn < sim_first_deferred[pfn_to_nid(pfn)])
		__free_pages_core(page, order, MEMINIT_EARLY);
}

void totalram_pages_add(long count)
{
	sim_pages_promised += count;
}

/* Firmware may reserve what is no memory. */
void reserve_bootmem_region(phys_addr_t start, phys_addr_t end, int nid)
{
	unsigned long pfn;

	for (pfn = PFN_DOWN(start); pfn < PFN_UP(end); pfn++) {
		if (!sim_find_range(PFN_PHYS(pfn)))
			continue;
		sim_set_state(pfn, 1, SIM_RESERVED);
		init_deferred_page(pfn, nid);
		pfn_to_page(pfn)->flags |= BIT(PG_reserved);
	}
}

/* The memory map, but for what is left for later. */
static void sim_init_memmap(void)
{
	unsigned long pfn, end, first;
	struct memblock_region *r;
	enum migratetype mt;

	memset(sim_types, MIGRATE_UNMOVABLE, sizeof(sim_types));
	for_each_mem_region(r) {
		pfn = PHYS_PFN(r->base);
		end = PHYS_PFN(r->base + r->size);
		first = sim_first_deferred[r->nid];
		sim_set_state(pfn, end - pfn, SIM_HELD);
		sim_init_pages(pfn, min(end, first));
		pfn = pageblock_start_pfn(pfn);
		for (; pfn < min(end, first); pfn += pageblock_nr_pages) {
			mt = MIGRATE_MOVABLE;
			if (is_kho_boot())
				mt = kho_scratch_migratetype(pfn, mt);
			set_pageblock_migratetype(pfn_to_page(pfn), mt);
		}
	}
}

/* memblock hands over: what is not reserved, nor preserved, becomes free. */
void sim_free_boot_memory(void)
{
	sim_pages_promised = 0;
	sim_pages_released = 0;
	sim_split_nodes();
	sim_init_memmap();
	memblock_free_all();
	sim_started = true;
}

/* The rest of it, in pieces that do not reach across the largest buddies. */
static struct sim_chunk {
	unsigned long pfn;
	unsigned long end;
} *sim_chunks;

static unsigned long sim_nr_chunks, sim_next_chunk;

static void sim_add_chunks(unsigned long pfn, unsigned long end, int nid)
{
	unsigned long next;

	pfn = max(pfn, sim_first_deferred[nid]);
	for (; pfn < end; pfn = next) {
		next = min(end, (pfn | (MAX_ORDER_NR_PAGES - 1)) + 1);
		if (!(sim_nr_chunks & (sim_nr_chunks - 1)))
			sim_chunks = realloc(sim_chunks,
					     (sim_nr_chunks * 2 + 1) *
					     sizeof(*sim_chunks));
		sim_chunks[sim_nr_chunks++] = (struct sim_chunk) { pfn, next };
	}
}

static bool sim_same_buddy(unsigned long i, unsigned long j)
{
	return sim_chunks[i].pfn / MAX_ORDER_NR_PAGES ==
	       sim_chunks[j].pfn / MAX_ORDER_NR_PAGES;
}

/* A thread of the kernel's takes whole sections, holes or not. */
static void *sim_do_chunks(void *unused)
{
	unsigned long i;

	while ((i = __atomic_fetch_add(&sim_next_chunk, 1, __ATOMIC_RELAXED)) <
	       sim_nr_chunks) {
		if (i && sim_same_buddy(i - 1, i))
			continue;
		do {
			sim_init_pages(sim_chunks[i].pfn, sim_chunks[i].end);
			kho_mm_free_deferred(sim_chunks[i].pfn,
					     sim_chunks[i].end);
		} while (++i < sim_nr_chunks && sim_same_buddy(i - 1, i));
	}
	return NULL;
}

/* page_alloc_init_late() */
void sim_pages_start_deferred(void)
{
	phys_addr_t start, end;
	pthread_t threads[8];
	unsigned int i;
	u64 free;
	int nid;

	sim_never(sim_deferred_threads > ARRAY_SIZE(threads));
	sim_nr_chunks = 0;
	sim_next_chunk = 0;
	for_each_free_mem_range(free, NUMA_NO_NODE, MEMBLOCK_NONE, &start, &end,
				&nid)
		sim_add_chunks(PFN_UP(start), PFN_DOWN(end), nid);
	for (i = 0; sim_nr_chunks && i < sim_deferred_threads; i++)
		pthread_create(&threads[i], NULL, sim_do_chunks, NULL);
	while (i)
		pthread_join(threads[--i], NULL);
	for (i = 0; i < MAX_NUMNODES; i++)
		sim_first_deferred[i] = ULONG_MAX;
}

bool slab_is_available(void)
{
	return sim_started;
}

long sim_pages_used(void)
{
	return __atomic_load_n(&sim_nr_used, __ATOMIC_RELAXED);
}

static bool sim_all_free(unsigned long pfn, unsigned long nr)
{
	while (nr--)
		if (sim_states[pfn + nr] != SIM_FREE)
			return false;
	return true;
}

/* The next free block from @start on, on @nid if that is a node; 0 if none. */
static unsigned long sim_find_free(unsigned long start, unsigned long stop,
				   unsigned long nr, int nid)
{
	const struct sim_range *r;
	unsigned long pfn, end;

	sim_for_each_range(r) {
		if (nid != NUMA_NO_NODE && r->nid != nid)
			continue;
		pfn = max(start, PHYS_PFN(r->start) ?: 1);
		end = min(stop, PHYS_PFN(r->start + r->size));
		for (pfn = ALIGN(pfn, nr); pfn + nr <= end; pfn += nr)
			if (sim_all_free(pfn, nr))
				return pfn;
	}
	return 0;
}

/* Allocations so far that no memory cgroup is charged for. */
long sim_allocs_for_free(void)
{
	return __atomic_load_n(&sim_nr_for_free, __ATOMIC_RELAXED);
}

__thread bool sim_irqs_off;

static void sim_account(gfp_t gfp)
{
	if (!(gfp & __GFP_ACCOUNT))
		__atomic_add_fetch(&sim_nr_for_free, 1, __ATOMIC_RELAXED);
}

/* Pages that are in use from now on, each with one reference. */
static void sim_use(unsigned long pfn, unsigned long nr)
{
	__atomic_add_fetch(&sim_nr_used, nr, __ATOMIC_RELAXED);
	if (sim_small)
		ASAN_UNPOISON_MEMORY_REGION(phys_to_virt(PFN_PHYS(pfn)),
					    nr << PAGE_SHIFT);
	while (nr--) {
		sim_reset_page(pfn_to_page(pfn + nr));
		set_page_count(pfn_to_page(pfn + nr), 1);
	}
}

static struct page *sim_alloc(gfp_t gfp, unsigned int order, int nid)
{
	unsigned long pfn, start, nr = 1UL << order, i;
	struct page *page;

	sim_never(sim_irqs_off && gfp & GFP_KERNEL);
	if (sim_should_fail())
		return NULL;
	sim_never(!sim_started || order > MAX_PAGE_ORDER);

	pthread_mutex_lock(&sim_alloc_lock);
	start = PHYS_PFN(sim_alloc_start) ?: sim_rotor;
	pfn = sim_find_free(start, ULONG_MAX, nr, nid) ?:
	      sim_find_free(0, start, nr, nid);
	if (pfn) {
		sim_rotor = pfn + nr;
		sim_set_state(pfn, nr, SIM_USED);
	}
	pthread_mutex_unlock(&sim_alloc_lock);
	if (!pfn)
		return NULL;

	sim_account(gfp);
	sim_use(pfn, nr);
	page = pfn_to_page(pfn);
	for (i = 1; i < nr; i++)
		set_page_count(page + i, 0);
	if (gfp & __GFP_ZERO)
		memset(page_address(page), 0, nr << PAGE_SHIFT);
	return page;
}

struct page *alloc_pages(gfp_t gfp, unsigned int order)
{
	return sim_alloc(gfp, order, NUMA_NO_NODE);
}

static void sim_free_block(struct page *page, unsigned int order)
{
	unsigned long pfn = page_to_pfn(page), nr = 1UL << order, i;

	for (i = 0; i < nr; i++)
		sim_never(sim_states[pfn + i] != SIM_USED);
	sim_scribble(pfn, nr);
	__atomic_sub_fetch(&sim_nr_used, nr, __ATOMIC_RELAXED);

	pthread_mutex_lock(&sim_alloc_lock);
	sim_set_state(pfn, nr, SIM_FREE);
	pthread_mutex_unlock(&sim_alloc_lock);
}

void __free_pages(struct page *page, unsigned int order)
{
	sim_never(page->flags & BIT(PG_head) || page->compound_head & 1);
	sim_never(page_count(page) <= 0);
	if (!atomic_dec_return(&page->_refcount))
		sim_free_block(page, order);
}

unsigned long get_zeroed_page(gfp_t gfp)
{
	struct page *page = alloc_page(gfp | __GFP_ZERO);

	return page ? (unsigned long)page_address(page) : 0;
}

void free_page(unsigned long addr)
{
	if (addr)
		__free_page(virt_to_page((void *)addr));
}

void prep_compound_page(struct page *page, unsigned int order)
{
	unsigned long i;

	__SetPageHead(page);
	for (i = 1; i < 1UL << order; i++) {
		sim_never(page_count(page + i));
		set_compound_head(page + i, page);
	}
	prep_compound_head(page, order);
}

struct folio *__folio_alloc(gfp_t gfp, unsigned int order, int nid,
			    const void *nodemask)
{
	struct page *page = sim_alloc(gfp, order, gfp & __GFP_THISNODE ?
						  nid : NUMA_NO_NODE);

	sim_never(nodemask);
	if (page && order)
		prep_compound_page(page, order);
	return (struct folio *)page;
}

struct folio *folio_alloc(gfp_t gfp, unsigned int order)
{
	return __folio_alloc(gfp, order, 0, NULL);
}

void sim_make_movable(struct page *page)
{
	sim_never(sim_states[page_to_pfn(page)] != SIM_USED);
	page->flags |= BIT(PG_lru);
}

/* Move a page out of a range that nobody allocates from. */
static bool sim_move(unsigned long pfn, unsigned long start, unsigned long end)
{
	unsigned long to;

	to = sim_find_free(end, ULONG_MAX, 1, NUMA_NO_NODE) ?:
	     sim_find_free(0, start, 1, NUMA_NO_NODE);
	if (!to)
		return false;
	sim_set_state(to, 1, SIM_USED);
	sim_use(to, 1);
	sim_make_movable(pfn_to_page(to));
	memcpy(pfn_to_kaddr(to), pfn_to_kaddr(pfn), PAGE_SIZE);
	sim_set_state(pfn, 1, SIM_FREE);
	__atomic_sub_fetch(&sim_nr_used, 1, __ATOMIC_RELAXED);
	return true;
}

int alloc_contig_range(unsigned long start, unsigned long end,
		       unsigned int migratetype, gfp_t gfp)
{
	unsigned long pfn;
	int err = 0;

	sim_contig_calls++;
	if (sim_should_fail())
		return -ENOMEM;
	sim_never(!sim_started || start >= end || gfp & __GFP_ACCOUNT);

	pthread_mutex_lock(&sim_alloc_lock);
	for (pfn = start; !err && pfn < end; pfn++) {
		sim_never(sim_types[pfn / pageblock_nr_pages] != migratetype ||
			  migratetype == MIGRATE_CMA);
		if (sim_states[pfn] != SIM_FREE &&
		    (sim_states[pfn] != SIM_USED || !PageLRU(pfn_to_page(pfn))))
			err = -EBUSY;
	}
	for (pfn = start; !err && pfn < end; pfn++)
		if (sim_states[pfn] == SIM_USED && !sim_move(pfn, start, end))
			err = -ENOMEM;
	if (!err)
		sim_set_state(start, end - start, SIM_USED);
	pthread_mutex_unlock(&sim_alloc_lock);
	if (!err)
		sim_use(start, end - start);
	return err;
}

void free_contig_range(unsigned long pfn, unsigned long nr_pages)
{
	while (nr_pages--)
		__free_page(pfn_to_page(pfn + nr_pages));
}

void folio_put(struct folio *folio)
{
	unsigned int order = folio_order(folio);

	sim_never(page_count(&folio->page) <= 0);
	if (!atomic_dec_return(&folio->page._refcount))
		sim_free_block(&folio->page, order);
}

/* Only what is charged after it was allocated is charged at all. */
int memcg_kmem_charge_page(struct page *page, gfp_t gfp, int order)
{
	sim_never(page_count(page) != 1 || !(gfp & __GFP_ACCOUNT));
	return sim_should_fail() ? -ENOMEM : 0;
}

/* Pages that boot kept back: all of scratch at once, or preserved ones. */
void init_cma_reserved_pageblock(struct page *page)
{
	unsigned long pfn = page_to_pfn(page), i;

	sim_never(pfn % pageblock_nr_pages);
	for (i = 0; i < pageblock_nr_pages; i++)
		sim_never(sim_states[pfn + i] != SIM_RESERVED);
	sim_set_state(pfn, pageblock_nr_pages, SIM_CMA);
	set_pageblock_migratetype(page, MIGRATE_CMA);
	sim_scribble(pfn, pageblock_nr_pages);
}

void free_reserved_page(struct page *page)
{
	unsigned long pfn = page_to_pfn(page);

	sim_never(sim_states[pfn] != SIM_RESERVED || !PageReserved(page));
	page->flags &= ~BIT(PG_reserved);
	set_page_count(page, 0);
	sim_scribble(pfn, 1);
	sim_set_state(pfn, 1, SIM_FREE);
}

/* Restored pages become managed; or not any more, and are held again. */
void adjust_managed_page_count(struct page *page, long count)
{
	const enum sim_page_state old = count > 0 ? SIM_HELD : SIM_USED;
	unsigned long pfn = page_to_pfn(page);
	long i, nr = count > 0 ? count : -count;

	for (i = 0; i < nr; i++) {
		sim_never(sim_states[pfn + i] != old);
		sim_never(count < 0 && page_count(page + i) != 1);
	}
	sim_set_state(pfn, nr, count > 0 ? SIM_USED : SIM_HELD);
	__atomic_add_fetch(&sim_nr_used, count, __ATOMIC_RELAXED);
}

/* Needed only for pages that memblock does not initialise. */
void init_deferred_page(unsigned long pfn, int nid)
{
	struct page *page = pfn_to_page(pfn);

	sim_never(!sim_find_range(PFN_PHYS(pfn)) || pfn_to_nid(pfn) != nid);
	if (pfn < sim_first_deferred[nid])
		return;
	sim_reset_page(page);
	set_page_count(page, 1);
}

void num_poisoned_pages_inc(unsigned long pfn)
{
	atomic_long_add(1, &num_poisoned_pages);
	kho_hwpoison_note(pfn);
}

void sim_poison_page(struct page *page)
{
	SetPageHWPoison(page);
	num_poisoned_pages_inc(page_to_pfn(page));
}

/* Objects */

void *kzalloc(size_t size, gfp_t gfp)
{
	struct sim_object *obj;

	sim_never(sim_irqs_off && gfp & GFP_KERNEL);
	if (sim_should_fail())
		return NULL;

	sim_account(gfp);
	obj = calloc(1, sizeof(*obj) + size);
	sim_never(!sim_started || !obj);
	obj->size = size;
	pthread_mutex_lock(&sim_alloc_lock);
	list_add(&obj->list, &sim_objects);
	sim_nr_objects++;
	pthread_mutex_unlock(&sim_alloc_lock);
	return obj->data;
}

/* At an address that memblock can tell: its lists grow even now. */
void *kmalloc(size_t size, gfp_t gfp)
{
	struct folio *folio = folio_alloc(gfp, get_order(size));

	return folio ? folio_address(folio) : NULL;
}

void kfree(const void *p)
{
	struct sim_object *obj;

	if (!p)
		return;
	if ((u64)((const char *)p - sim_ram) < SIM_PHYS_END) {
		folio_put(virt_to_folio(p));
		return;
	}

	obj = container_of((const unsigned char (*)[])p, struct sim_object, data);
	pthread_mutex_lock(&sim_alloc_lock);
	list_del(&obj->list);
	sim_nr_objects--;
	pthread_mutex_unlock(&sim_alloc_lock);
	free(obj);
}

/* Like the kernel's: more than INT_MAX bytes are a mistake of the caller. */
void *kvmalloc_array(size_t n, size_t size, gfp_t gfp)
{
	size_t bytes;

	if (check_mul_overflow(n, size, &bytes) || WARN_ON_ONCE(bytes > INT_MAX))
		return NULL;
	return kzalloc(bytes, gfp);
}

void kvfree(const void *p)
{
	kfree(p);
}

long sim_objects_used(void)
{
	return sim_nr_objects;
}
