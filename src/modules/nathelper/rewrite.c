/* SPDX-License-Identifier: BSD-2-Clause */
#include "modules/nathelper/nat.h"

static struct str source_host(const struct call *c)
{
    char space[64];
    struct buf b;

    buf_fixed(&b, space, sizeof space);
    addr_print_ip(&b, &c->from.peer, true);
    return arena_dup(c->arena, buf_str(&b));
}

struct str source_uri(const struct call *c)
{
    struct str host = source_host(c);

    if (c->from.proto == PROTO_UDP)
        return arena_fmt(c->arena, "sip:" STR_FMT ":%u", STR_ARG(host), addr_port(&c->from.peer));
    return arena_fmt(c->arena, "sip:" STR_FMT ":%u;transport=" STR_FMT, STR_ARG(host),
                     addr_port(&c->from.peer), STR_ARG(proto_via_name(c->from.proto)));
}

static err_t contacts(struct call *c, const struct address **list, size_t *n)
{
    err_t e = msg_addresses(c->msg, HEADER_CONTACT, list, n);

    if (e)
        return e;
    return *n && !(*list)->star ? ERR_OK : ERR_NOT_FOUND;
}

/* From the first byte of the host to the last of the port. */
static struct str host_and_port(const struct uri *u)
{
    const char *end = u->port_text.n ? u->port_text.p + u->port_text.n : u->host.p + u->host.n;

    return (struct str){ u->host.p, (size_t)(end - u->host.p) };
}

/* Whether the script changed this place before: doing it twice would garble it. */
static bool was_changed(const struct call *c, size_t at, size_t n, struct str begin)
{
    for (size_t i = 0; i < c->edits.n; i++) {
        const struct edit *e = &c->edits.edits[i];

        if (e->at == at && e->n == n && str_starts(e->text, begin))
            return true;
    }
    return false;
}

err_t contact_to_source(struct call *c)
{
    const struct address *list;
    struct str source = source_host(c);
    size_t n;
    err_t e = contacts(c, &list, &n);

    if (e)
        return e;
    source = arena_fmt(c->arena, STR_FMT ":%u", STR_ARG(source), addr_port(&c->from.peer));
    for (size_t i = 0; i < n; i++) {
        struct str place = host_and_port(&list[i].uri);

        if (list[i].uri.host.n == 0)
            return ERR_SYNTAX;
        if (was_changed(c, (size_t)(place.p - c->msg->raw.p), place.n, source))
            return ERR_STATE;
        edit_replace(&c->edits, c->msg, place, source);
    }
    return ERR_OK;
}

struct alias alias_of_source(struct call *c)
{
    return (struct alias){ source_host(c), addr_port(&c->from.peer), c->from.proto };
}

static bool says_the_same(const struct uri *u, const struct alias *a)
{
    enum proto proto = uri_proto(u);
    struct addr in_uri, in_alias;

    if (proto == PROTO_NONE)
        proto = PROTO_UDP;
    return proto == a->proto && uri_port(u) == a->port &&
           addr_parse(u->host, 0, &in_uri) == ERR_OK &&
           addr_parse(a->host, 0, &in_alias) == ERR_OK && addr_ip_eq(&in_uri, &in_alias);
}

/* Where a parameter called `name` stands in `params`, its semicolon included; the first or last. */
static bool find_param(struct str params, struct str name, bool last, struct str *whole,
                       struct str *value)
{
    struct str rest = params, found, val;
    bool seen = false;

    while (param_next(&rest, &found, &val)) {
        const char *end = val.p && val.n ? val.p + val.n : found.p + found.n;

        if (!str_ieq(found, name) || (seen && !last))
            continue;
        seen = true;
        *whole = (struct str){ found.p - 1, (size_t)(end - found.p) + 1 };
        *value = val;
    }
    return seen;
}

err_t contact_add_alias(struct call *c, struct str name, const struct alias *a, bool force,
                        bool trim)
{
    const struct address *list;
    struct str whole, value, text;
    size_t n, end;
    err_t e = contacts(c, &list, &n);

    if (e)
        return e;
    if (list->uri.host.n == 0)
        return ERR_SYNTAX;
    if (!force && says_the_same(&list->uri, a))
        return ERR_EXISTS;
    if (trim && find_param(list->uri.params, name, false, &whole, &value))
        edit_delete(&c->edits, c->msg, whole);
    text = arena_fmt(c->arena, ";" STR_FMT "=" STR_FMT "~%u~%d", STR_ARG(name), STR_ARG(a->host),
                     a->port, (int)a->proto);
    end = (size_t)(list->uri_text.p - c->msg->raw.p) + list->uri_text.n;
    if (list->uri.headers.n)
        end = (size_t)(list->uri.headers.p - c->msg->raw.p) - 1;
    if (was_changed(c, end, 0, arena_fmt(c->arena, ";" STR_FMT "=", STR_ARG(name))))
        return ERR_STATE;
    if (list->brackets) {
        edit_insert(&c->edits, end, text);
        return ERR_OK;
    }
    edit_insert(&c->edits, (size_t)(list->uri_text.p - c->msg->raw.p), STR("<"));
    edit_insert(&c->edits, end, arena_fmt(c->arena, STR_FMT ">", STR_ARG(text)));
    return ERR_OK;
}

static err_t alias_parse(struct str text, struct alias *out)
{
    struct str rest = text;
    uint32_t port, proto;

    out->host = str_split(&rest, '~');
    if (out->host.n == 0 || str_to_u32(str_split(&rest, '~'), &port) || port == 0 || port > 65535 ||
        str_to_u32(rest, &proto) || proto == PROTO_NONE || proto >= PROTO_COUNT)
        return ERR_SYNTAX;
    out->port = (uint16_t)port;
    out->proto = (enum proto)proto;
    return ERR_OK;
}

/* "sip:192.0.2.1:5062;transport=tcp" */
static struct str alias_uri(const struct alias *a, struct arena *arena)
{
    if (a->proto == PROTO_UDP)
        return arena_fmt(arena, "sip:" STR_FMT ":%u", STR_ARG(a->host), a->port);
    return arena_fmt(arena, "sip:" STR_FMT ":%u;transport=" STR_FMT, STR_ARG(a->host), a->port,
                     STR_ARG(proto_name(a->proto)));
}

err_t ruri_take_alias(struct call *c, struct str name, bool last)
{
    const struct uri *u = call_uri(c, NULL);
    struct str whole, value, before, behind, fresh;
    struct alias a;
    err_t e;

    if (!u)
        return ERR_SYNTAX;
    if (!find_param(u->params, name, last, &whole, &value))
        return ERR_NOT_FOUND;
    e = alias_parse(value, &a);
    if (e)
        return e;
    before = (struct str){ u->text.p, (size_t)(whole.p - u->text.p) };
    behind = str_skip(u->text, before.n + whole.n);
    fresh = arena_fmt(c->arena, STR_FMT STR_FMT, STR_ARG(before), STR_ARG(behind));
    call_set_dst_uri(c, alias_uri(&a, c->arena));
    return call_set_uri(c, fresh);
}

err_t contact_alias_uri(struct call *c, struct str name, struct str *out)
{
    const struct address *list;
    struct str whole, value;
    struct alias a;
    size_t n;
    err_t e = contacts(c, &list, &n);

    if (e)
        return e;
    if (!find_param(list->uri.params, name, false, &whole, &value))
        return ERR_NOT_FOUND;
    e = alias_parse(value, &a);
    if (!e)
        *out = alias_uri(&a, c->arena);
    return e;
}

static err_t add_received_to_uri(struct call *c, const struct address *a, struct str source)
{
    struct str whole = a->uri_text;
    struct buf b;

    if (a->uri.headers.n)
        whole.n = (size_t)(a->uri.headers.p - whole.p) - 1;
    buf_init(&b, MEM_MESSAGE);
    if (!a->brackets)
        edit_insert(&c->edits, (size_t)(whole.p - c->msg->raw.p), STR("<"));
    buf_addz(&b, ";received=");
    uri_escape_param(&b, source);
    if (!a->brackets)
        buf_char(&b, '>');
    edit_insert(&c->edits, (size_t)(whole.p - c->msg->raw.p) + whole.n, buf_str(&b));
    buf_free(&b);
    return ERR_OK;
}

err_t contact_add_received(struct call *c, bool in_uri)
{
    const struct address *list;
    struct str source = source_uri(c);
    size_t n;
    err_t e = contacts(c, &list, &n);

    if (e)
        return e;
    for (size_t i = 0; i < n; i++) {
        size_t end = (size_t)(list[i].all.p - c->msg->raw.p) + list[i].all.n;

        if (in_uri)
            e = add_received_to_uri(c, &list[i], source);
        else
            edit_insert(&c->edits, end,
                        arena_fmt(c->arena, ";received=\"" STR_FMT "\"", STR_ARG(source)));
    }
    return e;
}
