/* SPDX-License-Identifier: BSD-2-Clause */
/* Parameters of the core and of modules, and custom ones. */
#include "base/regex.h"
#include "core/conf.h"
#include "script/state.h"

static void tell_unknown_param(struct load *l, const struct place *at, struct str name)
{
    size_t fault = diag_fault(l->diag, at, "unknown core parameter " STR_FMT, STR_ARG(name));
    struct nearest near;

    nearest_begin(&near, name);
    for (const struct field *f = core_conf_fields; f->name; f++) {
        nearest_offer(&near, str_of(f->name));
        for (const char *const *a = f->aliases; a && *a; a++)
            nearest_offer(&near, str_of(*a));
    }
    diag_nearest(l->diag, fault, &near);
}

/* Whether a value of this type may stand for the field: the language does not turn one into the
 * other here. */
static const char *type_wanted(const struct field *f, const struct value *v)
{
    if ((f->type == FIELD_INT || f->type == FIELD_BOOL) && v->type == VALUE_STR)
        return f->type == FIELD_BOOL ? "expected yes or no (1 or 0), got a string"
                                     : "expected a number, got a string";
    if ((f->type == FIELD_STR || f->type == FIELD_LIST || f->type == FIELD_FORMAT ||
         f->type == FIELD_VAR || f->type == FIELD_REGEX) &&
        v->type == VALUE_INT)
        return "expected a string, got a number";
    return NULL;
}

static void set_param(struct load *l, const struct field *f, void *conf, const struct tree *e,
                      const struct value *v, const struct place *at, const char *owner)
{
    size_t before = diagnostics_faults(l->diag);
    struct field_env env = load_env(l);
    const char *wanted = type_wanted(f, v);
    struct buf why;

    if (wanted) {
        diag_fault(l->diag, at, "%s%s: %s", owner, f->name, wanted);
        return;
    }
    buf_init(&why, MEM_CONFIG);
    l->token = e ? e->token : NULL;
    l->token_offset = 0;
    l->at = *at;
    if (field_set(f, conf, v, &env, &why) && before == diagnostics_faults(l->diag) &&
        (why.n || !l->modules_missing))
        diag_fault(l->diag, at, "%s%s: " STR_FMT, owner, f->name, STR_ARG(buf_str(&why)));
    l->token = NULL;
    buf_free(&why);
}

static bool setting_given(const struct load *l, const struct field *f)
{
    for (size_t i = 0; i < l->options->n_settings; i++)
        if (field_find(core_conf_fields, l->options->settings[i].name) == f)
            return true;
    return false;
}

static void core_param(struct load *l, struct core_conf *conf, const struct top *t)
{
    const struct field *f = field_find(core_conf_fields, t->name);
    struct value v;

    if (!f) {
        tell_unknown_param(l, &t->name_at, t->name);
        return;
    }
    if (!t->value || !load_constant(l, t->value, &v) || setting_given(l, f))
        return;
    struct place at = t->value->in_parens ? t->value->start : t->value->at;

    /* A word such as LOG_LOCAL0 is a text; yes and no are numbers already. */
    if (v.type == VALUE_INT && f->type == FIELD_STR)
        v = VALUE_OF_STR(value_text(&v, l->arena));
    if (v.type == VALUE_INT && f->type == FIELD_LIST)
        v = VALUE_OF_STR(value_text(&v, l->arena));
    set_param(l, f, conf, t->value, &v, &at, "");
}

/* From the command line: 3, yes or text. */
static void command_line(struct load *l, struct core_conf *conf, const struct load_setting *s)
{
    const struct field *f = field_find(core_conf_fields, s->name);
    struct field_env env = load_env(l);
    struct value v = VALUE_OF_STR(s->value);
    struct place nowhere = { 0 };
    struct buf why;

    if (!f) {
        tell_unknown_param(l, &nowhere, s->name);
        return;
    }
    buf_init(&why, MEM_CONFIG);
    if (field_set(f, conf, &v, &env, &why))
        diag_fault(l->diag, &nowhere, STR_FMT ": " STR_FMT,
                   STR_ARG(s->option.n ? s->option : s->name), STR_ARG(buf_str(&why)));
    buf_free(&why);
}

/* Where the parameter was set that a sentence begins with ("tos: expected …"). */
static struct place place_of_param(const struct load *l, struct str sentence)
{
    const struct field *f = field_find(core_conf_fields, str_split(&sentence, ':'));
    struct place at = { 0 };

    for (const struct top *t = l->top; f && t; t = t->next)
        if (t->kind == TOP_PARAM && t->value && field_find(core_conf_fields, t->name) == f)
            at = t->value->at;
    return at;
}

void load_core_params(struct load *l, struct core_conf *conf)
{
    struct buf why;

    for (const struct top *t = l->top; t; t = t->next)
        if (t->kind == TOP_PARAM)
            core_param(l, conf, t);
    for (size_t i = 0; i < l->options->n_settings; i++)
        command_line(l, conf, &l->options->settings[i]);
    buf_init(&why, MEM_CONFIG);
    if (!load_failed(l) && conf_derive(conf, &why)) {
        struct place at = place_of_param(l, buf_str(&why));

        diag_fault(l->diag, &at, STR_FMT, STR_ARG(buf_str(&why)));
    }
    buf_free(&why);
}

/* ---- modules ---- */

static void remember(struct load *l, const struct module *m, const struct field *f,
                     const struct place *at)
{
    struct param_place *p = ARENA_NEW(&l->temp, struct param_place);

    *p = (struct param_place){ l->params, m, f, *at };
    l->params = p;
}

static void tell_unknown_modparam(struct load *l, const struct place *at, const struct module *m,
                                  struct str name)
{
    size_t fault =
        diag_fault(l->diag, at, "module %s has no parameter " STR_FMT, m->name, STR_ARG(name));
    struct nearest near;

    nearest_begin(&near, name);
    for (const struct field *f = m->params; f && f->name; f++) {
        nearest_offer(&near, str_of(f->name));
        for (const char *const *a = f->aliases; a && *a; a++)
            nearest_offer(&near, str_of(*a));
    }
    diag_nearest(l->diag, fault, &near);
}

struct modparam {
    struct str module, name;
    const struct place *module_at, *name_at, *value_at;
    const struct tree *tree;
    struct value value;
};

static void set_modparam(struct load *l, const struct modparam *p, size_t i)
{
    const struct module *m = l->modules[i];
    const struct field *f = field_find(m->params, p->name);
    char owner[80];
    struct buf b;

    if (!f) {
        tell_unknown_modparam(l, p->name_at, m, p->name);
        return;
    }
    buf_fixed(&b, owner, sizeof owner - 1);
    buf_fmt(&b, "%s: ", m->name);
    owner[b.n] = '\0';
    remember(l, m, f, p->value_at);
    set_param(l, f, l->confs[i], p->tree, &p->value, p->value_at, owner);
}

static void tell_no_module(struct load *l, const struct modparam *p)
{
    struct nearest near;
    size_t fault;

    if (l->modules_missing)
        return;
    fault = diag_fault(l->diag, p->module_at, "no loaded module is named \"" STR_FMT "\"",
                       STR_ARG(p->module));
    nearest_begin(&near, p->module);
    for (size_t i = 0; i < l->n_modules; i++)
        nearest_offer(&near, str_of(l->modules[i]->name));
    if (near.best.n)
        diag_nearest(l->diag, fault, &near);
    else
        diag_hint(l->diag, fault, "needs loadmodule \"" STR_FMT ".so\"", STR_ARG(p->module));
}

/* The module is a regular expression over whole names, letters of either case. */
static void apply(struct load *l, const struct modparam *p)
{
    struct str pattern = arena_fmt(&l->temp, "^(" STR_FMT ")$", STR_ARG(p->module));
    struct regex *r;
    bool any = false;
    struct buf why;

    buf_init(&why, MEM_CONFIG);
    if (regex_compile(pattern, REGEX_ICASE, &r, &why)) {
        diag_fault(l->diag, p->module_at, "malformed regular expression: " STR_FMT,
                   STR_ARG(buf_str(&why)));
        buf_free(&why);
        return;
    }
    buf_free(&why);
    for (size_t i = 0; i < l->n_modules; i++)
        if (regex_match(r, str_of(l->modules[i]->name), NULL, 0) == ERR_OK) {
            set_modparam(l, p, i);
            any = true;
        }
    regex_free(r);
    if (!any)
        tell_no_module(l, p);
}

void load_modparams(struct load *l)
{
    struct place nowhere = { 0 };

    for (const struct top *t = l->top; t; t = t->next) {
        struct modparam p = { t->group, t->name, &t->group_at, &t->name_at, NULL, t->value, { 0 } };
        struct place at;

        if (t->kind != TOP_MODPARAM || !t->value)
            continue;
        at = t->value->in_parens || t->value->kind == TREE_BINARY ? t->value->start : t->value->at;
        p.value_at = &at;
        if (load_constant(l, t->value, &p.value))
            apply(l, &p);
    }
    for (size_t i = 0; i < l->options->n_modparams; i++) {
        const struct load_modparam *m = &l->options->modparams[i];
        struct modparam p = {
            m->module, m->name, &nowhere, &nowhere, &nowhere, NULL, VALUE_OF_STR(m->value)
        };

        if (m->number && str_to_i64(m->value, &p.value.i) == ERR_OK)
            p.value.type = VALUE_INT;
        apply(l, &p);
    }
}

void load_checks(struct load *l)
{
    for (size_t i = 0; i < l->n_modules; i++) {
        const struct module *m = l->modules[i];
        size_t before = diagnostics_faults(l->diag);
        struct place nowhere = { 0 };
        err_t e;

        if (!m->check)
            continue;
        l->module = m;
        l->at = nowhere;
        e = m->check(l, l->confs[i]);
        if (e && before == diagnostics_faults(l->diag))
            diag_fault(l->diag, &nowhere, "module %s cannot be used like this: %s", m->name,
                       err_text(e));
        l->module = NULL;
    }
}

/* ---- custom parameters ---- */

static void custom(struct load *l, struct cfg_decl *decls, size_t *n, const struct top *t)
{
    struct value v;

    for (const struct field *f = core_conf_fields; f->name; f++) {
        size_t group = str_find(str_of(f->name), '.');

        /* kemi.request_route_callback and the like are the core's own. */
        if (f->name[group] && str_eq(str_cut(str_of(f->name), 0, group), t->group) &&
            str_eq(str_of(f->name + group + 1), t->name))
            return;
    }
    if (str_eq(t->group, STR("kemi")) || !t->value || !load_constant(l, t->value, &v))
        return;
    for (size_t i = 0; i < *n; i++)
        if (str_eq(decls[i].group, t->group) && str_eq(decls[i].name, t->name)) {
            decls[i].value = v;
            return;
        }
    decls[*n].group = arena_dup(l->arena, t->group);
    decls[*n].name = arena_dup(l->arena, t->name);
    decls[*n].value = v;
    decls[(*n)++].doc = arena_dup(l->arena, t->doc.p ? t->doc : STR(""));
}

void load_customs(struct load *l)
{
    struct cfg_decl *decls;
    size_t n = 0;

    for (const struct top *t = l->top; t; t = t->next)
        n += t->kind == TOP_CUSTOM;
    decls = ARENA_ARRAY(l->arena, struct cfg_decl, n + 1);
    n = 0;
    for (const struct top *t = l->top; t; t = t->next)
        if (t->kind == TOP_CUSTOM)
            custom(l, decls, &n, t);
    l->program->info.cfgs = decls;
    l->program->info.n_cfgs = n;
}
