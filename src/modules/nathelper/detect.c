/* SPDX-License-Identifier: BSD-2-Clause */
/* Signs that a NAT stands between a peer and us. */
#include "modules/nathelper/nat.h"

static const struct {
    uint32_t base;
    unsigned bits;
    bool reserved;
} ranges[] = {
    { 0x0a000000, 8, false },  /* 10.0.0.0 */
    { 0xac100000, 12, false }, /* 172.16.0.0 */
    { 0xc0a80000, 16, false }, /* 192.168.0.0 */
    { 0x64400000, 10, false }, /* 100.64.0.0, shared by a carrier's customers */
    { 0xc0000000, 29, false }, /* 192.0.0.0, IPv4 service continuity */
    { 0xc0000000, 24, true },  /* 192.0.0.0, protocol assignments */
};

static bool addr_is_private(const struct addr *a, bool reserved_too)
{
    uint32_t ip;

    if (a->sa.sa_family != AF_INET)
        return false;
    ip = ntohl(a->v4.sin_addr.s_addr);
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
        if ((reserved_too || !ranges[i].reserved) &&
            (ip ^ ranges[i].base) >> (32 - ranges[i].bits) == 0)
            return true;
    return false;
}

bool host_is_private(struct str host, bool reserved_too)
{
    struct addr a;

    return addr_parse(host, 0, &a) == ERR_OK && addr_is_private(&a, reserved_too);
}

struct question {
    struct call *c;
    bool reserved_too;
};

static const struct address *first_contact(struct call *c)
{
    const struct address *list;
    size_t n;

    return msg_addresses(c->msg, HEADER_CONTACT, &list, &n) == ERR_OK && n && !list->star ? list
                                                                                          : NULL;
}

static bool contact_is_private(const struct question *q)
{
    const struct address *a = first_contact(q->c);

    return a && host_is_private(a->uri.host, q->reserved_too);
}

static bool same_ip(struct str host, const struct addr *a)
{
    struct addr b;

    return addr_parse(host, 0, &b) == ERR_OK && addr_ip_eq(&b, a);
}

static bool via_differs(const struct question *q)
{
    const struct via *top = msg_via(q->c->msg, 0, NULL);

    return top && !same_ip(top->host, &q->c->from.peer);
}

static bool via_is_private(const struct question *q)
{
    const struct via *top = msg_via(q->c->msg, 0, NULL);

    return top && host_is_private(top->host, q->reserved_too);
}

static bool via_port_differs(const struct question *q)
{
    const struct via *top = msg_via(q->c->msg, 0, NULL);

    return top && addr_port(&q->c->from.peer) != (top->port ? top->port : 5060);
}

static bool source_is_private(const struct question *q)
{
    return addr_is_private(&q->c->from.peer, q->reserved_too);
}

static bool source_is_websocket(const struct question *q)
{
    return q->c->from.proto == PROTO_WS || q->c->from.proto == PROTO_WSS;
}

static bool contact_port_differs(const struct question *q)
{
    const struct address *a = first_contact(q->c);

    return a && addr_port(&q->c->from.peer) != uri_port(&a->uri);
}

static bool address_is_private(struct str address, void *arg)
{
    const struct question *q = arg;

    return host_is_private(address, q->reserved_too);
}

static bool address_is_not_source(struct str address, void *arg)
{
    const struct question *q = arg;

    return !same_ip(address, &q->c->from.peer);
}

static bool sdp_is_private(const struct question *q)
{
    struct question mine = *q;

    return sdp_each_address(q->c, address_is_private, &mine);
}

static bool sdp_differs(const struct question *q)
{
    struct question mine = *q;

    return sdp_each_address(q->c, address_is_not_source, &mine);
}

/* Requests: the destination is not what the Request-URI says. Replies: the next Via was sent from
 * elsewhere than it says. */
static bool target_differs(const struct question *q)
{
    struct call *c = q->c;
    const struct via *next;
    const struct uri *u;
    struct uri dst;
    uint32_t rport;

    if (c->msg->request) {
        u = call_uri(c, NULL);
        if (!u || c->targets[0].dst_uri.n == 0 || uri_parse(c->targets[0].dst_uri, &dst))
            return false;
        return uri_proto(&dst) == PROTO_WS || uri_proto(&dst) == PROTO_WSS ||
               !str_ieq(u->host, dst.host) || uri_port(u) != uri_port(&dst);
    }
    next = msg_via(c->msg, 1, NULL);
    if (!next)
        return false;
    if (next->proto == PROTO_WS || next->proto == PROTO_WSS)
        return true;
    if (next->received.n && !str_ieq(next->received, next->host))
        return true;
    return next->rport.n && str_to_u32(next->rport, &rport) == ERR_OK &&
           rport != (next->port ? next->port : 5060);
}

bool nat_detect(struct call *c, unsigned mask, bool reserved_too)
{
    static const struct {
        unsigned bit;
        bool (*test)(const struct question *q);
    } tests[] = {
        { NAT_RECEIVED, via_differs },
        { NAT_PORT, via_port_differs },
        { NAT_CONTACT, contact_is_private },
        { NAT_VIA, via_is_private },
        { NAT_SOURCE, source_is_private },
        { NAT_WEBSOCKET, source_is_websocket },
        { NAT_CONTACT_PORT, contact_port_differs },
        { NAT_SDP, sdp_is_private },
        { NAT_SDP_SOURCE, sdp_differs },
        { NAT_TARGET, target_differs },
    };
    const struct question q = { c, reserved_too };

    for (size_t i = 0; i < sizeof tests / sizeof *tests; i++)
        if (mask & tests[i].bit && tests[i].test(&q))
            return true;
    return false;
}
