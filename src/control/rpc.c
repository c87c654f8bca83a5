/* SPDX-License-Identifier: BSD-2-Clause */
/* Finding a control method, giving it its arguments, running it. */
#include "base/log.h"
#include "base/nearest.h"
#include "control/answer.h"
#include "control/control.h"

enum { TABLES_MAX = 32 };

struct rpc {
    struct arena *arena;
    struct rpc_node *root;
    const struct rpc_request *request;
    int code; /* 0: no failure */
    struct str error;
};

struct control_host control_host;

static struct {
    const struct rpc_method *tables[TABLES_MAX];
    size_t n;
} self;

void rpc_register(const struct rpc_method *table)
{
    for (size_t i = 0; i < self.n; i++)
        if (self.tables[i] == table)
            return;
    ASSERT(self.n < TABLES_MAX);
    self.tables[self.n++] = table;
}

void rpc_each(void (*fn)(const struct rpc_method *m, const char *module, void *arg), void *arg)
{
    size_t n = 0;
    const struct module *const *modules = control_host.modules ? control_host.modules(&n) : NULL;

    for (size_t i = 0; i < self.n; i++)
        for (const struct rpc_method *m = self.tables[i]; m->name; m++)
            fn(m, "core", arg);
    for (size_t i = 0; i < n; i++)
        for (const struct rpc_method *m = modules[i]->methods; m && m->name; m++)
            fn(m, modules[i]->name, arg);
}

struct search {
    struct str name;
    const struct rpc_method *found;
    struct nearest nearest;
};

static void look(const struct rpc_method *m, const char *module, void *arg)
{
    struct search *s = arg;

    (void)module;
    if (!s->found && str_eq(str_of(m->name), s->name))
        s->found = m;
}

static void offer(const struct rpc_method *m, const char *module, void *arg)
{
    struct search *s = arg;

    (void)module;
    nearest_offer(&s->nearest, str_of(m->name));
}

const struct rpc_method *rpc_find(struct str name)
{
    struct search s = { .name = name };

    rpc_each(look, &s);
    return s.found;
}

struct rpc_node *rpc_root(struct rpc *r)
{
    return r->root;
}

struct arena *rpc_arena(struct rpc *r)
{
    return r->arena;
}

size_t rpc_arg_count(const struct rpc *r)
{
    return r->request->n_args;
}

struct value rpc_arg(const struct rpc *r, size_t i)
{
    return i < r->request->n_args ? r->request->args[i] : VALUE_NONE;
}

struct str rpc_arg_text(struct rpc *r, size_t i)
{
    struct value v = rpc_arg(r, i);

    return v.type == VALUE_NULL ? STR_NONE : value_text(&v, r->arena);
}

static void fail_with(struct rpc *r, int code, const char *format, va_list ap)
{
    struct buf b;

    buf_init(&b, MEM_CONTROL);
    buf_vfmt(&b, format, ap);
    r->code = code;
    r->error = arena_dup(r->arena, buf_str(&b));
    buf_free(&b);
}

err_t rpc_fail(struct rpc *r, int code, const char *format, ...)
{
    va_list ap;

    va_start(ap, format);
    fail_with(r, code, format, ap);
    va_end(ap);
    return ERR_STATE;
}

/* Binding arguments. */

static bool set_one(struct rpc *r, const struct field *f, void *args, const struct value *v)
{
    struct field_env env = { .arena = r->arena };
    struct buf why;
    err_t e;

    buf_init(&why, MEM_CONTROL);
    e = field_set(f, args, v, &env, &why);
    if (e)
        (void)rpc_fail(r, 400, "%s: " STR_FMT, f->name, STR_ARG(buf_str(&why)));
    buf_free(&why);
    return !e;
}

static size_t field_count(const struct field *table)
{
    size_t n = 0;

    while (table && table[n].name)
        n++;
    return n;
}

/* Tells which argument is missing, unless all that are required were given. */
static bool complete(struct rpc *r, const struct rpc_method *m, uint64_t given)
{
    for (size_t i = 0; m->args[i].name; i++) {
        const struct field *f = &m->args[i];

        if (given >> i & 1 || f->def || f->optional || f->rest)
            continue;
        (void)rpc_fail(r, 400, "%s: the argument \"%s\" is missing: %s", m->name, f->name, f->doc);
        return false;
    }
    return true;
}

static bool bind_named(struct rpc *r, const struct rpc_method *m, void *args, uint64_t *given)
{
    for (size_t i = 0; i < r->request->n_args; i++) {
        struct str name = r->request->names[i];
        const struct field *f = field_find(m->args, name);
        struct nearest nearest;

        if (f) {
            if (r->request->args[i].type == VALUE_NULL)
                continue;
            if (!set_one(r, f, args, &r->request->args[i]))
                return false;
            *given |= UINT64_C(1) << (f - m->args);
            continue;
        }
        nearest_begin(&nearest, name);
        for (f = m->args; f->name; f++)
            nearest_offer(&nearest, str_of(f->name));
        (void)rpc_fail(r, 400, "%s has no argument \"" STR_FMT "\"%s" STR_FMT "%s", m->name,
                       STR_ARG(name), nearest.best.n ? "; did you mean \"" : "",
                       STR_ARG(nearest.best), nearest.best.n ? "\"?" : "");
        return false;
    }
    return true;
}

static bool bind_in_order(struct rpc *r, const struct rpc_method *m, void *args, uint64_t *given)
{
    size_t n = field_count(m->args), at = 0;

    for (size_t i = 0; i < r->request->n_args; i++) {
        const struct field *f = &m->args[at];

        if (at >= n) {
            (void)rpc_fail(r, 400, "%s takes at most %zu argument%s, got %zu", m->name, n,
                           n == 1 ? "" : "s", r->request->n_args);
            return false;
        }
        if (r->request->args[i].type != VALUE_NULL) {
            if (!set_one(r, f, args, &r->request->args[i]))
                return false;
            *given |= UINT64_C(1) << at;
        }
        if (!f->rest)
            at++;
    }
    return true;
}

/* The method's argument struct, filled; NULL after a failure, which is noted in `r`. */
static void *bind_args(struct rpc *r, const struct rpc_method *m)
{
    void *args = arena_zalloc(r->arena, m->args_size ? m->args_size : 1);
    struct field_env env = { .arena = r->arena };
    uint64_t given = 0;

    if (!m->args || !m->args->name)
        return args;
    ASSERT(field_count(m->args) <= 64);
    fields_default(m->args, args, &env);
    if (!(r->request->names ? bind_named : bind_in_order)(r, m, args, &given))
        return NULL;
    return complete(r, m, given) ? args : NULL;
}

static void no_such_method(struct rpc *r)
{
    struct search s = { .name = r->request->method };

    nearest_begin(&s.nearest, s.name);
    rpc_each(offer, &s);
    if (s.nearest.best.n)
        (void)rpc_fail(r, 404, "command " STR_FMT " not found; did you mean " STR_FMT "?",
                       STR_ARG(s.name), STR_ARG(s.nearest.best));
    else
        (void)rpc_fail(r, 404, "command " STR_FMT " not found", STR_ARG(s.name));
}

/* Errors of the world that a method passed on, as the codes that control clients know. */
static int code_of(err_t e)
{
    switch (e) {
    case ERR_NOT_FOUND: return 404;
    case ERR_SYNTAX:
    case ERR_TYPE:
    case ERR_RANGE: return 400;
    case ERR_DENIED: return 403;
    case ERR_UNSUPPORTED: return 501;
    case ERR_TIMEOUT: return 504;
    default: return 500;
    }
}

void rpc_execute(const struct rpc_request *q, struct arena *arena, struct rpc_answer *out)
{
    struct rpc r = { .arena = arena, .root = answer_new(arena), .request = q };
    const struct rpc_method *m = rpc_find(q->method);
    void *args = NULL;

    if (!m)
        no_such_method(&r);
    else
        args = bind_args(&r, m);
    if (args) {
        err_t e = m->run(&r, args);

        if (e && !r.code)
            (void)rpc_fail(&r, code_of(e), "%s: %s", m->name, err_text(e));
    }
    *out = (struct rpc_answer){ .code = r.code ? r.code : 200,
                                .error = r.error,
                                .root = r.root,
                                .array = m && m->array,
                                .unknown = !m };
}
