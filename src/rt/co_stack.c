/* SPDX-License-Identifier: BSD-2-Clause */
#include "rt/co_stack.h"
#include <sys/mman.h>
#include <unistd.h>

#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102 /* Linux 6.13 */
#endif

enum {
    PAGE = 4096,
    REGION_STACKS = 32,
    IDLE_STACKS = 256, /* that keep their memory */
    MEASURE_EVERY = 256,
#if defined(RT_ASAN) || defined(RT_TSAN)
    ROOMIER = 4, /* the sanitizers' frames are large */
#else
    ROOMIER = 1,
#endif
};

struct co_region {
    struct co_region *next;
    char *at;
    size_t bytes;
};

size_t co_stack_bytes(unsigned size_class)
{
    return (size_class == 0 ? 64 * 1024 : 256 * 1024) * ROOMIER;
}

static void new_region(struct co_class *c, unsigned size_class)
{
    struct co_region *r = mem_alloc(MEM_COROUTINE, sizeof *r);

    r->bytes = co_stack_bytes(size_class) * REGION_STACKS;
    r->at = mmap(NULL, r->bytes, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    ASSERT(r->at != MAP_FAILED);
    /* A huge page would make the first byte of a stack cost two megabytes. */
    (void)madvise(r->at, r->bytes, MADV_NOHUGEPAGE);
    r->next = c->regions;
    c->regions = r;
    c->fresh = r->at;
    c->fresh_end = r->at + r->bytes;
}

static void guard(char *page)
{
    if (madvise(page, PAGE, MADV_GUARD_INSTALL) == 0)
        return;
    ASSERT(mprotect(page, PAGE, PROT_NONE) == 0);
}

struct co *co_stack_new(struct co_class *c, unsigned size_class, unsigned serial)
{
    size_t bytes = co_stack_bytes(size_class);
    struct co *co;

    if (c->fresh == c->fresh_end)
        new_region(c, size_class);

    char *base = c->fresh;

    c->fresh += bytes;
    guard(base);
    /* The tops of all stacks would otherwise fall into the same cache sets. */
    co = (struct co *)(void *)(base + bytes - 1024 - serial % 24 * 128);
    memset(co, 0, sizeof *co);
    _Static_assert(sizeof *co <= 1024, "fits above the highest top");
    list_init(&co->link);
    co->base = base;
    co->size_class = size_class;
    return co;
}

void *co_stack_low(const struct co *co)
{
    return co->base + PAGE;
}

/* How many bytes of the stack were ever written: pages never touched are not resident, and in the
 * lowest resident one everything below the mark is still zero. */
#if defined(__clang__) || defined(__GNUC__)
__attribute__((no_sanitize("address", "thread")))
#endif
static size_t
depth(const struct co *co)
{
    unsigned char resident[256 * 1024 * ROOMIER / PAGE];
    const char *low = co->base + PAGE;
    const char *top = (const char *)co;
    size_t pages = co_stack_bytes(co->size_class) / PAGE - 1;
    size_t first = 0;

    if (mincore(co->base + PAGE, pages * PAGE, resident) != 0)
        return 0;
    while (first < pages && !(resident[first] & 1))
        first++;

    const uint64_t *at = (const uint64_t *)(const void *)(low + first * PAGE);

    while ((const char *)at < top && *at == 0)
        at++;
    return (const char *)at < top ? (size_t)(top - (const char *)at) : 0;
}

static void measure(struct co_pool *p, const struct co *co)
{
    size_t used = depth(co);

    if (used > p->high_water)
        p->high_water = used;
}

void co_stack_used(struct co_pool *p, struct co *co)
{
    size_t bytes = co_stack_bytes(co->size_class);

    if (++p->ended % MEASURE_EVERY == 0)
        measure(p, co);
    if (p->of[co->size_class].n_pooled < IDLE_STACKS)
        return;
    /* We run on this stack: what lies a few pages below is free. */
    (void)madvise(co->base + PAGE, bytes - 4 * PAGE * ROOMIER, MADV_DONTNEED);
}

void co_stack_measure(struct co_pool *p)
{
    for (size_t i = 0; i < CO_CLASSES; i++)
        LIST_EACH(&p->of[i].pooled, struct co, co, link)
    measure(p, co);
    LIST_EACH(&p->suspended, struct co, co, link)
    measure(p, co);
    if (rt_here.co)
        measure(p, rt_here.co);
}

void co_stack_free_all(struct co_class *c)
{
    while (c->regions) {
        struct co_region *r = c->regions;

        c->regions = r->next;
        ASSERT(munmap(r->at, r->bytes) == 0);
        mem_free(MEM_COROUTINE, r);
    }
    c->fresh = c->fresh_end = NULL;
    list_init(&c->pooled);
    c->n_pooled = 0;
}
