/* SPDX-License-Identifier: BSD-2-Clause */
#include "control/json.h"
#include "base/utf8.h"
#include <math.h>

static void write_ascii(struct buf *b, unsigned char c)
{
    static const char letters[][2] = { { '"', '"' },  { '\\', '\\' }, { '\n', 'n' }, { '\r', 'r' },
                                       { '\t', 't' }, { '\b', 'b' },  { '\f', 'f' } };

    for (size_t i = 0; i < sizeof letters / sizeof *letters; i++)
        if (letters[i][0] == (char)c) {
            buf_char(b, '\\');
            buf_char(b, letters[i][1]);
            return;
        }
    if (c < 0x20 || c == 0x7f)
        buf_fmt(b, "\\u%04x", c);
    else
        buf_char(b, (char)c);
}

void json_write_str(struct buf *b, struct str s)
{
    buf_char(b, '"');
    while (s.n) {
        size_t n = utf8_length(s);

        if (n == 0)
            buf_addz(b, "\xef\xbf\xbd");
        else if (n == 1)
            write_ascii(b, (unsigned char)*s.p);
        else
            buf_add(b, str_cut(s, 0, n));
        s = str_skip(s, n ? n : 1);
    }
    buf_char(b, '"');
}

struct style {
    struct buf *b;
    bool pretty;
};

static void new_line(struct style *st, int depth)
{
    if (!st->pretty)
        return;
    buf_char(st->b, '\n');
    while (depth-- > 0)
        buf_char(st->b, '\t');
}

static void write_node(struct style *st, const struct rpc_node *n, int depth);

static void write_member(struct style *st, const struct rpc_node *n, int depth)
{
    new_line(st, depth);
    json_write_str(st->b, rpc_node_name(n));
    buf_addz(st->b, st->pretty ? ":\t" : ":");
    write_node(st, n, depth);
}

static void write_object(struct style *st, const struct rpc_node *n, int depth)
{
    buf_char(st->b, '{');
    for (const struct rpc_node *m = rpc_node_first(n); m; m = rpc_node_next(m)) {
        write_member(st, m, depth + 1);
        if (rpc_node_next(m))
            buf_char(st->b, ',');
    }
    new_line(st, depth);
    buf_char(st->b, '}');
}

static void write_list(struct style *st, const struct rpc_node *n, int depth)
{
    buf_char(st->b, '[');
    for (const struct rpc_node *m = rpc_node_first(n); m; m = rpc_node_next(m)) {
        if (rpc_node_name(m).n) {
            buf_char(st->b, '{');
            write_member(st, m, depth + 2);
            new_line(st, depth + 1);
            buf_char(st->b, '}');
        } else {
            write_node(st, m, depth + 1);
        }
        if (rpc_node_next(m))
            buf_addz(st->b, st->pretty ? ", " : ",");
    }
    buf_char(st->b, ']');
}

static void write_double(struct buf *b, double d)
{
    if (isfinite(d))
        buf_fmt(b, "%.10g", d);
    else
        buf_addz(b, "null");
}

static void write_node(struct style *st, const struct rpc_node *n, int depth)
{
    switch (rpc_node_kind(n)) {
    case RPC_NULL: buf_addz(st->b, "null"); break;
    case RPC_INT: buf_int(st->b, rpc_node_int(n)); break;
    case RPC_DOUBLE: write_double(st->b, rpc_node_double(n)); break;
    case RPC_STR: json_write_str(st->b, rpc_node_str(n)); break;
    case RPC_STRUCT: write_object(st, n, depth); break;
    case RPC_ARRAY: write_list(st, n, depth); break;
    }
}

void json_write_answer(struct buf *b, const struct rpc_answer *a, bool pretty, int depth)
{
    struct style st = { b, pretty };
    const struct rpc_node *first = rpc_node_first(a->root);

    if (a->array || (first && rpc_node_next(first))) {
        write_list(&st, a->root, depth);
        return;
    }
    if (first) {
        write_node(&st, first, depth);
        return;
    }
    buf_char(b, '{');
    new_line(&st, depth);
    buf_char(b, '}');
}
