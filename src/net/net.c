/* SPDX-License-Identifier: BSD-2-Clause */
/* Begin and end, tunables, statistics, and the way of a message to its home. */
#include "base/clock.h"
#include "base/log.h"
#include "base/stat.h"
#include "net/blocklist.h"
#include "net/dns.h"
#include "net/home.h"
#include "net/state.h"
#include "net/steer.h"
#include "net/stream.h"
#include "sip/message.h"
#include <sys/mman.h>

const struct net_conf net_default_conf = {
    .message_max = 65535,
    .receive_buffer = 262144,
    .send_buffer = 262144,
    .tos = 0x10,
    .multicast_ttl = -1,
    .tcp_http = true,
    .tcp_crlf_ping = true,
    .tcp_keepalive = true,
    .tcp_delayed_ack = true,
    .tcp_backlog = 1024,
    .tcp_connect_timeout = 10000,
    .tcp_send_timeout = 10000,
    .tcp_lifetime = 120000,
    .tcp_message_timeout = 20000,
    .tcp_connections = 2048,
    .tcp_per_ip = 1024,
    .tcp_queue_connection = 1048576,
    .tcp_queue_all = 10485760,
};

/* In the order of enum net_stat. */
static const struct stat_decl stats[] = {
    { "net", "udp_received", "Datagrams received.", false, NULL },
    { "net", "udp_sent", "Datagrams sent.", false, NULL },
    { "net", "udp_send_errors", "Datagrams the system refused to send.", false, NULL },
    { "net", "udp_dropped", "Datagrams lost because a receive queue was full.", false, NULL },
    { "net", "keepalives", "Keep-alives (CRLF and the like) received.", false, NULL },
    { "net", "oversize", "Messages longer than allowed.", false, NULL },
    { "net", "malformed", "Streams broken off because what came was no message.", false, NULL },
    { "net", "handed_over", "Messages received by another worker than their call's home.", false,
      NULL },
    { "net", "tcp_received", "Messages received from streams.", false, NULL },
    { "net", "tcp_sent", "Messages written to streams.", false, NULL },
    { "tcp", "connect_success", "Connections opened.", false, NULL },
    { "tcp", "connect_failed", "Connections that could not be opened.", false, NULL },
    { "tcp", "passive_open", "Connections accepted.", false, NULL },
    { "tcp", "established", "Connections opened and accepted.", false, NULL },
    { "tcp", "con_reset", "Connections reset by the other side.", false, NULL },
    { "tcp", "con_timeout", "Connections closed after they had been idle.", false, NULL },
    { "tcp", "send_timeout", "Connections closed because they took no bytes.", false, NULL },
    { "tcp", "sendq_full", "Messages not sent because a queue was full.", false, NULL },
    { "tcp", "local_reject", "Connections refused because a limit was reached.", false, NULL },
    { "tcp", "current_opened_connections", "Connections open now.", true, NULL },
    { "tcp", "current_write_queue_size", "Bytes waiting to be written.", true, NULL },
    { NULL, NULL, NULL, false, NULL },
};

enum { ON_CLOSED_MAX = 4 };

static struct {
    const struct net_backend *backend; /* NULL: the kernel's */
    struct net_upcalls up;
    struct snapshot conf;
    unsigned first_stat;
    _Atomic(const struct net_filter *) filter, cipher;
    void (*_Atomic on_closed[ON_CLOSED_MAX])(const struct flow *f, err_t why);
    struct net_worker *worker[WORKERS_MAX];
} self;

void net_on_closed(void (*fn)(const struct flow *f, err_t why))
{
    unsigned i = 0;

    while (i < ON_CLOSED_MAX && atomic_load(&self.on_closed[i]) &&
           atomic_load(&self.on_closed[i]) != fn)
        i++;
    ASSERT(i < ON_CLOSED_MAX);
    atomic_store(&self.on_closed[i], fn);
}

void net_closed(const struct flow *f, err_t why)
{
    if (self.up.closed)
        self.up.closed(f, why);
    for (unsigned i = 0; i < ON_CLOSED_MAX && atomic_load(&self.on_closed[i]); i++)
        atomic_load (&self.on_closed[i])(f, why);
}

void net_count(enum net_stat s, int64_t n)
{
    stat_add(self.first_stat + (unsigned)s, n);
}

const struct net_backend *net_backend(void)
{
    return self.backend ? self.backend : &net_kernel;
}

void net_set_backend(const struct net_backend *b)
{
    self.backend = b;
}

const struct net_upcalls *net_up(void)
{
    return &self.up;
}

const struct net_conf *net_conf(void)
{
    return snapshot_read(&self.conf);
}

struct net_worker *net_here(void)
{
    return self.worker[worker_index(worker_self())];
}

struct frame_limits net_frame_limits(void)
{
    const struct net_conf *conf = net_conf();

    return (struct frame_limits){ .message = conf->message_max, .http = conf->tcp_http };
}

uint64_t net_dropped_here(void)
{
    return net_here()->dropped;
}

static void free_conf(void *conf)
{
    mem_free(MEM_NET, conf);
}

void net_configure(const struct net_conf *conf)
{
    struct net_conf *copy = mem_alloc(MEM_NET, sizeof *copy);

    *copy = *conf;
    snapshot_publish(&self.conf, copy, free_conf);
}

void net_stats_register(void)
{
    self.first_stat = stat_register(stats);
    dns_stats_register();
    blocklist_stats_register();
}

void net_begin(const struct net_upcalls *up, const struct net_conf *conf)
{
    ASSERT(workers_count() > 0);
    self.up = *up;
    net_stats_register();
    home_new_key();
    net_configure(conf);
    for (unsigned i = 0; i < workers_count(); i++) {
        struct net_worker *w = mem_zalloc(MEM_NET, sizeof *w);

        w->worker = worker_at(i);
        self.worker[i] = w;
    }
    streams_begin();
    listeners_begin();
    dns_begin();
}

static void worker_end(void *arg)
{
    struct net_worker *w = arg;

    streams_worker_end(w);
    listeners_worker_end();
    udp_worker_end(w);
}

err_t net_worker_begin(void)
{
    struct net_worker *w = net_here();

    udp_worker_begin(w);
    streams_worker_begin(w);
    worker_at_exit(worker_end, w);
    return dns_worker_begin();
}

void net_end(void)
{
    blocklist_end();
    dns_end();
    steer_end();
    listeners_end();
    streams_end();
    for (unsigned i = 0; i < WORKERS_MAX; i++) {
        mem_free(MEM_NET, self.worker[i]);
        self.worker[i] = NULL;
    }
    mem_free(MEM_NET, atomic_exchange(&self.conf.now, NULL));
}

/* Packets. */

struct packet *packet_new(struct str bytes, const struct flow *from, int64_t received_us)
{
    struct packet *p = obj_alloc(sizeof *p + bytes.n + 1, MEM_NET, NULL);
    char *copy = (char *)(p + 1);

    if (bytes.n)
        memcpy(copy, bytes.p, bytes.n);
    copy[bytes.n] = '\0';
    p->bytes = (struct str){ copy, bytes.n };
    p->from = *from;
    p->received_us = received_us;
    return p;
}

static void arrived_at_home(struct post *post)
{
    struct packet *p = LIST_OF(post, struct packet, post);

    if (self.up.received)
        self.up.received(p);
    else
        obj_drop(p);
}

static void find_home(struct packet *p)
{
    struct str call_id = p->http ? STR_NONE : msg_scan_call_id(p->bytes);
    struct worker *home = worker_self();

    if (call_id.n) {
        p->call_hash = home_hash(call_id);
        home = worker_of_hash(p->call_hash);
    }
    p->post.fn = arrived_at_home;
    if (home == worker_self()) {
        arrived_at_home(&p->post);
        return;
    }
    net_count(NET_HANDED_OVER, 1);
    worker_post_item(home, &p->post);
}

void net_set_filter(const struct net_filter *f)
{
    atomic_store(&self.filter, f);
}

static const struct net_filter *filter_now(void)
{
    return atomic_load_explicit(&self.filter, memory_order_acquire);
}

void net_set_cipher(const struct net_filter *f)
{
    atomic_store(&self.cipher, f);
}

static const struct net_filter *cipher_now(void)
{
    return atomic_load_explicit(&self.cipher, memory_order_acquire);
}

static struct packet *in_place_of(struct packet *p, struct str instead)
{
    struct packet *changed;

    if (!instead.p)
        return p;
    changed = packet_new(instead, &p->from, p->received_us);
    obj_drop(p);
    return changed;
}

void net_pass(struct packet *p, struct str instead)
{
    find_home(in_place_of(p, instead));
}

void net_pass_plain(struct packet *p, struct str instead)
{
    const struct net_filter *f = filter_now();

    p = in_place_of(p, instead);
    if (f)
        f->received(p);
    else
        find_home(p);
}

void packet_deliver(struct packet *p)
{
    const struct net_filter *f = cipher_now();

    if (!f)
        f = filter_now();
    if (f && !p->http && !p->oversize && !p->malformed)
        f->received(p);
    else
        find_home(p);
}

err_t net_send(const struct flow *to, struct str bytes)
{
    const struct net_filter *f = filter_now();

    return f ? f->sending(to, bytes) : net_send_raw(to, bytes);
}

err_t net_send_raw(const struct flow *to, struct str bytes)
{
    const struct net_filter *f = cipher_now();

    return f ? f->sending(to, bytes) : net_send_wire(to, bytes);
}

err_t net_send_wire(const struct flow *to, struct str bytes)
{
    ASSERT(worker_self());
    if (to->proto == PROTO_UDP)
        return udp_send(to, bytes);
    if (to->proto == PROTO_TCP)
        return stream_send(to, bytes);
    return ERR_UNSUPPORTED;
}
