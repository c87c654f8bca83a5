/* SPDX-License-Identifier: BSD-2-Clause */
/* Looking up what modules declare, and telling what was meant when nothing is found. */
#include "module/registry.h"
#include "script/state.h"

static bool aliased(const char *const *aliases, struct str name)
{
    for (; aliases && *aliases; aliases++)
        if (str_eq(str_of(*aliases), name))
            return true;
    return false;
}

static const struct variable *variable_in(const struct variable *v, struct str name)
{
    for (; v && v->name; v++)
        if (str_eq(str_of(v->name), name) || aliased(v->aliases, name))
            return v;
    return NULL;
}

const struct variable *name_variable(const struct load *l, struct str name)
{
    const struct variable *v = variable_in(core_variables, name);

    for (size_t i = l->n_modules; !v && i-- > 0;)
        v = variable_in(l->modules[i]->vars, name);
    return v;
}

static bool loaded(const struct load *l, const struct module *m)
{
    for (size_t i = 0; i < l->n_modules; i++)
        if (l->modules[i] == m)
            return true;
    return false;
}

static void needs(struct load *l, size_t fault, const struct module *m)
{
    diag_hint(l->diag, fault, "needs loadmodule \"%s.so\"", m->name);
}

void name_tell_variable(struct load *l, size_t fault, struct str name)
{
    const struct module *m;
    struct nearest near;

    if (!l->diag || fault == SIZE_MAX)
        return;
    for (size_t i = 0; (m = registry_at(i)) != NULL; i++)
        if (!loaded(l, m) && variable_in(m->vars, name)) {
            needs(l, fault, m);
            return;
        }
    nearest_begin(&near, name);
    for (const struct variable *v = core_variables; v->name; v++)
        nearest_offer(&near, str_of(v->name));
    for (size_t i = 0; i < l->n_modules; i++)
        for (const struct variable *v = l->modules[i]->vars; v && v->name; v++)
            nearest_offer(&near, str_of(v->name));
    if (near.best.n)
        diag_hint(l->diag, fault, "did you mean $" STR_FMT "?", STR_ARG(near.best));
}

static const struct transformation *transformation_in(const struct transformation *t,
                                                      struct str class, struct str name)
{
    for (; t && t->name; t++)
        if (str_eq(str_of(t->name), name) && str_eq(str_of(t->class), class))
            return t;
    return NULL;
}

const struct transformation *name_transformation(const struct load *l, struct str class,
                                                 struct str name)
{
    const struct transformation *t = NULL;

    for (size_t i = l->n_modules; !t && i-- > 0;)
        t = transformation_in(l->modules[i]->transformations, class, name);
    return t;
}

void name_tell_transformation(struct load *l, size_t fault, struct str class, struct str name)
{
    struct str full = arena_fmt(l->arena, STR_FMT "." STR_FMT, STR_ARG(class), STR_ARG(name));
    const struct module *m;
    struct nearest near;

    if (!l->diag || fault == SIZE_MAX)
        return;
    for (size_t i = 0; (m = registry_at(i)) != NULL; i++)
        if (!loaded(l, m) && transformation_in(m->transformations, class, name)) {
            needs(l, fault, m);
            return;
        }
    nearest_begin(&near, full);
    for (size_t i = 0; i < l->n_modules; i++)
        for (const struct transformation *t = l->modules[i]->transformations; t && t->name; t++)
            nearest_offer(&near, arena_fmt(l->arena, "%s.%s", t->class, t->name));
    if (near.best.n)
        diag_hint(l->diag, fault, "did you mean {" STR_FMT "}?", STR_ARG(near.best));
}

static void arity(const struct func *f, size_t *least, size_t *most)
{
    *least = *most = 0;
    for (const struct field *a = f->args; a && a->name; a++) {
        if (a->rest)
            *most = SIZE_MAX;
        else
            ++*most;
        if (!a->def && !a->optional && !a->rest)
            *least = *most;
    }
}

static bool takes(const struct func *f, size_t n)
{
    size_t least, most;

    arity(f, &least, &most);
    return n >= least && n <= most;
}

/* Whether a function may stand in a block; an event route counts as a request route too. */
static bool allowed(const struct func *f, enum route route)
{
    unsigned mask = route == ROUTE_EVENT ? ROUTE_EVENT | ROUTE_REQUEST : (unsigned)route;

    return f->routes == 0 || (f->routes & mask) != 0;
}

bool name_is_of(const struct func *f, struct str name)
{
    return str_eq(str_of(f->name), name) || aliased(f->aliases, name);
}

const struct func *name_function(struct load *l, struct str name, size_t n_args, enum route route,
                                 const struct module **module)
{
    *module = NULL;
    for (const struct func *f = core_funcs; f->name; f++)
        if (name_is_of(f, name) && takes(f, n_args) && allowed(f, route))
            return f;
    for (size_t i = l->n_modules; i-- > 0;)
        for (const struct func *f = l->modules[i]->funcs; f && f->name; f++)
            if (name_is_of(f, name) && takes(f, n_args) && allowed(f, route)) {
                *module = l->modules[i];
                return f;
            }
    return NULL;
}

static const char *route_names(unsigned routes, char *space, size_t n)
{
    static const struct {
        unsigned bit;
        const char *name;
    } names[] = { { ROUTE_REQUEST, "request_route" },
                  { ROUTE_REPLY, "reply_route" },
                  { ROUTE_TM_REPLY, "onreply_route[…]" },
                  { ROUTE_FAILURE, "failure_route" },
                  { ROUTE_BRANCH, "branch_route" },
                  { ROUTE_SEND, "onsend_route" },
                  { ROUTE_BRANCH_FAILURE, "event_route[tm:branch-failure:…]" },
                  { ROUTE_EVENT, "event_route" } };
    struct buf b;

    buf_fixed(&b, space, n - 1);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (routes & names[i].bit)
            buf_fmt(&b, "%s%s", b.n ? ", " : "", names[i].name);
    space[b.n] = '\0';
    return space;
}

static void offer_functions(struct nearest *near, const struct func *f)
{
    for (; f && f->name; f++) {
        nearest_offer(near, str_of(f->name));
        for (const char *const *a = f->aliases; a && *a; a++)
            nearest_offer(near, str_of(*a));
    }
}

static const struct module *offered_by(const struct load *l, struct str name)
{
    const struct module *m;

    for (size_t i = 0; (m = registry_at(i)) != NULL; i++)
        for (const struct func *f = m->funcs; !loaded(l, m) && f && f->name; f++)
            if (name_is_of(f, name))
                return m;
    return NULL;
}

/* The function of that name that came nearest; for messages. */
static const struct func *any_function(const struct load *l, struct str name)
{
    for (const struct func *f = core_funcs; f->name; f++)
        if (name_is_of(f, name))
            return f;
    for (size_t i = l->n_modules; i-- > 0;)
        for (const struct func *f = l->modules[i]->funcs; f && f->name; f++)
            if (name_is_of(f, name))
                return f;
    return NULL;
}

bool name_is_function(const struct load *l, struct str name)
{
    return any_function(l, name) != NULL;
}

static void tell_arity(struct load *l, const struct place *at, const struct func *f, size_t n)
{
    size_t least, most, fault;
    struct buf b;

    arity(f, &least, &most);
    if (most == SIZE_MAX)
        fault = diag_fault(l->diag, at, "%s takes at least %zu argument%s, not %zu", f->name, least,
                           least == 1 ? "" : "s", n);
    else if (least == most)
        fault = diag_fault(l->diag, at, "%s takes %zu argument%s, not %zu", f->name, most,
                           most == 1 ? "" : "s", n);
    else
        fault = diag_fault(l->diag, at, "%s takes %zu to %zu arguments, not %zu", f->name, least,
                           most, n);
    buf_init(&b, MEM_CONFIG);
    for (const struct field *a = f->args; a && a->name; a++)
        buf_fmt(&b, "%s%s%s", a == f->args ? "" : ", ", a->name,
                a->rest                 ? "…"
                : a->def || a->optional ? " (optional)"
                                        : "");
    diag_hint(l->diag, fault, "usage: %s(" STR_FMT ")", f->name, STR_ARG(buf_str(&b)));
    buf_free(&b);
}

void name_tell_function(struct load *l, const struct place *at, struct str name, size_t n_args,
                        enum route route)
{
    const struct func *f = any_function(l, name);
    const struct module *m = f ? NULL : offered_by(l, name);
    struct nearest near;
    char space[200];
    size_t fault;

    if (f && !allowed(f, route)) {
        /* One tells that the block is of the wrong kind. */
        if (l->block && l->told == l->block)
            return;
        l->told = l->block;
        fault = diag_fault(l->diag, at, STR_FMT " cannot be used in %s", STR_ARG(name),
                           route_names(route, space, sizeof space));
        diag_hint(l->diag, fault, "it may stand in %s",
                  route_names(f->routes, space, sizeof space));
        return;
    }
    if (f) {
        tell_arity(l, at, f, n_args);
        return;
    }
    if (l->modules_missing)
        return;
    fault = diag_fault(l->diag, at, "unknown function " STR_FMT, STR_ARG(name));
    if (m) {
        needs(l, fault, m);
        return;
    }
    nearest_begin(&near, name);
    offer_functions(&near, core_funcs);
    for (size_t i = 0; i < l->n_modules; i++)
        offer_functions(&near, l->modules[i]->funcs);
    diag_nearest(l->diag, fault, &near);
}
