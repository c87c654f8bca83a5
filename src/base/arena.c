/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/arena.h"
#include <stdarg.h>
#include <stdio.h>

#if defined __SANITIZE_ADDRESS__
#define HAS_ASAN 1
#elif defined __has_feature
#if __has_feature(address_sanitizer)
#define HAS_ASAN 1
#endif
#endif
#ifdef HAS_ASAN
#include <sanitizer/asan_interface.h>
#define POISON(p, n)   ASAN_POISON_MEMORY_REGION(p, n)
#define UNPOISON(p, n) ASAN_UNPOISON_MEMORY_REGION(p, n)
#else
#define POISON(p, n)   ((void)(p), (void)(n))
#define UNPOISON(p, n) ((void)(p), (void)(n))
#endif

enum { ALIGN = 16, CHUNK_FIRST = 1024, CHUNK_LARGEST = 64 * 1024 };

struct arena_chunk {
    _Alignas(ALIGN) struct arena_chunk *next;
    size_t size; /* with this header */
};
struct arena_deferred {
    struct arena_deferred *next;
    void (*fn)(void *arg);
    void *arg;
};

void arena_init(struct arena *a, enum mem account, size_t first)
{
    *a = (struct arena){ .account = account, .first = first ? first : CHUNK_FIRST };
}

static char *chunk_data(struct arena_chunk *c)
{
    return (char *)(c + 1);
}

static void use_chunk(struct arena *a, struct arena_chunk *c)
{
    a->at = chunk_data(c);
    a->end = (char *)c + c->size;
    POISON(a->at, (size_t)(a->end - a->at));
}

/* Starts a chunk with room for `n` bytes. */
static void grow(struct arena *a, size_t n)
{
    size_t size = a->chunks ? a->chunks->size * 2 : a->first + sizeof(struct arena_chunk);
    struct arena_chunk *c;

    if (size > CHUNK_LARGEST)
        size = CHUNK_LARGEST;
    if (size < n + sizeof *c)
        size = n + sizeof *c;
    c = mem_alloc(a->account, size);
    c->next = a->chunks;
    c->size = size;
    a->chunks = c;
    a->bytes += size;
    use_chunk(a, c);
}

void *arena_alloc(struct arena *a, size_t n)
{
    char *p;

    ASSERT(n < SIZE_MAX / 2);
    n = (n + ALIGN - 1) & ~(size_t)(ALIGN - 1);
    if (n > (size_t)(a->end - a->at))
        grow(a, n);
    p = a->at;
    a->at += n;
    UNPOISON(p, n);
    return p;
}

void *arena_zalloc(struct arena *a, size_t n)
{
    return memset(arena_alloc(a, n), 0, n);
}

struct str arena_dup(struct arena *a, struct str s)
{
    char *copy;

    if (!s.p)
        return STR_NONE;
    copy = arena_alloc(a, s.n + 1);
    memcpy(copy, s.p, s.n);
    copy[s.n] = '\0';
    return (struct str){ copy, s.n };
}

struct str arena_fmt(struct arena *a, const char *format, ...)
{
    va_list ap;
    char space[256], *copy;
    int n;

    va_start(ap, format);
    n = vsnprintf(space, sizeof space, format, ap);
    va_end(ap);
    ASSERT(n >= 0);
    copy = arena_alloc(a, (size_t)n + 1);
    if ((size_t)n < sizeof space) {
        memcpy(copy, space, (size_t)n + 1);
    } else {
        va_start(ap, format);
        vsnprintf(copy, (size_t)n + 1, format, ap);
        va_end(ap);
    }
    return (struct str){ copy, (size_t)n };
}

void arena_defer(struct arena *a, void (*fn)(void *arg), void *arg)
{
    struct arena_deferred *d = arena_alloc(a, sizeof *d);

    *d = (struct arena_deferred){ .next = a->deferred, .fn = fn, .arg = arg };
    a->deferred = d;
}

static void run_deferred(struct arena *a)
{
    while (a->deferred) {
        struct arena_deferred *d = a->deferred;

        a->deferred = d->next;
        d->fn(d->arg);
    }
}

/* Frees all chunks but `keep`. */
static void free_chunks(struct arena *a, struct arena_chunk *keep)
{
    struct arena_chunk *c = a->chunks;

    while (c) {
        struct arena_chunk *next = c->next;

        if (c != keep) {
            UNPOISON(c, c->size);
            mem_free(a->account, c);
        }
        c = next;
    }
}

void arena_reset(struct arena *a)
{
    struct arena_chunk *keep = NULL;

    run_deferred(a);
    /* The largest that an ordinary message can fill; one huge message must not stay for ever. */
    for (struct arena_chunk *c = a->chunks; c; c = c->next)
        if (c->size <= CHUNK_LARGEST && (!keep || c->size > keep->size))
            keep = c;
    free_chunks(a, keep);
    a->chunks = keep;
    a->bytes = 0;
    a->at = a->end = NULL;
    if (keep) {
        keep->next = NULL;
        a->bytes = keep->size;
        use_chunk(a, keep);
    }
}

void arena_free(struct arena *a)
{
    run_deferred(a);
    free_chunks(a, NULL);
    arena_init(a, a->account, a->first);
}
