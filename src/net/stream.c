/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Connections: their life, and what is written to them. Each belongs to the worker that accepted or
 * opened it; other workers send through its mailbox. Reading is in stream_read.c.
 */
#include "net/stream.h"
#include "base/log.h"
#include "net/stream_read.h"
#include <errno.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <unistd.h>

enum {
    SLOT_BITS = 18, /* a connection's number: generation, slot, worker */
    WORKER_BITS = 6,
    ACCEPTS_PER_TURN = 16,
    LINGER_MS = 1000,
    ACCEPT_PAUSE_MS = 100,
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

/* A message that waits: to be written, for its connection, or to come back as failed. */
struct stream_item {
    struct post post;
    struct link link;
    struct flow to;
    struct worker *origin; /* NULL: nobody wants to know */
    err_t why;
    size_t done; /* bytes written */
    size_t n;
    char bytes[];
};

static struct {
    _Atomic(size_t) open, queued;
} self;

void streams_begin(void)
{
    streams_init();
    atomic_store(&self.open, 0);
    atomic_store(&self.queued, 0);
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

static struct worker *owner_of(uint64_t id)
{
    unsigned i = (unsigned)(id & ((1U << WORKER_BITS) - 1));

    return i < workers_count() ? worker_at(i) : NULL;
}

/* One of this worker's. */
static struct stream *stream_of(uint64_t id)
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

/* Failed messages go back to who sent them, in a later turn. */

static void came_back(struct post *p)
{
    struct stream_item *it = LIST_OF(p, struct stream_item, post);

    if (net_up()->send_failed)
        net_up()->send_failed(&it->to, (struct str){ it->bytes, it->n }, it->why);
    mem_free(MEM_NET, it);
}

static void give_up(struct stream_item *it, err_t why)
{
    if (!it->origin) {
        mem_free(MEM_NET, it);
        return;
    }
    it->why = why;
    it->post.fn = came_back;
    worker_post_item(it->origin, &it->post);
}

static void count_queued(struct stream *s, size_t n, bool more)
{
    int64_t change = more ? (int64_t)n : -(int64_t)n;

    s->queued = more ? s->queued + n : s->queued - n;
    atomic_fetch_add_explicit(&self.queued, (size_t)change, memory_order_relaxed);
    net_count(NET_QUEUED, change);
}

/* Birth and death. */

static struct stream *stream_new(const struct flow *flow, int64_t now)
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

static void leave_tables(struct stream *s)
{
    struct addr alias = s->flow.peer;

    streams_release(s->flow.proto, &s->flow.peer, s->flow.connection);
    for (size_t i = 0; i < sizeof s->alias / sizeof *s->alias && s->alias[i]; i++) {
        addr_set_port(&alias, s->alias[i]);
        streams_release(s->flow.proto, &alias, s->flow.connection);
    }
    streams_remove_id(s->flow.connection);
    give_back_id(s->flow.connection);
    if (s->accepted)
        streams_uncount_ip(&s->flow.peer);
}

void stream_close(struct stream *s, err_t why)
{
    if (s->dead)
        return;
    s->dead = true;
    leave_tables(s);
    timer_cancel(&s->timer);
    count_queued(s, s->queued, false);
    while (!list_empty(&s->queue)) {
        struct stream_item *it = LIST_OF(s->queue.next, struct stream_item, link);

        list_remove(&it->link);
        give_up(it, why ? why : ERR_UNREACHABLE);
    }
    net_backend()->close(s);
    list_remove(&s->link);
    list_push(&mine()->dead, &s->link);
    worker_at_turn_end(&mine()->bury);
    atomic_fetch_sub(&self.open, 1);
    net_count(NET_OPEN, -1);
    if (!s->connecting && net_up()->closed)
        net_up()->closed(&s->flow, why);
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

static void put_bytes(struct stream *s, struct str bytes);

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
        put_bytes(s, STR("\r\n\r\n"));
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

/* Writing. */

static void watch_for(struct stream *s)
{
    unsigned events = EPOLLIN;

    if (s->connecting)
        events = EPOLLOUT;
    else if (!list_empty(&s->queue))
        events |= EPOLLOUT;
    net_backend()->watch(s, events);
}

static void all_written(struct stream *s)
{
    s->blocked_ms = 0;
    if (!s->closing || s->shut)
        return;
    /* Not closed yet: what the other side is still sending would make the kernel reset the
     * connection, and our last message be lost with it. */
    s->shut = s->last = true;
    s->last_ms = worker_now();
    net_backend()->shut(s);
    stream_arm(s);
}

/* Writes what it can of the queue. */
static void write_queue(struct stream *s)
{
    while (!list_empty(&s->queue)) {
        struct stream_item *it = LIST_OF(s->queue.next, struct stream_item, link);
        ssize_t n = net_backend()->write(s, it->bytes + it->done, it->n - it->done);

        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            break;
        if (n < 0) {
            stream_close(s, err_of_errno(errno));
            return;
        }
        it->done += (size_t)n;
        s->blocked_ms = s->active_ms = s->sent_ms = worker_now();
        count_queued(s, (size_t)n, false);
        if (it->done < it->n)
            break;
        list_remove(&it->link);
        net_count(NET_TCP_SENT, it->origin != NULL);
        mem_free(MEM_NET, it);
    }
    if (list_empty(&s->queue))
        all_written(s);
    watch_for(s);
}

static struct stream_item *item_new(const struct flow *to, struct str bytes, struct worker *origin)
{
    struct stream_item *it = mem_alloc(MEM_NET, sizeof *it + bytes.n);

    memset(it, 0, sizeof *it);
    it->to = *to;
    it->origin = origin;
    it->n = bytes.n;
    memcpy(it->bytes, bytes.p, bytes.n);
    return it;
}

static void enqueue(struct stream *s, struct stream_item *it)
{
    if (list_empty(&s->queue))
        s->blocked_ms = worker_now();
    list_push(&s->queue, &it->link);
    count_queued(s, it->n - it->done, true);
    if (!s->connecting)
        watch_for(s);
    stream_arm(s);
}

static err_t room_for(const struct stream *s, size_t n)
{
    const struct net_conf *conf = net_conf();
    size_t all = atomic_load_explicit(&self.queued, memory_order_relaxed);

    if (s->queued + n <= conf->tcp_queue_connection && all + n <= conf->tcp_queue_all)
        return ERR_OK;
    net_count(NET_SENDQ_FULL, 1);
    return ERR_LIMIT;
}

/* Writes at once what goes at once. `done` of the bytes went; ERR_OK also when none did. */
static err_t write_now(struct stream *s, struct str bytes, size_t *done)
{
    ssize_t n;

    *done = 0;
    if (s->connecting || !list_empty(&s->queue))
        return ERR_OK;
    n = net_backend()->write(s, bytes.p, bytes.n);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return ERR_OK;
    if (n < 0) {
        stream_close(s, err_of_errno(errno));
        return ERR_UNREACHABLE;
    }
    *done = (size_t)n;
    s->active_ms = s->sent_ms = worker_now();
    return ERR_OK;
}

static err_t put(struct stream *s, const struct flow *to, struct str bytes, struct worker *origin)
{
    size_t done;
    err_t e = s->shut ? ERR_UNREACHABLE : write_now(s, bytes, &done);

    if (e)
        return e;
    if (done < bytes.n) {
        e = done ? ERR_OK : room_for(s, bytes.n);
        if (e)
            return e;

        struct stream_item *it = item_new(to, bytes, origin);

        it->done = done;
        enqueue(s, it);
    } else {
        net_count(NET_TCP_SENT, origin != NULL);
    }
    if ((to->flags & FLOW_CLOSE || s->last) && origin) {
        s->closing = true;
        if (list_empty(&s->queue))
            all_written(s);
    }
    return ERR_OK;
}

static void put_bytes(struct stream *s, struct str bytes)
{
    (void)put(s, &s->flow, bytes, NULL);
}

void stream_pong(struct stream *s)
{
    put_bytes(s, STR("\r\n"));
}

/* Opening. */

static struct stream *stream_open(const struct flow *to, err_t *why)
{
    struct flow flow = *to;
    struct stream *s;

    if (!flow.local)
        flow.local = listener_for(flow.proto, &flow.peer);
    if (!flow.local) {
        *why = ERR_NOT_FOUND;
        return NULL;
    }
    if (connections_count() >= net_conf()->tcp_connections) {
        net_count(NET_LOCAL_REJECT, 1);
        *why = ERR_LIMIT;
        return NULL;
    }
    s = stream_new(&flow, worker_now());
    s->connecting = true;
    *why = net_backend()->connect(s, &flow);
    if (*why) {
        net_count(NET_CONNECT_FAILED, 1);
        stream_close(s, *why);
        *why = ERR_UNREACHABLE;
        return NULL;
    }
    watch_for(s);
    stream_arm(s);
    return s;
}

static void connected(struct stream *s)
{
    err_t e = net_backend()->connected(s);

    if (e) {
        net_count(NET_CONNECT_FAILED, 1);
        stream_close(s, e);
        return;
    }
    s->connecting = false;
    s->active_ms = worker_now();
    net_count(NET_CONNECT_SUCCESS, 1);
    net_count(NET_ESTABLISHED, 1);
    write_queue(s);
    if (!s->dead)
        stream_arm(s);
}

void stream_ready(void *arg, unsigned events)
{
    struct stream *s = arg;

    if (s->dead)
        return;
    if (s->connecting) {
        connected(s);
        return;
    }
    if (events & EPOLLOUT && !list_empty(&s->queue))
        write_queue(s);
    if (!s->dead && events & ~(unsigned)EPOLLOUT)
        stream_readable(s);
}

/* Sending, from any worker. */

static void post_arrived(struct post *p)
{
    struct stream_item *it = LIST_OF(p, struct stream_item, post);
    struct stream *s = stream_of(it->to.connection);
    struct str bytes = { it->bytes, it->n };
    err_t e = s ? put(s, &it->to, bytes, it->origin) : ERR_UNREACHABLE;

    if (e)
        give_up(it, e);
    else
        mem_free(MEM_NET, it);
}

/* Along the connection `id`, which some worker has or had. */
static err_t send_along(uint64_t id, const struct flow *to, struct str bytes)
{
    struct worker *owner = owner_of(id);
    struct flow known = *to;
    struct stream_item *it;
    struct stream *s;

    if (!owner)
        return ERR_UNREACHABLE;
    known.connection = id;
    if (owner == worker_self()) {
        s = stream_of(id);
        return s ? put(s, &known, bytes, worker_self()) : ERR_UNREACHABLE;
    }
    if (!connection_exists(id))
        return ERR_UNREACHABLE;
    it = item_new(&known, bytes, worker_self());
    it->post.fn = post_arrived;
    worker_post_item(owner, &it->post);
    return ERR_OK;
}

/* Opens a connection, unless another worker is about to. */
static err_t send_first(const struct flow *to, struct str bytes)
{
    err_t e;
    struct stream *s = stream_open(to, &e);
    uint64_t id;

    if (!s)
        return e;
    id = streams_claim(to->proto, &to->peer, s->flow.connection);
    if (id != s->flow.connection) {
        stream_close(s, ERR_OK);
        return send_along(id, to, bytes);
    }
    return put(s, to, bytes, worker_self());
}

err_t stream_send(const struct flow *to, struct str bytes)
{
    uint64_t id = to->connection;

    if (id && connection_exists(id))
        return send_along(id, to, bytes);
    if (!addr_is_set(&to->peer))
        return ERR_UNREACHABLE;
    id = streams_find(to->proto, &to->peer);
    if (id)
        return send_along(id, to, bytes);
    if (to->flags & FLOW_NO_CONNECT || net_conf()->tcp_no_connect || net_conf()->tcp_disabled)
        return ERR_UNREACHABLE;
    return send_first(to, bytes);
}

/* Accepting. */

struct stream *stream_accepted(struct listener_part *at, int fd, const struct addr *peer,
                               void *simulated)
{
    const struct net_conf *conf = net_conf();
    struct flow flow = { .proto = at->io->proto, .local = listener_shown(at->io), .peer = *peer };
    struct stream *s;

    if (conf->tcp_disabled || connections_count() >= conf->tcp_connections ||
        !streams_count_ip(peer, conf->tcp_per_ip)) {
        net_count(NET_LOCAL_REJECT, 1);
        return NULL;
    }
    s = stream_new(&flow, worker_now());
    s->fd = fd;
    s->simulated = simulated;
    s->accepted = true;
    s->part = at;
    (void)streams_claim(flow.proto, peer, s->flow.connection);
    net_count(NET_PASSIVE_OPEN, 1);
    net_count(NET_ESTABLISHED, 1);
    watch_for(s);
    stream_arm(s);
    if (net_up()->accepted && !net_up()->accepted(&s->flow))
        stream_close(s, ERR_DENIED);
    return s;
}

static void accept_again(struct timer *t)
{
    struct listener_part *p = LIST_OF(t, struct listener_part, retry);

    watch_change(p->watch, EPOLLIN);
}

void stream_accept(void *arg, unsigned events)
{
    struct listener_part *p = arg;

    (void)events;
    for (int i = 0; i < ACCEPTS_PER_TURN; i++) {
        struct addr peer;
        socklen_t n = sizeof peer;
        int fd = accept4(p->fd, &peer.sa, &n, SOCK_NONBLOCK | SOCK_CLOEXEC);

        if (fd < 0 && (errno == EMFILE || errno == ENFILE)) {
            log_error("net", "cannot accept connections: %s", strerror(errno));
            watch_change(p->watch, 0);
            timer_set(&p->retry, ACCEPT_PAUSE_MS, accept_again);
        }
        if (fd < 0)
            return;
        socket_tune_stream(fd);
        if (!stream_accepted(p, fd, &peer, NULL))
            close(fd);
    }
}

/* What others may ask. */

uint64_t connection_find(enum proto proto, const struct addr *peer)
{
    return streams_find(proto, peer);
}

struct request {
    uint64_t id;
    int64_t value;
    void (*fn)(struct stream *s, int64_t value);
};

static void do_request(void *arg)
{
    struct request r = *(struct request *)arg;
    struct stream *s = stream_of(r.id);

    mem_free(MEM_NET, arg);
    if (s)
        r.fn(s, r.value);
}

static err_t ask(uint64_t id, void (*fn)(struct stream *s, int64_t value), int64_t value)
{
    struct request *r;

    if (!connection_exists(id))
        return ERR_NOT_FOUND;
    r = mem_alloc(MEM_NET, sizeof *r);
    *r = (struct request){ id, value, fn };
    worker_post(owner_of(id), do_request, r);
    return ERR_OK;
}

static void do_close(struct stream *s, int64_t value)
{
    (void)value;
    s->closing = true;
    if (list_empty(&s->queue))
        all_written(s);
}

err_t connection_close(uint64_t id)
{
    return ask(id, do_close, 0);
}

static void do_alias(struct stream *s, int64_t value)
{
    struct addr alias = s->flow.peer;
    size_t i = 0;

    addr_set_port(&alias, (uint16_t)value);
    while (i < sizeof s->alias / sizeof *s->alias && s->alias[i])
        i++;
    if (i == sizeof s->alias / sizeof *s->alias)
        return;
    if (streams_claim(s->flow.proto, &alias, s->flow.connection) != s->flow.connection)
        return;
    for (size_t k = 0; k < i; k++)
        if (s->alias[k] == (uint16_t)value)
            return;
    if ((uint16_t)value != addr_port(&s->flow.peer))
        s->alias[i] = (uint16_t)value;
}

err_t connection_alias(uint64_t id, uint16_t port)
{
    return ask(id, do_alias, port);
}

static void do_lifetime(struct stream *s, int64_t value)
{
    s->lifetime_ms = value;
    stream_arm(s);
}

err_t connection_set_lifetime(uint64_t id, int64_t ms)
{
    return ask(id, do_lifetime, ms);
}

struct walk {
    void (*fn)(const struct connection_info *c, void *arg);
    void *arg;
};

static err_t walk_mine(void *arg)
{
    const struct walk *w = arg;

    LIST_EACH(&mine()->all, struct stream, s, link)
    {
        struct connection_info c = {
            .id = s->flow.connection,
            .proto = s->flow.proto,
            .local = s->flow.local,
            .peer = s->flow.peer,
            .accepted = s->accepted,
            .connecting = s->connecting,
            .worker = worker_index(worker_self()),
            .queued = s->queued,
            .opened_ms = s->opened_ms,
            .active_ms = s->active_ms,
            .expires_ms = s->lifetime_ms < 0 ? 0 : s->active_ms + s->lifetime_ms,
        };

        w->fn(&c, w->arg);
    }
    return ERR_OK;
}

void connections_each(void (*fn)(const struct connection_info *c, void *arg), void *arg)
{
    struct walk w = { fn, arg };

    err_t e = workers_each(walk_mine, &w);

    ASSERT(!e); /* walk_mine never fails */
}
