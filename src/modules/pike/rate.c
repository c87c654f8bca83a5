/* SPDX-License-Identifier: BSD-2-Clause */
#include "modules/pike/rate.h"
#include "data/table.h"

enum {
    SHARDS_LOG2 = 6,
    ADDRESSES_MAX = 1 << 18, /* more are not watched: forged addresses must not fill memory */
    LIGHT_UNITS = 2,         /* who hit once is forgotten after that many units */
};

struct rate {
    struct entry entry;
    struct addr addr;
    int64_t unit_began;
    int64_t before, now;
    bool hot;
    char key[sizeof(struct in6_addr)];
};

struct rates {
    struct table_of *table;
};

struct rates *rates_new(void)
{
    struct rates *r = mem_zalloc(MEM_MODULE, sizeof *r);

    r->table = table_new("pike", SHARDS_LOG2, NULL, NULL);
    return r;
}

void rates_free(struct rates *r)
{
    if (!r)
        return;
    table_free(r->table);
    mem_free(MEM_MODULE, r);
}

static struct str key_of(const struct addr *a)
{
    if (a->sa.sa_family == AF_INET)
        return (struct str){ (const char *)&a->v4.sin_addr, sizeof a->v4.sin_addr };
    return (struct str){ (const char *)&a->v6.sin6_addr, sizeof a->v6.sin6_addr };
}

struct hit {
    const struct addr *from;
    const struct rate_limits *limits;
    int64_t now_ms;
    enum rate_state state;
};

static struct entry *rate_new(struct str key, void *arg)
{
    const struct hit *h = arg;
    struct rate *r = obj_new(struct rate, MEM_MODULE, NULL);

    memcpy(r->key, key.p, key.n);
    r->entry.key = (struct str){ r->key, key.n };
    r->addr = *h->from;
    r->unit_began = h->now_ms;
    return &r->entry;
}

/* Moves to the unit of time that `now_ms` lies in. */
static void move_on(struct rate *r, int64_t unit_ms, int64_t now_ms)
{
    int64_t units = (now_ms - r->unit_began) / unit_ms;

    if (units <= 0)
        return;
    r->before = units == 1 ? r->now : 0;
    r->now = 0;
    r->unit_began += units * unit_ms;
}

static bool is_hot(const struct rate *r, const struct rate_limits *l)
{
    return r->now > l->hits || (r->now + r->before) / 2 > l->hits;
}

static bool count(struct entry *e, void *arg)
{
    struct rate *r = (struct rate *)e;
    struct hit *h = arg;
    bool was_hot = r->hot;

    move_on(r, h->limits->unit_ms, h->now_ms);
    r->now++;
    r->hot = is_hot(r, h->limits);
    h->state = !r->hot ? RATE_COLD : was_hot ? RATE_HOT : RATE_NEW_HOT;
    e->expires_ms = h->now_ms + (r->now + r->before > 1 ? h->limits->forget_ms
                                                        : LIGHT_UNITS * h->limits->unit_ms);
    return true;
}

enum rate_state rates_hit(struct rates *r, const struct addr *from, const struct rate_limits *l,
                          int64_t now_ms)
{
    struct hit h = { from, l, now_ms, RATE_COLD };
    bool full = table_count(r->table) >= ADDRESSES_MAX;

    table_touch(r->table, key_of(from), full ? NULL : rate_new, count, &h);
    return h.state;
}

size_t rates_forget(struct rates *r, int64_t now_ms)
{
    return table_expire(r->table, now_ms);
}

struct listing {
    const struct rate_limits *limits;
    int64_t now_ms;
    void (*fn)(const struct rate_row *row, void *arg);
    void *arg;
};

static bool list_one(struct entry *e, void *arg)
{
    struct rate *r = (struct rate *)e;
    const struct listing *l = arg;
    char text[64];
    struct rate_row row = { .expires_s = (e->expires_ms - l->now_ms + 999) / 1000 };
    struct buf b;

    move_on(r, l->limits->unit_ms, l->now_ms);
    r->hot = r->hot && is_hot(r, l->limits);
    buf_fixed(&b, text, sizeof text);
    addr_print_ip(&b, &r->addr, false);
    row.ip = buf_str(&b);
    row.before = r->before;
    row.now = r->now;
    row.hot = r->hot;
    l->fn(&row, l->arg);
    return true;
}

void rates_each(struct rates *r, const struct rate_limits *l, int64_t now_ms,
                void (*fn)(const struct rate_row *row, void *arg), void *arg)
{
    struct listing listing = { l, now_ms, fn, arg };

    table_each(r->table, list_one, &listing);
}
