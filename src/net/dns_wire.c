/* SPDX-License-Identifier: BSD-2-Clause */
/* Replies of name servers, as bytes (RFC 1035, RFC 2782, RFC 3403). Hostile input is expected. */
#include "net/dns_state.h"

enum { NAME_MAX_BYTES = 255, JUMPS_MAX = 64, RECORDS_MAX = 64, TTL_MAX = 7 * 86400 };

/* Reads forward; the first failure sticks. */
struct wire {
    struct str all;
    size_t at, end;
    err_t err;
};

static unsigned number(struct wire *w, size_t bytes)
{
    unsigned n = 0;

    if (w->err || w->end - w->at < bytes) {
        w->err = ERR_SYNTAX;
        return 0;
    }
    while (bytes-- > 0)
        n = n << 8 | (unsigned char)w->all.p[w->at++];
    return n;
}

static struct str bytes(struct wire *w, size_t n)
{
    struct str s = STR("");

    if (w->err || w->end - w->at < n) {
        w->err = ERR_SYNTAX;
        return s;
    }
    s = str_cut(w->all, w->at, w->at + n);
    w->at += n;
    return s;
}

static bool put_label(struct buf *b, struct str label)
{
    if (b->n)
        buf_char(b, '.');
    for (size_t i = 0; i < label.n; i++) {
        char c = label.p[i];

        if (c <= ' ' || c > '~' || c == '.')
            return false;
        buf_char(b, c >= 'A' && c <= 'Z' ? (char)(c + 32) : c);
    }
    return !b->overflow;
}

/* A name, possibly compressed, in lower case without a final dot; "" is the root. */
static struct str name(struct wire *w, struct arena *a)
{
    char space[NAME_MAX_BYTES + 1];
    struct wire r = *w;
    bool jumped = false;
    struct buf b;

    buf_fixed(&b, space, sizeof space);
    for (unsigned jumps = 0; jumps < JUMPS_MAX && !w->err;) {
        unsigned n = number(&r, 1);

        if (r.err || (n & 0xc0) == 0x40 || (n & 0xc0) == 0x80)
            break;
        if (n >= 0xc0) {
            unsigned to = (n & 0x3f) << 8 | number(&r, 1);

            if (!jumped)
                w->at = r.at;
            jumped = true;
            jumps++;
            r.at = to;
            r.end = r.all.n;
            if (r.err || to >= r.all.n)
                break;
            continue;
        }
        if (n == 0) {
            if (!jumped)
                w->at = r.at;
            return arena_dup(a, buf_str(&b));
        }
        if (!put_label(&b, bytes(&r, n)) || r.err)
            break;
    }
    w->err = ERR_SYNTAX;
    return STR("");
}

static struct str text(struct wire *w, struct arena *a)
{
    return arena_dup(a, bytes(w, number(w, 1)));
}

static void read_address(struct wire *w, int family, struct addr *out)
{
    struct str ip = bytes(w, family == AF_INET ? 4 : 16);

    memset(out, 0, sizeof *out);
    if (w->err)
        return;
    out->sa.sa_family = (sa_family_t)family;
    if (family == AF_INET)
        memcpy(&out->v4.sin_addr, ip.p, 4);
    else
        memcpy(&out->v6.sin6_addr, ip.p, 16);
}

static void read_data(struct wire *w, struct arena *a, struct dns_record *r)
{
    switch (r->type) {
    case DNS_A: read_address(w, AF_INET, &r->addr); break;
    case DNS_AAAA: read_address(w, AF_INET6, &r->addr); break;
    case DNS_CNAME:
    case DNS_PTR: r->target = name(w, a); break;
    case DNS_TXT: r->target = text(w, a); break;
    case DNS_SRV:
        r->priority = (uint16_t)number(w, 2);
        r->weight = (uint16_t)number(w, 2);
        r->port = (uint16_t)number(w, 2);
        r->target = name(w, a);
        break;
    case DNS_NAPTR:
        r->priority = (uint16_t)number(w, 2);
        r->weight = (uint16_t)number(w, 2);
        r->flags = text(w, a);
        r->service = text(w, a);
        r->regexp = text(w, a);
        r->target = name(w, a);
        break;
    case DNS_EBL:
    case DNS_SOA: break;
    }
}

static void shorten(struct dns_answer *out, unsigned ttl)
{
    int64_t ms = (int64_t)(ttl > TTL_MAX ? TTL_MAX : ttl) * 1000;

    if (out->ttl_ms < 0 || ms < out->ttl_ms)
        out->ttl_ms = ms;
}

/* For how long the absence may be remembered (RFC 2308, 5). */
static void read_soa(struct wire *w, struct dns_answer *out, unsigned ttl)
{
    unsigned minimum;

    (void)name(w, &out->arena);
    (void)name(w, &out->arena);
    (void)bytes(w, 16);
    minimum = number(w, 4);
    shorten(out, minimum < ttl ? minimum : ttl);
}

static void read_record(struct wire *w, enum dns_type type, bool answer, struct dns_answer *out)
{
    unsigned kind, ttl, length;
    struct wire data;

    (void)name(w, &out->arena);
    kind = number(w, 2);
    (void)number(w, 2);
    ttl = number(w, 4);
    length = number(w, 2);
    data = *w;
    (void)bytes(w, length);
    if (w->err)
        return;
    data.end = data.at + length;
    if (!answer && kind == DNS_SOA && out->n == 0)
        read_soa(&data, out, ttl);
    if (answer && (kind == (unsigned)type || kind == DNS_CNAME))
        shorten(out, ttl);
    if (answer && kind == (unsigned)type && out->n < RECORDS_MAX) {
        struct dns_record *r = &out->records[out->n];

        r->type = type;
        read_data(&data, &out->arena, r);
        out->n += !data.err;
    }
    if (data.err)
        w->err = data.err;
}

err_t dns_read_reply(struct str reply, enum dns_type type, struct dns_answer *out)
{
    struct wire w = { .all = reply, .end = reply.n };
    unsigned flags, questions, answers, authorities;

    (void)number(&w, 2);
    flags = number(&w, 2);
    questions = number(&w, 2);
    answers = number(&w, 2);
    authorities = number(&w, 2);
    (void)number(&w, 2);
    out->ttl_ms = -1;
    out->records = ARENA_ARRAY(&out->arena, struct dns_record, RECORDS_MAX);
    for (unsigned i = 0; i < questions && !w.err; i++) {
        (void)name(&w, &out->arena);
        (void)number(&w, 4);
    }
    for (unsigned i = 0; i < answers && !w.err; i++)
        read_record(&w, type, true, out);
    for (unsigned i = 0; i < authorities && !w.err; i++)
        read_record(&w, type, false, out);
    out->result = out->n                                   ? ERR_OK
                  : (flags & 15) == 0 || (flags & 15) == 3 ? ERR_NOT_FOUND
                                                           : ERR_BACKEND;
    return out->n ? ERR_OK : w.err;
}
