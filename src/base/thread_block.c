/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/thread_block.h"
#include <pthread.h>
#include <stdlib.h>

static struct {
    pthread_once_t once;
    pthread_key_t key; /* gives the block back when its thread ends */
    _Atomic(struct thread_block *) first;
} self = { .once = PTHREAD_ONCE_INIT };
static _Thread_local struct thread_block *mine;

static void give_back(void *block)
{
    struct thread_block *b = block;

    mine = NULL;
    atomic_store_explicit(&b->taken, false, memory_order_release);
}

static void make_key(void)
{
    ASSERT(pthread_key_create(&self.key, give_back) == 0);
}

static struct thread_block *take(void)
{
    struct thread_block *b;

    for (b = thread_block_first(); b; b = b->next)
        if (!atomic_exchange_explicit(&b->taken, true, memory_order_acq_rel))
            return b;
    b = calloc(1, sizeof *b);
    ASSERT(b);
    atomic_init(&b->taken, true);
    b->next = atomic_load(&self.first);
    while (!atomic_compare_exchange_weak(&self.first, &b->next, b))
        ;
    return b;
}

struct thread_block *thread_block_mine(void)
{
    if (__builtin_expect(!mine, 0)) {
        pthread_once(&self.once, make_key);
        mine = take();
        ASSERT(pthread_setspecific(self.key, mine) == 0);
    }
    return mine;
}

struct thread_block *thread_block_first(void)
{
    return atomic_load_explicit(&self.first, memory_order_acquire);
}
