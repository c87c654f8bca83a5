/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For tests of modules: core/test.h with modules loaded at their defaults, and script functions
 * called by name as a configuration calls them. What the floors above would do is done by weak
 * stand-ins, which give way where those floors are linked in.
 */
#pragma once
#include "core/test.h"
#include "module/registry.h"
#include "script/value.h"

#define STAND_IN __attribute__((weak))

STAND_IN const void *call_conf(struct call *c, const struct module *m)
{
    return c->gen->confs[m->slot->index];
}
STAND_IN const void *current_conf(const struct module *m)
{
    return generation_peek()->confs[m->slot->index];
}
STAND_IN int event_run(struct call *c, const char *name, int otherwise)
{
    (void)c, (void)name;
    return otherwise;
}
STAND_IN err_t var_get(struct call *c, const struct var_ref *at, struct value *out)
{
    return at->var->get(c, at, out);
}
STAND_IN err_t var_set(struct call *c, const struct var_ref *at, const struct value *in)
{
    return at->var->set(c, at, in);
}
STAND_IN void var_preset(struct str name, const struct value *v)
{
    (void)name, (void)v;
}
STAND_IN void load_fault(struct load *l, const char *subject, const char *format, ...)
{
    (void)l, (void)subject, (void)format;
}
STAND_IN err_t load_var(struct load *l, struct str text, const struct var_ref **out)
{
    (void)l, (void)text;
    *out = NULL;
    return ERR_OK;
}
STAND_IN struct arena *load_arena(struct load *l)
{
    (void)l;
    return &server.arena;
}
STAND_IN struct str var_key(struct call *c, const struct var_ref *at)
{
    (void)c;
    return at->key;
}
STAND_IN int64_t var_index(struct call *c, const struct var_ref *at)
{
    (void)c;
    return at->index;
}
STAND_IN err_t format_eval_text(struct call *c, struct str text, struct str *out)
{
    (void)c;
    *out = text;
    return ERR_OK;
}
STAND_IN bool load_has_module(struct load *l, const char *name)
{
    (void)l, (void)name;
    return true;
}

static struct {
    const struct module *const *modules;
    const char *const *settings; /* "module", "parameter", "value", …, NULL */
} loading;

static inline void test_load(struct generation *g)
{
    const struct field_env env = { .arena = &g->arena };
    struct buf why;

    buf_init(&why, MEM_OTHER);
    g->confs = ARENA_ARRAY(&g->arena, const void *, 64);
    for (const struct module *const *m = loading.modules; *m; m++) {
        size_t faults = module_check(*m, &why);
        void *conf = arena_zalloc(&g->arena, (*m)->conf_size + 1);

        if (faults)
            print_error(STR_FMT, STR_ARG(buf_str(&why)));
        assert_int_equal(faults, 0);
        registry_activate(*m);
        fields_default((*m)->params, conf, &env);
        for (const char *const *s = loading.settings; s && *s; s += 3) {
            const struct field *f = field_find((*m)->params, str_of(s[1]));

            if (strcmp(s[0], (*m)->name) == 0)
                assert_err(field_set(f, conf, &VALUE_OF_STR(str_of(s[2])), &env, &why), ERR_OK);
        }
        g->confs[(*m)->slot->index] = conf;
        if ((*m)->check)
            assert_err((*m)->check(NULL, conf), ERR_OK);
    }
    buf_free(&why);
}

/* Modules are started once in a process, also when several tests load them. */
static inline void modules_begin(int (*request)(struct call *c),
                                 const struct module *const *modules, const char *const *settings)
{
    static bool started;

    if (!started)
        registry_init(modules);
    loading.modules = modules;
    loading.settings = settings;
    server_begin(request, test_load);
    for (const struct module *const *m = modules; *m && !started; m++)
        if ((*m)->start)
            assert_err((*m)->start(generation_peek()->confs[(*m)->slot->index]), ERR_OK);
    started = true;
}

static inline bool func_is(const struct func *f, const char *name)
{
    if (strcmp(f->name, name) == 0)
        return true;
    for (const char *const *a = f->aliases; a && *a; a++)
        if (strcmp(*a, name) == 0)
            return true;
    return false;
}

/* Calls a function of a module; arguments as a configuration writes them. */
static inline int run_function(struct call *c, const struct module *m, const char *name,
                               const char *const *args)
{
    const struct func *f = m->funcs;
    const struct field_env env = { .arena = c->arena };
    const struct field *field;
    struct buf why;
    void *space;

    while (f->name && !func_is(f, name))
        f++;
    assert_non_null(f->name);
    space = arena_zalloc(c->arena, f->args_size + 1);
    buf_init(&why, MEM_OTHER);
    if (f->args)
        fields_default(f->args, space, &env);
    for (field = f->args; args && *args; args++, field++) {
        assert_true(field && field->name);
        assert_err(field_set(field, space, &VALUE_OF_STR(str_of(*args)), &env, &why), ERR_OK);
    }
    buf_free(&why);
    return f->run(c, space);
}
#define RUN0(c, m, name) run_function((c), &(m), (name), NULL)
#define RUN(c, m, name, ...)                                                                       \
    run_function((c), &(m), (name), (const char *const[]){ __VA_ARGS__, NULL })

static inline struct value read_variable(struct call *c, const struct module *m, const char *name,
                                         struct str key)
{
    const struct variable *v = m->vars;
    struct var_ref at = { .key = key };
    struct value out = VALUE_NONE;

    while (v->name && strcmp(v->name, name) != 0)
        v++;
    assert_non_null(v->name);
    at.var = v;
    assert_err(v->get(c, &at, &out), ERR_OK);
    return out;
}
