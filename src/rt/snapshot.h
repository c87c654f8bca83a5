/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Read-mostly pointers. Readers pay nothing: what they read stays valid until their worker's next
 * loop turn (a quiescent state), or until they suspend; hold a reference to keep it longer. Writers
 * publish a whole new value; the old one is released when every worker has passed a turn.
 */
#pragma once
#include "rt/worker.h"
#include <stdatomic.h>

struct snapshot {
    _Atomic(void *) now;
};

static inline void *snapshot_read(struct snapshot *s)
{
    return atomic_load_explicit(&s->now, memory_order_acquire);
}
/* Publishes `fresh`; `release(old)` runs on some thread once no reader can see the old value.
 * Publishers of one snapshot must take turns themselves. */
void snapshot_publish(struct snapshot *s, void *fresh, void (*release)(void *old));
/* Blocks (or suspends on a coroutine) until all workers have passed a turn. */
void snapshot_wait(void);
