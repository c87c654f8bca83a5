/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/stat.h"
#include "base/thread_block.h"
#include <stdlib.h>

enum { STATS_MAX = STAT_CHUNK * STAT_CHUNKS };

static struct {
    atomic_uint count; /* of rows; those below it do not change */
    const struct stat_decl *rows[STATS_MAX];
    _Atomic int64_t zero[STATS_MAX]; /* what reading starts from */
} self;

unsigned stat_register(const struct stat_decl *table)
{
    unsigned first = atomic_load(&self.count), next = first;

    for (unsigned id = 0; id < first; id++)
        if (self.rows[id] == table)
            return id;
    for (const struct stat_decl *row = table; row->name; row++) {
        ASSERT(next < STATS_MAX);
        self.rows[next++] = row;
    }
    atomic_store_explicit(&self.count, next, memory_order_release);
    return first;
}

static _Atomic int64_t *slot_of(unsigned id)
{
    _Atomic(struct stat_chunk *) *at = &thread_block_mine()->stats[id / STAT_CHUNK];
    struct stat_chunk *chunk = atomic_load_explicit(at, memory_order_relaxed);

    if (__builtin_expect(!chunk, 0)) {
        chunk = calloc(1, sizeof *chunk);
        ASSERT(chunk);
        atomic_store_explicit(at, chunk, memory_order_release);
    }
    return &chunk->n[id % STAT_CHUNK];
}

void stat_add(unsigned id, int64_t n)
{
    ASSERT(id < STATS_MAX);
    thread_count(slot_of(id), n);
}

static int64_t sum(unsigned id)
{
    int64_t n = 0;

    for (struct thread_block *b = thread_block_first(); b; b = b->next) {
        struct stat_chunk *chunk =
            atomic_load_explicit(&b->stats[id / STAT_CHUNK], memory_order_acquire);

        if (chunk)
            n += atomic_load_explicit(&chunk->n[id % STAT_CHUNK], memory_order_relaxed);
    }
    return n;
}

int64_t stat_read(unsigned id)
{
    const struct stat_decl *row = stat_at(id);

    if (!row)
        return 0;
    if (row->read)
        return row->read();
    return sum(id) - atomic_load_explicit(&self.zero[id], memory_order_relaxed);
}

void stat_reset(unsigned id)
{
    const struct stat_decl *row = stat_at(id);

    if (row && !row->gauge && !row->read)
        atomic_store(&self.zero[id], sum(id));
}

unsigned stat_count(void)
{
    return atomic_load_explicit(&self.count, memory_order_acquire);
}

const struct stat_decl *stat_at(unsigned id)
{
    return id < stat_count() ? self.rows[id] : NULL;
}

unsigned stat_find(struct str group, struct str name)
{
    for (unsigned id = 0; id < stat_count(); id++)
        if (str_eq(str_of(self.rows[id]->group), group) &&
            str_eq(str_of(self.rows[id]->name), name))
            return id;
    return UINT32_MAX;
}
