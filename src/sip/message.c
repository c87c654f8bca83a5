/* SPDX-License-Identifier: BSD-2-Clause */
/* The first pass over a message; what is read on demand stands in message_fields.c. */
#include "sip/message.h"
#include "sip/message_cache.h"
#include "sip/scan.h"

const struct msg_limits msg_default_limits = { .bytes = 65535, .headers = 256, .line = 16384 };

enum { ON_STACK = 48 }; /* headers that are collected before the arena is asked */

struct reader {
    const char *at, *end;
    const struct msg_limits *limits;
    struct arena *arena;
    struct msg *msg;
    struct header *headers;
    size_t room;
    err_t err; /* the first failure */
    struct str why;
};

static void fail(struct reader *r, err_t e, struct str why)
{
    if (r->err)
        return;
    r->err = e;
    r->why = why;
}

/* Empty lines before the start line are ignored (RFC 3261, 7.5). */
static struct str skip_empty_lines(struct str raw)
{
    size_t n = 0;

    while (n < raw.n && (raw.p[n] == '\r' || raw.p[n] == '\n'))
        n++;
    return str_skip(raw, n);
}

/* Behind the LF that ends the header at `p`, folded lines included; NULL when there is none. */
static const char *header_end(const char *p, const char *end)
{
    while (p < end) {
        const char *lf = memchr(p, '\n', (size_t)(end - p));
        if (!lf)
            return NULL;
        p = lf + 1;
        if (p == end || (*p != ' ' && *p != '\t'))
            return p;
    }
    return NULL;
}

/* The length of the empty line at `p`; 0 when another line stands there. */
static size_t empty_line(const char *p, const char *end)
{
    if (*p == '\n')
        return 1;
    return *p == '\r' && end - p > 1 && p[1] == '\n' ? 2 : 0;
}

static struct str trimmed(const char *p, const char *end)
{
    while (p < end && char_is(*p, CHAR_LWS))
        p++;
    while (end > p && char_is(end[-1], CHAR_LWS))
        end--;
    return (struct str){ p, (size_t)(end - p) };
}

/* "SIP/2.0", "HTTP/1.1": a protocol name and digits. */
static bool is_version(struct str s)
{
    struct scan c = scan_of(s);

    if (!str_istarts(s, STR("SIP/")) && !str_istarts(s, STR("HTTP/")))
        return false;
    scan_while(&c, CHAR_ALPHA);
    scan_char(&c, '/');
    if (scan_while(&c, CHAR_DIGIT).n == 0)
        return false;
    scan_char(&c, '.');
    if (scan_while(&c, CHAR_DIGIT).n == 0)
        return false;
    scan_end(&c);
    return c.err == ERR_OK;
}

static bool read_status_line(struct msg *m, struct str line)
{
    struct str rest = line, code;

    m->version = str_split(&rest, ' ');
    if (!is_version(m->version))
        return false;
    code = str_split(&rest, ' ');
    if (code.n != 3 || !char_is(code.p[0], CHAR_DIGIT) || !char_is(code.p[1], CHAR_DIGIT) ||
        !char_is(code.p[2], CHAR_DIGIT))
        return false;
    m->status = (unsigned)((code.p[0] - '0') * 100 + (code.p[1] - '0') * 10 + code.p[2] - '0');
    m->reason = rest;
    return m->status >= 100 && m->status < 700;
}

static bool is_uri_text(struct str s)
{
    struct scan c = scan_of(s);

    return s.n && scan_while(&c, CHAR_TEXT).n == s.n;
}

/* False when the line is none at all; a wrong one that still ends in a version can be answered. */
static bool read_request_line(struct reader *r, struct str line)
{
    struct msg *m = r->msg;
    struct scan s = scan_of(line);
    size_t space = line.n;

    m->request = true;
    m->method_name = scan_token(&s);
    m->method = method_of(m->method_name);
    scan_char(&s, ' ');
    while (space && line.p[space - 1] == ' ')
        space--;
    while (space && line.p[space - 1] != ' ')
        space--;
    if (s.err || space <= s.at)
        return false;
    m->version = str_trim(str_skip(line, space));
    if (!is_version(m->version))
        return false;
    m->uri = str_cut(line, s.at, space - 1);
    if (!is_uri_text(m->uri) || space + m->version.n != line.n)
        fail(r, ERR_SYNTAX, STR("Bad Request Line"));
    return true;
}

static bool read_first_line(struct reader *r)
{
    struct msg *m = r->msg;
    const char *lf = memchr(r->at, '\n', (size_t)(r->end - r->at));
    struct str line;

    if (!lf)
        return false;
    m->first_line = (struct str){ r->at, (size_t)(lf + 1 - r->at) };
    line = (struct str){ r->at, (size_t)(lf - r->at) };
    if (line.n && line.p[line.n - 1] == '\r')
        line.n--;
    r->at = lf + 1;
    if (m->first_line.n > r->limits->line)
        fail(r, ERR_LIMIT, STR("Request Line Too Long"));
    if (str_istarts(line, STR("SIP/")) || str_istarts(line, STR("HTTP/")))
        return read_status_line(m, line);
    return read_request_line(r, line);
}

static struct header *next_header(struct reader *r)
{
    struct msg *m = r->msg;

    if (m->n_headers == r->room) {
        struct header *more = arena_alloc(r->arena, sizeof *more * r->room * 2);
        memcpy(more, r->headers, sizeof *more * r->room);
        r->headers = more;
        r->room *= 2;
    }
    return &r->headers[m->n_headers++];
}

static void chain(struct reader *r, struct header *h)
{
    struct msg *m = r->msg;
    uint16_t number = (uint16_t)m->n_headers; /* the index + 1 of `h` */

    if (m->last_of[h->id])
        r->headers[m->last_of[h->id] - 1].next_same = (uint16_t)(number - 1);
    else
        m->first_of[h->id] = number;
    m->last_of[h->id] = number;
}

/* From the stack to the arena, before anything remembers where a header is. */
static void settle_headers(struct reader *r)
{
    struct msg *m = r->msg;

    m->headers = r->headers;
    if (r->room == ON_STACK) {
        m->headers = arena_alloc(r->arena, sizeof *m->headers * (m->n_headers + 1));
        memcpy(m->headers, r->headers, sizeof *m->headers * m->n_headers);
    }
}

static bool in_name(char c)
{
    return char_is(c, CHAR_TOKEN) || (c != ':' && char_is_extra(c, EXTRA_HEADER_NAME));
}

/* One header from r->at to `end`, which stands behind its LF. */
static void read_header(struct reader *r, const char *end)
{
    const char *p = r->at, *name_end;
    struct header *h;

    while (in_name(*p)) /* the LF ends it at the latest */
        p++;
    name_end = p;
    while (*p == ' ' || *p == '\t')
        p++;
    if (*p != ':' || name_end == r->at) {
        fail(r, ERR_SYNTAX, STR("Bad Header Line"));
        return;
    }
    if ((size_t)(end - r->at) > r->limits->line) {
        fail(r, ERR_LIMIT, STR("Header Too Long"));
        return;
    }
    h = next_header(r);
    h->name = (struct str){ r->at, (size_t)(name_end - r->at) };
    h->body = trimmed(p + 1, end);
    h->all = (struct str){ r->at, (size_t)(end - r->at) };
    h->id = header_id_of(h->name);
    h->next_same = 0;
    chain(r, h);
}

static void read_headers(struct reader *r)
{
    size_t most = r->limits->headers < UINT16_MAX ? r->limits->headers : UINT16_MAX - 1;

    while (r->at < r->end) {
        size_t n = empty_line(r->at, r->end);
        if (n) {
            r->at += n;
            return;
        }
        const char *end = header_end(r->at, r->end);
        if (!end)
            break;
        if (r->msg->n_headers == most) {
            fail(r, ERR_LIMIT, STR("Too Many Headers"));
            break;
        }
        read_header(r, end);
        r->at = end;
    }
    fail(r, ERR_SYNTAX, STR("Missing Empty Line After Headers"));
    r->at = r->end;
}

/* RFC 3261, 18.3: a datagram longer than said is cut, a shorter one is an error. */
static void read_body(struct reader *r)
{
    struct msg *m = r->msg;
    size_t left = (size_t)(r->end - r->at);
    int64_t said = msg_content_length(m);

    m->head = (struct str){ m->raw.p, (size_t)(r->at - m->raw.p) };
    m->body = (struct str){ r->at, left };
    for (const struct header *h = msg_header(m, HEADER_CONTENT_LENGTH); h;
         h = msg_header_next(m, h))
        if (number_of_header(h) != said)
            fail(r, ERR_SYNTAX, STR("Conflicting Content-Length"));
    if (said == -2)
        fail(r, ERR_SYNTAX, STR("Bad Content-Length"));
    else if (said >= 0 && (uint64_t)said > left)
        fail(r, ERR_SYNTAX, STR("Content-Length Larger Than Message"));
    else if (said >= 0)
        m->body.n = (size_t)said;
    m->raw.n = m->head.n + m->body.n;
}

/* What every SIP element reads of every message: the first Via and CSeq. */
static void read_essentials(struct reader *r)
{
    err_t e;

    if (!str_istarts(r->msg->version, STR("SIP/")))
        return;
    if (!msg_via(r->msg, 0, &e))
        fail(r, ERR_SYNTAX, e == ERR_NOT_FOUND ? STR("Missing Via") : STR("Bad Via"));
    if (!msg_cseq(r->msg, &e) && e != ERR_NOT_FOUND)
        fail(r, ERR_SYNTAX, STR("Bad CSeq"));
}

static void read_message(struct reader *r)
{
    if (r->msg->raw.n > r->limits->bytes)
        fail(r, ERR_LIMIT, STR("Message Too Large"));
    if (!read_first_line(r)) {
        *r->msg = (struct msg){ .raw = r->msg->raw, .cache = r->msg->cache, .arena = r->arena };
        fail(r, ERR_SYNTAX, STR("Bad Start Line"));
        return;
    }
    read_headers(r);
    settle_headers(r);
    read_body(r);
    read_essentials(r);
}

err_t msg_parse(struct str raw, const struct msg_limits *limits, struct arena *arena,
                struct msg *out, struct str *why)
{
    struct header first[ON_STACK];
    struct reader r = {
        .limits = limits, .arena = arena, .msg = out, .headers = first, .room = ON_STACK
    };

    memset(out, 0, sizeof *out);
    out->raw = skip_empty_lines(raw);
    out->arena = arena;
    out->cache = ARENA_NEW(arena, struct msg_cache);
    r.at = out->raw.p;
    r.end = out->raw.p + out->raw.n;
    if (out->raw.n)
        read_message(&r);
    else
        fail(&r, ERR_SYNTAX, STR("Empty Message"));
    if (why)
        *why = r.why;
    return r.err;
}

struct str msg_scan_call_id(struct str raw)
{
    struct str text = skip_empty_lines(raw);
    const char *end = text.p + text.n;
    const char *at = text.n ? memchr(text.p, '\n', text.n) : NULL;

    for (at = at ? at + 1 : end; at < end && !empty_line(at, end);) {
        const char *next = header_end(at, end), *p = at;
        if (!next)
            break;
        if (*p == 'C' || *p == 'c' || *p == 'i' || *p == 'I') {
            while (char_is(*p, CHAR_TOKEN))
                p++;
            if (header_id_of((struct str){ at, (size_t)(p - at) }) == HEADER_CALL_ID) {
                while (*p == ' ' || *p == '\t')
                    p++;
                if (*p == ':')
                    return trimmed(p + 1, next);
            }
        }
        at = next;
    }
    return STR_NONE;
}
