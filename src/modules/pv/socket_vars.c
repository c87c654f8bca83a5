/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the message came from, the socket it came by, and the one it is to leave from. */
#include "modules/pv/socket_vars.h"
#include "base/log.h"
#include "core/local.h"
#include "core/send.h"

static err_t give_uri(struct call *c, struct value *out, struct str host, unsigned port,
                      enum proto proto, bool transport)
{
    if (!transport && (proto == PROTO_UDP || proto == PROTO_NONE))
        return give_fmt(c, out, "sip:" STR_FMT ":%u", STR_ARG(host), port);
    return give_fmt(c, out, "sip:" STR_FMT ":%u;transport=" STR_FMT, STR_ARG(host), port,
                    STR_ARG(proto_name(proto)));
}

static err_t give_source(struct call *c, enum socket_attr which, struct value *out)
{
    const struct flow *f = &c->from;
    struct value ip;

    if (!addr_is_set(&f->peer))
        return give_null(out);
    switch (which) {
    case SRC_IP: return give_ip(c, out, &f->peer, false);
    case SRC_IP_BRACKETS: return give_ip(c, out, &f->peer, true);
    case SRC_PORT: return give_int(out, addr_port(&f->peer));
    case SRC_PROTO: return give_str(out, proto_name(f->proto));
    case SRC_PROTO_ID: return give_int(out, f->proto);
    case SRC_FAMILY: return give_int(out, f->peer.sa.sa_family);
    case SRC_CONNECTION: return give_int(out, (int64_t)f->connection);
    default: break;
    }
    if (give_ip(c, &ip, &f->peer, true) != ERR_OK)
        return give_null(out);
    if (which == SRC_SOCKET)
        return give_fmt(c, out, STR_FMT ":" STR_FMT ":%u", STR_ARG(proto_name(f->proto)),
                        STR_ARG(ip.s), addr_port(&f->peer));
    return give_uri(c, out, ip.s, addr_port(&f->peer), f->proto, which == SRC_URI_TRANSPORT);
}

static err_t give_listener(struct call *c, enum socket_attr which, struct value *out)
{
    const struct listener *l = c->from.local;

    if (!l)
        return give_null(out);
    switch (which) {
    case RCV_IP: return give_str(out, l->ip_text);
    case RCV_PORT: return give_int(out, l->port);
    case RCV_NAME: return give_str(out, l->name.n ? l->name : STR_NONE);
    case RCV_ADVERTISED_IP: return give_str(out, l->advertised_host);
    case RCV_ADVERTISED_PORT: return give_int(out, l->advertised_port);
    case RCV_SOCKET: return give_str(out, l->text);
    case RCV_URI:
    case RCV_URI_TRANSPORT:
        return give_uri(c, out, l->host, l->port, l->proto, which == RCV_URI_TRANSPORT);
    default:
        return give_uri(c, out, l->advertised_host, l->advertised_port, l->proto,
                        which == RCV_ADVERTISED_URI_TRANSPORT);
    }
}

static err_t give_send_socket(struct call *c, enum socket_attr which, struct value *out)
{
    const struct listener *l = call_target(c, 0)->socket;

    if (which == SEND_PORT)
        return give_int(out, l ? l->port : 0);
    if (!l)
        return give_null(out);
    if (which == SEND_NAME)
        return give_str(out, l->name.n ? l->name : STR_NONE);
    return give_str(out, l->text);
}

GETTER(get_socket_attr)
{
    enum socket_attr which = (enum socket_attr)at->var->tag;

    if (which < RCV_IP)
        return give_source(c, which, out);
    if (which < SEND_SOCKET)
        return give_listener(c, which, out);
    return give_send_socket(c, which, out);
}

struct listener *pv_find_socket(struct str text)
{
    enum proto proto = PROTO_NONE;
    uint32_t port = 0;
    size_t colon = str_find(text, ':');

    if (colon < text.n && text.p[0] != '[') {
        proto = proto_of(str_cut(text, 0, colon));
        if (proto != PROTO_NONE)
            text = str_skip(text, colon + 1);
    }
    size_t bracket = str_find(text, ']');
    size_t from = bracket < text.n ? bracket + 1 : 0;
    size_t sep = from + str_find(str_skip(text, from), ':');
    struct str host = str_cut(text, 0, sep);
    if (sep < text.n && str_to_u32(str_skip(text, sep + 1), &port) != ERR_OK)
        return NULL;
    if (port > UINT16_MAX)
        return NULL;
    return listener_find(host, (uint16_t)port, proto);
}

/* Null: the route chooses again. */
static err_t choose_socket(struct call *c, const struct value *in,
                           struct listener *(*find)(struct str text), const char *what)
{
    struct listener *l = NULL;

    if (in->type == VALUE_INT)
        return ERR_TYPE;
    if (in->type == VALUE_STR) {
        l = find(in->s);
        if (!l) {
            log_warn("pv", "%s \"" STR_FMT "\"; the sockets are those of the listen lines", what,
                     STR_ARG(in->s));
            return ERR_NOT_FOUND;
        }
    }
    call_target(c, 0)->socket = l;
    return ERR_OK;
}

SETTER(set_send_socket)
{
    (void)at;
    return choose_socket(c, in, pv_find_socket, "$fs: no listening socket");
}

SETTER(set_send_socket_name)
{
    (void)at;
    return choose_socket(c, in, listener_by_name, "$fsn: no listening socket is named");
}

/* --- $rcv(attribute), and $snd/$sndto/$sndfrom in onsend_route ------------------------------- */

enum {
    ATTR_IP,
    ATTR_PORT,
    ATTR_FAMILY,
    ATTR_PROTO_ID,
    ATTR_PROTO,
    ATTR_BUFFER,
    ATTR_LENGTH,
    ATTR_PEER_IP,
    ATTR_PEER_PORT
};
static const struct key_row received_keys[] = {
    { "buf", ATTR_BUFFER },     { "len", ATTR_LENGTH },
    { "proto", ATTR_PROTO_ID }, { "sproto", ATTR_PROTO },
    { "srcip", ATTR_PEER_IP },  { "srcport", ATTR_PEER_PORT },
    { "rcvip", ATTR_IP },       { "rcvport", ATTR_PORT },
    { "af", ATTR_FAMILY },      { 0 },
};
static const struct key_row sent_keys[] = {
    { "ip", ATTR_IP },        { "port", ATTR_PORT },
    { "af", ATTR_FAMILY },    { "proto", ATTR_PROTO_ID },
    { "sproto", ATTR_PROTO }, { "buf", ATTR_BUFFER },
    { "len", ATTR_LENGTH },   { 0 },
};

PREPARE(prepare_received)
{
    return prepare_key(l, at, received_keys, prepared);
}

PREPARE(prepare_sent)
{
    return prepare_key(l, at, sent_keys, prepared);
}

static err_t give_flow(struct call *c, const struct flow *f, struct str bytes, bool far_side,
                       int which, struct value *out)
{
    const struct addr *near = f->local ? &f->local->addr : NULL;

    switch (which) {
    case ATTR_IP:
        return far_side ? give_ip(c, out, &f->peer, false)
               : near   ? give_ip(c, out, near, false)
                        : give_null(out);
    case ATTR_PORT:
        return give_int(out, far_side ? addr_port(&f->peer) : near ? addr_port(near) : 0);
    case ATTR_PEER_IP: return give_ip(c, out, &f->peer, false);
    case ATTR_PEER_PORT: return give_int(out, addr_port(&f->peer));
    case ATTR_FAMILY: return give_int(out, f->peer.sa.sa_family);
    case ATTR_PROTO_ID: return give_int(out, f->proto);
    case ATTR_PROTO: return give_str(out, proto_name(f->proto));
    case ATTR_BUFFER: return give_str(out, bytes);
    case ATTR_LENGTH: return give_int(out, (int64_t)bytes.n);
    default: return give_null(out);
    }
}

GETTER(get_received)
{
    if (!c->packet)
        return give_null(out);
    return give_flow(c, &c->from, c->packet->bytes, false, key_id(c, at, received_keys), out);
}

GETTER(get_sent)
{
    if (!c->sending_to)
        return give_null(out);
    return give_flow(c, &c->sending_to->flow, c->sending_bytes, at->var->tag != 2,
                     key_id(c, at, sent_keys), out);
}
