/* SPDX-License-Identifier: BSD-2-Clause */
#include "net/dns_cache.h"
#include "base/clock.h"
#include "base/hash.h"
#include "net/dns_state.h"
#include <pthread.h>

enum {
    SHARDS = 16,
    BUCKETS = 256,
    FAILURE_TTL_MS = 5000,
    STALE_MS = 3600 * 1000,   /* so long an answer may still help when no server answers */
    STALE_TTL_MS = 30 * 1000, /* and is believed so long (RFC 8767, 4) */
    ALIGNMENT = 64,           /* of the texts of a record */
    ANSWER_BYTES = sizeof(struct dns_answer) + 128,
};

struct cached {
    struct cached *next;
    struct str name;
    enum dns_type type;
    struct dns_answer *answer;
    int64_t expires_ms, used_ms;
    size_t bytes;
};
struct shard {
    pthread_mutex_t lock;
    struct cached *bucket[BUCKETS];
};

static struct {
    struct shard shard[SHARDS];
    _Atomic(size_t) bytes;
    bool ready;
} self;

static void answer_end(void *arg)
{
    arena_free(&((struct dns_answer *)arg)->arena);
}

struct dns_answer *dns_answer_new(err_t result)
{
    struct dns_answer *a = obj_new(struct dns_answer, MEM_NET, answer_end);

    arena_init(&a->arena, MEM_NET, 1024);
    a->result = result;
    a->ttl_ms = -1;
    return a;
}

/* ---- places ---- */

static struct shard *shard_of(struct str name, enum dns_type type, size_t *bucket)
{
    uint64_t h = hash_keyed_icase(name) + (uint64_t)type * 0x9e3779b97f4a7c15ULL;

    *bucket = h / SHARDS % BUCKETS;
    return &self.shard[h % SHARDS];
}

static void drop_at(struct cached **at)
{
    struct cached *c = *at;

    *at = c->next;
    atomic_fetch_sub(&self.bytes, c->bytes);
    obj_drop(c->answer);
    mem_free(MEM_NET, (char *)(uintptr_t)c->name.p);
    mem_free(MEM_NET, c);
}

static struct cached **place_of(struct shard *s, size_t bucket, struct str name, enum dns_type type)
{
    struct cached **at = &s->bucket[bucket];

    while (*at && ((*at)->type != type || !str_ieq((*at)->name, name)))
        at = &(*at)->next;
    return at;
}

static bool valid(const struct cached *c, int64_t now)
{
    return c->answer->permanent || c->expires_ms > now;
}

struct dns_answer *dns_cache_find(struct str name, enum dns_type type, bool stale)
{
    struct dns_answer *a = NULL;
    int64_t now = clock_ms();
    size_t bucket;
    struct shard *s = shard_of(name, type, &bucket);

    pthread_mutex_lock(&s->lock);
    struct cached *c = *place_of(s, bucket, name, type);
    if (c && (valid(c, now) || (stale && c->answer->n))) {
        c->used_ms = now;
        a = obj_hold(c->answer);
    }
    pthread_mutex_unlock(&s->lock);
    return a;
}

/* ---- room ---- */

/* Throws away what fn says of one shard, or of all. */
static void sweep(bool (*over)(const struct cached *c, int64_t limit), int64_t limit)
{
    for (size_t i = 0; i < SHARDS; i++) {
        struct shard *s = &self.shard[i];

        pthread_mutex_lock(&s->lock);
        for (size_t b = 0; b < BUCKETS; b++)
            for (struct cached **at = &s->bucket[b]; *at;)
                if (over(*at, limit))
                    drop_at(at);
                else
                    at = &(*at)->next;
        pthread_mutex_unlock(&s->lock);
    }
}

static bool expired(const struct cached *c, int64_t limit)
{
    return !c->answer->permanent && c->expires_ms <= limit;
}

static bool not_permanent(const struct cached *c, int64_t limit)
{
    (void)limit;
    return !c->answer->permanent;
}

static bool any(const struct cached *c, int64_t limit)
{
    (void)c;
    (void)limit;
    return true;
}

static bool unused_since(const struct cached *c, int64_t limit)
{
    return !c->answer->permanent && c->used_ms <= limit;
}

/* When the answer was used that nobody has used for longest. */
static int64_t oldest_use(void)
{
    int64_t oldest = INT64_MAX;

    for (size_t i = 0; i < SHARDS; i++) {
        struct shard *s = &self.shard[i];

        pthread_mutex_lock(&s->lock);
        for (size_t b = 0; b < BUCKETS; b++)
            for (struct cached *c = s->bucket[b]; c; c = c->next)
                if (!c->answer->permanent && c->used_ms < oldest)
                    oldest = c->used_ms;
        pthread_mutex_unlock(&s->lock);
    }
    return oldest;
}

/* No lock is held. What makes room is rare and looks at everything: the limit is one of memory,
 * some thousands of answers. */
static bool make_room(size_t bytes)
{
    size_t limit = dns_conf()->cache_bytes;

    if (atomic_load(&self.bytes) + bytes <= limit)
        return true;
    sweep(expired, clock_ms());
    while (dns_conf()->delete_unexpired && bytes <= limit &&
           atomic_load(&self.bytes) + bytes > limit) {
        int64_t oldest = oldest_use();

        if (oldest == INT64_MAX)
            break;
        sweep(unused_since, oldest + (clock_ms() - oldest) / 8);
        dns_stat(DNS_EVICTED);
    }
    return atomic_load(&self.bytes) + bytes <= limit;
}

void dns_cache_clean(void)
{
    sweep(expired, clock_ms() - STALE_MS);
}

void dns_cache_clear(bool permanent_too)
{
    if (self.ready)
        sweep(permanent_too ? any : not_permanent, 0);
}

size_t dns_cache_bytes(void)
{
    return atomic_load(&self.bytes);
}

size_t dns_cache_limit(void)
{
    return dns_conf()->cache_bytes;
}

/* ---- keeping ---- */

static int64_t time_to_live(const struct dns_answer *a)
{
    const struct dns_conf *conf = dns_conf();
    int64_t ms = a->ttl_ms;

    if (a->result == ERR_NOT_FOUND)
        return ms >= 0 && ms < conf->negative_ttl_ms ? ms : conf->negative_ttl_ms;
    if (a->result)
        return FAILURE_TTL_MS < conf->negative_ttl_ms ? FAILURE_TTL_MS : conf->negative_ttl_ms;
    ms = ms < conf->min_ttl_ms ? conf->min_ttl_ms : ms;
    return ms > conf->max_ttl_ms ? conf->max_ttl_ms : ms;
}

/* Whether the answer we have stays although there is another one. */
static bool old_stays(const struct cached *old, int64_t fresh_expires_ms)
{
    if (old->answer->permanent)
        return true;
    if (!valid(old, clock_ms()))
        return false;
    switch ((enum dns_rec_pref)dns_conf()->record_preference) {
    case DNS_PREF_OLD: return true;
    case DNS_PREF_LONGER: return old->expires_ms > fresh_expires_ms;
    case DNS_PREF_ANY:
    case DNS_PREF_NEW: break;
    }
    return false;
}

static size_t size_of_records(const struct dns_answer *a)
{
    size_t n = 0;

    for (size_t i = 0; i < a->n; i++)
        n += sizeof *a->records + ALIGNMENT + a->records[i].target.n + a->records[i].flags.n +
             a->records[i].service.n + a->records[i].regexp.n;
    return n;
}

static size_t size_of(struct str name, const struct dns_answer *a)
{
    return ANSWER_BYTES + sizeof(struct cached) + name.n + size_of_records(a);
}

static void store(struct str name, enum dns_type type, struct dns_answer *a, int64_t expires_ms,
                  bool by_hand)
{
    size_t bucket, bytes = size_of(name, a);
    struct shard *s = shard_of(name, type, &bucket);

    if (!make_room(bytes) && !by_hand)
        return;
    pthread_mutex_lock(&s->lock);
    struct cached **at = place_of(s, bucket, name, type);
    bool keeps = *at && !by_hand && old_stays(*at, expires_ms);
    if (*at && !keeps)
        drop_at(at);
    if (!keeps) {
        struct cached *c = mem_zalloc(MEM_NET, sizeof *c);

        c->name = mem_dup(MEM_NET, name);
        c->type = type;
        c->answer = obj_hold(a);
        c->expires_ms = expires_ms;
        c->used_ms = clock_ms();
        c->bytes = bytes;
        c->next = s->bucket[bucket];
        s->bucket[bucket] = c;
        atomic_fetch_add(&self.bytes, bytes);
    }
    pthread_mutex_unlock(&s->lock);
}

static void add_record(struct dns_answer *a, const struct dns_record *r)
{
    struct dns_record *to = &a->records[a->n++];

    *to = *r;
    to->target = arena_dup(&a->arena, r->target);
    to->flags = arena_dup(&a->arena, r->flags);
    to->service = arena_dup(&a->arena, r->service);
    to->regexp = arena_dup(&a->arena, r->regexp);
}

/* What is kept takes no more than it needs; answers as they are read are ten times as large. */
static struct dns_answer *compact(const struct dns_answer *a)
{
    struct dns_answer *c = obj_new(struct dns_answer, MEM_NET, answer_end);

    arena_init(&c->arena, MEM_NET, size_of_records(a));
    c->result = a->result;
    c->ttl_ms = a->ttl_ms;
    if (a->n)
        c->records = ARENA_ARRAY(&c->arena, struct dns_record, a->n);
    for (size_t i = 0; i < a->n; i++)
        add_record(c, &a->records[i]);
    return c;
}

void dns_cache_keep(struct str name, enum dns_type type, const struct dns_answer *a)
{
    struct dns_answer *small = compact(a);

    store(name, type, small, clock_ms() + time_to_live(a), false);
    obj_drop(small);
}

struct dns_answer *dns_cache_revive(struct str name, enum dns_type type)
{
    struct dns_answer *a = NULL;
    size_t bucket;
    struct shard *s = shard_of(name, type, &bucket);

    pthread_mutex_lock(&s->lock);
    struct cached *c = *place_of(s, bucket, name, type);
    if (c && c->answer->n) {
        c->expires_ms = c->used_ms = clock_ms();
        c->expires_ms += STALE_TTL_MS;
        a = obj_hold(c->answer);
    }
    pthread_mutex_unlock(&s->lock);
    return a;
}

/* ---- by hand ---- */

static bool same_record(const struct dns_record *a, const struct dns_record *b)
{
    return addr_ip_eq(&a->addr, &b->addr) && a->port == b->port && str_ieq(a->target, b->target) &&
           a->priority == b->priority && a->weight == b->weight;
}

void dns_cache_put(const struct dns_manual *m)
{
    struct dns_answer *a = dns_answer_new(m->absent ? ERR_NOT_FOUND : ERR_OK);
    struct dns_answer *old = dns_cache_find(m->name, m->record.type, false);

    a->permanent = m->permanent;
    a->ttl_ms = m->ttl_ms;
    if (!m->absent) {
        a->records = ARENA_ARRAY(&a->arena, struct dns_record, (old ? old->n : 0) + 1);
        for (size_t i = 0; old && i < old->n; i++)
            if (!same_record(&old->records[i], &m->record))
                add_record(a, &old->records[i]);
        add_record(a, &m->record);
    }
    store(m->name, m->record.type, a, clock_ms() + m->ttl_ms, true);
    obj_drop(old);
    obj_drop(a);
}

bool dns_cache_delete(struct str name, enum dns_type type)
{
    size_t bucket;
    struct shard *s = shard_of(name, type, &bucket);

    pthread_mutex_lock(&s->lock);
    struct cached **at = place_of(s, bucket, name, type);
    bool found = *at;
    if (found)
        drop_at(at);
    pthread_mutex_unlock(&s->lock);
    return found;
}

void dns_cache_each(void (*fn)(const struct dns_entry *e, void *arg), void *arg)
{
    int64_t now = clock_ms();

    for (size_t i = 0; i < SHARDS; i++) {
        struct shard *s = &self.shard[i];

        pthread_mutex_lock(&s->lock);
        for (size_t b = 0; b < BUCKETS; b++)
            for (struct cached *c = s->bucket[b]; c; c = c->next) {
                const struct dns_answer *a = c->answer;
                struct dns_entry e = { .name = c->name,
                                       .type = c->type,
                                       .answer = a,
                                       .bytes = c->bytes,
                                       .references = obj_refs(a),
                                       .expires_s =
                                           a->permanent ? 0 : (c->expires_ms - now + 500) / 1000,
                                       .used_s = (now - c->used_ms) / 1000 };

                fn(&e, arg);
            }
        pthread_mutex_unlock(&s->lock);
    }
}

void dns_cache_begin(void)
{
    for (size_t i = 0; i < SHARDS; i++)
        pthread_mutex_init(&self.shard[i].lock, NULL);
    self.ready = true;
}

void dns_cache_end(void)
{
    dns_cache_clear(true);
    for (size_t i = 0; self.ready && i < SHARDS; i++)
        pthread_mutex_destroy(&self.shard[i].lock);
    self.ready = false;
}
