/* SPDX-License-Identifier: BSD-2-Clause */
#include "net/udp_proxy.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "net/proxy_header.h"
#include <pthread.h>
#include <stdatomic.h>

enum { BUCKETS = 4096, PROXIED_MAX = 65536 };
enum { UNUSED_MS = 2 * 3600 * 1000, CLEAN_MS = 60 * 1000 };
enum side { BY_CLIENT, BY_PROXY, SIDES };

struct pair {
    struct pair *next[SIDES];
    struct udp_proxied is;
};

static struct {
    pthread_mutex_t lock;
    struct pair *bucket[SIDES][BUCKETS];
    _Atomic(size_t) n;
    int64_t cleaned_ms;
} self = { .lock = PTHREAD_MUTEX_INITIALIZER };

static const struct addr *address_of(const struct pair *p, enum side side)
{
    return side == BY_CLIENT ? &p->is.client : &p->is.proxy;
}

static struct pair **place(enum side side, const struct addr *a)
{
    struct pair **at = &self.bucket[side][addr_hash(a) % BUCKETS];

    while (*at && !addr_eq(address_of(*at, side), a))
        at = &(*at)->next[side];
    return at;
}

static void forget(struct pair *p)
{
    for (enum side side = 0; side < SIDES; side++) {
        struct pair **at = place(side, address_of(p, side));

        ASSERT(*at == p);
        *at = p->next[side];
    }
    atomic_fetch_sub(&self.n, 1);
    mem_free(MEM_NET, p);
}

/* Forgets those last used at `until` or before. The lock is held. */
static size_t forget_until(int64_t until)
{
    size_t n = 0;

    for (size_t i = 0; i < BUCKETS; i++)
        for (struct pair *p = self.bucket[BY_CLIENT][i], *next; p; p = next) {
            next = p->next[BY_CLIENT];
            if (p->is.used_ms <= until) {
                forget(p);
                n++;
            }
        }
    return n;
}

static size_t clean(int64_t now)
{
    self.cleaned_ms = now;
    return forget_until(now - UNUSED_MS);
}

/* One client has one balancer, and one address of a balancer stands for one client: what was said
 * last holds. The lock is held. */
static bool note(const struct addr *client, const struct addr *proxy, int64_t now)
{
    struct pair *p = *place(BY_CLIENT, client);

    if (p && addr_eq(&p->is.proxy, proxy)) {
        p->is.used_ms = now;
        return true;
    }
    if (p)
        forget(p);
    p = *place(BY_PROXY, proxy);
    if (p)
        forget(p);
    if (now - self.cleaned_ms >= CLEAN_MS)
        (void)clean(now);
    if (atomic_load(&self.n) >= PROXIED_MAX)
        return false;
    p = mem_zalloc(MEM_NET, sizeof *p);
    p->is = (struct udp_proxied){ *client, *proxy, now };
    for (enum side side = 0; side < SIDES; side++)
        *place(side, address_of(p, side)) = p;
    atomic_fetch_add(&self.n, 1);
    return true;
}

/* The other side of the pair; `a` itself when there is none. */
static struct addr other_side(enum side side, const struct addr *a)
{
    struct addr found = *a;
    struct pair *p;

    if (atomic_load_explicit(&self.n, memory_order_relaxed) == 0)
        return found;
    pthread_mutex_lock(&self.lock);
    p = *place(side, a);
    if (p) {
        p->is.used_ms = clock_ms();
        found = *address_of(p, side == BY_CLIENT ? BY_PROXY : BY_CLIENT);
    }
    pthread_mutex_unlock(&self.lock);
    return found;
}

static err_t refuse(err_t e, const struct addr *from, const char *why)
{
    char space[64];
    struct buf b;

    buf_fixed(&b, space, sizeof space);
    addr_print(&b, from);
    log_warn("net", "udp_accept_proxy: a datagram from " STR_FMT " is dropped: %s",
             STR_ARG(buf_str(&b)), why);
    return e;
}

err_t udp_proxy_received(unsigned kinds, struct str *datagram, struct addr *from)
{
    struct proxy_header header;
    bool room;

    switch (proxy_header_read(*datagram, kinds, &header)) {
    case PROXY_NONE: *from = other_side(BY_PROXY, from); return ERR_OK;
    case PROXY_LOCAL: *datagram = str_skip(*datagram, header.used); return ERR_OK;
    case PROXY_BAD: return refuse(ERR_SYNTAX, from, header.why);
    case PROXY_MORE:
        if (datagram->n < 5) { /* a keep-alive, such as CR LF CR LF */
            *from = other_side(BY_PROXY, from);
            return ERR_OK;
        }
        return refuse(ERR_SYNTAX, from, "it ends within the header");
    case PROXY_TOLD: break;
    }
    pthread_mutex_lock(&self.lock);
    room = note(&header.client, from, clock_ms());
    pthread_mutex_unlock(&self.lock);
    if (!room)
        return refuse(ERR_LIMIT, from, "65536 clients are known; udp.proxy.flush forgets them");
    *datagram = str_skip(*datagram, header.used);
    *from = header.client;
    return ERR_OK;
}

struct addr udp_proxy_towards(const struct addr *client)
{
    return other_side(BY_CLIENT, client);
}

struct udp_proxied *udp_proxy_all(size_t *n)
{
    struct udp_proxied *all;

    *n = 0;
    pthread_mutex_lock(&self.lock);
    all = mem_alloc(MEM_NET, (atomic_load(&self.n) + 1) * sizeof *all);
    for (size_t i = 0; i < BUCKETS; i++)
        for (struct pair *p = self.bucket[BY_CLIENT][i]; p; p = p->next[BY_CLIENT])
            all[(*n)++] = p->is;
    pthread_mutex_unlock(&self.lock);
    return all;
}

size_t udp_proxy_count(void)
{
    return atomic_load(&self.n);
}

size_t udp_proxy_max(void)
{
    return PROXIED_MAX;
}

size_t udp_proxy_clean(void)
{
    size_t n;

    pthread_mutex_lock(&self.lock);
    n = clean(clock_ms());
    pthread_mutex_unlock(&self.lock);
    return n;
}

size_t udp_proxy_flush(void)
{
    size_t n;

    pthread_mutex_lock(&self.lock);
    n = forget_until(INT64_MAX);
    pthread_mutex_unlock(&self.lock);
    return n;
}
