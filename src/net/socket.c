/* SPDX-License-Identifier: BSD-2-Clause */
/* Sockets of the kernel: opening, options, and the backend that uses them. */
#include "base/log.h"
#include "net/state.h"
#include "net/steer.h"
#include "net/stream.h"
#include <errno.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <unistd.h>

static struct {
    _Atomic(bool) told; /* that the kernel does not deliver at home */
} self;

/* Options that only improve things: a refusal is not worth more than a line for the curious. */
static void option(int fd, int level, int name, int value, const char *what)
{
    if (setsockopt(fd, level, name, &value, sizeof value) != 0)
        log_debug("net", "%s = %d: %s", what, value, strerror(errno));
}
#define OPTION(fd, level, name, value) option((fd), (level), (name), (value), #name)

static void grow(int fd, int name, int force, size_t bytes)
{
    int want = bytes > INT32_MAX / 2 ? INT32_MAX / 2 : (int)bytes, have = 0;
    socklen_t n = sizeof have;

    if (getsockopt(fd, SOL_SOCKET, name, &have, &n) == 0 && have >= want)
        return;
    if (setsockopt(fd, SOL_SOCKET, force, &want, sizeof want) != 0)
        option(fd, SOL_SOCKET, name, want, "socket buffer");
}

static void set_tos(int fd, int family)
{
    int tos = net_conf()->tos;

    if (tos < 0)
        return;
    if (family == AF_INET6)
        OPTION(fd, IPPROTO_IPV6, IPV6_TCLASS, tos);
    else
        OPTION(fd, IPPROTO_IP, IP_TOS, tos);
}

static void tune_datagrams(int fd, int family)
{
    const struct net_conf *conf = net_conf();

    grow(fd, SO_RCVBUF, SO_RCVBUFFORCE, conf->receive_buffer);
    OPTION(fd, SOL_SOCKET, SO_TIMESTAMP, 1);
    OPTION(fd, SOL_SOCKET, SO_RXQ_OVFL, 1);
    grow(fd, SO_SNDBUF, SO_SNDBUFFORCE, conf->send_buffer);
    set_tos(fd, family);
    if (family == AF_INET)
        OPTION(fd, IPPROTO_IP, IP_MTU_DISCOVER,
               conf->pmtu_discovery ? IP_PMTUDISC_DO : IP_PMTUDISC_DONT);
}

/* Which of several sockets on one group is `first` must not change: it alone gets what is sent to
 * the group. */
static bool join_group(int fd, const struct addr *a, bool first)
{
    const struct net_conf *conf = net_conf();
    int index = conf->multicast[0] ? (int)if_nametoindex(conf->multicast) : 0;

    if (conf->multicast[0] && !index)
        return false;
    if (a->sa.sa_family == AF_INET6) {
        struct ipv6_mreq six = { a->v6.sin6_addr, (unsigned)index };

        if (conf->multicast_ttl >= 0)
            OPTION(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, conf->multicast_ttl);
        OPTION(fd, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, conf->multicast_loop);
        OPTION(fd, IPPROTO_IPV6, IPV6_MULTICAST_ALL, 0);
        return !first || !setsockopt(fd, IPPROTO_IPV6, IPV6_JOIN_GROUP, &six, sizeof six);
    }
    struct ip_mreqn four = { .imr_multiaddr = a->v4.sin_addr, .imr_ifindex = index };

    if (conf->multicast_ttl >= 0)
        OPTION(fd, IPPROTO_IP, IP_MULTICAST_TTL, conf->multicast_ttl);
    OPTION(fd, IPPROTO_IP, IP_MULTICAST_LOOP, conf->multicast_loop);
    OPTION(fd, IPPROTO_IP, IP_MULTICAST_ALL, 0);
    return !first || !setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &four, sizeof four);
}

void socket_tune_stream(int fd)
{
    const struct net_conf *conf = net_conf();
    struct addr a;
    socklen_t n = sizeof a;

    OPTION(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    if (conf->tcp_keepalive) {
        OPTION(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
        if (conf->tcp_keep_idle)
            OPTION(fd, IPPROTO_TCP, TCP_KEEPIDLE, conf->tcp_keep_idle);
        if (conf->tcp_keep_interval)
            OPTION(fd, IPPROTO_TCP, TCP_KEEPINTVL, conf->tcp_keep_interval);
        if (conf->tcp_keep_count)
            OPTION(fd, IPPROTO_TCP, TCP_KEEPCNT, conf->tcp_keep_count);
    }
    if (!conf->tcp_delayed_ack)
        OPTION(fd, IPPROTO_TCP, TCP_QUICKACK, 1);
    if (conf->tcp_syn_count)
        OPTION(fd, IPPROTO_TCP, TCP_SYNCNT, conf->tcp_syn_count);
    if (conf->tcp_linger2)
        OPTION(fd, IPPROTO_TCP, TCP_LINGER2, conf->tcp_linger2);
    if (conf->tcp_close_reset) {
        struct linger now = { .l_onoff = 1, .l_linger = 0 };

        (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    }
    if (getsockname(fd, &a.sa, &n) == 0)
        set_tos(fd, a.sa.sa_family);
}

/* `shared`: one of several on the same address. Without it, an address that another program (or
 * another Tandem) holds is noticed. -1 and errno, with `step` naming what failed. */
static int socket_open(enum proto proto, const struct addr *a, unsigned flags, bool shared,
                       const char **step)
{
    bool stream = proto_is_stream(proto);
    int family = a->sa.sa_family;
    int fd = socket(family, (stream ? SOCK_STREAM : SOCK_DGRAM) | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int saved;

    *step = "socket";
    if (fd < 0)
        return -1;
    if (family == AF_INET6)
        OPTION(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
    if (flags & LISTENER_VIRTUAL || net_conf()->free_bind)
        OPTION(fd, IPPROTO_IP, IP_FREEBIND, 1);
    if (stream)
        OPTION(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    *step = "SO_REUSEPORT";
    if (shared && setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &(int){ 1 }, sizeof(int)) != 0)
        goto fail;
    if (!stream)
        tune_datagrams(fd, family);
    else if (net_conf()->tcp_defer_accept)
        OPTION(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, net_conf()->tcp_defer_accept);
    *step = "bind";
    if (bind(fd, &a->sa, addr_len(a)) != 0)
        goto fail;
    *step = "listen";
    if (stream && shared && listen(fd, net_conf()->tcp_backlog) != 0)
        goto fail;
    return fd;
fail:
    saved = errno;
    close(fd);
    errno = saved;
    return -1;
}

static err_t refused(const struct listener_io *io, const char *step, struct buf *why)
{
    int number = errno;

    buf_fmt(why, "cannot listen on " STR_FMT ":", STR_ARG(proto_name(io->proto)));
    addr_print(why, &io->addr);
    buf_fmt(why, ": %s: %s", step, strerror(number));
    if (number == EADDRNOTAVAIL)
        buf_addz(why, " (no interface has this address)");
    else if (number == EADDRINUSE)
        buf_addz(why, " (another program uses it)");
    return err_of_errno(number);
}

/* Asks the kernel to deliver at home; without that, mailboxes carry. */
static void steer(const int *fds, unsigned n)
{
    err_t e = steer_attach(fds, n);

    if (e && e != ERR_STATE && !atomic_exchange(&self.told, true))
        log_info("net",
                 "the kernel does not deliver datagrams by Call-ID (%s): workers pass them on",
                 err_text(e));
}

static err_t open_all(struct listener_io *io, int *fds, unsigned n, struct buf *why)
{
    const char *step;
    err_t e;
    unsigned i = 0;
    int probe = socket_open(io->proto, &io->addr, io->flags, false, &step);
    socklen_t len = sizeof io->addr;

    if (probe < 0)
        return refused(io, step, why);
    close(probe);
    for (; i < n; i++) {
        fds[i] = socket_open(io->proto, &io->addr, io->flags, true, &step);
        if (fds[i] < 0)
            goto fail;
        step = "joining the group";
        if (io->proto == PROTO_UDP && addr_is_multicast(&io->addr) &&
            !join_group(fds[i], &io->addr, i == 0)) {
            i++;
            goto fail;
        }
        if (addr_port(&io->addr) == 0 && getsockname(fds[i], &io->addr.sa, &len) != 0)
            goto fail;
    }
    if (io->proto == PROTO_UDP && n > 1)
        steer(fds, n);
    return ERR_OK;
fail:
    e = refused(io, step, why);
    while (i-- > 0)
        close(fds[i]);
    return e;
}

/* Receiving and accepting. */

static void start(struct listener_part *p)
{
    p->watch =
        watch_new(p->fd, EPOLLIN, p->io->proto == PROTO_UDP ? udp_readable : stream_accept, p);
}

static void stop(struct listener_part *p)
{
    watch_free(p->watch);
    p->watch = NULL;
    close(p->fd);
}

static int send_datagrams(struct listener_part *p, struct mmsghdr *m, unsigned n)
{
    return sendmmsg(p->fd, m, n, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* Streams. */

static int socket_stream_to(const struct addr *to, const struct addr *from)
{
    int fd = socket(to->sa.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int saved;

    if (fd < 0)
        return -1;
    socket_tune_stream(fd);
    if (from && addr_is_set(from)) {
        OPTION(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
        if (bind(fd, &from->sa, addr_len(from)) != 0)
            goto fail;
    }
    if (connect(fd, &to->sa, addr_len(to)) == 0 || errno == EINPROGRESS)
        return fd;
fail:
    saved = errno;
    close(fd);
    errno = saved;
    return -1;
}

static err_t connect_stream(struct stream *s, const struct flow *to)
{
    const struct net_conf *conf = net_conf();
    const struct addr *source =
        to->peer.sa.sa_family == AF_INET6 ? &conf->tcp_source_v6 : &conf->tcp_source_v4;
    struct addr from = *source;

    if (to->flags & FLOW_BIND && to->local && !addr_is_any(&to->local->addr)) {
        from = to->local->addr;
        addr_set_port(&from, 0);
    }
    s->fd = socket_stream_to(&to->peer, &from);
    return s->fd < 0 ? err_of_errno(errno) : ERR_OK;
}

static ssize_t read_stream(struct stream *s, char *space, size_t n)
{
    return recv(s->fd, space, n, MSG_DONTWAIT);
}

static ssize_t write_stream(struct stream *s, const char *bytes, size_t n)
{
    return send(s->fd, bytes, n, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void watch_stream(struct stream *s, unsigned events)
{
    if (!s->watch)
        s->watch = watch_new(s->fd, events, stream_ready, s);
    else
        watch_change(s->watch, events);
}

static err_t stream_connected_how(struct stream *s)
{
    int number = 0;
    socklen_t n = sizeof number;

    if (getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &number, &n) != 0)
        number = errno;
    return number ? err_of_errno(number) : ERR_OK;
}

static void shut_stream(struct stream *s)
{
    (void)shutdown(s->fd, SHUT_WR);
}

static void discard(int fd)
{
    close(fd);
}

static void close_stream(struct stream *s)
{
    watch_free(s->watch);
    s->watch = NULL;
    close(s->fd);
    s->fd = -1;
}

const struct net_backend net_kernel = {
    .open = open_all,
    .start = start,
    .stop = stop,
    .send_datagrams = send_datagrams,
    .discard = discard,
    .connect = connect_stream,
    .connected = stream_connected_how,
    .shut = shut_stream,
    .read = read_stream,
    .write = write_stream,
    .watch = watch_stream,
    .close = close_stream,
};
