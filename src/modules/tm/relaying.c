/* SPDX-License-Identifier: BSD-2-Clause */
/* t_relay and its kin. */
#include "base/log.h"
#include "modules/tm/tm.h"
#include "net/listener.h"
#include <stdlib.h>

enum { RELAY_NO_100 = 1, RELAY_NO_REPLY = 2, RELAY_NO_FAILOVER = 4 };

/* A time that a configuration keeps in an AVP, in seconds. */
static void time_from(struct call *c, const struct var_ref *at, uint32_t *ms)
{
    struct value v;

    if (!at || *ms || var_get(c, at, &v) != ERR_OK || v.type == VALUE_NULL)
        return;
    int64_t seconds = value_number(&v);
    if (seconds > 0 && seconds < INT32_MAX / 1000)
        *ms = (uint32_t)(seconds * 1000);
}

static int relay(struct call *c, const struct relay_plan *plan)
{
    const struct tm_conf *conf = call_conf(c, &module_tm);

    if (conf->fr_timer_avp || conf->fr_inv_timer_avp) {
        struct txn_plan *times = txn_plan(c);

        time_from(c, conf->fr_timer_avp, &times->fr_ms);
        time_from(c, conf->fr_inv_timer_avp, &times->fr_inv_ms);
    }
    c->rich_redirect = (unsigned)conf->txn.rich_redirect;
    err_t e = txn_relay(c, plan);
    if (e == ERR_OK)
        return SCRIPT_TRUE;
    if (e == ERR_EXISTS && c->msg->method == METHOD_ACK)
        return SCRIPT_TRUE; /* it was for us */
    if (e == ERR_EXISTS)
        return SCRIPT_EXIT; /* a retransmission: it was dealt with */
    c->error = e;
    if (c->txn && c->txn->txn_flags & TXN_INTERNAL_REPLY)
        return SCRIPT_EXIT; /* the caller was told */
    return e == ERR_NOT_FOUND && c->txn ? -478 : SCRIPT_FALSE;
}

static struct str place(struct call *c, struct str host, int64_t port, enum proto proto)
{
    bool bare6 = host.n && host.p[0] != '[' && str_find(host, ':') < host.n;
    struct str open = bare6 ? STR("[") : STR(""), close = bare6 ? STR("]") : STR("");
    struct str transport = proto != PROTO_NONE ? proto_name(proto) : STR("udp");

    if (port > 0)
        return arena_fmt(c->arena, "sip:" STR_FMT STR_FMT STR_FMT ":%lld;transport=" STR_FMT,
                         STR_ARG(open), STR_ARG(host), STR_ARG(close), (long long)port,
                         STR_ARG(transport));
    return arena_fmt(c->arena, "sip:" STR_FMT STR_FMT STR_FMT ";transport=" STR_FMT, STR_ARG(open),
                     STR_ARG(host), STR_ARG(close), STR_ARG(transport));
}

static const struct relay_plan PLAIN, COPY = { .replicate = true }, NONACK = { .no_100 = true };

/* To a host and port by a protocol; without a host, by the request but with that protocol. */
static int relay_place(struct call *c, const struct place_args *a, enum proto proto,
                       struct relay_plan plan)
{
    if (a->host.n)
        plan.next_hop = place(c, a->host, a->port, proto == PROTO_NONE ? c->from.proto : proto);
    else
        plan.proto = proto;
    return relay(c, &plan);
}

int t_relay(struct call *c, const struct place_args *a)
{
    return relay_place(c, a, PROTO_NONE, PLAIN);
}
int t_relay_to_udp(struct call *c, const struct place_args *a)
{
    return relay_place(c, a, PROTO_UDP, PLAIN);
}
int t_relay_to_tcp(struct call *c, const struct place_args *a)
{
    return relay_place(c, a, PROTO_TCP, PLAIN);
}
int t_relay_to_tls(struct call *c, const struct place_args *a)
{
    return relay_place(c, a, PROTO_TLS, PLAIN);
}
int t_relay_to_sctp(struct call *c, const struct place_args *a)
{
    return relay_place(c, a, PROTO_SCTP, PLAIN);
}
int t_replicate_udp(struct call *c, const struct place_args *a)
{
    return relay_place(c, a, PROTO_UDP, COPY);
}
int t_replicate_tcp(struct call *c, const struct place_args *a)
{
    return relay_place(c, a, PROTO_TCP, COPY);
}
int t_replicate_tls(struct call *c, const struct place_args *a)
{
    return relay_place(c, a, PROTO_TLS, COPY);
}
int t_replicate_sctp(struct call *c, const struct place_args *a)
{
    return relay_place(c, a, PROTO_SCTP, COPY);
}

/* The bare forwarding of a transaction that the script has made: no 100, and no ACK. */
static int forward_nonack(struct call *c, const struct place_args *a, enum proto proto)
{
    return c->msg->method == METHOD_ACK ? SCRIPT_FALSE : relay_place(c, a, proto, NONACK);
}

int t_forward_nonack(struct call *c, const struct place_args *a)
{
    return forward_nonack(c, a, PROTO_NONE);
}
int t_forward_nonack_udp(struct call *c, const struct place_args *a)
{
    return forward_nonack(c, a, PROTO_UDP);
}
int t_forward_nonack_tcp(struct call *c, const struct place_args *a)
{
    return forward_nonack(c, a, PROTO_TCP);
}
int t_forward_nonack_tls(struct call *c, const struct place_args *a)
{
    return forward_nonack(c, a, PROTO_TLS);
}
int t_forward_nonack_sctp(struct call *c, const struct place_args *a)
{
    return forward_nonack(c, a, PROTO_SCTP);
}

int t_forward_nonack_uri(struct call *c)
{
    return c->msg->method == METHOD_ACK ? SCRIPT_FALSE : relay(c, &NONACK);
}

/* "host", "host:port" or "[v6]:port". */
static err_t split_place(struct str text, struct place_args *out)
{
    size_t bracket = str_find(text, ']'), from = bracket < text.n ? bracket : 0;
    size_t colon = from + str_find(str_skip(text, from), ':');

    *out = (struct place_args){ str_cut(text, 0, colon < text.n ? colon : text.n), 0 };
    return colon < text.n ? str_to_i64(str_skip(text, colon + 1), &out->port) : ERR_OK;
}

static int to_hostport(struct call *c, const struct proto_args *a, struct relay_plan plan)
{
    struct place_args at;
    enum proto proto = proto_of(a->proto);

    if (proto == PROTO_NONE || split_place(a->hostport, &at) != ERR_OK || !at.host.n)
        return SCRIPT_FALSE;
    return relay_place(c, &at, proto, plan);
}

int t_forward_nonack_to(struct call *c, const struct proto_args *a)
{
    return c->msg->method == METHOD_ACK ? SCRIPT_FALSE : to_hostport(c, a, NONACK);
}

int t_relay_to_avp(struct call *c, const struct proto_args *a)
{
    return to_hostport(c, a, PLAIN);
}

int t_replicate_to(struct call *c, const struct proto_args *a)
{
    return to_hostport(c, a, COPY);
}

int t_replicate(struct call *c, const struct uri_args *a)
{
    if (a->port > 0) {
        struct place_args at = { a->uri, a->port };

        return relay_place(c, &at, PROTO_NONE, COPY);
    }
    return relay(c, &(struct relay_plan){ .next_hop = a->uri, .replicate = true });
}

/* "proto:host:port"; protocol and port may be missing. */
static err_t read_proxy(struct call *c, struct str text, struct str *uri)
{
    struct str rest = text, first = str_split(&rest, ':');
    enum proto proto = proto_of(first);
    struct place_args at;
    err_t e = split_place(proto != PROTO_NONE ? rest : text, &at);

    if (e || !at.host.n)
        return ERR_SYNTAX;
    *uri = place(c, at.host, at.port, proto);
    return ERR_OK;
}

int t_relay_to(struct call *c, const struct proxy_args *a)
{
    struct relay_plan plan = { 0 };
    int64_t flags = a->flags;

    if (a->proxy.n && a->proxy.p[0] >= '0' && a->proxy.p[0] <= '9' &&
        str_find(a->proxy, '.') == a->proxy.n && str_find(a->proxy, ':') == a->proxy.n)
        flags = strtoll(arena_dup(c->arena, a->proxy).p, NULL, 0);
    else if (a->proxy.n && read_proxy(c, a->proxy, &plan.next_hop) != ERR_OK)
        return SCRIPT_FALSE;
    plan.no_100 = flags & RELAY_NO_100;
    plan.no_internal_reply = flags & RELAY_NO_REPLY;
    plan.no_failover = flags & RELAY_NO_FAILOVER;
    return relay(c, &plan);
}

int t_relay_to_proxy(struct call *c, const struct name_args *a)
{
    struct relay_plan plan = { 0 };

    if (read_proxy(c, a->name, &plan.next_hop) != ERR_OK)
        return SCRIPT_FALSE;
    return relay(c, &plan);
}

int t_relay_cancel(struct call *c)
{
    if (c->msg->method != METHOD_CANCEL || !txn_find_canceled(c))
        return SCRIPT_TRUE;
    err_t e = txn_relay_cancel(c);
    c->error = e;
    return e ? SCRIPT_FALSE : SCRIPT_EXIT;
}

/* Header lines with a line end each. */
static struct str whole_lines(struct call *c, struct str lines)
{
    if (!lines.n || lines.p[lines.n - 1] == '\n')
        return lines;
    return arena_fmt(c->arena, STR_FMT "\r\n", STR_ARG(lines));
}

static struct listener *listener_named(struct str text)
{
    struct place_args at;
    struct str rest = text, first = str_split(&rest, ':');
    enum proto proto = proto_of(first);

    if (!text.n)
        return NULL;
    struct listener *l = listener_by_name(text);
    if (l || split_place(proto != PROTO_NONE ? rest : text, &at) != ERR_OK)
        return l;
    return listener_find(at.host, (uint16_t)at.port, proto);
}

int t_uac_send(struct call *c, const struct send_args *a)
{
    struct txn_request r = { .method = a->method,
                             .uri = a->uri,
                             .next_hop = a->next_hop,
                             .headers = whole_lines(c, a->headers),
                             .body = a->body,
                             .socket = listener_named(a->socket),
                             .gen = c->gen };

    c->error = txn_send_request(&r);
    return c->error ? SCRIPT_FALSE : SCRIPT_TRUE;
}
