/* SPDX-License-Identifier: BSD-2-Clause */
/* modparam.*: parameters of the loaded modules, as the current generation has them. */
#include "control/methods.h"

static const struct module *loaded(struct str name)
{
    size_t n = 0;
    const struct module *const *modules = control_host.modules ? control_host.modules(&n) : NULL;

    for (size_t i = 0; i < n; i++)
        if (str_eq(str_of(modules[i]->name), name))
            return modules[i];
    return NULL;
}

struct which_args {
    struct str module, parameter;
};
static const struct field which_args_fields[] = {
    FIELD(which_args, module, "The module's name."),
    FIELD(which_args, parameter, "The parameter's name."),
    { 0 },
};

static err_t find(struct rpc *r, struct str module, struct str parameter, const struct module **m,
                  const struct field **f)
{
    *m = loaded(module);
    *f = *m ? field_find((*m)->params, parameter) : NULL;
    if (!*m)
        return rpc_fail(r, 404, "the module " STR_FMT " is not loaded", STR_ARG(module));
    if (!*f)
        return rpc_fail(r, 404, STR_FMT " has no parameter " STR_FMT, STR_ARG(module),
                        STR_ARG(parameter));
    return ERR_OK;
}

static err_t value_of(struct rpc *r, const struct which_args *a, struct value *out)
{
    const struct module *m;
    const struct field *f;
    err_t e = find(r, a->module, a->parameter, &m, &f);

    if (!e)
        *out = field_get(f, current_conf(m));
    return e;
}

static err_t modparam_getn(struct rpc *r, const void *args)
{
    struct value v;
    err_t e = value_of(r, args, &v);

    if (!e && v.type == VALUE_STR)
        return rpc_fail(r, 400, "this parameter is a string");
    if (!e)
        rpc_int(rpc_root(r), value_number(&v));
    return e;
}

static err_t modparam_gets(struct rpc *r, const void *args)
{
    struct value v;
    err_t e = value_of(r, args, &v);

    if (!e)
        rpc_str(rpc_root(r), value_text(&v, rpc_arena(r)));
    return e;
}

struct set_args {
    struct str module, parameter;
    int64_t value;
};
static const struct field set_args_fields[] = {
    FIELD(set_args, module, "The module's name."),
    FIELD(set_args, parameter, "The parameter's name."),
    FIELD(set_args, value, "The new value."),
    { 0 },
};

static err_t modparam_setn(struct rpc *r, const void *args)
{
    const struct set_args *a = args;
    const struct module *m;
    const struct field *f;
    char space[256];
    struct buf why;
    err_t e = find(r, a->module, a->parameter, &m, &f);

    if (e)
        return e;
    if (!f->runtime || !control_host.set_param)
        return rpc_fail(r, 400,
                        STR_FMT " of " STR_FMT " is read when the configuration is loaded: change "
                                "it there and call config.reload",
                        STR_ARG(a->parameter), STR_ARG(a->module));
    if (f->type == FIELD_STR)
        return rpc_fail(r, 400, STR_FMT " of " STR_FMT " is a text: cfg.sets changes it",
                        STR_ARG(a->parameter), STR_ARG(a->module));
    buf_fixed(&why, space, sizeof space);
    if (control_host.set_param(m, str_of(f->name), a->value, &why))
        return rpc_fail(r, 400, STR_FMT, STR_ARG(buf_str(&why)));
    return ERR_OK;
}

struct list_args {
    struct str module;
};
static const struct field list_args_fields[] = {
    FIELD(list_args, module, "Only this module.", .optional = true),
    { 0 },
};

static err_t modparam_list(struct rpc *r, const void *args)
{
    const struct list_args *a = args;
    size_t n = 0;
    const struct module *const *modules = control_host.modules ? control_host.modules(&n) : NULL;

    for (size_t i = 0; i < n; i++) {
        const void *conf = modules[i]->params ? current_conf(modules[i]) : NULL;

        if (a->module.n && !str_eq(str_of(modules[i]->name), a->module))
            continue;
        for (const struct field *f = modules[i]->params; f && f->name; f++) {
            struct rpc_node *s = rpc_struct(rpc_root(r));
            struct value v = field_get(f, conf);

            rpc_put_str(s, "module", str_of(modules[i]->name));
            rpc_put_str(s, "name", str_of(f->name));
            rpc_put_str(s, "type", str_of(field_type_name(f->type)));
            rpc_put_value(s, "value", &v);
        }
    }
    return ERR_OK;
}

const struct rpc_method methods_modparam[] = {
    { .name = "modparam.getn",
      .run = modparam_getn,
      .args = which_args_fields,
      .args_size = sizeof(struct which_args),
      .doc = "A module parameter that is a number." },
    { .name = "modparam.gets",
      .run = modparam_gets,
      .args = which_args_fields,
      .args_size = sizeof(struct which_args),
      .doc = "A module parameter as a string." },
    { .name = "modparam.setn",
      .run = modparam_setn,
      .args = set_args_fields,
      .args_size = sizeof(struct set_args),
      .doc = "Changes a number, as cfg.seti does, of those parameters that may change while the "
             "server runs. The others change with a reload." },
    { .name = "modparam.list",
      .run = modparam_list,
      .args = list_args_fields,
      .args_size = sizeof(struct list_args),
      .array = true,
      .doc = "The parameters of the loaded modules with their values." },
    { 0 },
};
