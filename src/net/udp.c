/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Datagrams: received in batches into memory of the worker and copied from there into packets of
 * their own size; sent at the end of the loop turn, one system call per socket.
 */
#include "base/clock.h"
#include "base/log.h"
#include "net/blocklist.h"
#include "net/state.h"
#include "net/udp_proxy.h"
#include <errno.h>
#include <sys/epoll.h>
#include <sys/mman.h>

enum { QUEUE_BYTES = 4 * 1024 * 1024, QUEUE_DATAGRAMS = 4096, SEND_BATCH = 64, FLUSH_AT = 64 };

/* What the kernel says of a datagram: when it came, and how many were lost before it. */
enum { ANCILLARY = CMSG_SPACE(sizeof(struct timeval)) + CMSG_SPACE(sizeof(uint32_t)) };

struct udp_batch {
    struct mmsghdr header[UDP_BATCH];
    struct iovec vector[UDP_BATCH];
    struct addr from[UDP_BATCH];
    _Alignas(struct cmsghdr) char ancillary[UDP_BATCH][ANCILLARY];
};

struct outgoing {
    size_t at, n;
    struct addr to;   /* where it goes */
    struct addr peer; /* who it is for, perhaps behind a load balancer at `to` */
    uint8_t tolerated;
};
struct udp_queue {
    struct buf bytes;
    struct outgoing *out;
    size_t n, sent, cap;
    bool blocked; /* waiting for EPOLLOUT */
};

void udp_worker_begin(struct net_worker *w)
{
    size_t bytes = (size_t)UDP_BATCH * DATAGRAM_MAX;
    struct udp_batch *b = mem_zalloc(MEM_NET, sizeof *b);

    w->scratch = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    ASSERT(w->scratch != MAP_FAILED);
    (void)madvise(w->scratch, bytes, MADV_NOHUGEPAGE);
    for (size_t i = 0; i < UDP_BATCH; i++) {
        b->vector[i] = (struct iovec){ w->scratch + i * DATAGRAM_MAX, DATAGRAM_MAX };
        b->header[i].msg_hdr.msg_iov = &b->vector[i];
        b->header[i].msg_hdr.msg_iovlen = 1;
        b->header[i].msg_hdr.msg_name = &b->from[i];
        b->header[i].msg_hdr.msg_control = b->ancillary[i];
    }
    w->batch = b;
}

void udp_worker_end(struct net_worker *w)
{
    if (!w->scratch)
        return;
    munmap(w->scratch, (size_t)UDP_BATCH * DATAGRAM_MAX);
    mem_free(MEM_NET, w->batch);
}

/* Keep-alives of NAT'ed clients: line ends, zeros, blanks. */
static bool is_keepalive(struct str s)
{
    if (s.n > 8)
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (!memchr("\r\n\0 ", s.p[i], 4))
            return false;
    return true;
}

void udp_received(struct listener_part *at, struct str bytes, bool cut, const struct addr *from,
                  int64_t received_us)
{
    size_t limit = net_conf()->message_max;
    unsigned proxy = net_conf()->udp_proxy;
    struct flow flow = { .proto = PROTO_UDP, .local = listener_shown(at->io), .peer = *from };
    struct packet *p;

    net_count(NET_UDP_RECEIVED, 1);
    if (proxy && udp_proxy_received(proxy, &bytes, &flow.peer)) {
        net_count(NET_MALFORMED, 1);
        return;
    }
    if (is_keepalive(bytes)) {
        net_count(NET_KEEPALIVES, 1);
        return;
    }
    if (bytes.n > limit) {
        bytes.n = limit;
        cut = true;
    }
    p = packet_new(bytes, &flow, received_us);
    p->oversize = cut;
    if (cut)
        net_count(NET_OVERSIZE, 1);
    packet_deliver(p);
}

static void note_dropped(struct listener_part *part, uint32_t dropped)
{
    uint32_t more = dropped - part->dropped;

    if (!more)
        return;
    part->dropped = dropped;
    net_here()->dropped += more;
    net_count(NET_UDP_DROPPED, more);
}

/* When the datagram came, and what was lost before it. */
static int64_t read_ancillary(struct listener_part *part, struct msghdr *m)
{
    int64_t at = 0;

    for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
        struct timeval time;
        uint32_t dropped;

        if (c->cmsg_level != SOL_SOCKET)
            continue;
        if (c->cmsg_type == SO_TIMESTAMP) {
            memcpy(&time, CMSG_DATA(c), sizeof time);
            at = (int64_t)time.tv_sec * 1000000 + time.tv_usec;
        } else if (c->cmsg_type == SO_RXQ_OVFL) {
            memcpy(&dropped, CMSG_DATA(c), sizeof dropped);
            note_dropped(part, dropped);
        }
    }
    return at;
}

void udp_readable(void *arg, unsigned events)
{
    struct listener_part *part = arg;
    struct udp_batch *b = net_here()->batch;
    int64_t now;
    int n;

    if (events & EPOLLOUT)
        worker_at_turn_end(&part->flush);
    if (!(events & ~(unsigned)EPOLLOUT))
        return;
    for (size_t i = 0; i < UDP_BATCH; i++) {
        b->header[i].msg_hdr.msg_namelen = sizeof b->from[i];
        b->header[i].msg_hdr.msg_controllen = ANCILLARY;
    }
    n = recvmmsg(part->fd, b->header, UDP_BATCH, MSG_DONTWAIT, NULL);
    if (n <= 0)
        return;
    now = clock_unix_us();
    for (int i = 0; i < n && part->fd >= 0; i++) {
        struct mmsghdr *m = &b->header[i];
        struct str bytes = { b->vector[i].iov_base, m->msg_len };
        int64_t at = read_ancillary(part, &m->msg_hdr);

        udp_received(part, bytes, (m->msg_hdr.msg_flags & MSG_TRUNC) != 0, &b->from[i],
                     at ? at : now);
    }
}

/* Sending. */

static void forget(struct udp_queue *q)
{
    q->n = q->sent = 0;
    buf_clear(&q->bytes);
    if (q->bytes.cap > 256 * 1024) {
        buf_free(&q->bytes);
        buf_init(&q->bytes, MEM_NET);
    }
}

static void failed(struct listener_part *p, const struct outgoing *o, int number)
{
    struct flow to = { .proto = PROTO_UDP, .local = listener_shown(p->io), .peer = o->peer };

    net_count(NET_UDP_SEND_ERRORS, 1);
    if (number != EMSGSIZE) /* that is our fault */
        blocklist_add(PROTO_UDP, &o->to, BLOCKED_SEND, o->tolerated, 0);
    if (log_on(LOG_DEBUG)) {
        char space[64];
        struct buf b;

        buf_fixed(&b, space, sizeof space);
        addr_print(&b, &o->to);
        log_debug("net", "sending to udp:" STR_FMT ": %s", STR_ARG(buf_str(&b)), strerror(number));
    }
    if (!net_up()->send_failed)
        return;

    /* A copy: who is told may send, and so move the queue. */
    struct str bytes = mem_dup(MEM_NET, (struct str){ p->queue->bytes.p + o->at, o->n });

    net_up()->send_failed(&to, bytes, err_of_errno(number));
    mem_free(MEM_NET, (char *)(uintptr_t)bytes.p);
}

static int send_some(struct listener_part *p)
{
    struct mmsghdr m[SEND_BATCH];
    struct iovec v[SEND_BATCH];
    struct udp_queue *q = p->queue;
    unsigned n = 0;

    for (size_t i = q->sent; i < q->n && n < SEND_BATCH; i++, n++) {
        v[n] = (struct iovec){ q->bytes.p + q->out[i].at, q->out[i].n };
        m[n] = (struct mmsghdr){ .msg_hdr = { .msg_name = &q->out[i].to,
                                              .msg_namelen = addr_len(&q->out[i].to),
                                              .msg_iov = &v[n],
                                              .msg_iovlen = 1 } };
    }
    return net_backend()->send_datagrams(p, m, n);
}

static void block(struct listener_part *p, bool on)
{
    if (p->queue->blocked == on)
        return;
    p->queue->blocked = on;
    if (p->watch)
        watch_change(p->watch, on ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

static void flush(struct turn_end *t)
{
    struct listener_part *p = LIST_OF(t, struct listener_part, flush);
    struct udp_queue *q = p->queue;

    while (q && q->sent < q->n) {
        int n = send_some(p);

        if (n > 0) {
            q->sent += (size_t)n;
            net_count(NET_UDP_SENT, n);
        } else if (errno == EAGAIN) {
            block(p, true);
            return;
        } else {
            struct outgoing o = q->out[q->sent++];

            failed(p, &o, errno);
        }
    }
    if (!q)
        return;
    block(p, false);
    forget(q);
}

static struct udp_queue *queue_of(struct listener_part *p)
{
    if (p->queue)
        return p->queue;
    p->queue = mem_zalloc(MEM_NET, sizeof *p->queue);
    buf_init(&p->queue->bytes, MEM_NET);
    p->flush.fn = flush;
    return p->queue;
}

static void make_room(struct udp_queue *q)
{
    if (q->n < q->cap)
        return;
    q->cap = q->cap ? q->cap * 2 : 64;
    q->out = mem_realloc(MEM_NET, q->out, q->cap * sizeof *q->out);
}

err_t udp_send(const struct flow *to, struct str bytes)
{
    struct addr at = udp_proxy_towards(&to->peer);
    struct listener *local = to->local ? to->local : listener_for(PROTO_UDP, &at);
    struct listener_part *p;
    struct udp_queue *q;

    if (!local || local->proto != PROTO_UDP || local->addr.sa.sa_family != at.sa.sa_family)
        return ERR_NOT_FOUND;
    p = &local->io->part[worker_index(worker_self())];
    if (p->fd < 0)
        return ERR_UNREACHABLE;
    q = queue_of(p);
    if (q->n - q->sent >= QUEUE_DATAGRAMS || q->bytes.n + bytes.n > QUEUE_BYTES)
        return ERR_LIMIT;
    make_room(q);
    q->out[q->n++] = (struct outgoing){ q->bytes.n, bytes.n, at, to->peer, to->tolerated };
    buf_add(&q->bytes, bytes);
    if (!q->blocked)
        worker_at_turn_end(&p->flush);
    return ERR_OK;
}

void udp_close(struct listener_part *p)
{
    if (!p->queue)
        return;
    buf_free(&p->queue->bytes);
    mem_free(MEM_NET, p->queue->out);
    mem_free(MEM_NET, p->queue);
    p->queue = NULL;
}
