/* SPDX-License-Identifier: BSD-2-Clause */
/* What descriptors say of functions, variables, parameters and transformations, as Markdown. */
#include "lsp/lsp_state.h"
#include "module/registry.h"

static bool in_list(const char *const *names, struct str name)
{
    for (; names && *names; names++)
        if (str_eq(str_of(*names), name))
            return true;
    return false;
}

const struct module *word_module(struct str name)
{
    const struct module *m;

    for (size_t i = 0; (m = registry_at(i)) != NULL; i++)
        if (str_eq(str_of(m->name), name))
            return m;
    return NULL;
}

bool word_loaded(const struct unit *units, const struct module *m)
{
    return !m || symbol_find(units, SYMBOL_MODULE, BLOCK_ROUTE, str_of(m->name));
}

static const struct func *function_in(const struct func *f, struct str name)
{
    for (; f && f->name; f++)
        if (str_eq(str_of(f->name), name) || in_list(f->aliases, name))
            return f;
    return NULL;
}

const struct func *word_function(const struct unit *units, struct str name, const struct module **m)
{
    const struct func *f = function_in(core_funcs, name), *found = NULL;
    const struct module *at;

    *m = NULL;
    if (f)
        return f;
    for (size_t i = 0; (at = registry_at(i)) != NULL; i++)
        if ((f = function_in(at->funcs, name)) != NULL && (!found || word_loaded(units, at))) {
            found = f;
            *m = at;
        }
    return found;
}

static const struct variable *variable_in(const struct variable *v, struct str name)
{
    for (; v && v->name; v++)
        if (str_eq(str_of(v->name), name) || in_list(v->aliases, name))
            return v;
    return NULL;
}

const struct variable *word_variable(const struct unit *units, struct str name,
                                     const struct module **m)
{
    const struct variable *v = variable_in(core_variables, name), *found = NULL;
    const struct module *at;

    *m = NULL;
    if (v)
        return v;
    for (size_t i = 0; (at = registry_at(i)) != NULL; i++)
        if ((v = variable_in(at->vars, name)) != NULL && (!found || word_loaded(units, at))) {
            found = v;
            *m = at;
        }
    return found;
}

const struct transformation *word_transformation(struct str class, struct str name,
                                                 const struct module **m)
{
    for (size_t i = 0; (*m = registry_at(i)) != NULL; i++)
        for (const struct transformation *t = (*m)->transformations; t && t->name; t++)
            if (str_eq(str_of(t->class), class) && str_eq(str_of(t->name), name))
                return t;
    return NULL;
}

const struct event *word_event(struct str name, const struct module **m)
{
    for (size_t i = 0; (*m = registry_at(i)) != NULL; i++)
        for (const struct event *e = (*m)->events; e && e->name; e++)
            if (str_eq(str_of(e->name), name))
                return e;
    return NULL;
}

const struct language_word *word_find(const struct language_word *words, struct str name)
{
    for (; words->word; words++)
        if (str_eq(str_of(words->word), name))
            return words;
    return NULL;
}

/* ---- telling ---- */

static void tell_module(const struct module *m, struct buf *out)
{
    if (m)
        buf_fmt(out, "\n\nModule `%s`", m->name);
    else
        buf_addz(out, "\n\nPart of the language");
}

static void arguments(const struct field *args, const char *between, struct buf *out)
{
    for (const struct field *f = args; f && f->name; f++) {
        bool optional = f->def || f->optional || f->rest;

        buf_fmt(out, "%s%s%s%s%s", f == args ? "" : between, optional ? "[" : "", f->name,
                f->rest ? " …" : "", optional ? "]" : "");
    }
}

static void tell_signature(const struct func *f, struct buf *out)
{
    buf_fmt(out, "%s(", f->name);
    arguments(f->args, ", ", out);
    buf_char(out, ')');
}

static void tell_arguments(const struct field *args, struct buf *out)
{
    for (const struct field *f = args; f && f->name; f++) {
        buf_fmt(out, "\n- `%s` (%s): %s", f->name, field_type_name(f->type), f->doc);
        for (const char *const *c = f->choices; c && *c; c++)
            buf_fmt(out, "%s`%s`", c == f->choices ? " One of " : ", ", *c);
        if (f->def)
            buf_fmt(out, " Default: `%s`.", f->def);
    }
}

static void tell_routes(unsigned routes, struct buf *out)
{
    static const struct {
        unsigned bit;
        const char *name;
    } names[] = { { ROUTE_REQUEST, "request_route" },  { ROUTE_REPLY, "reply_route" },
                  { ROUTE_TM_REPLY, "onreply_route" }, { ROUTE_FAILURE, "failure_route" },
                  { ROUTE_BRANCH, "branch_route" },    { ROUTE_BRANCH_FAILURE, "branch failures" },
                  { ROUTE_SEND, "onsend_route" },      { ROUTE_EVENT, "event_route" } };
    const char *between = "\n\nMay stand in ";

    if (!routes || routes == ROUTE_ANY)
        return;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (routes & names[i].bit) {
            buf_fmt(out, "%s%s", between, names[i].name);
            between = ", ";
        }
    buf_char(out, '.');
}

static void tell_differs(const char *differs, struct buf *out)
{
    if (differs)
        buf_fmt(out, "\n\n*Differs from Kamailio:* %s", differs);
}

void tell_function(const struct func *f, const struct module *m, struct buf *out)
{
    buf_addz(out, "```kamailio\n");
    tell_signature(f, out);
    buf_fmt(out, "\n```\n%s\n", f->doc);
    tell_arguments(f->args, out);
    for (const struct outcome *o = f->returns; o && o->doc; o++)
        buf_fmt(out, "%s`%d` %s", o == f->returns ? "\n\nReturns " : ", ", o->code, o->doc);
    tell_routes(f->routes, out);
    if (f->suspends)
        buf_addz(out, "\n\nMay wait; other calls go on.");
    tell_differs(f->differs, out);
    tell_module(m, out);
}

void tell_field(const struct field *f, const char *owner, struct buf *out)
{
    buf_fmt(out, "```kamailio\n%s%s%s\n```\n", owner ? owner : "", owner ? ": " : "", f->name);
    if (f->inert)
        buf_fmt(out, "Accepted without effect: %s.", f->inert);
    else
        buf_addz(out, f->doc);
    buf_fmt(out, "\n\nType: %s", field_type_name(f->type));
    if (f->max > f->min)
        buf_fmt(out, ", %lld to %lld", (long long)f->min, (long long)f->max);
    for (const char *const *c = f->choices; c && *c; c++)
        buf_fmt(out, "%s`%s`", c == f->choices ? ", one of " : ", ", *c);
    if (f->def)
        buf_fmt(out, ". Default: `%s`", f->def);
    buf_addz(out, f->runtime ? ". May change while running." : ".");
    tell_differs(f->differs, out);
}

void tell_variable(const struct variable *v, const struct module *m, struct buf *out)
{
    const char *key = !v->key ? "" : v->key_optional ? "[(name)]" : "(name)";

    buf_fmt(out, "```kamailio\n$%s%s%s\n```\n%s", v->name, key, v->index ? "[index]" : "", v->doc);
    if (!v->set)
        buf_addz(out, "\n\nRead only.");
    for (const char *const *a = v->aliases; a && *a; a++)
        buf_fmt(out, "%s`$%s`", a == v->aliases ? "\n\nAlso " : ", ", *a);
    tell_differs(v->differs, out);
    tell_module(m, out);
}

void tell_transformation(const struct transformation *t, const struct module *m, struct buf *out)
{
    buf_fmt(out, "```kamailio\n{%s.%s%s", t->class, t->name, t->args && t->args->name ? "," : "");
    arguments(t->args, ",", out);
    buf_fmt(out, "}\n```\n%s\n", t->doc);
    tell_arguments(t->args, out);
    tell_module(m, out);
}
