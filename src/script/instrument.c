/* SPDX-License-Identifier: BSD-2-Clause */
/* Traps at lines, and functions replaced, in compiled code. */
#include "script/instrument.h"

/* Calls fn for the first instruction of each line of each route block. */
static void each_line(const struct program *p,
                      bool (*fn)(const struct block *b, size_t at, void *arg), void *arg)
{
    for (size_t i = 0; i < p->n_blocks; i++) {
        const struct block *b = p->blocks[i];

        for (size_t k = 0; k < b->n; k++) {
            /* the closing brace is no line that anybody wrote */
            if (k && (b->lines[k] == b->lines[k - 1] || k + 1 == b->n))
                continue;
            if (!fn(b, k, arg))
                return;
        }
    }
}

struct trapping {
    struct generation *g;
    unsigned n;
    void (*fn)(struct call *c, const struct trap *t);
};

static bool set_trap(const struct block *b, size_t at, void *arg)
{
    struct trapping *w = arg;
    struct trap *t = ARENA_NEW(&w->g->arena, struct trap);
    struct code *k = (struct code *)(uintptr_t)&b->code[at];

    *t = (struct trap){ .original = *k,
                        .block = b,
                        .line = b->lines[at],
                        .first = at == 0,
                        .number = w->n++,
                        .fn = w->fn };
    *k = (struct code){ .op = CODE_TRAP, .p = t };
    return true;
}

unsigned program_trap_lines(struct generation *g, void (*fn)(struct call *c, const struct trap *t))
{
    struct trapping w = { .g = g, .fn = fn };

    each_line(g->program, set_trap, &w);
    return w.n;
}

struct looking {
    unsigned left;
    const struct block *block;
    unsigned line;
};

static bool look(const struct block *b, size_t at, void *arg)
{
    struct looking *w = arg;

    if (w->left--)
        return true;
    w->block = b;
    w->line = b->lines[at];
    return false;
}

const struct block *program_line(const struct generation *g, unsigned number, unsigned *line)
{
    struct looking w = { .left = number };

    each_line(g->program, look, &w);
    *line = w.line;
    return w.block;
}

const struct code *trap_spring(struct call *c, const struct trap *t)
{
    t->fn(c, t);
    return &t->original;
}

bool func_is_named(const struct func *f, struct str name)
{
    for (const char *const *a = f->aliases; a && *a; a++)
        if (str_eq(str_of(*a), name))
            return true;
    return str_eq(str_of(f->name), name);
}

void program_each_call(const struct generation *g, void (*fn)(const struct call_site *s, void *arg),
                       void *arg)
{
    const struct program *p = g->program;

    for (size_t i = 0; i < p->n_blocks; i++)
        for (size_t k = 0; k < p->blocks[i]->n; k++) {
            const struct code *code = trap_original(&p->blocks[i]->code[k]);

            if (code->op == CODE_CALL)
                fn(code->p, arg);
        }
}

struct replaced {
    struct func func; /* what calls find */
    const struct func *original;
};

const struct func *script_call_original(const struct call *c)
{
    return LIST_OF(script_call_site(c)->func, struct replaced, func)->original;
}

struct replacing {
    struct generation *g;
    struct str name;
    int (*instead)(struct call *c, const void *args);
    size_t found;
};

static void replace(const struct call_site *s, void *arg)
{
    struct replacing *w = arg;
    struct replaced *r;

    if (!func_is_named(s->func, w->name))
        return;
    r = ARENA_NEW(&w->g->arena, struct replaced);
    r->func = *s->func;
    r->func.run = w->instead;
    r->original = s->func;
    ((struct call_site *)(uintptr_t)s)->func = &r->func;
    w->found++;
}

size_t program_replace_function(struct generation *g, struct str name,
                                int (*instead)(struct call *c, const void *args))
{
    struct replacing w = { .g = g, .name = name, .instead = instead };

    program_each_call(g, replace, &w);
    return w.found;
}

static struct str text_of(struct call *c, const struct field *f, const void *args)
{
    const char *at = (const char *)args + f->at;
    struct value v;

    switch (f->type) {
    case FIELD_FORMAT: {
        const struct format *format = *(const struct format *const *)(const void *)at;
        return format ? format_eval(c, format) : STR("");
    }
    case FIELD_VAR: {
        const struct var_ref *ref = *(const struct var_ref *const *)(const void *)at;
        return ref ? var_text(ref) : STR("");
    }
    case FIELD_ROUTE: {
        const struct route_ref *ref = *(const struct route_ref *const *)(const void *)at;
        return ref ? route_ref_name(c, ref) : STR("");
    }
    default:
        v = field_get(f, args);
        return v.type == VALUE_NULL ? STR("") : value_text(&v, c->arena);
    }
}

bool script_call_argument(struct call *c, const void *args, size_t i, struct str *out)
{
    const struct call_site *s = script_call_site(c);
    const struct field *f = s ? s->func->args : NULL;

    for (; f && f->name; f++, i--) {
        if (i)
            continue;
        *out = text_of(c, f, args);
        return true;
    }
    return false;
}
