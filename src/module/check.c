/* SPDX-License-Identifier: BSD-2-Clause */
/* What the compiler cannot see in a module's tables. */
#include "module/registry.h"

/* One pass over one module. */
struct pass {
    const struct module *m;
    struct buf *why;
    size_t faults;
};

static void fault(struct pass *p, const char *where, const char *name, const char *what)
{
    buf_fmt(p->why, "%s: %s %s: %s\n", p->m->name, where, name ? name : "?", what);
    p->faults++;
}

static bool is_name(const char *name)
{
    if (!name || !*name)
        return false;
    for (; *name; name++)
        if ((unsigned char)*name <= ' ' || (unsigned char)*name > '~')
            return false;
    return true;
}

static void check_entry(struct pass *p, const char *where, const char *name, const char *doc)
{
    if (!is_name(name))
        fault(p, where, name, "has no proper name");
    if (!doc || !*doc)
        fault(p, where, name, "has no documentation");
}

static bool has(const char *const *names, const char *name)
{
    for (; names && *names; names++)
        if (strcmp(*names, name) == 0)
            return true;
    return false;
}

/* References by name are resolved only where a configuration is loaded. */
static bool default_is_plain(const struct field *f)
{
    return f->type != FIELD_VAR && f->type != FIELD_FORMAT && f->type != FIELD_ROUTE;
}

static void check_default(struct pass *p, const char *where, const struct field *f, size_t size)
{
    struct arena a;
    struct buf why;
    struct value v = VALUE_OF_STR(str_of(f->def));

    arena_init(&a, MEM_MODULE, 0);
    buf_init(&why, MEM_MODULE);
    if (field_set(f, arena_zalloc(&a, size), &v, &(struct field_env){ .arena = &a }, &why)) {
        buf_char(&why, '\0');
        fault(p, where, f->name, why.n > 1 ? why.p : "its default cannot be read");
    }
    buf_free(&why);
    arena_free(&a);
}

static void check_fields(struct pass *p, const char *where, const struct field *table, size_t size,
                         bool in_order)
{
    bool may_be_missing = false;

    for (const struct field *f = table; f && f->name; f++) {
        check_entry(p, where, f->name, f->doc);
        if (f->at >= size) {
            fault(p, where, f->name, "lies outside its struct");
            continue;
        }
        if (f->type == FIELD_CHOICE && (!f->choices || !f->choices[0]))
            fault(p, where, f->name, "has no choices");
        if (f->min > f->max && f->max != 0)
            fault(p, where, f->name, "has a range without numbers");
        if (f->rest && (f->type != FIELD_LIST || f[1].name))
            fault(p, where, f->name, "takes the rest, but is not the last, or no list");
        if (in_order && may_be_missing && !f->def && !f->optional && !f->rest)
            fault(p, where, f->name, "is required behind one that may be missing");
        may_be_missing = may_be_missing || f->def || f->optional;
        for (const struct field *g = table; g < f; g++)
            if (strcmp(g->name, f->name) == 0 || has(g->aliases, f->name))
                fault(p, where, f->name, "is there twice");
        if (f->def && default_is_plain(f))
            check_default(p, where, f, size);
    }
}

static void check_funcs(struct pass *p)
{
    for (const struct func *f = p->m->funcs; f && f->name; f++) {
        check_entry(p, "function", f->name, f->doc);
        if (!f->run)
            fault(p, "function", f->name, "cannot be run");
        check_fields(p, f->name, f->args, f->args_size, true);
        for (const struct outcome *o = f->returns; o && o->doc; o++)
            if (!*o->doc)
                fault(p, "function", f->name, "has an outcome without documentation");
        for (const struct func *g = p->m->funcs; g < f; g++)
            if (strcmp(g->name, f->name) == 0 || has(g->aliases, f->name))
                fault(p, "function", f->name, "is there twice");
    }
}

static void check_vars(struct pass *p)
{
    for (const struct variable *v = p->m->vars; v && v->name; v++) {
        check_entry(p, "variable", v->name, v->doc);
        if (!v->get)
            fault(p, "variable", v->name, "cannot be read");
        for (const struct variable *w = p->m->vars; w < v; w++)
            if (strcmp(w->name, v->name) == 0 || has(w->aliases, v->name))
                fault(p, "variable", v->name, "is there twice");
    }
}

static void check_transformations(struct pass *p)
{
    for (const struct transformation *t = p->m->transformations; t && t->name; t++) {
        check_entry(p, "transformation", t->name, t->doc);
        if (!t->class || !t->run)
            fault(p, "transformation", t->name, "has no class or cannot be run");
        check_fields(p, t->name, t->args, t->args_size, true);
        for (const struct transformation *u = p->m->transformations; u < t; u++)
            if (t->class && u->class && strcmp(u->name, t->name) == 0 &&
                strcmp(u->class, t->class) == 0)
                fault(p, "transformation", t->name, "is there twice");
    }
}

static void check_methods(struct pass *p)
{
    for (const struct rpc_method *m = p->m->methods; m && m->name; m++) {
        check_entry(p, "method", m->name, m->doc);
        if (!m->run)
            fault(p, "method", m->name, "cannot be run");
        check_fields(p, m->name, m->args, m->args_size, true);
        for (const struct rpc_method *n = p->m->methods; n < m; n++)
            if (strcmp(n->name, m->name) == 0)
                fault(p, "method", m->name, "is there twice");
    }
}

static void check_small_tables(struct pass *p)
{
    for (const struct event *e = p->m->events; e && e->name; e++)
        check_entry(p, "event", e->name, e->doc);
    for (const struct table *t = p->m->tables; t && t->name; t++)
        check_entry(p, "table", t->name, t->doc);
    for (const struct stat_decl *s = p->m->stats; s && s->name; s++) {
        check_entry(p, "statistic", s->name, s->doc);
        if (!s->group || !*s->group)
            fault(p, "statistic", s->name, "has no group");
        for (const struct stat_decl *t = p->m->stats; t < s; t++)
            if (t->group && s->group && strcmp(t->name, s->name) == 0 &&
                strcmp(t->group, s->group) == 0)
                fault(p, "statistic", s->name, "is there twice");
    }
}

size_t module_check(const struct module *m, struct buf *why)
{
    struct pass p = { .m = m, .why = why };

    if (!is_name(m->name)) {
        buf_addz(why, "a module without a name\n");
        return 1;
    }
    if (m->abi != MODULE_ABI) {
        fault(&p, "module", m->name, "was built for another version of the server");
        return p.faults;
    }
    check_entry(&p, "module", m->name, m->doc);
    if (!m->slot)
        fault(&p, "module", m->name, "has no slot");
    if (m->params && !m->conf_size)
        fault(&p, "module", m->name, "has parameters and no configuration");
    check_fields(&p, "parameter", m->params, m->conf_size, false);
    check_funcs(&p);
    check_vars(&p);
    check_transformations(&p);
    check_methods(&p);
    check_small_tables(&p);
    return p.faults;
}
