/* SPDX-License-Identifier: BSD-2-Clause */
#include "script/core_uri.h"

static err_t put_together(struct call *c, const struct uri *u, const struct uri_parts *p)
{
    struct buf b;
    struct str text;

    buf_init(&b, MEM_MESSAGE);
    uri_write(&b, u, p);
    text = arena_dup(c->arena, buf_str(&b));
    buf_free(&b);
    return call_set_uri(c, text);
}

/* The list without one parameter. */
static struct str without(struct call *c, struct str params, struct str name)
{
    struct buf b;
    struct str out;

    buf_init(&b, MEM_MESSAGE);
    while (params.n) {
        struct str item = str_split(&params, ';');

        if (str_ieq(str_trim(str_cut(item, 0, str_find(item, '='))), name))
            continue;
        if (b.n)
            buf_char(&b, ';');
        buf_add(&b, item);
    }
    out = arena_dup(c->arena, buf_str(&b));
    buf_free(&b);
    return out;
}

static void split_port(struct str in, struct str *host, struct str *port)
{
    size_t from = in.n && in.p[0] == '[' ? str_find(in, ']') : 0;
    size_t colon = from + str_find(str_skip(in, from), ':');

    *host = str_cut(in, 0, colon < in.n ? colon : in.n);
    *port = colon < in.n ? str_skip(in, colon + 1) : STR_NONE;
}

static void set_host_port(struct call *c, struct uri_parts *p, struct str text, bool transport)
{
    struct str rest = text, first = str_split(&rest, ';');

    split_port(first, &p->host, &p->port);
    if (!transport)
        return;
    p->params = without(c, p->params, STR("transport"));
    if (rest.n)
        p->params = p->params.n ? arena_fmt(c->arena, STR_FMT ";" STR_FMT, STR_ARG(rest),
                                            STR_ARG(p->params))
                                : rest;
}

err_t core_uri_change(struct call *c, enum uri_change what, struct str text, int64_t n)
{
    err_t e = ERR_OK;
    const struct uri *u = what == URI_ALL ? NULL : call_uri(c, &e);
    struct uri_parts p;
    size_t colon;

    if (what == URI_ALL)
        return call_set_uri(c, text);
    if (!u)
        return e ? e : ERR_SYNTAX;
    p = uri_parts_of(u);
    switch (what) {
    case URI_ALL: break;
    case URI_HOST: p.host = text; break;
    case URI_PORT: p.port = text; break;
    case URI_HOST_PORT: set_host_port(c, &p, text, false); break;
    case URI_HOST_PORT_TRANSPORT: set_host_port(c, &p, text, true); break;
    case URI_USER: p.user = text; break;
    case URI_USER_PASSWORD:
        colon = str_find(text, ':');
        p.user = str_cut(text, 0, colon);
        p.password = colon < text.n ? str_skip(text, colon + 1) : STR_NONE;
        break;
    case URI_PREFIX:
        p.user = arena_fmt(c->arena, STR_FMT STR_FMT, STR_ARG(text), STR_ARG(p.user));
        break;
    case URI_STRIP: p.user = str_skip(p.user, n < 0 ? 0 : (size_t)n); break;
    case URI_STRIP_TAIL: p.user.n -= (uint64_t)n > p.user.n ? p.user.n : (size_t)n; break;
    case URI_USER_PHONE:
        p.params = without(c, p.params, STR("user"));
        p.params = p.params.n ? arena_fmt(c->arena, STR_FMT ";user=phone", STR_ARG(p.params))
                              : STR("user=phone");
        break;
    }
    return put_together(c, u, &p);
}
