/* SPDX-License-Identifier: BSD-2-Clause */
/* Loads a configuration as some tests want it: with their defines, modules and pieces of script. */
#include "module/registry.h"
#include "script/diag.h"
#include "script/instrument.h"
#include "testing/plan.h"

enum { ARGUMENTS_MAX = 8, DEFINES_MAX = 64 };

/* ---- modules that are not there ---- */

struct any_args {
    struct str text[ARGUMENTS_MAX];
};

static int succeed(struct call *c, const void *args)
{
    (void)c;
    (void)args;
    return SCRIPT_TRUE;
}

static const char *const argument_names[] = { "a1", "a2", "a3", "a4", "a5", "a6", "a7", "a8" };

static struct field *any_arguments(struct arena *a)
{
    struct field *f = ARENA_ARRAY(a, struct field, ARGUMENTS_MAX + 1);

    for (size_t i = 0; i < ARGUMENTS_MAX; i++) {
        f[i].name = argument_names[i];
        f[i].doc = "Anything.";
        f[i].type = FIELD_STR;
        f[i].at = i * sizeof(struct str);
        f[i].optional = true;
    }
    return f;
}

static struct func *functions_of(struct arena *a, const struct stub_module *m)
{
    struct func *f = ARENA_ARRAY(a, struct func, m->n_functions + 1);

    for (size_t i = 0; i < m->n_functions; i++) {
        f[i].name = arena_dup(a, m->functions[i]).p;
        f[i].doc = "Stands in for a function that is not there.";
        f[i].run = succeed;
        f[i].args = any_arguments(a);
        f[i].args_size = sizeof(struct any_args);
    }
    return f;
}

static struct field *params_of(struct arena *a, const struct stub_module *m)
{
    struct field *f = ARENA_ARRAY(a, struct field, m->n_params + 1);

    for (size_t i = 0; i < m->n_params; i++) {
        f[i].name = arena_dup(a, m->params[i]).p;
        f[i].doc = "Accepted without effect.";
        f[i].type = FIELD_VALUE;
        f[i].at = i * sizeof(struct value);
        f[i].optional = true;
    }
    return f;
}

static void stand_in(struct plan *p, const struct decl *d)
{
    struct arena *a = &p->arena;
    struct module *m = ARENA_NEW(a, struct module);
    struct buf why;

    m->abi = MODULE_ABI;
    m->name = arena_dup(a, d->module->name).p;
    m->doc = "Stands in for a module that is not there.";
    m->slot = ARENA_NEW(a, struct module_slot);
    m->conf_size = (d->module->n_params + 1) * sizeof(struct value);
    m->params = params_of(a, d->module);
    m->funcs = functions_of(a, d->module);
    buf_init(&why, MEM_CONFIG);
    if (registry_stand_in(m, &why))
        diag_fault(p->diag, &d->at, STR_FMT, STR_ARG(str_trim(buf_str(&why))));
    buf_free(&why);
}

/* ---- options ---- */

struct options_space {
    struct load_define defines[DEFINES_MAX];
    struct str aliases[DEFINES_MAX], modules[1];
    struct load_options o;
};

/* In the order in which they stand in the file. */
static void add_option(struct plan *p, struct options_space *s, const struct decl *d)
{
    struct load_options *o = &s->o;

    if (!d)
        return;
    add_option(p, s, d->up);
    switch (d->kind) {
    case DECL_DEFINE:
        if (o->n_defines < DEFINES_MAX)
            s->defines[o->n_defines++] = (struct load_define){ d->name, d->text };
        break;
    case DECL_ALIAS:
        if (o->n_aliases < DEFINES_MAX)
            s->aliases[o->n_aliases++] = d->text;
        break;
    case DECL_DATABASE:
        if (o->n_defines < DEFINES_MAX)
            s->defines[o->n_defines++] =
                (struct load_define){ d->name, STR("\"sqlite://:memory:\"") };
        s->modules[0] = STR("db_sqlite.so");
        o->n_modules = 1;
        break;
    case DECL_MODULE: stand_in(p, d); break;
    default: break;
    }
}

/* A configuration stands where the test file says it, seen from there. */
static struct str path_of(struct plan *p, struct str config)
{
    struct str file = p->source.name;
    size_t n = file.n;

    while (n && file.p[n - 1] != '/')
        n--;
    if (!n || (config.n && config.p[0] == '/'))
        return arena_dup(&p->arena, config);
    return arena_fmt(&p->arena, STR_FMT STR_FMT, (int)n, file.p, STR_ARG(config));
}

/* ---- names that steps use ---- */

static void tell_unknown_block(struct plan *p, const struct variant *v, const struct step *s,
                               struct str route)
{
    const struct program *program = v->generation->program;
    struct str kind = str_cut(route, 0, str_find(route, '['));
    struct nearest near;
    bool found = false;

    nearest_begin(&near, route);
    for (size_t i = 0; i < program->n_blocks; i++) {
        const struct block *b = program->blocks[i];
        struct str name =
            arena_fmt(&p->arena, STR_FMT "[" STR_FMT "]", STR_ARG(kind), STR_ARG(b->name));

        found |= kind.n == route.n ? b->name.n == 0 : str_eq(name, route);
        nearest_offer(&near, name);
    }
    if (!found)
        diag_nearest(p->diag,
                     diag_fault(p->diag, &s->at, "there is no " STR_FMT " in " STR_FMT,
                                STR_ARG(route), STR_ARG(v->config)),
                     &near);
}

struct search {
    struct str name;
    struct nearest near;
    bool found;
};

static void compare(const struct call_site *s, void *arg)
{
    struct search *w = arg;

    w->found |= func_is_named(s->func, w->name);
    nearest_offer(&w->near, str_of(s->func->name));
}

static void check_function(struct plan *p, const struct variant *v, const struct place *at,
                           struct str name)
{
    struct search w = { .name = name };

    nearest_begin(&w.near, name);
    program_each_call(v->generation, compare, &w);
    if (!w.found)
        diag_nearest(p->diag,
                     diag_fault(p->diag, at, STR_FMT " does not call " STR_FMT "()",
                                STR_ARG(v->config), STR_ARG(name)),
                     &w.near);
}

static void check_names(struct plan *p, const struct variant *v, const struct test *t)
{
    for (const struct step *s = t->steps; s; s = s->next) {
        if (s->kind == STEP_CALLS)
            check_function(p, v, &s->at, s->name);
        for (size_t i = 0; s->kind == STEP_RUNS && i < s->n_items; i++)
            tell_unknown_block(p, v, s, s->items[i]);
        if (s->route.n && s->kind == STEP_CHECK)
            tell_unknown_block(p, v, s, s->route);
        else if (s->route.n)
            tell_unknown_block(p, v, s,
                               arena_fmt(&p->arena, "route[" STR_FMT "]", STR_ARG(s->route)));
    }
    for (const struct decl *d = t->decls; d; d = d->up)
        if (d->kind == DECL_STUB)
            check_function(p, v, &d->stub->at, d->stub->function);
}

bool variant_load(struct plan *p, struct variant *v)
{
    struct options_space *s = ARENA_NEW(&p->arena, struct options_space);
    size_t before = diagnostics_faults(p->diag);

    s->o = (struct load_options){ .file = path_of(p, v->config),
                                  .defines = s->defines,
                                  .aliases = s->aliases,
                                  .modules = s->modules,
                                  .fragments = v->fragments,
                                  .n_fragments = v->n_fragments };
    add_option(p, s, v->decls);
    v->generation = generation_new();
    v->generation->number = 1;
    if (program_load(&s->o, v->generation, p->diag))
        return false;
    for (const struct test *t = p->tests; t; t = t->next)
        if (t->variant == v)
            check_names(p, v, t);
    return diagnostics_faults(p->diag) == before;
}
