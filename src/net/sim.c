/* SPDX-License-Identifier: BSD-2-Clause */
#include "net/sim.h"
#include "base/clock.h"
#include "base/random.h"
#include "net/stream_parts.h"
#include "rt/sim.h"
#include <errno.h>
#include <sys/epoll.h>

/* Both ends of a stream, held by number so that either may go first. */
struct sim_stream {
    struct link link;
    uint64_t number;
    struct addr peer, local;
    struct stream *s; /* Tandem's end; NULL: not there yet, or closed */
    struct buf in;    /* from the peer, not read yet */
    bool peer_closed, over;
    err_t error; /* of connecting */
};

/* Something under way. */
struct journey {
    struct timer timer;
    struct link link;
    struct listener_part *part; /* where to: a listener; NULL: outside */
    struct net_sim_message *message;
    uint64_t stream;
};

static struct {
    struct net_sim_path path;
    struct link arrived, streams, journeys;
    uint64_t numbers;
    uint16_t ports;
    enum net_sim_answer answer;
    void (*on_arrival)(struct net_sim_message *m, void *ctx);
    void *arrival_ctx;
} self;

static struct net_sim_message *message_new(enum proto proto, const struct addr *from,
                                           const struct addr *to, struct str bytes)
{
    struct net_sim_message *m = mem_zalloc(MEM_NET, sizeof *m);

    list_init(&m->link);
    m->proto = proto;
    m->from = *from;
    m->to = *to;
    m->bytes = mem_dup(MEM_NET, bytes.p ? bytes : STR(""));
    return m;
}

void net_sim_free(struct net_sim_message *m)
{
    if (!m)
        return;
    mem_free(MEM_NET, (char *)(uintptr_t)m->bytes.p);
    mem_free(MEM_NET, m);
}

struct net_sim_message *net_sim_take(void)
{
    struct net_sim_message *m;

    if (list_empty(&self.arrived))
        return NULL;
    m = LIST_OF(self.arrived.next, struct net_sim_message, link);
    list_remove(&m->link);
    return m;
}

static struct sim_stream *stream_at(uint64_t number)
{
    LIST_EACH(&self.streams, struct sim_stream, ss, link)
    if (ss->number == number)
        return ss;
    return NULL;
}

/* Travelling. */

static void arrive(struct journey *j)
{
    struct net_sim_message *m = j->message;
    struct listener_part *part = j->part;

    list_remove(&j->link);
    mem_free(MEM_NET, j);
    m->at_ms = sim_now_ms();
    if (part) {
        if (part->fd >= 0)
            udp_received(part, m->bytes, false, &m->from, clock_unix_us());
        net_sim_free(m);
    } else if (self.on_arrival) {
        self.on_arrival(m, self.arrival_ctx);
    } else {
        list_push(&self.arrived, &m->link);
    }
}

static void time_is_up(struct timer *t)
{
    arrive(LIST_OF(t, struct journey, timer));
}

/* On a worker: to the listener's part of this worker, or outside. Takes the message. */
static void set_out(struct listener_io *io, struct net_sim_message *m)
{
    struct journey *j = mem_zalloc(MEM_NET, sizeof *j);
    int64_t ms = self.path.delay_ms;

    if (!m->stream && self.path.jitter_ms)
        ms += (int64_t)random_below((uint64_t)self.path.jitter_ms + 1);
    j->message = m;
    j->part = io ? &io->part[worker_index(worker_self())] : NULL;
    list_push(&self.journeys, &j->link);
    if (ms > 0)
        timer_set(&j->timer, ms, time_is_up);
    else
        arrive(j);
}

static bool by_lot(unsigned permille)
{
    return permille && random_below(1000) < permille;
}

static void send_datagram(struct listener_io *io, struct net_sim_message *m)
{
    if (by_lot(self.path.loss_permille)) {
        net_sim_free(m);
        return;
    }
    if (by_lot(self.path.double_permille))
        set_out(io, message_new(m->proto, &m->from, &m->to, m->bytes));
    set_out(io, m);
}

/* From outside. */

struct entry {
    struct listener_io *io;
    struct net_sim_message *message;
};

static void enter(void *arg)
{
    struct entry e = *(struct entry *)arg;

    mem_free(MEM_NET, arg);
    send_datagram(e.io, e.message);
}

err_t net_sim_deliver(const struct addr *from, const struct addr *to, struct str bytes)
{
    struct listener *ln = listener_by_addr(PROTO_UDP, to);
    struct entry *e;

    if (!ln)
        return ERR_NOT_FOUND;
    e = mem_alloc(MEM_NET, sizeof *e);
    *e = (struct entry){ ln->io, message_new(PROTO_UDP, from, to, bytes) };
    worker_post(worker_at((unsigned)random_below(workers_count())), enter, e);
    return ERR_OK;
}

/* Streams, from outside. */

static struct sim_stream *stream_make(const struct addr *peer, const struct addr *local)
{
    struct sim_stream *ss = mem_zalloc(MEM_NET, sizeof *ss);

    ss->number = ++self.numbers;
    ss->peer = *peer;
    ss->local = *local;
    buf_init(&ss->in, MEM_NET);
    list_push(&self.streams, &ss->link);
    return ss;
}

static void tell_closed(struct sim_stream *ss)
{
    struct net_sim_message *m = message_new(PROTO_TCP, &ss->local, &ss->peer, STR(""));

    m->stream = ss->number;
    m->closed = ss->over = true;
    set_out(NULL, m);
}

static void read_all(void *arg)
{
    struct sim_stream *ss = arg;

    while (ss->s && !ss->s->dead && !ss->s->connecting && (ss->in.n || ss->peer_closed))
        stream_readable(ss->s);
}

static void do_accept(void *arg)
{
    struct sim_stream *ss = arg;
    struct listener *ln = listener_by_addr(PROTO_TCP, &ss->local);
    struct listener_part *part = ln ? &ln->io->part[worker_index(worker_self())] : NULL;
    struct stream *s = part ? stream_accepted(part, -1, &ss->peer, ss) : NULL;

    if (!s) {
        tell_closed(ss);
        return;
    }
    if (!s->dead)
        ss->s = s;
    read_all(ss);
}

uint64_t net_sim_connect(const struct addr *from, const struct addr *to)
{
    struct sim_stream *ss;

    if (!listener_by_addr(PROTO_TCP, to))
        return 0;
    ss = stream_make(from, to);
    worker_post(worker_at((unsigned)random_below(workers_count())), do_accept, ss);
    return ss->number;
}

static void look(struct sim_stream *ss)
{
    if (ss->s)
        worker_post(worker_at((unsigned)(ss->s->flow.connection & 63)), read_all, ss);
}

void net_sim_write(uint64_t stream, struct str bytes)
{
    struct sim_stream *ss = stream_at(stream);

    ASSERT(ss);
    buf_add(&ss->in, bytes);
    look(ss);
}

void net_sim_close(uint64_t stream)
{
    struct sim_stream *ss = stream_at(stream);

    ASSERT(ss);
    ss->peer_closed = true;
    look(ss);
}

bool net_sim_is_open(uint64_t stream)
{
    struct sim_stream *ss = stream_at(stream);

    return ss && !ss->over && !ss->peer_closed;
}

/* The backend. */

static err_t open_all(struct listener_io *io, int *fds, unsigned n, struct buf *why)
{
    (void)why;
    if (addr_port(&io->addr) == 0)
        addr_set_port(&io->addr, self.ports++);
    for (unsigned i = 0; i < n; i++)
        fds[i] = 0;
    return ERR_OK;
}

static void ignore_fd(int fd)
{
    (void)fd;
}

static void ignore_part(struct listener_part *p)
{
    (void)p;
}

static int send_datagrams(struct listener_part *p, struct mmsghdr *m, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        const struct iovec *v = m[i].msg_hdr.msg_iov;
        const struct addr *to = m[i].msg_hdr.msg_name;
        struct listener *ours = listener_by_addr(PROTO_UDP, to);
        struct str bytes = { v->iov_base, v->iov_len };

        send_datagram(ours ? ours->io : NULL, message_new(PROTO_UDP, &p->io->addr, to, bytes));
    }
    return (int)n;
}

static void answered(void *arg)
{
    struct sim_stream *ss = arg;

    if (ss->s)
        stream_ready(ss->s, EPOLLOUT);
    read_all(ss);
}

static err_t connect_stream(struct stream *s, const struct flow *to)
{
    struct sim_stream *ss = stream_make(&to->peer, &s->flow.local->addr);

    s->simulated = ss;
    ss->s = s;
    ss->error = self.answer == NET_SIM_REFUSE ? ERR_UNREACHABLE : ERR_OK;
    if (self.answer != NET_SIM_SILENCE)
        worker_post(worker_self(), answered, ss);
    return ERR_OK;
}

static err_t connected(struct stream *s)
{
    return ((struct sim_stream *)s->simulated)->error;
}

static ssize_t read_stream(struct stream *s, char *space, size_t n)
{
    struct sim_stream *ss = s->simulated;

    if (ss->in.n == 0) {
        errno = EAGAIN;
        return ss->peer_closed ? 0 : -1;
    }
    n = n < ss->in.n ? n : ss->in.n;
    memcpy(space, ss->in.p, n);
    memmove(ss->in.p, ss->in.p + n, ss->in.n - n);
    ss->in.n -= n;
    return (ssize_t)n;
}

static ssize_t write_stream(struct stream *s, const char *bytes, size_t n)
{
    struct sim_stream *ss = s->simulated;
    struct net_sim_message *m =
        message_new(PROTO_TCP, &ss->local, &ss->peer, (struct str){ bytes, n });

    m->stream = ss->number;
    set_out(NULL, m);
    return (ssize_t)n;
}

static void watch_stream(struct stream *s, unsigned events)
{
    (void)s;
    (void)events;
}

static void shut_stream(struct stream *s)
{
    struct sim_stream *ss = s->simulated;

    ss->peer_closed = true;
    worker_post(worker_self(), read_all, ss);
}

static void close_stream(struct stream *s)
{
    struct sim_stream *ss = s->simulated;

    if (!ss)
        return;
    ss->s = NULL;
    if (!ss->over)
        tell_closed(ss);
}

static const struct net_backend in_memory = {
    .open = open_all,
    .discard = ignore_fd,
    .start = ignore_part,
    .stop = ignore_part,
    .send_datagrams = send_datagrams,
    .connect = connect_stream,
    .connected = connected,
    .read = read_stream,
    .write = write_stream,
    .watch = watch_stream,
    .shut = shut_stream,
    .close = close_stream,
};

/* Begin and end. */

void net_sim_begin(void)
{
    memset(&self, 0, sizeof self);
    list_init(&self.arrived);
    list_init(&self.streams);
    list_init(&self.journeys);
    self.ports = 40000;
    net_set_backend(&in_memory);
}

static void begin_worker(void *arg)
{
    (void)arg;
    ASSERT(net_worker_begin() == ERR_OK);
}

void net_sim_workers_begin(void)
{
    for (unsigned i = 0; i < workers_count(); i++)
        sim_spawn(i, begin_worker, NULL);
    sim_settle();
}

void net_sim_end(void)
{
    struct net_sim_message *m;

    while ((m = net_sim_take()) != NULL)
        net_sim_free(m);
    while (!list_empty(&self.journeys)) {
        struct journey *j = LIST_OF(self.journeys.next, struct journey, link);

        list_remove(&j->link);
        net_sim_free(j->message);
        mem_free(MEM_NET, j);
    }
    while (!list_empty(&self.streams)) {
        struct sim_stream *ss = LIST_OF(self.streams.next, struct sim_stream, link);

        list_remove(&ss->link);
        buf_free(&ss->in);
        mem_free(MEM_NET, ss);
    }
    net_set_backend(NULL);
}

void net_sim_set_path(const struct net_sim_path *p)
{
    self.path = *p;
}

void net_sim_on_arrival(void (*fn)(struct net_sim_message *m, void *ctx), void *ctx)
{
    self.on_arrival = fn;
    self.arrival_ctx = ctx;
}

void net_sim_set_answer(enum net_sim_answer a)
{
    self.answer = a;
}
