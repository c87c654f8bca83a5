/* SPDX-License-Identifier: BSD-2-Clause */
/* The words that stand for a property of the message: method, uri, src_ip, myself … */
#include "core/local.h"
#include "core/send.h"
#include "script/state.h"

static struct str ip_text(struct call *c, const struct addr *a)
{
    char space[64];
    struct buf b;

    buf_fixed(&b, space, sizeof space);
    addr_print_ip(&b, a, false);
    return arena_dup(c->arena, buf_str(&b));
}

/* The address an operand names; NULL where there is none. */
static const struct addr *address_of(const struct call *c, enum operand o)
{
    switch (o) {
    case OPERAND_SRC_IP:
    case OPERAND_SRC_PORT:
    case OPERAND_AF: return &c->from.peer;
    case OPERAND_DST_IP:
    case OPERAND_DST_PORT: return c->from.local ? &c->from.local->addr : NULL;
    case OPERAND_TO_IP:
    case OPERAND_TO_PORT:
    case OPERAND_TO_AF: return c->sending_to ? &c->sending_to->flow.peer : NULL;
    case OPERAND_SND_IP:
    case OPERAND_SND_PORT:
    case OPERAND_SND_AF:
        return c->sending_to && c->sending_to->flow.local ? &c->sending_to->flow.local->addr : NULL;
    default: return NULL;
    }
}

static err_t number_of(const struct call *c, enum operand o, struct value *out)
{
    const struct addr *a = address_of(c, o);

    if (!a)
        return ERR_NOT_FOUND;
    if (o == OPERAND_AF || o == OPERAND_TO_AF || o == OPERAND_SND_AF)
        *out = VALUE_OF_INT(a->sa.sa_family);
    else
        *out = VALUE_OF_INT(addr_port(a));
    return ERR_OK;
}

static err_t address_uri(const struct address *a, struct value *out)
{
    if (!a)
        return ERR_NOT_FOUND;
    *out = VALUE_OF_STR(a->uri_text);
    return ERR_OK;
}

static err_t proto_value(enum proto p, struct value *out)
{
    if (p == PROTO_NONE)
        return ERR_NOT_FOUND;
    *out = VALUE_OF_STR(proto_name(p));
    return ERR_OK;
}

/* `status` and `uri` are one word in the language: in a reply both are the status. */
static err_t uri_value(struct call *c, struct value *out)
{
    if (c->msg && !c->msg->request)
        *out = VALUE_OF_STR(arena_fmt(c->arena, "%u", c->msg->status));
    else
        *out = VALUE_OF_STR(call_uri_text(c));
    return ERR_OK;
}

static err_t uri_part(struct call *c, enum operand o, struct value *out)
{
    const struct uri *u = call_uri(c, NULL);

    if (!u)
        return ERR_NOT_FOUND;
    *out = o == OPERAND_URI_HOST ? VALUE_OF_STR(u->host) : VALUE_OF_INT(uri_port(u));
    return ERR_OK;
}

err_t operand_get(struct call *c, enum operand o, struct value *out)
{
    const struct addr *a;

    *out = VALUE_NONE;
    switch (o) {
    case OPERAND_METHOD:
        *out = VALUE_OF_STR(c->msg->request ? c->msg->method_name : STR(""));
        if (!c->msg->request && msg_cseq(c->msg, NULL))
            *out = VALUE_OF_STR(msg_cseq(c->msg, NULL)->method_name);
        return ERR_OK;
    case OPERAND_URI:
    case OPERAND_STATUS: return uri_value(c, out);
    case OPERAND_FROM_URI: return address_uri(msg_from(c->msg, NULL), out);
    case OPERAND_TO_URI: return address_uri(msg_to(c->msg, NULL), out);
    case OPERAND_SRC_IP:
    case OPERAND_DST_IP:
    case OPERAND_SND_IP:
    case OPERAND_TO_IP:
        a = address_of(c, o);
        if (!a)
            return ERR_NOT_FOUND;
        *out = VALUE_OF_STR(ip_text(c, a));
        return ERR_OK;
    case OPERAND_PROTO: return proto_value(c->from.proto, out);
    case OPERAND_SND_PROTO:
    case OPERAND_TO_PROTO:
        return proto_value(c->sending_to ? c->sending_to->flow.proto : PROTO_NONE, out);
    case OPERAND_MSG_LEN: *out = VALUE_OF_INT((int64_t)c->msg->raw.n); return ERR_OK;
    case OPERAND_MAX_LEN:
        *out = VALUE_OF_INT(c->gen->core ? c->gen->core->msg_recv_max_size : 65535);
        return ERR_OK;
    case OPERAND_URI_HOST:
    case OPERAND_URI_PORT: return uri_part(c, o, out);
    case OPERAND_MYSELF:
    case OPERAND_COUNT: return ERR_NOT_FOUND;
    default: return number_of(c, o, out);
    }
}

static bool uri_is_myself(const struct uri *u)
{
    return u && local_is_uri(u);
}

bool operand_is_myself(struct call *c, enum operand o)
{
    const struct address *a;
    const struct addr *ip;

    switch (o) {
    case OPERAND_URI: return c->msg->request && uri_is_myself(call_uri(c, NULL));
    case OPERAND_FROM_URI: a = msg_from(c->msg, NULL); return a && uri_is_myself(&a->uri);
    case OPERAND_TO_URI: a = msg_to(c->msg, NULL); return a && uri_is_myself(&a->uri);
    default: ip = address_of(c, o); return ip && local_is(ip_text(c, ip), 0, PROTO_NONE);
    }
}

/* A URI, or a host alone. */
bool text_is_myself(struct str text)
{
    struct uri u;

    if (uri_parse(text, &u) == ERR_OK && u.host.n)
        return local_is_uri(&u);
    return local_is(text, 0, PROTO_NONE);
}

bool operand_in_net(struct call *c, enum operand o, const struct addr_range *r)
{
    const struct addr *a = address_of(c, o);

    return a && addr_range_has(r, a);
}
