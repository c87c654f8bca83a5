/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/mem.h"
#include "base/thread_block.h"
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>

static const char *const names[] = {
#define X(code, name) [code] = name,
    MEM_TABLE(X)
#undef X
};

static struct {
    _Atomic size_t cap;
    _Atomic size_t seen; /* in use when mem_refresh last looked */
} self;

const char *mem_name(enum mem m)
{
    return (unsigned)m < MEM_COUNT ? names[m] : "unknown";
}

/* Accounts for `p`, which the system gave or has to take back. */
static void count(enum mem m, void *p, int sign)
{
    thread_count(&thread_block_mine()->mem[m], sign * (int64_t)malloc_usable_size(p));
}

static void *checked(enum mem m, void *p, size_t n)
{
    if (__builtin_expect(!p, 0)) {
        fprintf(stderr, "out of memory: %zu bytes for %s\n", n, mem_name(m));
        abort();
    }
    count(m, p, 1);
    return p;
}

void *mem_alloc(enum mem m, size_t n)
{
    n = n ? n : 1;
    return checked(m, malloc(n), n);
}

void *mem_zalloc(enum mem m, size_t n)
{
    n = n ? n : 1;
    return checked(m, calloc(1, n), n);
}

void *mem_realloc(enum mem m, void *p, size_t n)
{
    n = n ? n : 1;
    if (p)
        count(m, p, -1);
    return checked(m, realloc(p, n), n);
}

void mem_free(enum mem m, void *p)
{
    if (!p)
        return;
    count(m, p, -1);
    free(p);
}

char *mem_strdup(enum mem m, struct str s)
{
    char *z = mem_alloc(m, s.n + 1);

    if (s.n)
        memcpy(z, s.p, s.n);
    z[s.n] = '\0';
    return z;
}

struct str mem_dup(enum mem m, struct str s)
{
    return s.p ? (struct str){ mem_strdup(m, s), s.n } : STR_NONE;
}

static size_t sum(unsigned from, unsigned to)
{
    int64_t n = 0;

    for (struct thread_block *b = thread_block_first(); b; b = b->next)
        for (unsigned m = from; m < to; m++)
            n += atomic_load_explicit(&b->mem[m], memory_order_relaxed);
    return n > 0 ? (size_t)n : 0;
}

size_t mem_used(enum mem m)
{
    return sum(m, (unsigned)m + 1);
}

size_t mem_used_all(void)
{
    return sum(0, MEM_COUNT);
}

void mem_set_cap(size_t bytes)
{
    atomic_store(&self.cap, bytes);
    mem_refresh();
}

size_t mem_cap(void)
{
    return atomic_load_explicit(&self.cap, memory_order_relaxed);
}

void mem_refresh(void)
{
    atomic_store_explicit(&self.seen, mem_used_all(), memory_order_relaxed);
}

bool mem_over_cap(void)
{
    size_t cap = mem_cap();

    return cap && atomic_load_explicit(&self.seen, memory_order_relaxed) > cap;
}
