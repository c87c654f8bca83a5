/* SPDX-License-Identifier: BSD-2-Clause */
/* system.*: the methods themselves. */
#include "control/describe.h"
#include "control/methods.h"

struct names {
    struct str *items;
    size_t n, cap;
    struct arena *arena;
};

static void collect(const struct rpc_method *m, const char *module, void *arg)
{
    struct names *names = arg;

    (void)module;
    if (names->n == names->cap) {
        size_t cap = names->cap ? names->cap * 2 : 128;
        struct str *more = ARENA_ARRAY(names->arena, struct str, cap);

        if (names->n)
            memcpy(more, names->items, names->n * sizeof *more);
        names->items = more;
        names->cap = cap;
    }
    names->items[names->n++] = str_of(m->name);
}

static int by_name(const void *a, const void *b)
{
    return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

static err_t system_list(struct rpc *r, const void *args)
{
    struct names names = { .arena = rpc_arena(r) };

    (void)args;
    rpc_each(collect, &names);
    if (names.n)
        qsort(names.items, names.n, sizeof *names.items, by_name);
    for (size_t i = 0; i < names.n; i++)
        rpc_str(rpc_root(r), names.items[i]);
    return ERR_OK;
}

struct name_args {
    struct str name;
};
static const struct field name_args_fields[] = {
    FIELD(name_args, name, "The method's name."),
    { 0 },
};

static const struct rpc_method *named(struct rpc *r, const void *args)
{
    const struct name_args *a = args;
    const struct rpc_method *m = rpc_find(a->name);

    if (!m)
        (void)rpc_fail(r, 404, "command " STR_FMT " not found", STR_ARG(a->name));
    return m;
}

static err_t system_help(struct rpc *r, const void *args)
{
    const struct rpc_method *m = named(r, args);
    struct buf b;

    if (!m)
        return ERR_STATE;
    buf_init(&b, MEM_CONTROL);
    buf_addz(&b, m->doc);
    for (const struct field *f = m->args; f && f->name; f++)
        buf_fmt(&b, "\n  %s (%s%s): %s", f->name, field_type_name(f->type),
                f->def || f->optional || f->rest ? ", optional" : "", f->doc);
    rpc_str(rpc_root(r), buf_str(&b));
    buf_free(&b);
    return ERR_OK;
}

static err_t system_signature(struct rpc *r, const void *args)
{
    const struct rpc_method *m = named(r, args);
    struct buf b;

    if (!m)
        return ERR_STATE;
    buf_init(&b, MEM_CONTROL);
    describe_signature(&b, m->name, m->args);
    rpc_str(rpc_root(r), buf_str(&b));
    buf_free(&b);
    return ERR_OK;
}

static void put_method(const struct rpc_method *m, const char *module, void *arg)
{
    struct rpc_node *s = rpc_struct(arg), *list;

    rpc_put_str(s, "name", str_of(m->name));
    rpc_put_str(s, "module", str_of(module));
    rpc_put_str(s, "doc", str_of(m->doc));
    list = rpc_put_array(s, "args");
    for (const struct field *f = m->args; f && f->name; f++) {
        struct rpc_node *at = rpc_struct(list);

        rpc_put_str(at, "name", str_of(f->name));
        rpc_put_str(at, "type", str_of(field_type_name(f->type)));
        rpc_put_str(at, "doc", str_of(f->doc));
        rpc_put_int(at, "required", !f->def && !f->optional && !f->rest);
        rpc_put_int(at, "rest", f->rest);
    }
}

static err_t system_describe(struct rpc *r, const void *args)
{
    (void)args;
    rpc_each(put_method, rpc_root(r));
    return ERR_OK;
}

const struct rpc_method methods_system[] = {
    { .name = "system.listMethods",
      .run = system_list,
      .array = true,
      .doc = "The names of all methods, sorted." },
    { .name = "system.methodHelp",
      .run = system_help,
      .args = name_args_fields,
      .args_size = sizeof(struct name_args),
      .doc = "What a method does and takes." },
    { .name = "system.methodSignature",
      .run = system_signature,
      .args = name_args_fields,
      .args_size = sizeof(struct name_args),
      .doc = "A method's arguments in one line." },
    { .name = "system.describe",
      .run = system_describe,
      .array = true,
      .doc = "All methods with their arguments, for clients that offer help." },
    { 0 },
};
