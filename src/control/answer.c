/* SPDX-License-Identifier: BSD-2-Clause */
/* The tree of values that a control method answers with. */
#include "control/answer.h"

static struct rpc_node *add(struct rpc_node *at, const char *name, enum rpc_kind kind)
{
    struct rpc_node *n = ARENA_NEW(at->arena, struct rpc_node);

    ASSERT(at->kind == RPC_STRUCT || at->kind == RPC_ARRAY);
    n->arena = at->arena;
    n->kind = kind;
    n->name = name ? arena_dup(at->arena, str_of(name)) : STR_NONE;
    if (at->last)
        at->last->next = n;
    else
        at->first = n;
    at->last = n;
    return n;
}

struct rpc_node *answer_new(struct arena *a)
{
    struct rpc_node *n = ARENA_NEW(a, struct rpc_node);

    n->arena = a;
    n->kind = RPC_ARRAY;
    return n;
}

void rpc_int(struct rpc_node *at, int64_t n)
{
    add(at, NULL, RPC_INT)->i = n;
}

void rpc_double(struct rpc_node *at, double d)
{
    add(at, NULL, RPC_DOUBLE)->d = d;
}

void rpc_str(struct rpc_node *at, struct str s)
{
    add(at, NULL, RPC_STR)->s = arena_dup(at->arena, s);
}

static struct str formatted(struct arena *a, const char *format, va_list ap)
{
    struct buf b;
    struct str s;

    buf_init(&b, MEM_CONTROL);
    buf_vfmt(&b, format, ap);
    s = arena_dup(a, buf_str(&b));
    buf_free(&b);
    return s;
}

void rpc_fmt(struct rpc_node *at, const char *format, ...)
{
    va_list ap;

    va_start(ap, format);
    add(at, NULL, RPC_STR)->s = formatted(at->arena, format, ap);
    va_end(ap);
}

struct rpc_node *rpc_struct(struct rpc_node *at)
{
    return add(at, NULL, RPC_STRUCT);
}

struct rpc_node *rpc_array(struct rpc_node *at)
{
    return add(at, NULL, RPC_ARRAY);
}

void rpc_put_int(struct rpc_node *at, const char *name, int64_t n)
{
    add(at, name, RPC_INT)->i = n;
}

void rpc_put_double(struct rpc_node *at, const char *name, double d)
{
    add(at, name, RPC_DOUBLE)->d = d;
}

void rpc_put_str(struct rpc_node *at, const char *name, struct str s)
{
    add(at, name, RPC_STR)->s = arena_dup(at->arena, s);
}

void rpc_put_fmt(struct rpc_node *at, const char *name, const char *format, ...)
{
    va_list ap;

    va_start(ap, format);
    add(at, name, RPC_STR)->s = formatted(at->arena, format, ap);
    va_end(ap);
}

static void rpc_put_null(struct rpc_node *at, const char *name)
{
    add(at, name, RPC_NULL);
}

struct rpc_node *rpc_put_struct(struct rpc_node *at, const char *name)
{
    return add(at, name, RPC_STRUCT);
}

struct rpc_node *rpc_put_array(struct rpc_node *at, const char *name)
{
    return add(at, name, RPC_ARRAY);
}

void rpc_value(struct rpc_node *at, const struct value *v)
{
    rpc_put_value(at, NULL, v);
}

void rpc_put_value(struct rpc_node *at, const char *name, const struct value *v)
{
    switch (v->type) {
    case VALUE_NULL: rpc_put_null(at, name); return;
    case VALUE_INT: rpc_put_int(at, name, v->i); return;
    case VALUE_STR: rpc_put_str(at, name, v->s); return;
    }
}

enum rpc_kind rpc_node_kind(const struct rpc_node *n)
{
    return n->kind;
}

struct str rpc_node_name(const struct rpc_node *n)
{
    return n->name;
}

int64_t rpc_node_int(const struct rpc_node *n)
{
    return n->kind == RPC_INT ? n->i : n->kind == RPC_DOUBLE ? (int64_t)n->d : 0;
}

double rpc_node_double(const struct rpc_node *n)
{
    return n->kind == RPC_DOUBLE ? n->d : n->kind == RPC_INT ? (double)n->i : 0;
}

struct str rpc_node_str(const struct rpc_node *n)
{
    return n->kind == RPC_STR ? n->s : STR_NONE;
}

const struct rpc_node *rpc_node_first(const struct rpc_node *n)
{
    return n->first;
}

const struct rpc_node *rpc_node_next(const struct rpc_node *n)
{
    return n->next;
}
