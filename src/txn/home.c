/* SPDX-License-Identifier: BSD-2-Clause */
/* What each worker keeps of its transactions: three indices, counters and room to build in. */
#include "base/hash.h"
#include "base/random.h"
#include "txn/internal.h"

static struct {
    _Atomic(struct txn_home *) homes[WORKERS_MAX];
} self;

static struct txn *of_key(const struct link *l)
{
    return LIST_OF((struct link *)(uintptr_t)l, struct txn, by_key);
}
static struct txn *of_id(const struct link *l)
{
    return LIST_OF((struct link *)(uintptr_t)l, struct txn, by_id);
}
static struct txn *of_call(const struct link *l)
{
    return LIST_OF((struct link *)(uintptr_t)l, struct txn, by_call);
}

static uint64_t key_hash(const struct link *l)
{
    return hash_keyed(of_key(l)->key);
}
static uint64_t spread(uint32_t index)
{
    return index * UINT64_C(0x9e3779b97f4a7c15) >> 20;
}
static uint64_t id_hash(const struct link *l)
{
    return spread(of_id(l)->index);
}
static uint64_t call_hash(const struct link *l)
{
    return hash_keyed(of_call(l)->call_id);
}

/* Once no coroutine of the worker can hold a transaction any more. */
static void end(void *unused)
{
    (void)unused;
    if (atomic_load_explicit(&self.homes[worker_index(worker_self())], memory_order_relaxed))
        txn_worker_stop();
}

struct txn_home *txn_home(void)
{
    struct worker *w = worker_self();

    ASSERT(w);
    _Atomic(struct txn_home *) *place = &self.homes[worker_index(w)];
    struct txn_home *h = atomic_load_explicit(place, memory_order_acquire);
    if (h)
        return h;
    h = mem_zalloc(MEM_TXN, sizeof *h);
    hash_index_init(&h->keys, MEM_TXN, key_hash);
    hash_index_init(&h->ids, MEM_TXN, id_hash);
    hash_index_init(&h->calls, MEM_TXN, call_hash);
    h->next_index = (uint32_t)random_u64() & 0xffffff;
    buf_init(&h->scratch, MEM_TXN);
    atomic_store_explicit(place, h, memory_order_release);
    worker_at_exit(end, NULL);
    return h;
}

void txn_count(enum counter which, int64_t n)
{
    _Atomic(int64_t) *at = &txn_home()->counters[which];

    atomic_store_explicit(at, atomic_load_explicit(at, memory_order_relaxed) + n,
                          memory_order_relaxed);
}

struct buf *txn_scratch(void)
{
    struct buf *b = &txn_home()->scratch;

    buf_clear(b);
    return b;
}

void home_insert(struct txn *t)
{
    struct txn_home *h = txn_home();

    t->index = (uint32_t)worker_index(t->home) << 24 | (h->next_index++ & 0xffffff);
    t->label = (uint32_t)random_u64() | 1;
    if (t->key.n)
        hash_index_add(&h->keys, &t->by_key);
    hash_index_add(&h->ids, &t->by_id);
    if (t->call_id.n)
        hash_index_add(&h->calls, &t->by_call);
}

void home_remove(struct txn *t)
{
    struct txn_home *h = txn_home();

    hash_index_remove(&h->keys, &t->by_key);
    hash_index_remove(&h->ids, &t->by_id);
    hash_index_remove(&h->calls, &t->by_call);
}

struct link *home_bucket_key(struct str key)
{
    struct txn_home *h = txn_home();

    return hash_index_bucket(&h->keys, hash_keyed(key));
}

struct link *home_bucket_call(struct str call_id)
{
    struct txn_home *h = txn_home();

    return hash_index_bucket(&h->calls, hash_keyed(call_id));
}

struct txn *txn_find_id(uint32_t index, uint32_t label)
{
    struct txn_home *h = txn_home();

    LIST_EACH(hash_index_bucket(&h->ids, spread(index)), struct txn, t, by_id)
    {
        if (t->index == index && t->label == label)
            return t;
    }
    return NULL;
}

struct worker *txn_home_of_id(uint32_t index)
{
    return index >> 24 < workers_count() ? worker_at(index >> 24) : NULL;
}

struct txn *txn_find_call(struct str call_id, uint32_t cseq)
{
    struct txn *other = NULL;

    LIST_EACH(home_bucket_call(call_id), struct txn, t, by_call)
    {
        if (t->cseq != cseq || !str_eq(t->call_id, call_id))
            continue;
        if (t->txn_flags & TXN_INVITE)
            return t;
        if (!other)
            other = t;
    }
    return other;
}

void txn_each(void (*fn)(const struct txn *t, void *arg), void *arg)
{
    struct txn_home *h = txn_home();

    for (size_t i = 0; i <= h->ids.mask; i++) {
        LIST_EACH(&h->ids.buckets[i], struct txn, t, by_id)
        fn(t, arg);
    }
}

void txn_worker_stop(void)
{
    struct txn_home *h = txn_home();

    for (size_t i = 0; i <= h->ids.mask; i++) {
        while (!list_empty(&h->ids.buckets[i]))
            txn_kill(LIST_OF(h->ids.buckets[i].next, struct txn, by_id));
    }
    atomic_store_explicit(&self.homes[worker_index(worker_self())], NULL, memory_order_release);
    hash_index_free(&h->keys);
    hash_index_free(&h->ids);
    hash_index_free(&h->calls);
    buf_free(&h->scratch);
    mem_free(MEM_TXN, h);
}

static void add_up(struct txn_stats *s, const int64_t *n)
{
    s->uas += n[COUNT_UAS];
    s->uac += n[COUNT_UAC];
    s->created += n[COUNT_CREATED];
    s->freed += n[COUNT_FREED];
    s->waiting += n[COUNT_WAITING];
    s->rpl_received += n[COUNT_RPL_RECEIVED];
    s->rpl_absorbed += n[COUNT_RPL_ABSORBED];
    s->rpl_generated += n[COUNT_RPL_GENERATED];
    s->rpl_relayed += n[COUNT_RPL_RELAYED];
    s->rpl_sent += n[COUNT_RPL_SENT];
    s->dropped += n[COUNT_DROPPED];
    for (size_t i = 1; i < 7; i++)
        s->completed[i] += n[COUNT_CLASS + i];
}

struct txn_stats txn_stats(void)
{
    struct txn_stats sum = { 0 };

    for (size_t w = 0; w < WORKERS_MAX; w++) {
        struct txn_home *h = atomic_load_explicit(&self.homes[w], memory_order_acquire);
        int64_t n[COUNT_COUNT];

        if (!h)
            continue;
        for (size_t i = 0; i < COUNT_COUNT; i++)
            n[i] = atomic_load_explicit(&h->counters[i], memory_order_relaxed);
        add_up(&sum, n);
    }
    return sum;
}
