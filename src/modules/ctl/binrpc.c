/* SPDX-License-Identifier: BSD-2-Clause */
#include "modules/ctl/binrpc.h"
#include <math.h>
#include <stdio.h>

enum { MAGIC_VERSION = 0xa1 };
enum kind { KIND_REQUEST = 0, KIND_REPLY = 1, KIND_FAULT = 3 };
enum type {
    TYPE_INT = 0,
    TYPE_STR = 1,
    TYPE_DOUBLE = 2,
    TYPE_STRUCT = 3,
    TYPE_ARRAY = 4,
    TYPE_NAME = 5,
    TYPE_BYTES = 6,
};

/* Reading: the first error sticks, and nothing is read behind it. */
struct reader {
    const unsigned char *at, *end;
    err_t err;
};

static struct reader reader_of(struct str s)
{
    const unsigned char *p = (const unsigned char *)s.p;

    return (struct reader){ p, p + s.n, ERR_OK };
}

static struct str take(struct reader *r, size_t n)
{
    struct str s;

    if (r->err || (size_t)(r->end - r->at) < n) {
        r->err = r->err ? r->err : ERR_SYNTAX;
        return STR_NONE;
    }
    s = (struct str){ (const char *)r->at, n };
    r->at += n;
    return s;
}

static unsigned char take_byte(struct reader *r)
{
    struct str s = take(r, 1);

    return s.n ? (unsigned char)s.p[0] : 0;
}

/* Big-endian, at most 8 bytes. */
static uint64_t number_of(struct str s)
{
    uint64_t n = 0;

    for (size_t i = 0; i < s.n; i++)
        n = n << 8 | (unsigned char)s.p[i];
    return n;
}

struct head {
    enum kind kind;
    size_t length; /* of the body */
    struct str cookie;
};

static struct head take_head(struct reader *r)
{
    struct head h = { 0 };
    unsigned char sizes;

    if (take_byte(r) != MAGIC_VERSION && !r->err)
        r->err = ERR_UNSUPPORTED;
    sizes = take_byte(r);
    h.kind = (enum kind)(sizes >> 4);
    h.length = (size_t)number_of(take(r, (sizes >> 2 & 3u) + 1));
    h.cookie = take(r, (sizes & 3u) + 1);
    return h;
}

int64_t binrpc_frame(struct str bytes)
{
    struct reader r = reader_of(bytes);
    struct head h;

    if (bytes.n && (unsigned char)bytes.p[0] != MAGIC_VERSION)
        return -1;
    h = take_head(&r);
    if (r.err)
        return 0;
    if (h.length > BINRPC_BODY_MAX)
        return -1;
    if ((size_t)(r.end - r.at) < h.length)
        return 0;
    return (int64_t)((const char *)r.at - bytes.p + (ptrdiff_t)h.length);
}

struct record {
    enum type type;
    bool end; /* of a struct or an array */
    struct str value;
};

static struct record take_record(struct reader *r)
{
    unsigned char first = take_byte(r);
    struct record rec = { .type = (enum type)(first & 15) };
    size_t size = first >> 4 & 7;

    if (first & 0x80) {
        rec.end = size == 0;
        if (size > 4)
            r->err = ERR_SYNTAX;
        size = (size_t)number_of(take(r, r->err ? 0 : size));
    }
    if (rec.type != TYPE_STRUCT && rec.type != TYPE_ARRAY)
        rec.value = take(r, size);
    return rec;
}

/* A string without the zero byte at its end. */
static struct str text_of(struct reader *r, struct str s)
{
    if (s.n == 0 || s.p[s.n - 1] != '\0') {
        r->err = r->err ? r->err : ERR_SYNTAX;
        return STR_NONE;
    }
    return str_cut(s, 0, s.n - 1);
}

/* Four bytes are a 32-bit number with its sign; fewer have none. */
static int64_t int_of(struct reader *r, struct str s)
{
    uint64_t n;

    if (s.n > 8) {
        r->err = ERR_SYNTAX;
        return 0;
    }
    n = number_of(s);
    return s.n == 4 ? (int64_t)(int32_t)(uint32_t)n : (int64_t)n;
}

static struct value take_value(struct reader *r, struct arena *a)
{
    struct record rec = take_record(r);

    if (r->err)
        return VALUE_NONE;
    switch (rec.type) {
    case TYPE_INT: return VALUE_OF_INT(int_of(r, rec.value));
    case TYPE_STR: return VALUE_OF_STR(text_of(r, rec.value));
    case TYPE_BYTES: return VALUE_OF_STR(rec.value);
    case TYPE_DOUBLE:
        return VALUE_OF_STR(arena_fmt(a, "%.10g", (double)int_of(r, rec.value) / 1000));
    case TYPE_STRUCT:
    case TYPE_ARRAY:
    case TYPE_NAME: r->err = ERR_UNSUPPORTED; return VALUE_NONE;
    }
    r->err = ERR_SYNTAX;
    return VALUE_NONE;
}

err_t binrpc_read(struct str packet, struct arena *a, struct binrpc_request *out)
{
    struct reader r = reader_of(packet);
    struct head h = take_head(&r);
    struct record method;
    struct value *args;

    *out = (struct binrpc_request){ .cookie = r.err ? STR_NONE : h.cookie };
    if (!r.err && (h.kind != KIND_REQUEST || h.length != (size_t)(r.end - r.at)))
        r.err = ERR_SYNTAX;
    method = take_record(&r);
    if (!r.err && method.type != TYPE_STR)
        r.err = ERR_SYNTAX;
    if (r.err)
        return r.err;
    out->method = text_of(&r, method.value);
    args = ARENA_ARRAY(a, struct value, BINRPC_ARGS_MAX);
    while (!r.err && r.at < r.end) {
        if (out->n_args == BINRPC_ARGS_MAX)
            return ERR_LIMIT;
        args[out->n_args++] = take_value(&r, a);
    }
    out->args = args;
    return r.err;
}

/* Writing. */

/* How many bytes a number needs; none for 0. */
static unsigned bytes_of(uint64_t n)
{
    unsigned count = 0;

    for (; n; n >>= 8)
        count++;
    return count;
}

static void add_number(struct buf *b, uint64_t n, unsigned bytes)
{
    while (bytes--)
        buf_char(b, (char)(n >> (bytes * 8)));
}

static void add_text(struct buf *b, enum type type, struct str s)
{
    size_t n = s.n + 1;

    if (n < 8) {
        buf_char(b, (char)(n << 4 | type));
    } else {
        unsigned bytes = bytes_of(n);

        buf_char(b, (char)(0x80 | bytes << 4 | type));
        add_number(b, n, bytes);
    }
    buf_add(b, s);
    buf_char(b, '\0');
}

/* Clients know 32 bits; what is larger goes as text, which they print just so. */
static void add_int(struct buf *b, enum type type, int64_t n)
{
    char text[32];

    if (n < INT32_MIN || n > INT32_MAX) {
        snprintf(text, sizeof text, "%lld", (long long)n);
        add_text(b, TYPE_STR, str_of(text));
        return;
    }
    unsigned bytes = bytes_of((uint32_t)n);
    buf_char(b, (char)(bytes << 4 | type));
    add_number(b, (uint32_t)n, bytes);
}

static void add_double(struct buf *b, double d)
{
    char text[32];

    if (isfinite(d) && fabs(d) < INT32_MAX / 1000.0) {
        add_int(b, TYPE_DOUBLE, (int64_t)llround(d * 1000));
        return;
    }
    snprintf(text, sizeof text, "%.10g", d);
    add_text(b, TYPE_STR, str_of(text));
}

static void add_node(struct buf *b, const struct rpc_node *n);

static void add_members(struct buf *b, const struct rpc_node *n)
{
    buf_char(b, TYPE_STRUCT);
    for (const struct rpc_node *m = rpc_node_first(n); m; m = rpc_node_next(m)) {
        if (rpc_node_name(m).n)
            add_text(b, TYPE_NAME, rpc_node_name(m));
        add_node(b, m);
    }
    buf_char(b, (char)(0x80 | TYPE_STRUCT));
}

static void add_node(struct buf *b, const struct rpc_node *n)
{
    switch (rpc_node_kind(n)) {
    case RPC_NULL: add_text(b, TYPE_STR, STR_NONE); break;
    case RPC_INT: add_int(b, TYPE_INT, rpc_node_int(n)); break;
    case RPC_DOUBLE: add_double(b, rpc_node_double(n)); break;
    case RPC_STR: add_text(b, TYPE_STR, rpc_node_str(n)); break;
    case RPC_STRUCT:
    case RPC_ARRAY: add_members(b, n); break;
    }
}

void binrpc_write(struct buf *out, struct str cookie, const struct rpc_answer *answer)
{
    bool failed = answer->code >= 300;
    unsigned length_bytes, cookie_bytes = cookie.n ? (unsigned)cookie.n : 1;
    struct buf body;

    ASSERT(cookie.n <= BINRPC_COOKIE_MAX);
    buf_init(&body, MEM_CONTROL);
    if (failed) {
        add_int(&body, TYPE_INT, answer->code);
        add_text(&body, TYPE_STR, answer->error);
    } else {
        for (const struct rpc_node *n = rpc_node_first(answer->root); n; n = rpc_node_next(n))
            add_node(&body, n);
    }
    length_bytes = bytes_of(body.n) ? bytes_of(body.n) : 1;
    buf_char(out, (char)MAGIC_VERSION);
    buf_char(out, (char)((failed ? (unsigned)KIND_FAULT : (unsigned)KIND_REPLY) << 4 |
                         (length_bytes - 1) << 2 | (cookie_bytes - 1)));
    add_number(out, body.n, length_bytes);
    if (cookie.n)
        buf_add(out, cookie);
    else
        buf_char(out, '\0');
    buf_add(out, buf_str(&body));
    buf_free(&body);
}
