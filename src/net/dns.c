/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The cache of all workers: name and type to an answer, absences included, until its time to live
 * is over. Within one worker, whoever asks for what is being asked already waits for that answer.
 */
#include "base/clock.h"
#include "base/hash.h"
#include "base/list.h"
#include "net/dns_state.h"
#include "rt/snapshot.h"
#include <pthread.h>

enum { SHARDS = 16, BUCKETS = 256, FAILURE_TTL_MS = 5000 };

const struct dns_conf dns_default_conf = {
    .try_ipv6 = true,
    .use_cache = true,
    .udp_preference = 30,
    .tcp_preference = 20,
    .tls_preference = 10,
    .sctp_preference = 20,
    .negative_ttl_ms = 60000,
    .max_ttl_ms = 7 * 86400 * 1000LL,
    .cache_entries = 20000,
};

struct cached {
    struct cached *next;
    struct str name;
    enum dns_type type;
    struct dns_answer *answer;
};
struct shard {
    pthread_mutex_t lock;
    struct cached *bucket[BUCKETS];
    size_t n;
};

/* A question that some coroutine of this worker is asking. */
struct pending {
    struct link link, waiting;
    struct str name;
    enum dns_type type;
};
struct waiter {
    struct link link;
    struct co *co;
    struct dns_answer *answer;
};

static struct {
    struct shard shard[SHARDS];
    struct snapshot conf; /* struct dns_conf; NULL: the defaults */
    struct link pending[WORKERS_MAX];
    bool ready;
} self;

const struct dns_conf *dns_conf(void)
{
    const struct dns_conf *c = snapshot_read(&self.conf);

    return c ? c : &dns_default_conf;
}

static void free_conf(void *arg)
{
    struct dns_conf *c = arg;

    mem_free(MEM_NET, (char *)(uintptr_t)c->servers.p);
    mem_free(MEM_NET, c);
}

void dns_configure(const struct dns_conf *conf)
{
    struct dns_conf *c = mem_alloc(MEM_NET, sizeof *c);

    *c = *conf;
    c->servers = mem_dup(MEM_NET, conf->servers);
    snapshot_publish(&self.conf, c, free_conf);
}

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

/* The cache. */

static struct shard *shard_of(struct str name, enum dns_type type, size_t *bucket)
{
    uint64_t h = hash_keyed_icase(name) + (uint64_t)type * 0x9e3779b97f4a7c15ULL;

    *bucket = h / SHARDS % BUCKETS;
    return &self.shard[h % SHARDS];
}

static void drop_at(struct shard *s, struct cached **at)
{
    struct cached *c = *at;

    *at = c->next;
    s->n--;
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

static struct dns_answer *cached_answer(struct str name, enum dns_type type)
{
    struct dns_answer *a = NULL;
    size_t bucket;
    struct shard *s = shard_of(name, type, &bucket);
    struct cached **at;

    pthread_mutex_lock(&s->lock);
    at = place_of(s, bucket, name, type);
    if (*at && (*at)->answer->expires_ms > clock_ms())
        a = obj_hold((*at)->answer);
    else if (*at)
        drop_at(s, at);
    pthread_mutex_unlock(&s->lock);
    return a;
}

/* Full: first what is over, then whatever comes first. */
static void make_room(struct shard *s, size_t limit)
{
    int64_t now = clock_ms();

    for (size_t b = 0; b < BUCKETS && s->n >= limit; b++)
        for (struct cached **at = &s->bucket[b]; *at;)
            if ((*at)->answer->expires_ms <= now)
                drop_at(s, at);
            else
                at = &(*at)->next;
    for (size_t b = 0; b < BUCKETS && s->n >= limit; b++)
        while (s->bucket[b] && s->n >= limit)
            drop_at(s, &s->bucket[b]);
}

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

static void remember(struct str name, enum dns_type type, struct dns_answer *a)
{
    size_t bucket, limit = dns_conf()->cache_entries / SHARDS + 1;
    struct shard *s = shard_of(name, type, &bucket);
    struct cached **at;

    if (!dns_conf()->use_cache || a->result == ERR_CANCELED)
        return;
    a->expires_ms = clock_ms() + time_to_live(a);
    pthread_mutex_lock(&s->lock);
    at = place_of(s, bucket, name, type);
    if (*at)
        drop_at(s, at);
    make_room(s, limit);
    struct cached *c = mem_zalloc(MEM_NET, sizeof *c);

    c->name = mem_dup(MEM_NET, name);
    c->type = type;
    c->answer = obj_hold(a);
    c->next = s->bucket[bucket];
    s->bucket[bucket] = c;
    s->n++;
    pthread_mutex_unlock(&s->lock);
}

void dns_cache_flush(void)
{
    for (size_t i = 0; self.ready && i < SHARDS; i++) {
        pthread_mutex_lock(&self.shard[i].lock);
        for (size_t b = 0; b < BUCKETS; b++)
            while (self.shard[i].bucket[b])
                drop_at(&self.shard[i], &self.shard[i].bucket[b]);
        pthread_mutex_unlock(&self.shard[i].lock);
    }
}

/* Asking. */

static struct pending *pending_of(struct str name, enum dns_type type)
{
    LIST_EACH(&self.pending[worker_index(worker_self())], struct pending, p, link)
    if (p->type == type && str_ieq(p->name, name))
        return p;
    return NULL;
}

static struct dns_answer *wait_for(struct pending *p)
{
    struct waiter w = { .co = co_self() };

    list_push(&p->waiting, &w.link);
    if (co_suspend() == ERR_OK)
        return w.answer;
    list_remove(&w.link);
    obj_drop(w.answer);
    return dns_answer_new(ERR_CANCELED);
}

static struct dns_answer *ask_for_all(struct str name, enum dns_type type)
{
    struct pending p = { .name = name, .type = type };
    struct dns_answer *a;

    list_init(&p.waiting);
    list_push(&self.pending[worker_index(worker_self())], &p.link);
    a = dns_ask(name, type);
    list_remove(&p.link);
    remember(name, type, a);
    while (!list_empty(&p.waiting)) {
        struct waiter *w = LIST_OF(p.waiting.next, struct waiter, link);

        list_remove(&w->link);
        w->answer = obj_hold(a);
        co_wake(w->co, ERR_OK);
    }
    return a;
}

struct dns_answer *dns_get(struct str name, enum dns_type type)
{
    struct dns_answer *a = dns_conf()->use_cache ? cached_answer(name, type) : NULL;
    struct pending *p;

    ASSERT(self.ready);
    if (a)
        return a;
    p = pending_of(name, type);
    return p ? wait_for(p) : ask_for_all(name, type);
}

/* Begin and end. */

void dns_begin(void)
{
    ASSERT(!self.ready);
    for (size_t i = 0; i < SHARDS; i++)
        pthread_mutex_init(&self.shard[i].lock, NULL);
    for (size_t i = 0; i < WORKERS_MAX; i++)
        list_init(&self.pending[i]);
    self.ready = true;
}

err_t dns_worker_begin(void)
{
    ASSERT(self.ready);
    return dns_ares_worker_begin();
}

void dns_end(void)
{
    dns_cache_flush();
    for (size_t i = 0; self.ready && i < SHARDS; i++)
        pthread_mutex_destroy(&self.shard[i].lock);
    dns_hosts_end();
    self.ready = false;

    struct dns_conf *c = atomic_exchange(&self.conf.now, NULL);

    if (c)
        free_conf(c);
}

/* For tools. */

static const struct {
    const char *name;
    enum dns_type type;
} types[] = { { "A", DNS_A },     { "AAAA", DNS_AAAA }, { "CNAME", DNS_CNAME }, { "SRV", DNS_SRV },
              { "PTR", DNS_PTR }, { "TXT", DNS_TXT },   { "NAPTR", DNS_NAPTR } };

static void print_record(const struct dns_record *r, struct buf *out)
{
    switch (r->type) {
    case DNS_A:
    case DNS_AAAA: addr_print_ip(out, &r->addr, false); break;
    case DNS_SRV:
        buf_fmt(out, "%u %u %u " STR_FMT, r->priority, r->weight, r->port, STR_ARG(r->target));
        break;
    case DNS_NAPTR:
        buf_fmt(out, "%u %u \"" STR_FMT "\" \"" STR_FMT "\" \"" STR_FMT "\" " STR_FMT, r->priority,
                r->weight, STR_ARG(r->flags), STR_ARG(r->service), STR_ARG(r->regexp),
                STR_ARG(r->target));
        break;
    case DNS_CNAME:
    case DNS_PTR:
    case DNS_TXT:
    case DNS_SOA: buf_add(out, r->target); break;
    }
}

err_t dns_lookup(struct str name, struct str type, struct buf *out)
{
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        struct dns_answer *a;
        err_t e;

        if (!str_ieq(type, str_of(types[i].name)))
            continue;
        a = dns_get(name, types[i].type);
        for (size_t k = 0; k < a->n; k++) {
            buf_fmt(out, "%s ", types[i].name);
            print_record(&a->records[k], out);
            buf_char(out, '\n');
        }
        e = a->result;
        obj_drop(a);
        return e;
    }
    return ERR_RANGE;
}
