/* SPDX-License-Identifier: BSD-2-Clause */
#include "net/blocklist.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/stat.h"
#include "rt/snapshot.h"
#include <pthread.h>

enum { BUCKETS = 1024 };
enum stat { STAT_ADDED, STAT_HITS, STAT_FULL };

const struct blocklist_conf blocklist_default_conf = {
    .bytes = 250 * 1024,
    .expire_ms = 60000,
    .clean_ms = 60000,
};

struct entry {
    struct entry *next;
    struct blocked b;
};

static struct {
    pthread_mutex_t lock;
    struct entry *bucket[BUCKETS]; /* by IP address */
    _Atomic(size_t) n;
    int64_t cleaned_ms;
    struct snapshot conf; /* struct blocklist_conf; NULL: the defaults */
    unsigned stat_base;
} self = { .lock = PTHREAD_MUTEX_INITIALIZER };

#define ROW(label, text)                                                                           \
    {                                                                                              \
        .group = "dst_blocklist", .name = (label), .doc = (text)                                   \
    }
static const struct stat_decl stats[] = {
    [STAT_ADDED] = ROW("added", "Destinations put on the list."),
    [STAT_HITS] = ROW("hits", "Requests that avoided a listed destination."),
    [STAT_FULL] = ROW("full", "Destinations not listed for want of room."),
    { 0 },
};

static const struct blocklist_conf *conf_now(void)
{
    const struct blocklist_conf *c = snapshot_read(&self.conf);

    return c ? c : &blocklist_default_conf;
}

static void free_conf(void *arg)
{
    mem_free(MEM_NET, arg);
}

void blocklist_configure(const struct blocklist_conf *conf)
{
    struct blocklist_conf *c = mem_alloc(MEM_NET, sizeof *c);

    *c = *conf;
    snapshot_publish(&self.conf, c, free_conf);
}

bool blocklist_is_used(void)
{
    return conf_now()->use;
}

/* ---- with the lock held ---- */

static struct entry **bucket_of(const struct addr *a)
{
    struct str ip = a->sa.sa_family == AF_INET6 ? (struct str){ (const char *)&a->v6.sin6_addr, 16 }
                                                : (struct str){ (const char *)&a->v4.sin_addr, 4 };

    return &self.bucket[hash_keyed(ip) % BUCKETS];
}

static bool covers(const struct blocked *b, enum proto proto, const struct addr *a)
{
    uint16_t port = addr_port(&b->addr);

    return (b->proto == PROTO_NONE || b->proto == proto) && (!port || port == addr_port(a)) &&
           addr_ip_eq(&b->addr, a);
}

static void drop_at(struct entry **at)
{
    struct entry *e = *at;

    *at = e->next;
    atomic_fetch_sub(&self.n, 1);
    mem_free(MEM_NET, e);
}

static void sweep(int64_t now)
{
    for (size_t i = 0; i < BUCKETS; i++)
        for (struct entry **at = &self.bucket[i]; *at;)
            if ((*at)->b.expires_ms <= now)
                drop_at(at);
            else
                at = &(*at)->next;
    self.cleaned_ms = clock_ms();
}

/* Of exactly this protocol and port. */
static struct entry **place_of(enum proto proto, const struct addr *a)
{
    struct entry **at = bucket_of(a);

    while (*at && ((*at)->b.proto != proto || !addr_eq(&(*at)->b.addr, a)))
        at = &(*at)->next;
    return at;
}

static bool has_room(const struct blocklist_conf *conf)
{
    if (blocklist_bytes() + sizeof(struct entry) <= conf->bytes)
        return true;
    sweep(clock_ms());
    return blocklist_bytes() + sizeof(struct entry) <= conf->bytes;
}

static bool put(const struct blocklist_conf *conf, enum proto proto, const struct addr *a,
                unsigned reason, int64_t ms)
{
    int64_t until = clock_ms() + (ms > 0 ? ms : conf->expire_ms);
    struct entry **at = place_of(proto, a), *e = *at;

    if (!e) {
        if (!has_room(conf))
            return false;
        at = bucket_of(a);
        e = mem_zalloc(MEM_NET, sizeof *e);
        e->b = (struct blocked){ .proto = proto, .addr = *a };
        e->next = *at;
        *at = e;
        atomic_fetch_add(&self.n, 1);
    }
    e->b.reasons |= reason;
    e->b.expires_ms = until > e->b.expires_ms ? until : e->b.expires_ms;
    return true;
}

/* ---- from outside ---- */

bool blocklist_has(enum proto proto, const struct addr *a)
{
    int64_t now;
    bool found = false;

    if (!atomic_load_explicit(&self.n, memory_order_relaxed) || !blocklist_is_used())
        return false;
    now = clock_ms();
    pthread_mutex_lock(&self.lock);
    for (struct entry **at = bucket_of(a); *at && !found;)
        if ((*at)->b.expires_ms <= now)
            drop_at(at);
        else {
            found = covers(&(*at)->b, proto, a);
            at = &(*at)->next;
        }
    pthread_mutex_unlock(&self.lock);
    if (found)
        stat_add(self.stat_base + STAT_HITS, 1);
    return found;
}

bool blocklist_add(enum proto proto, const struct addr *a, unsigned reason, unsigned tolerated,
                   int64_t ms)
{
    const struct blocklist_conf *conf = conf_now();
    bool listed;

    if (!conf->use || !addr_is_set(a) || reason & (tolerated | conf->ignored[proto]))
        return false;
    pthread_mutex_lock(&self.lock);
    if (clock_ms() - self.cleaned_ms > conf->clean_ms)
        sweep(clock_ms());
    listed = put(conf, proto, a, reason, ms);
    pthread_mutex_unlock(&self.lock);
    stat_add(self.stat_base + (listed ? STAT_ADDED : STAT_FULL), 1);
    return listed;
}

bool blocklist_remove(enum proto proto, const struct addr *a)
{
    pthread_mutex_lock(&self.lock);
    sweep(clock_ms());
    struct entry **at = place_of(proto, a);
    bool found = *at;
    if (found)
        drop_at(at);
    pthread_mutex_unlock(&self.lock);
    return found;
}

void blocklist_clear(void)
{
    pthread_mutex_lock(&self.lock);
    sweep(INT64_MAX);
    pthread_mutex_unlock(&self.lock);
}

void blocklist_each(void (*fn)(const struct blocked *b, void *arg), void *arg)
{
    int64_t now = clock_ms();

    pthread_mutex_lock(&self.lock);
    for (size_t i = 0; i < BUCKETS; i++)
        for (struct entry *e = self.bucket[i]; e; e = e->next)
            if (e->b.expires_ms > now)
                fn(&e->b, arg);
    pthread_mutex_unlock(&self.lock);
}

size_t blocklist_bytes(void)
{
    return atomic_load(&self.n) * sizeof(struct entry);
}

size_t blocklist_limit(void)
{
    return conf_now()->bytes;
}

void blocklist_stats_register(void)
{
    self.stat_base = stat_register(stats);
}

void blocklist_end(void)
{
    blocklist_clear();
    mem_free(MEM_NET, atomic_exchange(&self.conf.now, NULL));
}
