/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Each shard has a lock, an array of chains that doubles as it fills, and a wheel of one-second
 * slots for what expires; an entry due after more than one round waits in its slot for its round.
 */
#include "data/table.h"
#include "base/clock.h"
#include "base/hash.h"
#include "rt/co.h"
#include <pthread.h>
#include <stdlib.h>

enum { WHEEL_SLOTS = 512, WHEEL_SLOT_MS = 1000, FIRST_CHAINS = 16, SHARDS_LOG2_MAX = 10 };

struct shard {
    pthread_mutex_t lock;
    struct entry **chains;
    size_t mask; /* chains - 1 */
    size_t n;
    struct entry **wheel; /* made when the first expiry is set */
    int64_t wheel_done;   /* all slots before this number have been emptied of what was due */
    atomic_size_t count;  /* n, for readers without the lock */
} __attribute__((aligned(64)));

struct table_of {
    const char *name;
    void (*expired)(struct entry *e, void *ctx);
    void *ctx;
    unsigned shards_log2;
    struct shard shards[];
};

static void shard_lock(struct shard *s)
{
    pthread_mutex_lock(&s->lock);
    co_lock_taken();
}

static void shard_unlock(struct shard *s)
{
    co_lock_released();
    pthread_mutex_unlock(&s->lock);
}

static struct shard *shard_of(struct table_of *t, uint64_t hash)
{
    return &t->shards[(hash >> 48) & ((1u << t->shards_log2) - 1)];
}

struct table_of *table_new(const char *name, unsigned shards_log2,
                           void (*expired)(struct entry *e, void *ctx), void *ctx)
{
    size_t n = (size_t)1 << shards_log2;
    size_t bytes = sizeof(struct table_of) + n * sizeof(struct shard);
    struct table_of *t;

    ASSERT(shards_log2 <= SHARDS_LOG2_MAX);
    bytes = (bytes + 63) / 64 * 64;
    t = aligned_alloc(64, bytes);
    ASSERT(t);
    memset(t, 0, bytes);
    t->name = name;
    t->expired = expired;
    t->ctx = ctx;
    t->shards_log2 = shards_log2;
    for (size_t i = 0; i < n; i++) {
        struct shard *s = &t->shards[i];

        pthread_mutex_init(&s->lock, NULL);
        s->mask = FIRST_CHAINS - 1;
        s->chains = mem_zalloc(MEM_TABLE_DATA, FIRST_CHAINS * sizeof *s->chains);
    }
    return t;
}

unsigned table_shards(const struct table_of *t)
{
    return 1u << t->shards_log2;
}

const char *table_name(const struct table_of *t)
{
    return t->name;
}

/* The wheel. */

static void wheel_take(struct entry *e)
{
    if (!e->wheel_at)
        return;
    *e->wheel_at = e->wheel_next;
    if (e->wheel_next)
        e->wheel_next->wheel_at = e->wheel_at;
    e->wheel_at = NULL;
    e->wheel_next = NULL;
}

static void wheel_put(struct shard *s, struct entry *e)
{
    struct entry **slot;
    int64_t number;

    wheel_take(e);
    if (e->expires_ms == 0)
        return;
    if (!s->wheel) {
        s->wheel = mem_zalloc(MEM_TABLE_DATA, WHEEL_SLOTS * sizeof *s->wheel);
        s->wheel_done = clock_ms() / WHEEL_SLOT_MS - 1;
    }
    number = e->expires_ms / WHEEL_SLOT_MS;
    if (number < s->wheel_done)
        number = s->wheel_done;
    slot = &s->wheel[(uint64_t)number % WHEEL_SLOTS];
    e->wheel_next = *slot;
    e->wheel_at = slot;
    if (*slot)
        (*slot)->wheel_at = &e->wheel_next;
    *slot = e;
}

/* Chains. */

static struct entry **chain_find(struct shard *s, struct str key, uint64_t hash)
{
    struct entry **at = &s->chains[hash & s->mask];

    while (*at && ((*at)->hash != hash || !str_eq((*at)->key, key)))
        at = &(*at)->next;
    return at;
}

static void grow(struct shard *s)
{
    size_t mask = s->mask * 2 + 1;
    struct entry **chains = mem_zalloc(MEM_TABLE_DATA, (mask + 1) * sizeof *chains);

    for (size_t i = 0; i <= s->mask; i++) {
        for (struct entry *e = s->chains[i], *next; e; e = next) {
            next = e->next;
            e->next = chains[e->hash & mask];
            chains[e->hash & mask] = e;
        }
    }
    mem_free(MEM_TABLE_DATA, s->chains);
    s->chains = chains;
    s->mask = mask;
}

static void put(struct shard *s, struct entry *e)
{
    if (s->n > s->mask)
        grow(s);
    e->next = s->chains[e->hash & s->mask];
    s->chains[e->hash & s->mask] = e;
    s->n++;
    atomic_store_explicit(&s->count, s->n, memory_order_relaxed);
    wheel_put(s, e);
}

/* Takes out what `at` points to; the reference of the table is now the caller's. */
static struct entry *take(struct shard *s, struct entry **at)
{
    struct entry *e = *at;

    wheel_take(e);
    *at = e->next;
    e->next = NULL;
    s->n--;
    atomic_store_explicit(&s->count, s->n, memory_order_relaxed);
    return e;
}

static bool has_expired(const struct entry *e)
{
    return e->expires_ms != 0 && e->expires_ms <= clock_ms();
}

/* For an entry that `take` gave, after unlocking. */
static void expire_taken(struct table_of *t, struct entry *e)
{
    if (!e)
        return;
    if (t->expired)
        t->expired(e, t->ctx);
    obj_drop(e);
}

/* Operations. */

struct entry *table_find(struct table_of *t, struct str key)
{
    uint64_t hash = hash_keyed(key);
    struct shard *s = shard_of(t, hash);
    struct entry *e;

    shard_lock(s);
    e = *chain_find(s, key, hash);
    e = e && !has_expired(e) ? obj_hold(e) : NULL;
    shard_unlock(s);
    return e;
}

err_t table_add(struct table_of *t, struct entry *e)
{
    struct entry *old = NULL, **at;
    struct shard *s;
    err_t err = ERR_OK;

    e->hash = hash_keyed(e->key);
    s = shard_of(t, e->hash);
    shard_lock(s);
    at = chain_find(s, e->key, e->hash);
    if (*at && has_expired(*at))
        old = take(s, at);
    else if (*at)
        err = ERR_EXISTS;
    if (!err)
        put(s, obj_hold(e));
    shard_unlock(s);
    expire_taken(t, old);
    return err;
}

struct entry *table_remove(struct table_of *t, struct str key)
{
    uint64_t hash = hash_keyed(key);
    struct shard *s = shard_of(t, hash);
    struct entry *e = NULL, **at;

    shard_lock(s);
    at = chain_find(s, key, hash);
    if (*at)
        e = take(s, at);
    shard_unlock(s);
    return e;
}

static struct entry *make_in(struct shard *s, struct str key, uint64_t hash,
                             struct entry *(*make)(struct str key, void *arg), void *arg)
{
    struct entry *e = make(key, arg);

    ASSERT(str_eq(e->key, key));
    e->hash = hash;
    put(s, e);
    return e;
}

static struct entry *change_in(struct table_of *t, struct str key,
                               struct entry *(*make)(struct str key, void *arg),
                               bool (*change)(struct entry *e, void *arg), void *arg, bool *had,
                               bool want_reference)
{
    uint64_t hash = hash_keyed(key);
    struct shard *s = shard_of(t, hash);
    struct entry *ran_out = NULL, *removed = NULL, *e, **at;
    int64_t expires;

    shard_lock(s);
    at = chain_find(s, key, hash);
    if (*at && has_expired(*at)) {
        ran_out = take(s, at);
        at = chain_find(s, key, hash);
    }
    e = *at;
    if (!e && make)
        e = make_in(s, key, hash, make, arg);
    *had = e != NULL;
    if (e) {
        expires = e->expires_ms;
        if (!change(e, arg))
            removed = take(s, chain_find(s, key, hash));
        else if (e->expires_ms != expires)
            wheel_put(s, e);
    }
    if (e && want_reference)
        obj_hold(e);
    shard_unlock(s);
    obj_drop(removed);
    expire_taken(t, ran_out);
    return want_reference ? e : NULL;
}

struct entry *table_change(struct table_of *t, struct str key,
                           struct entry *(*make)(struct str key, void *arg),
                           bool (*change)(struct entry *e, void *arg), void *arg)
{
    bool had;

    return change_in(t, key, make, change, arg, &had, true);
}

bool table_touch(struct table_of *t, struct str key,
                 struct entry *(*make)(struct str key, void *arg),
                 bool (*change)(struct entry *e, void *arg), void *arg)
{
    bool had;

    (void)change_in(t, key, make, change, arg, &had, false);
    return had;
}

void table_set_expiry(struct table_of *t, struct entry *e, int64_t at_ms)
{
    struct shard *s = shard_of(t, e->hash);

    shard_lock(s);
    if (*chain_find(s, e->key, e->hash) == e) {
        e->expires_ms = at_ms;
        wheel_put(s, e);
    }
    shard_unlock(s);
}

void table_walk(struct table_of *t, unsigned shard,
                enum table_step (*fn)(struct entry *e, void *arg), void *arg)
{
    struct shard *s = &t->shards[shard];
    struct entry *removed = NULL;
    enum table_step step = TABLE_NEXT;

    ASSERT(shard < table_shards(t));
    shard_lock(s);
    for (size_t i = 0; i <= s->mask && step != TABLE_STOP; i++) {
        for (struct entry **at = &s->chains[i]; *at && step != TABLE_STOP;) {
            struct entry *e = *at;
            int64_t expires = e->expires_ms;

            step = fn(e, arg);
            if (step == TABLE_REMOVE) {
                take(s, at);
                e->next = removed;
                removed = e;
                continue;
            }
            if (e->expires_ms != expires)
                wheel_put(s, e);
            at = &e->next;
        }
    }
    shard_unlock(s);
    for (struct entry *next; removed; removed = next) {
        next = removed->next;
        removed->next = NULL;
        obj_drop(removed);
    }
}

struct each {
    bool (*fn)(struct entry *e, void *arg);
    void *arg;
    bool stopped;
};

static enum table_step each_step(struct entry *e, void *arg)
{
    struct each *each = arg;

    if (each->fn(e, each->arg))
        return TABLE_NEXT;
    each->stopped = true;
    return TABLE_STOP;
}

void table_each(struct table_of *t, bool (*fn)(struct entry *e, void *arg), void *arg)
{
    struct each each = { .fn = fn, .arg = arg };

    for (unsigned i = 0; i < table_shards(t) && !each.stopped; i++)
        table_walk(t, i, each_step, &each);
}

size_t table_count(const struct table_of *t)
{
    size_t n = 0;

    for (unsigned i = 0; i < table_shards(t); i++)
        n += atomic_load_explicit(&t->shards[i].count, memory_order_relaxed);
    return n;
}

/* Takes what is due out of one slot; chains it by `next` in front of `taken`. */
static struct entry *expire_slot(struct shard *s, struct entry **slot, int64_t now_ms,
                                 struct entry *taken)
{
    for (struct entry *e = *slot, *next; e; e = next) {
        next = e->wheel_next;
        if (e->expires_ms > now_ms)
            continue;
        take(s, chain_find(s, e->key, e->hash));
        e->next = taken;
        taken = e;
    }
    return taken;
}

static struct entry *expire_shard(struct shard *s, int64_t now_ms)
{
    int64_t last = now_ms / WHEEL_SLOT_MS;
    struct entry *taken = NULL;

    if (!s->wheel)
        return NULL;
    if (last - s->wheel_done >= WHEEL_SLOTS)
        s->wheel_done = last - WHEEL_SLOTS + 1;
    for (int64_t i = s->wheel_done; i <= last; i++)
        taken = expire_slot(s, &s->wheel[(uint64_t)i % WHEEL_SLOTS], now_ms, taken);
    if (last > s->wheel_done)
        s->wheel_done = last; /* the last slot may hold what is due later in its second */
    return taken;
}

size_t table_expire(struct table_of *t, int64_t now_ms)
{
    size_t n = 0;

    for (unsigned i = 0; i < table_shards(t); i++) {
        struct shard *s = &t->shards[i];
        struct entry *taken, *next;

        shard_lock(s);
        taken = expire_shard(s, now_ms);
        shard_unlock(s);
        for (; taken; taken = next, n++) {
            next = taken->next;
            taken->next = NULL;
            expire_taken(t, taken);
        }
    }
    return n;
}

void table_free(struct table_of *t)
{
    if (!t)
        return;
    for (unsigned i = 0; i < table_shards(t); i++) {
        struct shard *s = &t->shards[i];

        for (size_t j = 0; j <= s->mask; j++)
            while (s->chains[j])
                obj_drop(take(s, &s->chains[j]));
        mem_free(MEM_TABLE_DATA, s->chains);
        mem_free(MEM_TABLE_DATA, s->wheel);
        pthread_mutex_destroy(&s->lock);
    }
    free(t);
}
