/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An arena gives memory that is all released at once. One per message, one per transaction, one
 * per configuration generation. Not for use by two threads at a time.
 */
#pragma once
#include "base/mem.h"

struct arena_chunk;
struct arena_deferred;
struct arena {
    char *at, *end;             /* the free part of the newest chunk */
    struct arena_chunk *chunks; /* newest first */
    struct arena_deferred *deferred;
    size_t bytes; /* taken from the system */
    size_t first; /* of the first chunk */
    enum mem account;
};

/* `first` is how much to take at the first allocation; later chunks double up to 64 KiB. */
void arena_init(struct arena *a, enum mem account, size_t first);
/* Memory aligned for any type; not cleared. Never NULL. */
void *arena_alloc(struct arena *a, size_t n) __attribute__((malloc, returns_nonnull));
void *arena_zalloc(struct arena *a, size_t n) __attribute__((malloc, returns_nonnull));
/* A copy in the arena; a NUL stands behind it, not counted. str_of NULL stays NULL. */
struct str arena_dup(struct arena *a, struct str s);
struct str arena_fmt(struct arena *a, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Calls `fn(arg)` when the arena is reset or freed, the latest first: for what the arena's contents
 * own outside it. */
void arena_defer(struct arena *a, void (*fn)(void *arg), void *arg);
/* Forgets all allocations and keeps one chunk for the next use. */
void arena_reset(struct arena *a);
/* Gives everything back; the arena may be used again. */
void arena_free(struct arena *a);

#define ARENA_NEW(a, type)      ((type *)arena_zalloc((a), sizeof(type)))
#define ARENA_ARRAY(a, type, n) ((type *)arena_zalloc((a), sizeof(type) * (n)))
