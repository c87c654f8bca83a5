/* SPDX-License-Identifier: BSD-2-Clause */
/* Connections come to be: opened to send something, or accepted. Workers that send along another
 * worker's connection do so through its mailbox. */
#include "base/log.h"
#include "net/stream_parts.h"
#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { ACCEPTS_PER_TURN = 16, ACCEPT_PAUSE_MS = 100 };

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
    stream_watch(s);
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
    stream_write_queue(s);
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
        stream_write_queue(s);
    if (!s->dead && events & ~(unsigned)EPOLLOUT)
        stream_readable(s);
}

/* Sending, from any worker. */

static err_t send_first(const struct flow *to, struct str bytes, struct worker *origin);

static bool may_open(const struct flow *to)
{
    return addr_is_set(&to->peer) && !(to->flags & FLOW_NO_CONNECT) &&
           !net_conf()->tcp_no_connect && !net_conf()->tcp_disabled;
}

/* A message for a connection of this worker; when it is gone by now, over a new one. */
static void post_arrived(struct post *p)
{
    struct stream_item *it = LIST_OF(p, struct stream_item, post);
    struct stream *s = stream_of(it->to.connection);
    struct str bytes = { it->bytes, it->n };
    err_t e = s ? stream_put(s, &it->to, bytes, it->origin) : ERR_UNREACHABLE;

    if (e == ERR_UNREACHABLE && !it->again && may_open(&it->to))
        e = send_first(&it->to, bytes, it->origin);
    if (e)
        stream_give_up(it, e);
    else
        mem_free(MEM_NET, it);
}

/* Along the connection `id`, which some worker has or had; `again`: that is not to be retried. */
static err_t send_along(uint64_t id, const struct flow *to, struct str bytes, struct worker *origin,
                        bool again)
{
    struct worker *owner = stream_owner(id);
    struct flow known = *to;
    struct stream_item *it;
    struct stream *s;

    if (!owner)
        return ERR_UNREACHABLE;
    known.connection = id;
    if (owner == worker_self()) {
        s = stream_of(id);
        return s ? stream_put(s, &known, bytes, origin) : ERR_UNREACHABLE;
    }
    if (!connection_exists(id))
        return ERR_UNREACHABLE;
    it = stream_item_new(&known, bytes, origin);
    it->again = again;
    it->post.fn = post_arrived;
    worker_post_item(owner, &it->post);
    return ERR_OK;
}

/* Opens a connection, unless another worker is about to. */
static err_t send_first(const struct flow *to, struct str bytes, struct worker *origin)
{
    err_t e;
    struct stream *s = stream_open(to, &e);
    uint64_t id;

    if (!s)
        return e;
    id = streams_claim(to->proto, &to->peer, s->flow.connection);
    if (id != s->flow.connection) {
        stream_close(s, ERR_OK);
        return send_along(id, to, bytes, origin, true);
    }
    return stream_put(s, to, bytes, origin);
}

/* A connection may close between being found and being written to: then another is opened, once. */
err_t stream_send(const struct flow *to, struct str bytes)
{
    uint64_t id = to->connection;
    err_t e = ERR_UNREACHABLE;

    if (!id || !connection_exists(id))
        id = addr_is_set(&to->peer) ? streams_find(to->proto, &to->peer) : 0;
    if (id)
        e = send_along(id, to, bytes, worker_self(), false);
    if (e != ERR_UNREACHABLE || !may_open(to))
        return e;
    return send_first(to, bytes, worker_self());
}

/* Accepting. */

void stream_welcome(struct stream *s)
{
    if (net_up()->accepted && !net_up()->accepted(&s->flow))
        stream_close(s, ERR_DENIED);
}

bool stream_comes_from(struct stream *s, const struct addr *client)
{
    if (!streams_count_ip(client, net_conf()->tcp_per_ip)) {
        net_count(NET_LOCAL_REJECT, 1);
        return false;
    }
    streams_uncount_ip(&s->flow.peer);
    stream_leave_addresses(s);
    s->flow.peer = *client;
    (void)streams_claim(s->flow.proto, client, s->flow.connection);
    return true;
}

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
    s->proxied = conf->tcp_proxy;
    s->begun_ms = s->proxied ? worker_now() : 0;
    (void)streams_claim(flow.proto, peer, s->flow.connection);
    net_count(NET_PASSIVE_OPEN, 1);
    net_count(NET_ESTABLISHED, 1);
    stream_watch(s);
    stream_arm(s);
    if (!s->proxied)
        stream_welcome(s);
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
