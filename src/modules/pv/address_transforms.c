/* SPDX-License-Identifier: BSD-2-Clause */
/* {uri.*}, {nameaddr.*}, {tobody.*}, {param.*} and {urialias.*}: text that is an address, or a list
 * of parameters. */
#include "modules/pv/transforms.h"
#include "sip/address.h"

static bool read_uri(struct call *c, const struct value *in, struct uri *u)
{
    return uri_parse(text_in(c, in), u) == ERR_OK;
}

/* A transformation that gives one member of the URI, "" where it is missing. */
#define URI_TRANSFORM(fn, member)                                                                  \
    TRANSFORM(fn)                                                                                  \
    {                                                                                              \
        struct uri u;                                                                              \
        (void)args;                                                                                \
        return read_uri(c, in, &u) ? give_str(out, or_empty(u.member)) : ERR_SYNTAX;               \
    }
URI_TRANSFORM(uri_host, host)
URI_TRANSFORM(uri_passwd, password)
URI_TRANSFORM(uri_params, params)
URI_TRANSFORM(uri_headers, headers)
URI_TRANSFORM(uri_transport, transport)
URI_TRANSFORM(uri_ttl, ttl)
URI_TRANSFORM(uri_uparam, user_param)
URI_TRANSFORM(uri_maddr, maddr)
URI_TRANSFORM(uri_method, method)
URI_TRANSFORM(uri_lr, lr)
URI_TRANSFORM(uri_r2, r2)
URI_TRANSFORM(uri_scheme_of, scheme_name)

static struct str user_alone(const struct uri *u)
{
    return or_empty(pv_user_of(u));
}

TRANSFORM(uri_user)
{
    struct uri u;

    (void)args;
    return read_uri(c, in, &u) ? give_str(out, user_alone(&u)) : ERR_SYNTAX;
}

TRANSFORM(uri_port_of)
{
    struct uri u;

    (void)args;
    return read_uri(c, in, &u) ? give_str(out, or_empty(u.port_text)) : ERR_SYNTAX;
}

TRANSFORM(uri_param_value)
{
    const struct name_args *a = args;
    struct uri u;

    if (!read_uri(c, in, &u))
        return ERR_SYNTAX;
    return give_str(out, or_empty(uri_param(&u, a->name)));
}

TRANSFORM(uri_rmparam)
{
    const struct name_args *a = args;
    struct str s = text_in(c, in), rest, name, value;
    struct uri u;
    struct made m;

    if (!read_uri(c, in, &u))
        return ERR_SYNTAX;
    if (!u.params.n)
        return give_str(out, s);
    m = make_room(c, s.n + 1);
    m.n = (size_t)(u.params.p - s.p) - 1;
    memcpy(m.p, s.p, m.n);
    for (rest = u.params; param_next(&rest, &name, &value);) {
        struct str whole = { name.p, value.n ? (size_t)(value.p + value.n - name.p) : name.n };
        if (str_ieq(name, a->name))
            continue;
        made_char(&m, ';');
        memcpy(m.p + m.n, whole.p, whole.n);
        m.n += whole.n;
    }
    const char *behind = u.params.p + u.params.n;
    size_t left = (size_t)(s.p + s.n - behind);
    memcpy(m.p + m.n, behind, left);
    m.n += left;
    return give_made(m, out);
}

/* A shorter URI: with or without the user, and with port and transport or only the host. */
static err_t give_short_uri(struct call *c, const struct value *in, bool user, bool target,
                            struct value *out)
{
    struct str name;
    struct uri u;
    struct buf b;

    if (!read_uri(c, in, &u) || !u.host.n)
        return ERR_SYNTAX;
    name = user ? user_alone(&u) : STR("");
    buf_fixed(&b, arena_alloc(c->arena, u.text.n + 16), u.text.n + 16);
    buf_fmt(&b, STR_FMT ":" STR_FMT "%s" STR_FMT, STR_ARG(u.scheme_name), STR_ARG(name),
            name.n ? "@" : "", STR_ARG(u.host));
    if (target && u.port_text.n)
        buf_fmt(&b, ":" STR_FMT, STR_ARG(u.port_text));
    if (target && u.transport.n)
        buf_fmt(&b, ";transport=" STR_FMT, STR_ARG(u.transport));
    return give_str(out, buf_str(&b));
}

#define SHORT_URI_TRANSFORM(fn, user, target)                                                      \
    TRANSFORM(fn)                                                                                  \
    {                                                                                              \
        (void)args;                                                                                \
        return give_short_uri(c, in, user, target, out);                                           \
    }
SHORT_URI_TRANSFORM(uri_saor, true, false)
SHORT_URI_TRANSFORM(uri_suri, true, true)
SHORT_URI_TRANSFORM(uri_duri, false, true)

/* A URI with a host, and the protocol it is reached by. */
static bool read_place(struct call *c, const struct value *in, struct uri *u, enum proto *proto)
{
    if (!read_uri(c, in, u) || !u->host.n)
        return false;
    *proto = uri_proto(u) == PROTO_NONE ? PROTO_UDP : uri_proto(u);
    return true;
}

/* As a socket, proto:host:port. */
TRANSFORM(uri_tosocket)
{
    enum proto proto;
    struct uri u;

    (void)args;
    if (!read_place(c, in, &u, &proto))
        return ERR_SYNTAX;
    return give_fmt(c, out, STR_FMT ":" STR_FMT ":%u", STR_ARG(proto_name(proto)), STR_ARG(u.host),
                    (unsigned)uri_port(&u));
}

/* --- addresses -------------------------------------------------------------------------------- */

static bool read_address(struct call *c, const struct value *in, struct address *a)
{
    return address_parse(text_in(c, in), a) == ERR_OK && !a->star;
}

/* The part between < and >, or all of a text without them, which may be anything. */
static bool split_nameaddr(struct str s, struct str *name, struct str *uri, size_t *n)
{
    size_t at = 0, end;
    bool quoted = false;

    for (; at < s.n && (quoted || s.p[at] != '<'); at++) {
        if (quoted && s.p[at] == '\\')
            at++;
        else if (s.p[at] == '"')
            quoted = !quoted;
    }
    *name = str_trim(str_cut(s, 0, at < s.n ? at : 0));
    *uri = s;
    *n = s.n;
    if (at >= s.n)
        return s.n > 0;
    end = at + str_find(str_skip(s, at), '>');
    *uri = str_cut(s, at + 1, end);
    *n = end + 1;
    return end < s.n;
}

#define ADDRESS_TRANSFORM(fn, member)                                                              \
    TRANSFORM(fn)                                                                                  \
    {                                                                                              \
        struct address a;                                                                          \
        (void)args;                                                                                \
        return read_address(c, in, &a) ? give_str(out, or_empty(a.member)) : ERR_SYNTAX;           \
    }
#define NAMEADDR_TRANSFORM(fn, give)                                                               \
    TRANSFORM(fn)                                                                                  \
    {                                                                                              \
        struct str name, uri;                                                                      \
        size_t n;                                                                                  \
        (void)args;                                                                                \
        return split_nameaddr(text_in(c, in), &name, &uri, &n) ? give : ERR_SYNTAX;                \
    }
NAMEADDR_TRANSFORM(nameaddr_uri, give_str(out, uri))
NAMEADDR_TRANSFORM(nameaddr_name, give_str(out, name))
NAMEADDR_TRANSFORM(nameaddr_len, give_int(out, (int64_t)n))
ADDRESS_TRANSFORM(tobody_uri, uri_text)
ADDRESS_TRANSFORM(tobody_tag, tag)
ADDRESS_TRANSFORM(tobody_user, uri.user)
ADDRESS_TRANSFORM(tobody_host, uri.host)
ADDRESS_TRANSFORM(tobody_params, params)
ADDRESS_TRANSFORM(tobody_display, display)

/* --- lists of parameters, "a=1;b;c=2" --------------------------------------------------------- */

struct param_walk {
    struct str rest;
    char separator;
};

static struct param_walk walk_of(struct call *c, const struct value *in, struct str separator)
{
    return (struct param_walk){ str_trim(text_in(c, in)), separator.n ? separator.p[0] : ';' };
}

/* The end of the next parameter: the first separator outside quotes. */
static size_t param_end(struct str s, char separator)
{
    bool quoted = false;
    size_t i = 0;

    for (; i < s.n && (quoted || s.p[i] != separator); i++) {
        if (quoted && s.p[i] == '\\' && i + 1 < s.n)
            i++;
        else if (s.p[i] == '"')
            quoted = !quoted;
    }
    return i;
}

static bool walk_next(struct param_walk *w, struct str *name, struct str *value)
{
    if (!w->rest.n)
        return false;
    size_t end = param_end(w->rest, w->separator);
    struct str one = str_trim(str_cut(w->rest, 0, end));
    w->rest = str_skip(w->rest, end + 1);
    *value = one;
    *name = str_trim(str_split(value, '='));
    *value = str_trim(*value);
    if (value->n >= 2 && value->p[0] == '"' && value->p[value->n - 1] == '"')
        *value = str_cut(*value, 1, value->n - 1);
    return true;
}

TRANSFORM(param_value)
{
    const struct name_args *a = args;
    struct param_walk w = walk_of(c, in, a->separator);
    struct str name, value;

    while (walk_next(&w, &name, &value))
        if (str_ieq(name, a->name))
            return give_str(out, or_empty(value));
    return give_str(out, STR(""));
}

TRANSFORM(param_in)
{
    const struct name_args *a = args;
    struct param_walk w = walk_of(c, in, a->separator);
    struct str name, value;

    while (walk_next(&w, &name, &value))
        if (str_ieq(name, a->name))
            return give_int(out, 1);
    return give_int(out, 0);
}

static int64_t count_params(struct param_walk w)
{
    struct str name, value;
    int64_t n = 0;

    while (walk_next(&w, &name, &value))
        n++;
    return n;
}

static err_t nth_param(struct call *c, const struct value *in, const struct at_args *a,
                       bool want_name, struct value *out)
{
    struct param_walk w = walk_of(c, in, a->separator);
    int64_t index = a->index < 0 ? a->index + count_params(w) : a->index;
    struct str name, value;

    for (int64_t i = 0; walk_next(&w, &name, &value); i++)
        if (i == index)
            return give_str(out, or_empty(want_name ? name : value));
    return give_str(out, STR(""));
}

TRANSFORM(param_valueat)
{
    return nth_param(c, in, args, false, out);
}

TRANSFORM(param_name)
{
    return nth_param(c, in, args, true, out);
}

TRANSFORM(param_count)
{
    const struct separator_args *a = args;
    return give_int(out, count_params(walk_of(c, in, a->separator)));
}

/* --- ;alias=address~port~protocol ------------------------------------------------------------- */

TRANSFORM(urialias_encode)
{
    enum proto proto;
    struct uri u;

    (void)args;
    if (!read_place(c, in, &u, &proto))
        return ERR_SYNTAX;
    return give_fmt(c, out, STR_FMT "~%u~%d", STR_ARG(u.host), (unsigned)uri_port(&u), (int)proto);
}

TRANSFORM(urialias_decode)
{
    struct str s = text_in(c, in), host, port;
    uint32_t proto;

    (void)args;
    if (str_istarts(s, STR("alias=")))
        s = str_skip(s, 6);
    host = str_split(&s, '~');
    port = str_split(&s, '~');
    if (!host.n || !port.n || str_to_u32(s, &proto) != ERR_OK || !proto || proto >= PROTO_COUNT)
        return ERR_SYNTAX;
    if (proto == PROTO_UDP)
        return give_fmt(c, out, "sip:" STR_FMT ":" STR_FMT, STR_ARG(host), STR_ARG(port));
    return give_fmt(c, out, "sip:" STR_FMT ":" STR_FMT ";transport=" STR_FMT, STR_ARG(host),
                    STR_ARG(port), STR_ARG(proto_name((enum proto)proto)));
}
