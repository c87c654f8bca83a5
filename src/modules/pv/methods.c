/* SPDX-License-Identifier: BSD-2-Clause */
/* Control requests over shared variables. */
#include "control/rpc.h"
#include "modules/pv/shared_vars.h"

struct get_args {
    struct str name;
};
struct set_args {
    struct str name, type, value;
};

static void put_variable(struct rpc *r, struct rpc_node *at, struct str name, struct shared_var *v)
{
    struct value now = shared_var_get(v, rpc_arena(r));
    struct rpc_node *row = rpc_struct(at);

    rpc_put_str(row, "name", name);
    rpc_put_str(row, "type", now.type == VALUE_INT ? STR("int") : STR("string"));
    if (now.type == VALUE_INT)
        rpc_put_int(row, "value", now.i);
    else
        rpc_put_str(row, "value", now.s);
}

struct listing {
    struct rpc *r;
    struct rpc_node *at;
};
static void list_one(struct str name, struct shared_var *v, void *arg)
{
    struct listing *l = arg;
    put_variable(l->r, l->at, name, v);
}

static err_t shv_get(struct rpc *r, const void *args)
{
    const struct get_args *a = args;
    struct listing l = { r, rpc_root(r) };

    if (a->name.p)
        put_variable(r, l.at, a->name, shared_var_of(pv_self.shared, a->name));
    else
        shared_vars_each(pv_self.shared, list_one, &l);
    return ERR_OK;
}

static err_t shv_set(struct rpc *r, const void *args)
{
    const struct set_args *a = args;
    struct value v = VALUE_OF_STR(a->value);

    if (str_eq(a->type, STR("int")) || str_eq(a->type, STR("i"))) {
        v.type = VALUE_INT;
        if (str_to_i64(a->value, &v.i) != ERR_OK)
            return rpc_fail(r, 400, "\"" STR_FMT "\" is no number", STR_ARG(a->value));
    } else if (!str_eq(a->type, STR("str")) && !str_eq(a->type, STR("s"))) {
        return rpc_fail(r, 400, "the type is int or str, not \"" STR_FMT "\"", STR_ARG(a->type));
    }
    shared_var_set(shared_var_of(pv_self.shared, a->name), &v);
    put_variable(r, rpc_root(r), a->name, shared_var_of(pv_self.shared, a->name));
    return ERR_OK;
}

static const struct field get_args_fields[] = {
    FIELD(get_args, name, "The variable; all when it is missing.", .optional = true),
    { 0 },
};
static const struct field set_args_fields[] = {
    FIELD(set_args, name, "The variable."),
    FIELD(set_args, type, "int or str."),
    FIELD(set_args, value, "The new value."),
    { 0 },
};

const struct rpc_method pv_methods[] = {
    { .name = "pv.shvGet",
      .doc = "Shows a shared variable, or all.",
      .run = shv_get,
      .args = get_args_fields,
      .args_size = sizeof(struct get_args),
      .array = true },
    { .name = "pv.shvSet",
      .doc = "Sets a shared variable.",
      .run = shv_set,
      .args = set_args_fields,
      .args_size = sizeof(struct set_args) },
    { 0 },
};
