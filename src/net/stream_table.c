/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What all workers know of all connections: who serves a peer, which numbers are in use, how many
 * one IP address has opened. A sharded hash table; locks are held for a look or a change only.
 */
#include "base/hash.h"
#include "net/stream.h"
#include <pthread.h>

enum { SHARDS = 32, BUCKETS = 512 };

struct key {
    uint8_t kind, proto;
    uint16_t port;
    uint32_t unused;
    union {
        unsigned char ip[16];
        uint64_t id;
    };
};
struct entry {
    struct entry *next;
    struct key key;
    uint64_t value;
};
struct shard {
    pthread_mutex_t lock;
    struct entry *bucket[BUCKETS];
};

static struct {
    struct shard *shards;
} self;

void streams_init(void)
{
    self.shards = mem_zalloc(MEM_NET, SHARDS * sizeof *self.shards);
    for (size_t i = 0; i < SHARDS; i++)
        pthread_mutex_init(&self.shards[i].lock, NULL);
}

void streams_free(void)
{
    for (size_t i = 0; self.shards && i < SHARDS; i++) {
        for (size_t b = 0; b < BUCKETS; b++) {
            while (self.shards[i].bucket[b]) {
                struct entry *e = self.shards[i].bucket[b];

                self.shards[i].bucket[b] = e->next;
                mem_free(MEM_NET, e);
            }
        }
        pthread_mutex_destroy(&self.shards[i].lock);
    }
    mem_free(MEM_NET, self.shards);
    self.shards = NULL;
}

static struct key key_of(enum table_key kind, enum proto proto, const struct addr *a, bool port)
{
    struct key k;

    memset(&k, 0, sizeof k);
    k.kind = (uint8_t)kind;
    k.proto = (uint8_t)proto;
    k.port = port ? addr_port(a) : 0;
    if (a->sa.sa_family == AF_INET6) {
        memcpy(k.ip, &a->v6.sin6_addr, 16);
    } else {
        k.ip[10] = k.ip[11] = 0xff;
        memcpy(k.ip + 12, &a->v4.sin_addr, 4);
    }
    return k;
}

static struct key key_of_id(uint64_t id)
{
    struct key k;

    memset(&k, 0, sizeof k);
    k.kind = TABLE_ID;
    k.id = id;
    return k;
}

/* The place that points to the entry, or to the NULL behind the last of its bucket. The shard is
 * locked; the caller unlocks it. */
static struct entry **find(const struct key *k, struct shard **locked)
{
    uint64_t h = hash_keyed((struct str){ (const char *)k, sizeof *k });
    struct shard *s = &self.shards[h % SHARDS];
    struct entry **at = &s->bucket[h / SHARDS % BUCKETS];

    pthread_mutex_lock(&s->lock);
    while (*at && memcmp(&(*at)->key, k, sizeof *k) != 0)
        at = &(*at)->next;
    *locked = s;
    return at;
}

static struct entry *insert(struct entry **at, const struct key *k)
{
    struct entry *e = mem_zalloc(MEM_NET, sizeof *e);

    e->key = *k;
    *at = e;
    return e;
}

static void take_out(struct entry **at)
{
    struct entry *e = *at;

    *at = e->next;
    mem_free(MEM_NET, e);
}

uint64_t streams_claim(enum proto proto, const struct addr *peer, uint64_t id)
{
    struct key k = key_of(TABLE_PEER, proto, peer, true);
    struct shard *s;
    struct entry **at = find(&k, &s);
    uint64_t now = *at ? (*at)->value : id;

    if (!*at)
        insert(at, &k)->value = id;
    pthread_mutex_unlock(&s->lock);
    return now;
}

static uint64_t value_of(const struct key *k)
{
    struct shard *s;
    struct entry **at = find(k, &s);
    uint64_t value = *at ? (*at)->value : 0;

    pthread_mutex_unlock(&s->lock);
    return value;
}

uint64_t streams_find(enum proto proto, const struct addr *peer)
{
    struct key k = key_of(TABLE_PEER, proto, peer, true);

    return value_of(&k);
}

static void remove_if(const struct key *k, uint64_t value)
{
    struct shard *s;
    struct entry **at = find(k, &s);

    if (*at && (*at)->value == value)
        take_out(at);
    pthread_mutex_unlock(&s->lock);
}

void streams_release(enum proto proto, const struct addr *peer, uint64_t id)
{
    struct key k = key_of(TABLE_PEER, proto, peer, true);

    remove_if(&k, id);
}

void streams_add_id(uint64_t id)
{
    struct key k = key_of_id(id);
    struct shard *s;
    struct entry **at = find(&k, &s);

    ASSERT(!*at);
    insert(at, &k)->value = id;
    pthread_mutex_unlock(&s->lock);
}

void streams_remove_id(uint64_t id)
{
    struct key k = key_of_id(id);

    remove_if(&k, id);
}

bool connection_exists(uint64_t id)
{
    struct key k = key_of_id(id);

    return id != 0 && value_of(&k) == id;
}

bool streams_count_ip(const struct addr *peer, size_t limit)
{
    struct key k = key_of(TABLE_COUNT, PROTO_NONE, peer, false);
    struct shard *s;
    struct entry **at = find(&k, &s);
    bool room = limit == 0 || !*at || (*at)->value < limit;

    if (room)
        (*at ? *at : insert(at, &k))->value++;
    pthread_mutex_unlock(&s->lock);
    return room;
}

void streams_uncount_ip(const struct addr *peer)
{
    struct key k = key_of(TABLE_COUNT, PROTO_NONE, peer, false);
    struct shard *s;
    struct entry **at = find(&k, &s);

    ASSERT(*at);
    if (--(*at)->value == 0)
        take_out(at);
    pthread_mutex_unlock(&s->lock);
}
