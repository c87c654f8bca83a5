/* SPDX-License-Identifier: BSD-2-Clause */
/* Where requests and replies go, and handing them to the network. */
#include "base/log.h"
#include "core/internal.h"
#include "core/stats.h"
#include "net/blocklist.h"
#include "net/dns.h"
#include "sip/scan.h"
#include <stdatomic.h>

enum { SCRATCHES = 8, SCRATCH_KEEP = 65536 };

static _Thread_local struct {
    struct buf *at[SCRATCHES];
    unsigned n;
} mine;

enum { REPLY_WATCHERS = 4 };
static struct {
    void (*_Atomic reply_watchers[REPLY_WATCHERS])(struct call *c, const struct hop *to,
                                                   struct str bytes);
} self;

struct buf *scratch_take(void)
{
    struct buf *b;

    if (mine.n) {
        b = mine.at[--mine.n];
    } else {
        b = mem_zalloc(MEM_MESSAGE, sizeof *b);
        buf_init(b, MEM_MESSAGE);
    }
    buf_clear(b);
    return b;
}

static void scratch_free(struct buf *b)
{
    buf_free(b);
    mem_free(MEM_MESSAGE, b);
}

void scratch_give(struct buf *b)
{
    if (mine.n == SCRATCHES || b->cap > SCRATCH_KEEP)
        scratch_free(b);
    else
        mine.at[mine.n++] = b;
}

void scratch_worker_stop(void)
{
    while (mine.n)
        scratch_free(mine.at[--mine.n]);
}

/* Whether no unicast message may go there. */
static bool addr_is_forbidden(const struct addr *a)
{
    if (a->sa.sa_family == AF_INET) {
        uint32_t ip = ntohl(a->v4.sin_addr.s_addr);

        return ip == 0xffffffffu || ip == 0 || ip >> 28 == 0xe;
    }
    return a->sa.sa_family == AF_INET6 && a->v6.sin6_addr.s6_addr[0] == 0xff;
}

static bool serves(const struct listener *ln, enum proto proto, const struct addr *peer)
{
    return ln && ln->proto == proto && ln->addr.sa.sa_family == peer->sa.sa_family &&
           atomic_load_explicit(&ln->open, memory_order_relaxed);
}

/* The script's choice, else the one the message came by, else what suits the peer. */
static struct listener *choose_listener(const struct call *c, struct listener *forced,
                                        enum proto proto, const struct addr *peer)
{
    const struct core_conf *core = c->gen ? c->gen->core : NULL;

    if (forced && serves(forced, proto, peer))
        return forced;
    if (forced && forced->proto != proto) {
        struct listener *same = listener_find(forced->ip_text, 0, proto);

        if (serves(same, proto, peer))
            return same;
    }
    if (core && core->mhomed)
        return listener_for(proto, peer);
    if (serves(c->from.local, proto, peer))
        return c->from.local;
    return listener_for(proto, peer);
}

static uint8_t forward_flags(const struct call *c)
{
    return (uint8_t)((c->no_connect_forward ? FLOW_NO_CONNECT : 0) |
                     (c->close_forward ? FLOW_CLOSE : 0));
}

static err_t make_hop(const struct call *c, struct listener *forced, enum proto proto,
                      const struct addr *peer, struct hop *out)
{
    *out = (struct hop){ .flow = { .proto = proto,
                                   .peer = *peer,
                                   .flags = forward_flags(c),
                                   .tolerated = c->forward_tolerated } };
    if (addr_is_forbidden(peer))
        return ERR_UNREACHABLE;
    out->flow.local = choose_listener(c, forced, proto, peer);
    return out->flow.local ? ERR_OK : ERR_UNREACHABLE;
}

/* Names resolved, each target with its listener; those nothing can be sent to are left out. */
static err_t resolve(struct call *c, struct listener *forced, const struct dns_query *query,
                     struct hop *hops, size_t room, size_t *n)
{
    struct dns_query first = *query, *q = &first;
    struct dns_target *found;
    struct addr numeric;
    size_t n_found;
    err_t e;

    *n = 0;
    if (addr_parse(q->host, 0, &numeric) == ERR_OK) {
        enum proto proto = q->proto != PROTO_NONE ? q->proto : q->secure ? PROTO_TLS : PROTO_UDP;

        addr_set_port(&numeric, q->port ? q->port : proto_default_port(proto));
        e = make_hop(c, forced, proto, &numeric, &hops[0]);
        hops[0].host = q->host;
        *n = e ? 0 : 1;
        return e;
    }
    q->first_only = !dns_fails_over();
    e = dns_resolve(q, c->arena, &found, &n_found);
    if (e)
        return e;
    for (size_t i = 0; i < n_found && *n < room; i++)
        if (make_hop(c, forced, found[i].proto, &found[i].addr, &hops[*n]) == ERR_OK)
            hops[(*n)++].host = q->host;
    return *n ? ERR_OK : ERR_UNREACHABLE;
}

err_t send_find_uri_hops(struct call *c, struct listener *forced, const struct uri *u,
                         struct hop *hops, size_t *n)
{
    struct dns_query q;

    *n = 0;
    if (u->scheme != URI_SIP && u->scheme != URI_SIPS)
        return ERR_UNSUPPORTED;
    q = (struct dns_query){
        .host = u->maddr.n ? u->maddr : u->host,
        .port = u->port,
        .proto = uri_proto(u),
        .secure = u->scheme == URI_SIPS,
    };
    return q.host.n ? resolve(c, forced, &q, hops, HOPS_MAX, n) : ERR_SYNTAX;
}

err_t send_find_hops(struct call *c, const struct target *t, struct hop *hops, size_t *n)
{
    struct listener *forced = t->socket ? t->socket : c->targets[0].socket;
    const struct uri *u;
    struct uri space;
    err_t e = ERR_OK;

    *n = 0;
    if (t->flow && t->flow->proto != PROTO_NONE) {
        hops[0] = (struct hop){ .flow = *t->flow };
        hops[0].flow.flags = (uint8_t)(hops[0].flow.flags | forward_flags(c));
        hops[0].flow.tolerated = c->forward_tolerated;
        if (!hops[0].flow.local)
            hops[0].flow.local = choose_listener(c, forced, t->flow->proto, &t->flow->peer);
        *n = hops[0].flow.local ? 1 : 0;
        return *n ? ERR_OK : ERR_UNREACHABLE;
    }
    if (t->dst_uri.n || (t != &c->targets[0] && t->uri.n)) {
        e = uri_parse(t->dst_uri.n ? t->dst_uri : t->uri, &space);
        u = &space;
    } else {
        u = call_uri(c, &e);
    }
    if (e || !u) {
        core_stat(CORE_BAD_URIS);
        return ERR_SYNTAX;
    }
    return send_find_uri_hops(c, forced, u, hops, n);
}

/* All of `s` as hexadecimal digits; false when it is something else. */
static bool hex_number(struct str s, uint64_t *out)
{
    *out = 0;
    for (size_t i = 0; i < s.n; i++) {
        int digit = char_hex(s.p[i]);

        if (digit < 0)
            return false;
        *out = *out << 4 | (unsigned)digit;
    }
    return s.n > 0 && s.n <= 16;
}

/* The connection that the request came by, as print_via left it in our Via; 0: none. */
static uint64_t connection_of(const struct via *ours)
{
    uint64_t id;

    return hex_number(ours->i, &id) && connection_exists(id) ? id : 0;
}

/* Likewise the listener, where the request left by another one; NULL: not said. */
static struct listener *listener_of(const struct via *ours)
{
    const struct listeners *all = listeners_now();
    uint64_t number;

    if (ours->i.n < 2 || ours->i.p[0] != 'u' || !hex_number(str_skip(ours->i, 1), &number))
        return NULL;
    for (size_t i = 0; i < all->n; i++)
        if (all->at[i]->number == number)
            return all->at[i];
    return NULL;
}

/* Where a reply goes by a Via (RFC 3261 18.2.2, RFC 3581). Suspends when a name must be resolved.
 */
static err_t send_reply_hop(struct call *c, const struct via *via, struct hop *out)
{
    struct dns_query q = { .host = via->received.n ? via->received : via->host,
                           .port = via->port,
                           .proto = via->proto };
    struct hop hops[1];
    uint32_t rport;
    size_t n;
    err_t e;

    if (via->proto == PROTO_NONE)
        return ERR_UNSUPPORTED;
    if (via->maddr.n && !proto_is_stream(via->proto))
        q.host = via->maddr;
    else if (via->rport.n && str_to_u32(via->rport, &rport) == ERR_OK && rport && rport < 65536)
        q.port = (uint16_t)rport;
    e = resolve(c, c->targets[0].socket, &q, hops, 1, &n);
    if (e)
        return e;
    *out = hops[0];
    out->flow.tolerated = c->reply_tolerated;
    out->flow.flags =
        (uint8_t)((c->no_connect_reply ? FLOW_NO_CONNECT : 0) | (c->close_reply ? FLOW_CLOSE : 0));
    return ERR_OK;
}

/* Runs onsend_route; false: it dropped the message. */
static bool may_leave(struct call *c, const struct hop *to, struct str bytes)
{
    enum route route = c->route;
    bool dropped = c->drop, leave;

    c->sending_to = to;
    c->sending_bytes = bytes;
    c->route = ROUTE_SEND;
    c->drop = false;
    call_upcalls.run_route(c, ROUTE_SEND, NULL);
    leave = !c->drop;
    c->drop = dropped;
    c->route = route;
    c->sending_to = NULL;
    c->sending_bytes = STR_NONE;
    return leave;
}

static bool has_send_route(const struct call *c)
{
    return c && c->gen && c->route != ROUTE_SEND && call_upcalls.has_route &&
           call_upcalls.has_route(c->gen, ROUTE_SEND, NULL);
}

err_t send_bytes(struct call *c, const struct hop *to, struct str bytes)
{
    if (has_send_route(c) && !may_leave(c, to, bytes))
        return ERR_DENIED;
    return net_send(&to->flow, bytes);
}

void send_watch_replies(void (*fn)(struct call *c, const struct hop *to, struct str bytes))
{
    size_t i = 0;

    while (i < REPLY_WATCHERS && atomic_load(&self.reply_watchers[i]) &&
           atomic_load(&self.reply_watchers[i]) != fn)
        i++;
    ASSERT(i < REPLY_WATCHERS);
    atomic_store(&self.reply_watchers[i], fn);
}

static void tell_reply_watchers(struct call *c, const struct hop *to, struct str bytes)
{
    for (size_t i = 0; i < REPLY_WATCHERS; i++) {
        void (*watcher)(struct call * c, const struct hop *to, struct str bytes) =
            atomic_load_explicit(&self.reply_watchers[i], memory_order_relaxed);

        if (!watcher)
            return;
        watcher(c, to, bytes);
    }
}

err_t send_reply_bytes(struct call *c, const struct hop *to, struct str bytes)
{
    if (c->gen)
        tell_reply_watchers(c, to, bytes);
    if (c->gen && c->gen->core && c->gen->core->onsend_route_reply && has_send_route(c) &&
        !may_leave(c, to, bytes))
        return ERR_DENIED;
    return net_send(&to->flow, bytes);
}

bool send_is_too_long(const struct call *c, const struct hop *to, size_t bytes, enum proto *instead)
{
    const struct core_conf *core = c->gen ? c->gen->core : NULL;

    if (!core || core->udp_mtu <= 0 || to->flow.proto != PROTO_UDP ||
        (int64_t)bytes <= core->udp_mtu)
        return false;
    *instead = c->mtu_proto != PROTO_NONE ? c->mtu_proto : (enum proto)core->udp_mtu_try_proto;
    return *instead != PROTO_UDP && *instead != PROTO_NONE;
}

err_t send_by_other_proto(const struct call *c, enum proto proto, struct hop *hop)
{
    struct hop other;
    err_t e = make_hop(c, c->targets[0].socket, proto, &hop->flow.peer, &other);

    if (e)
        return e;
    if (blocklist_has(proto, &other.flow.peer))
        return ERR_UNREACHABLE;
    other.host = hop->host;
    *hop = other;
    return ERR_OK;
}

size_t send_drop_blocked(struct hop *hops, size_t n)
{
    size_t left = 0;

    for (size_t i = 0; i < n; i++)
        if (!blocklist_has(hops[i].flow.proto, &hops[i].flow.peer))
            hops[left++] = hops[i];
    return left;
}

static err_t forward_to(struct call *c, const struct hop *to, struct buf *out)
{
    struct via_plan via = { .branch = send_stateless_branch(c), .extra = STR("") };
    enum proto instead;
    struct hop longer = *to;
    err_t e;

    e = send_build_request(c, &c->targets[0], NULL, to, &via, out);
    if (e)
        return e;
    if (send_is_too_long(c, to, out->n, &instead) &&
        send_by_other_proto(c, instead, &longer) == ERR_OK) {
        buf_clear(out);
        e = send_build_request(c, &c->targets[0], NULL, &longer, &via, out);
        return e ? e : send_bytes(c, &longer, buf_str(out));
    }
    return send_bytes(c, to, buf_str(out));
}

err_t send_stateless(struct call *c, const struct hop *to)
{
    struct buf *out = scratch_take();
    err_t e = forward_to(c, to, out);

    scratch_give(out);
    if (e == ERR_OK)
        core_stat(CORE_FWD_REQUESTS);
    return e;
}

err_t send_forward(struct call *c)
{
    struct hop hops[HOPS_MAX];
    size_t n;
    err_t e = send_find_hops(c, &c->targets[0], hops, &n);

    if (e == ERR_OK && c->msg->method != METHOD_ACK) {
        n = send_drop_blocked(hops, n);
        e = n ? ERR_OK : ERR_UNREACHABLE;
    }
    for (size_t i = 0; e == ERR_OK && i < n; i++) {
        e = send_stateless(c, &hops[i]);
        if (e == ERR_OK || e == ERR_DENIED)
            return e;
        if (i + 1 < n)
            e = ERR_OK;
    }
    return e;
}

err_t send_reply_stateless(struct call *c)
{
    const struct via *ours = msg_via(c->msg, 0, NULL), *next = msg_via(c->msg, 1, NULL);
    struct buf *out;
    struct hop hop;
    err_t e;

    if (!ours || !next)
        return ERR_NOT_FOUND;
    if (!c->targets[0].socket)
        c->targets[0].socket = listener_of(ours);
    e = send_reply_hop(c, next, &hop);
    if (e)
        return e;
    if (proto_is_stream(hop.flow.proto))
        hop.flow.connection = connection_of(ours);
    out = scratch_take();
    e = send_build_reply(c, out);
    if (e == ERR_OK)
        e = send_reply_bytes(c, &hop, buf_str(out));
    scratch_give(out);
    if (e == ERR_OK)
        core_stat(CORE_FWD_REPLIES);
    return e;
}
