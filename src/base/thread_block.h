/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Counters that only their thread writes and anybody may sum. When a thread ends, its block, with
 * the counts in it, goes to the next new thread; the list of blocks never shrinks, so walking it
 * needs no lock. Used by mem.c and stat.c.
 */
#pragma once
#include "base/mem.h"
#include <stdatomic.h>

enum { STAT_CHUNK = 256, STAT_CHUNKS = 64 };

struct stat_chunk {
    _Atomic int64_t n[STAT_CHUNK];
};
struct thread_block {
    struct thread_block *next;
    atomic_bool taken;
    _Atomic int64_t mem[MEM_COUNT];
    _Atomic(struct stat_chunk *) stats[STAT_CHUNKS];
};

/* The calling thread's block. */
struct thread_block *thread_block_mine(void);
struct thread_block *thread_block_first(void);

/* Adds to a counter of the calling thread's block. */
static inline void thread_count(_Atomic int64_t *slot, int64_t n)
{
    int64_t now = atomic_load_explicit(slot, memory_order_relaxed);
    atomic_store_explicit(slot, now + n, memory_order_relaxed);
}
