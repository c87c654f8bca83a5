/* SPDX-License-Identifier: BSD-2-Clause */
#include "sip/uri.h"
#include "sip/scan.h"

static const struct {
    struct str name;
    enum uri_scheme scheme;
} schemes[] = {
    { STR_INIT("sip"), URI_SIP },   { STR_INIT("sips"), URI_SIPS }, { STR_INIT("tel"), URI_TEL },
    { STR_INIT("tels"), URI_TELS }, { STR_INIT("urn"), URI_URN },
};

static enum uri_scheme scheme_of(struct str name)
{
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
        if (str_ieq(schemes[i].name, name))
            return schemes[i].scheme;
    return URI_OTHER;
}

/* A run of bytes of these classes and of %HH escapes. */
static struct str escaped_run(struct scan *s, unsigned classes)
{
    size_t start = s->at;

    for (;;) {
        scan_while(s, classes);
        if (!scan_take(s, '%'))
            break;
        if (s->in.n - s->at < 2 || char_hex(s->in.p[s->at]) < 0 || char_hex(s->in.p[s->at + 1]) < 0)
            scan_fail(s, ERR_SYNTAX);
        else
            s->at += 2;
    }
    return s->err ? (struct str){ s->in.p, 0 } : str_cut(s->in, start, s->at);
}

struct slot {
    struct str name;
    size_t value, flag; /* offsets; flag 0: none */
};
#define SLOT(name, value)                                                                          \
    {                                                                                              \
        STR_INIT(name), offsetof(struct uri, value), 0                                             \
    }
#define FLAG(name, value, flag)                                                                    \
    {                                                                                              \
        STR_INIT(name), offsetof(struct uri, value), offsetof(struct uri, flag)                    \
    }
static const struct slot slots[] = {
    SLOT("transport", transport), FLAG("lr", lr, has_lr), SLOT("maddr", maddr),
    SLOT("user", user_param),     SLOT("method", method), SLOT("ttl", ttl),
    FLAG("r2", r2, has_r2),       FLAG("gr", gr, has_gr), FLAG("ob", ob, has_ob),
    SLOT("alias", alias),
};

static void keep_param(struct uri *u, struct str name, struct str value)
{
    for (size_t i = 0; i < sizeof slots / sizeof *slots; i++) {
        if (!str_ieq(slots[i].name, name))
            continue;
        struct str *field = (struct str *)(void *)((char *)u + slots[i].value);
        if (!field->p)
            *field = value;
        if (slots[i].flag)
            *(bool *)(void *)((char *)u + slots[i].flag) = true;
        return;
    }
}

/* ";name=value;name"; an empty parameter (";;", or a last ";") is let pass. */
static void read_params(struct scan *s, struct uri *u)
{
    size_t start = s->at + 1;
    unsigned n = 0;

    if (scan_peek(s) != ';')
        return;
    while (scan_take(s, ';')) {
        if (++n > URI_PARTS_MAX)
            scan_fail(s, ERR_LIMIT);
        struct str name = escaped_run(s, CHAR_URI), value = str_skip(name, name.n);
        if (name.n && scan_take(s, '='))
            value = escaped_run(s, CHAR_URI | CHAR_HOST);
        while (scan_take(s, '='))
            escaped_run(s, CHAR_URI);
        if (!s->err && name.n)
            keep_param(u, name, value);
    }
    if (!s->err)
        u->params = str_cut(s->in, start, s->at);
}

/* user[:password] before the '@' at `at`. */
static void read_user(struct scan *s, size_t at, struct uri *u)
{
    struct scan part = scan_of(str_cut(s->in, s->at, at));

    u->user = escaped_run(&part, CHAR_USER);
    if (scan_take(&part, ':'))
        u->password = escaped_run(&part, CHAR_USER);
    scan_end(&part);
    if (part.err || u->user.n == 0)
        scan_fail(s, ERR_SYNTAX);
    s->at = at + 1;
}

static void read_headers(struct scan *s, struct uri *u)
{
    unsigned n = 1;

    u->headers = escaped_run(s, CHAR_TEXT);
    for (size_t i = 0; i < u->headers.n; i++)
        n += u->headers.p[i] == '&';
    if (n > URI_PARTS_MAX)
        scan_fail(s, ERR_LIMIT);
}

static void read_sip(struct scan *s, struct uri *u)
{
    size_t left = s->in.n - s->at, at = str_find(str_skip(s->in, s->at), '@');

    if (at < left)
        read_user(s, s->at + at, u);
    u->host = scan_host(s);
    if (scan_take(s, ':'))
        u->port = scan_port(s, &u->port_text);
    read_params(s, u);
    if (scan_take(s, '?'))
        read_headers(s, u);
    scan_end(s);
}

static void read_tel(struct scan *s, struct uri *u)
{
    u->user = escaped_run(s, CHAR_UNRESERVED | CHAR_TOKEN);
    if (u->user.n == 0)
        scan_fail(s, ERR_SYNTAX);
    read_params(s, u);
    scan_end(s);
}

err_t uri_parse(struct str in, struct uri *out)
{
    struct scan s = scan_of(in);

    memset(out, 0, sizeof *out);
    out->text = in;
    out->scheme = URI_OTHER;
    out->scheme_name = scan_while(&s, CHAR_ALPHA | CHAR_DIGIT | CHAR_HOST | CHAR_TOKEN);
    if (out->scheme_name.n == 0 || !char_is(in.p[0], CHAR_ALPHA))
        scan_fail(&s, ERR_SYNTAX);
    scan_char(&s, ':');
    if (s.err)
        return s.err;
    out->scheme = scheme_of(out->scheme_name);
    if (out->scheme == URI_SIP || out->scheme == URI_SIPS) {
        read_sip(&s, out);
    } else if (out->scheme == URI_TEL || out->scheme == URI_TELS) {
        read_tel(&s, out);
    } else {
        if (scan_while(&s, CHAR_TEXT).n == 0)
            scan_fail(&s, ERR_SYNTAX);
        scan_end(&s);
    }
    return s.err;
}

/* The next "name=value" of a URI's parameters or headers; false at the end. */
static bool next_pair(struct str *list, char separator, struct str *name, struct str *value)
{
    while (list->n) {
        struct str pair = str_cut(*list, 0, str_find(*list, separator));
        size_t equals = str_find(pair, '=');
        *list = str_skip(*list, pair.n + 1);
        if (pair.n == 0)
            continue;
        *name = str_cut(pair, 0, equals);
        *value = str_skip(pair, equals + 1);
        return true;
    }
    return false;
}

struct str uri_param(const struct uri *u, struct str name)
{
    struct str list = u->params, found, value;

    while (next_pair(&list, ';', &found, &value))
        if (str_ieq(found, name))
            return value;
    return STR_NONE;
}

enum proto uri_proto(const struct uri *u)
{
    enum proto p = u->transport.n ? proto_of(u->transport) : PROTO_NONE;

    if (u->scheme != URI_SIPS)
        return p;
    return p == PROTO_WS || p == PROTO_WSS ? PROTO_WSS : PROTO_TLS;
}

uint16_t uri_port(const struct uri *u)
{
    enum proto p = uri_proto(u);

    if (u->port)
        return u->port;
    return proto_default_port(p == PROTO_NONE ? PROTO_UDP : p);
}

/* One byte of escaped text; true when it stood as %HH. */
static bool unescape_one(struct str s, size_t *at, char *c)
{
    bool escape = s.p[*at] == '%' && s.n - *at > 2 && char_hex(s.p[*at + 1]) >= 0 &&
                  char_hex(s.p[*at + 2]) >= 0;

    *c = escape ? (char)(char_hex(s.p[*at + 1]) * 16 + char_hex(s.p[*at + 2])) : s.p[*at];
    *at += escape ? 3 : 1;
    return escape;
}

/* Equal when an unreserved byte counts the same escaped and not (RFC 3261, 19.1.4). */
static bool same_text(struct str a, struct str b, bool icase)
{
    size_t i = 0, j = 0;

    while (i < a.n && j < b.n) {
        char ca, cb;
        bool ea = unescape_one(a, &i, &ca), eb = unescape_one(b, &j, &cb);
        if (icase ? char_lower(ca) != char_lower(cb) : ca != cb)
            return false;
        if (ea != eb && !char_is(ca, CHAR_UNRESERVED))
            return false;
    }
    return i == a.n && j == b.n;
}

static bool same_presence(struct str a, struct str b)
{
    return (a.p == NULL) == (b.p == NULL);
}

/* Parameters that both have must agree; those whose presence alone matters are looked at apart. Of
 * a name given twice, which the grammar forbids, the first counts as everywhere. */
static bool same_params(const struct uri *a, const struct uri *b)
{
    struct str list = a->params, name, value;

    if (!same_presence(a->user_param, b->user_param) || !same_presence(a->ttl, b->ttl) ||
        !same_presence(a->method, b->method) || !same_presence(a->maddr, b->maddr) ||
        !same_presence(a->transport, b->transport))
        return false;
    while (next_pair(&list, ';', &name, &value)) {
        struct str other = uri_param(b, name);
        bool first = uri_param(a, name).p == value.p;
        if (first && other.p && !same_text(value, other, true))
            return false;
    }
    return true;
}

static bool has_header(struct str list, struct str name, struct str value)
{
    struct str n, v;

    while (next_pair(&list, '&', &n, &v))
        if (same_text(n, name, true) && same_text(v, value, false))
            return true;
    return false;
}

/* Each header of `a` stands in `b`. */
static bool headers_within(struct str a, struct str b)
{
    struct str name, value;

    while (next_pair(&a, '&', &name, &value))
        if (!has_header(b, name, value))
            return false;
    return true;
}

bool uri_equal(const struct uri *a, const struct uri *b)
{
    if (a->scheme != b->scheme)
        return false;
    if (a->scheme == URI_URN || a->scheme == URI_OTHER)
        return str_ieq(a->text, b->text);
    return same_presence(a->user, b->user) && same_text(a->user, b->user, false) &&
           same_presence(a->password, b->password) && same_text(a->password, b->password, false) &&
           str_ieq(a->host, b->host) && a->port == b->port && same_params(a, b) &&
           headers_within(a->headers, b->headers) && headers_within(b->headers, a->headers);
}

err_t uri_unescape(struct str in, char *out, size_t *n)
{
    *n = 0;
    for (size_t i = 0; i < in.n;) {
        if (!unescape_one(in, &i, &out[*n]) && in.p[i - 1] == '%')
            return ERR_SYNTAX;
        ++*n;
    }
    return ERR_OK;
}

static void escape(struct buf *b, struct str text, const char *also)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < text.n; i++) {
        unsigned char c = (unsigned char)text.p[i];
        if (char_is((char)c, CHAR_UNRESERVED) || (c && strchr(also, c))) {
            buf_char(b, (char)c);
            continue;
        }
        buf_char(b, '%');
        buf_char(b, digits[c >> 4]);
        buf_char(b, digits[c & 15]);
    }
}

void uri_escape_user(struct buf *b, struct str user)
{
    escape(b, user, "&=+$,;?/");
}

void uri_escape_param(struct buf *b, struct str value)
{
    escape(b, value, "[]/:&+$");
}

struct uri_parts uri_parts_of(const struct uri *u)
{
    return (struct uri_parts){ u->user, u->password, u->host, u->port_text, u->params, u->headers };
}

static void add_part(struct buf *b, char separator, struct str part)
{
    if (!part.n)
        return;
    buf_char(b, separator);
    buf_add(b, part);
}

static void write_tel(struct buf *b, const struct uri *u, const struct uri_parts *p)
{
    bool to_sip = p->host.n != 0;

    if (to_sip)
        buf_add(b, u->scheme == URI_TEL ? STR("sip") : STR("sips"));
    else
        buf_add(b, u->scheme_name);
    buf_char(b, ':');
    buf_add(b, p->user);
    add_part(b, ';', p->params);
    if (!to_sip)
        return;
    add_part(b, '@', p->host);
    add_part(b, ':', p->port);
    buf_add(b, STR(";user=phone"));
}

void uri_write(struct buf *b, const struct uri *u, const struct uri_parts *p)
{
    if (u->scheme == URI_TEL || u->scheme == URI_TELS) {
        write_tel(b, u, p);
        return;
    }
    buf_add(b, u->scheme_name);
    buf_char(b, ':');
    if (p->user.n) {
        buf_add(b, p->user);
        add_part(b, ':', p->password);
        if (p->host.n)
            buf_char(b, '@');
    }
    buf_add(b, p->host);
    add_part(b, ':', p->port);
    add_part(b, ';', p->params);
    add_part(b, '?', p->headers);
}
