/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Connections: their numbers, birth, deadlines and death. Each belongs to the worker that accepted
 * or opened it.
 */
#include "net/stream.h"
#include "net/blocklist.h"
#include "net/stream_parts.h"

enum {
    SLOT_BITS = 18, /* a connection's number: generation, slot, worker */
    WORKER_BITS = 6,
    LINGER_MS = 1000,
};

struct slot {
    struct stream *stream; /* NULL: free */
    uint32_t generation;
    uint32_t next_free; /* index + 1 */
};
struct connections {
    struct link all, dead;
    struct slot *slots;
    uint32_t n_slots, first_free; /* index + 1 */
    struct turn_end bury;
};

static struct {
    _Atomic(size_t) open;
} self;

void streams_begin(void)
{
    streams_init();
    atomic_store(&self.open, 0);
}

void streams_end(void)
{
    streams_free();
}

size_t connections_count(void)
{
    return atomic_load(&self.open);
}

/* Numbers. */

static struct connections *mine(void)
{
    return net_here()->streams;
}

struct link *streams_mine(void)
{
    return &mine()->all;
}

static void bury(struct turn_end *t)
{
    struct connections *c = LIST_OF(t, struct connections, bury);

    while (!list_empty(&c->dead)) {
        struct stream *s = LIST_OF(c->dead.next, struct stream, link);

        list_remove(&s->link);
        buf_free(&s->in);
        mem_free(MEM_NET, s);
    }
}

void streams_worker_begin(struct net_worker *w)
{
    struct connections *c = mem_zalloc(MEM_NET, sizeof *c);

    list_init(&c->all);
    list_init(&c->dead);
    c->bury.fn = bury;
    w->streams = c;
}

static uint64_t new_id(struct stream *s)
{
    struct connections *c = mine();
    uint32_t i;

    if (!c->first_free) {
        uint32_t more = c->n_slots ? c->n_slots : 64;

        c->slots = mem_realloc(MEM_NET, c->slots, (c->n_slots + more) * sizeof *c->slots);
        for (i = c->n_slots + more; i-- > c->n_slots;) {
            c->slots[i] = (struct slot){ NULL, 1, c->first_free };
            c->first_free = i + 1;
        }
        c->n_slots += more;
        ASSERT(c->n_slots <= 1U << SLOT_BITS);
    }
    i = c->first_free - 1;
    c->first_free = c->slots[i].next_free;
    c->slots[i].stream = s;
    return ((uint64_t)c->slots[i].generation << (SLOT_BITS + WORKER_BITS)) |
           ((uint64_t)i << WORKER_BITS) | worker_index(worker_self());
}

static uint32_t slot_of(uint64_t id)
{
    return (uint32_t)(id >> WORKER_BITS) & ((1U << SLOT_BITS) - 1);
}

struct worker *stream_owner(uint64_t id)
{
    unsigned i = (unsigned)(id & ((1U << WORKER_BITS) - 1));

    return i < workers_count() ? worker_at(i) : NULL;
}

/* One of this worker's. */
struct stream *stream_of(uint64_t id)
{
    struct connections *c = mine();
    uint32_t i = slot_of(id);

    if (i >= c->n_slots || c->slots[i].generation != id >> (SLOT_BITS + WORKER_BITS))
        return NULL;
    return c->slots[i].stream;
}

static void give_back_id(uint64_t id)
{
    struct connections *c = mine();
    uint32_t i = slot_of(id);

    c->slots[i].stream = NULL;
    c->slots[i].generation = (c->slots[i].generation + 1) & 0xffffff;
    if (c->slots[i].generation == 0)
        c->slots[i].generation = 1;
    c->slots[i].next_free = c->first_free;
    c->first_free = i + 1;
}

/* Birth and death. */

struct stream *stream_new(const struct flow *flow, int64_t now)
{
    struct stream *s = mem_zalloc(MEM_NET, sizeof *s);

    s->flow = *flow;
    s->flow.flags = 0;
    s->fd = -1;
    s->opened_ms = s->active_ms = s->sent_ms = now;
    s->lifetime_ms = net_conf()->tcp_lifetime;
    list_init(&s->queue);
    buf_init(&s->in, MEM_NET);
    s->flow.connection = new_id(s);
    list_push(&mine()->all, &s->link);
    atomic_fetch_add(&self.open, 1);
    net_count(NET_OPEN, 1);
    streams_add_id(s->flow.connection);
    return s;
}

void stream_leave_addresses(const struct stream *s)
{
    struct addr alias = s->flow.peer;

    streams_release(s->flow.proto, &s->flow.peer, s->flow.connection);
    for (size_t i = 0; i < sizeof s->alias / sizeof *s->alias && s->alias[i]; i++) {
        addr_set_port(&alias, s->alias[i]);
        streams_release(s->flow.proto, &alias, s->flow.connection);
    }
}

static void leave_tables(struct stream *s)
{
    stream_leave_addresses(s);
    streams_remove_id(s->flow.connection);
    give_back_id(s->flow.connection);
    if (s->accepted)
        streams_uncount_ip(&s->flow.peer);
}

/* A peer that takes no connection, or nothing of what was sent, is avoided for a while. */
static void note_failure(const struct stream *s, err_t why)
{
    if (!why || why == ERR_CANCELED || s->accepted || (!s->connecting && list_empty(&s->queue)))
        return;
    blocklist_add(s->flow.proto, &s->flow.peer, s->connecting ? BLOCKED_CONNECT : BLOCKED_SEND,
                  s->flow.tolerated, 0);
}

void stream_close(struct stream *s, err_t why)
{
    if (s->dead)
        return;
    s->dead = true;
    note_failure(s, why);
    leave_tables(s);
    timer_cancel(&s->timer);
    stream_count_queued(s, s->queued, false);
    while (!list_empty(&s->queue)) {
        struct stream_item *it = LIST_OF(s->queue.next, struct stream_item, link);

        list_remove(&it->link);
        stream_give_up(it, why ? why : ERR_UNREACHABLE);
    }
    net_backend()->close(s);
    list_remove(&s->link);
    list_push(&mine()->dead, &s->link);
    worker_at_turn_end(&mine()->bury);
    atomic_fetch_sub(&self.open, 1);
    net_count(NET_OPEN, -1);
    if (!s->connecting)
        net_closed(&s->flow, why);
}

void streams_worker_end(struct net_worker *w)
{
    struct connections *c = w->streams;

    if (!c)
        return;
    LIST_EACH(&c->all, struct stream, s, link)
    stream_close(s, ERR_CANCELED);
    bury(&c->bury);
    if (c->bury.link.next)
        list_remove(&c->bury.link);
    mem_free(MEM_NET, c->slots);
    mem_free(MEM_NET, c);
    w->streams = NULL;
}

/* Time. Every deadline is looked at by one timer, which is only ever moved forward in time when it
 * fires, so that traffic costs no timer. */

struct deadline {
    int64_t at;
    err_t why;
    int stat; /* -1: none */
};

static void sooner(struct deadline *d, int64_t at, err_t why, int stat)
{
    if (at < d->at)
        *d = (struct deadline){ at, why, stat };
}

static struct deadline next_deadline(const struct stream *s)
{
    const struct net_conf *conf = net_conf();
    struct deadline d = { INT64_MAX, ERR_OK, -1 };

    if (s->connecting) {
        sooner(&d, s->opened_ms + conf->tcp_connect_timeout, ERR_TIMEOUT, NET_CONNECT_FAILED);
        return d;
    }
    if (s->blocked_ms)
        sooner(&d, s->blocked_ms + conf->tcp_send_timeout, ERR_TIMEOUT, NET_SEND_TIMEOUT);
    if (s->last_ms)
        sooner(&d, s->last_ms + LINGER_MS, ERR_OK, -1);
    if (s->begun_ms)
        sooner(&d, s->begun_ms + conf->tcp_message_timeout, ERR_TIMEOUT, NET_CON_TIMEOUT);
    if (s->lifetime_ms >= 0)
        sooner(&d, s->active_ms + s->lifetime_ms, ERR_OK, NET_CON_TIMEOUT);
    return d;
}

static int64_t next_ping(const struct stream *s)
{
    int64_t every = net_conf()->tcp_keepalive_ping;

    return every > 0 && !s->accepted && !s->connecting && !s->last ? s->sent_ms + every : INT64_MAX;
}

static void time_has_come(struct timer *t)
{
    struct stream *s = LIST_OF(t, struct stream, timer);
    struct deadline d = next_deadline(s);

    if (d.at <= worker_now()) {
        if (d.stat >= 0)
            net_count((enum net_stat)d.stat, 1);
        stream_close(s, d.why);
        return;
    }
    if (next_ping(s) <= worker_now())
        stream_put_bytes(s, STR("\r\n\r\n"));
    if (!s->dead)
        stream_arm(s);
}

void stream_arm(struct stream *s)
{
    int64_t at = next_deadline(s).at;

    if (next_ping(s) < at)
        at = next_ping(s);
    if (at == INT64_MAX || (timer_is_set(&s->timer) && s->timer.due_ms <= at))
        return;
    timer_set(&s->timer, at - worker_now(), time_has_come);
}
