/* SPDX-License-Identifier: BSD-2-Clause */
/* cfg.*: values that change while the server runs. */
#include "base/list.h"
#include "control/rpc.h"
#include "core/cfg.h"
#include <pthread.h>

/* A change that waits for cfg.commit. */
struct pending {
    struct link link;
    struct str group, name;
    struct value value;
};

static struct {
    struct module_slot slot;
    pthread_mutex_t lock;
    struct link pending;
    bool ready;
} self = { .lock = PTHREAD_MUTEX_INITIALIZER };

static void take_lock(void)
{
    pthread_mutex_lock(&self.lock);
    if (!self.ready)
        list_init(&self.pending);
    self.ready = true;
}

static void drop_lock(void)
{
    pthread_mutex_unlock(&self.lock);
}

struct which_args {
    struct str group, name;
};
struct set_args {
    struct str group, name;
    struct value value;
};
struct seti_args {
    struct str group, name;
    int64_t value;
};
struct sets_args {
    struct str group, name, value;
};
#define GROUP(st)                                                                                  \
    FIELD(st, group, "The group: core, tcp, a module, or one of the configuration's own.")
#define NAME(st) FIELD(st, name, "The variable's name.")
static const struct field which_args_fields[] = { GROUP(which_args), NAME(which_args), { 0 } };
static const struct field get_args_fields[] = {
    GROUP(which_args),
    FIELD(which_args, name, "The variable's name; missing: the whole group.", .optional = true),
    { 0 },
};
static const struct field set_args_fields[] = {
    GROUP(set_args), NAME(set_args), FIELD(set_args, value, "The new value."), { 0 }
};
static const struct field seti_args_fields[] = {
    GROUP(seti_args), NAME(seti_args), FIELD(seti_args, value, "The new number."), { 0 }
};
static const struct field sets_args_fields[] = {
    GROUP(sets_args), NAME(sets_args), FIELD(sets_args, value, "The new text."), { 0 }
};

static err_t failed(struct rpc *r, const char *what, struct str group, struct str name,
                    const struct buf *why)
{
    return rpc_fail(r, 400, "Failed to %s the variable: " STR_FMT "." STR_FMT ": " STR_FMT, what,
                    STR_ARG(group), STR_ARG(name), STR_ARG(buf_str(why)));
}

static err_t change(struct rpc *r, struct str group, struct str name, const struct value *v)
{
    char space[256];
    struct buf why;

    buf_fixed(&why, space, sizeof space);
    return cfg_set(group, name, v, &why) ? failed(r, "set", group, name, &why) : ERR_OK;
}

static err_t cfg_set_any(struct rpc *r, const void *args)
{
    const struct set_args *a = args;

    return change(r, a->group, a->name, &a->value);
}

static err_t cfg_set_int(struct rpc *r, const void *args)
{
    const struct seti_args *a = args;

    return change(r, a->group, a->name, &VALUE_OF_INT(a->value));
}

static err_t cfg_set_str(struct rpc *r, const void *args)
{
    const struct sets_args *a = args;

    return change(r, a->group, a->name, &VALUE_OF_STR(a->value));
}

static err_t cfg_back(struct rpc *r, const void *args)
{
    const struct which_args *a = args;
    char space[256];
    struct buf why;

    buf_fixed(&why, space, sizeof space);
    return cfg_reset(a->group, a->name, &why) ? failed(r, "reset", a->group, a->name, &why)
                                              : ERR_OK;
}

/* Delayed changes. */

static void forget(struct pending *p)
{
    list_remove(&p->link);
    mem_free(MEM_MODULE, (void *)(uintptr_t)p->group.p);
    mem_free(MEM_MODULE, (void *)(uintptr_t)p->name.p);
    if (p->value.type == VALUE_STR)
        mem_free(MEM_MODULE, (void *)(uintptr_t)p->value.s.p);
    mem_free(MEM_MODULE, p);
}

static struct pending *find_pending(struct str group, struct str name)
{
    LIST_EACH(&self.pending, struct pending, p, link)
    if (str_eq(p->group, group) && str_eq(p->name, name))
        return p;
    return NULL;
}

static err_t delay(struct rpc *r, struct str group, struct str name, const struct value *v)
{
    struct pending *p;
    struct cfg_item item;
    int64_t n;

    if (cfg_find(group, name, &item))
        return rpc_fail(r, 400, "Failed to set the variable: there is no " STR_FMT "." STR_FMT,
                        STR_ARG(group), STR_ARG(name));
    if (item.type == VALUE_INT && v->type == VALUE_STR && str_to_i64(v->s, &n))
        return rpc_fail(r, 400, "Failed to set the variable: expected an integer");
    take_lock();
    p = find_pending(group, name);
    if (p)
        forget(p);
    p = mem_zalloc(MEM_MODULE, sizeof *p);
    p->group = mem_dup(MEM_MODULE, group);
    p->name = mem_dup(MEM_MODULE, name);
    p->value = *v;
    if (v->type == VALUE_STR)
        p->value.s = mem_dup(MEM_MODULE, v->s);
    list_push(&self.pending, &p->link);
    drop_lock();
    return ERR_OK;
}

static err_t cfg_delay_any(struct rpc *r, const void *args)
{
    const struct set_args *a = args;

    return delay(r, a->group, a->name, &a->value);
}

static err_t cfg_delay_int(struct rpc *r, const void *args)
{
    const struct seti_args *a = args;

    return delay(r, a->group, a->name, &VALUE_OF_INT(a->value));
}

static err_t cfg_delay_str(struct rpc *r, const void *args)
{
    const struct sets_args *a = args;

    return delay(r, a->group, a->name, &VALUE_OF_STR(a->value));
}

static err_t cfg_commit(struct rpc *r, const void *args)
{
    err_t e = ERR_OK;

    (void)args;
    take_lock();
    LIST_EACH(&self.pending, struct pending, p, link)
    {
        err_t one = p->value.type == VALUE_NULL
                        ? cfg_back(r, &(struct which_args){ p->group, p->name })
                        : change(r, p->group, p->name, &p->value);

        e = e ? e : one;
        forget(p);
    }
    drop_lock();
    return e;
}

static err_t cfg_rollback(struct rpc *r, const void *args)
{
    (void)r;
    (void)args;
    take_lock();
    LIST_EACH(&self.pending, struct pending, p, link)
    forget(p);
    drop_lock();
    return ERR_OK;
}

static err_t cfg_diff(struct rpc *r, const void *args)
{
    (void)args;
    take_lock();
    LIST_EACH(&self.pending, struct pending, p, link)
    {
        struct rpc_node *s = rpc_struct(rpc_root(r));
        struct value now = VALUE_NONE;

        if (cfg_get(p->group, p->name, rpc_arena(r), &now))
            continue;
        rpc_put_str(s, "group name", p->group);
        rpc_put_str(s, "variable name", p->name);
        rpc_put_value(s, "old value", &now);
        rpc_put_value(s, "new value", &p->value);
    }
    drop_lock();
    return ERR_OK;
}

/* Reading. */

struct listing {
    struct rpc *rpc;
    struct str group; /* empty: all */
    struct rpc_node *into;
    struct str names[512]; /* collected first: reading a value takes the lock of the list */
    size_t n;
};

static void collect(const struct cfg_item *item, void *arg)
{
    struct listing *l = arg;

    if (str_eq(item->group, l->group) && l->n < sizeof l->names / sizeof *l->names)
        l->names[l->n++] = arena_dup(rpc_arena(l->rpc), item->name);
}

static err_t get_group(struct rpc *r, struct str group)
{
    struct listing *l = arena_zalloc(rpc_arena(r), sizeof *l);
    struct rpc_node *s;

    l->rpc = r;
    l->group = group;
    cfg_each(collect, l);
    if (l->n == 0)
        return rpc_fail(r, 400, "Failed to get the group: there is no \"" STR_FMT "\"",
                        STR_ARG(group));
    s = rpc_struct(rpc_root(r));
    for (size_t i = 0; i < l->n; i++) {
        struct value v = VALUE_NONE;

        if (cfg_get(group, l->names[i], rpc_arena(r), &v) == ERR_OK)
            rpc_put_value(s, l->names[i].p, &v);
    }
    return ERR_OK;
}

static err_t cfg_read(struct rpc *r, const void *args)
{
    const struct which_args *a = args;
    struct value v = VALUE_NONE;

    if (!a->name.p)
        return get_group(r, a->group);
    if (cfg_get(a->group, a->name, rpc_arena(r), &v))
        return rpc_fail(r, 400, "Failed to get the variable: there is no " STR_FMT "." STR_FMT,
                        STR_ARG(a->group), STR_ARG(a->name));
    rpc_value(rpc_root(r), &v);
    return ERR_OK;
}

static err_t cfg_help(struct rpc *r, const void *args)
{
    const struct which_args *a = args;
    struct cfg_item item;

    if (cfg_find(a->group, a->name, &item))
        return rpc_fail(r, 400,
                        "Failed to get the variable description: there is no " STR_FMT "." STR_FMT,
                        STR_ARG(a->group), STR_ARG(a->name));
    rpc_str(rpc_root(r), item.doc);
    rpc_fmt(rpc_root(r), "(parameter type is %s%s)", item.type == VALUE_INT ? "integer" : "string",
            item.read_only ? ", read-only" : "");
    return ERR_OK;
}

static void put_name(const struct cfg_item *item, void *arg)
{
    struct listing *l = arg;

    if (!l->group.n || str_eq(item->group, l->group))
        rpc_fmt(l->into, STR_FMT ": " STR_FMT, STR_ARG(item->group), STR_ARG(item->name));
}

struct group_args {
    struct str group;
};
struct instance_args {
    struct str group;
};
static const struct field instance_args_fields[] = {
    FIELD(instance_args, group, "The instance, group[id]."),
    { 0 },
};
static const struct field group_args_fields[] = {
    FIELD(group_args, group, "Only this group.", .optional = true),
    { 0 },
};

static err_t cfg_list(struct rpc *r, const void *args)
{
    struct listing *l = arena_zalloc(rpc_arena(r), sizeof *l);

    l->rpc = r;
    l->group = ((const struct group_args *)args)->group;
    l->into = rpc_root(r);
    cfg_each(put_name, l);
    return ERR_OK;
}

/* Instances of groups. */

static const char instance_syntax[] = "Wrong group syntax. Use \"group[id]\"";

static err_t add_instance(struct rpc *r, const void *args)
{
    err_t e = cfg_add_instance(((const struct instance_args *)args)->group);

    if (e == ERR_SYNTAX)
        return rpc_fail(r, 400, "%s", instance_syntax);
    return e ? rpc_fail(r, 400, "Failed to add the group instance") : ERR_OK;
}

static err_t remove_instance(struct rpc *r, const void *args)
{
    return cfg_remove_instance(((const struct instance_args *)args)->group)
               ? rpc_fail(r, 400, "Failed to delete the group instance")
               : ERR_OK;
}

static err_t del_value_later(struct rpc *r, const void *args)
{
    const struct which_args *a = args;

    if (!cfg_has_instance(a->group))
        return rpc_fail(r, 400, "%s", instance_syntax);
    return delay(r, a->group, a->name, &VALUE_NONE);
}

#define ARGS(st) .args = st##_fields, .args_size = sizeof(struct st)
#define METHOD(label, fn, st, text)                                                                \
    {                                                                                              \
        .name = (label), .run = (fn), ARGS(st), .doc = (text)                                      \
    }
static const struct rpc_method methods[] = {
    METHOD("cfg.set", cfg_set_any, set_args, "Changes a variable at once."),
    METHOD("cfg.seti", cfg_set_int, seti_args, "Changes a number at once."),
    METHOD("cfg.set_now_int", cfg_set_int, seti_args, "Changes a number at once."),
    METHOD("cfg.sets", cfg_set_str, sets_args, "Changes a text at once."),
    METHOD("cfg.set_now_string", cfg_set_str, sets_args, "Changes a text at once."),
    METHOD("cfg.set_delayed", cfg_delay_any, set_args, "Changes a variable with cfg.commit."),
    METHOD("cfg.set_delayed_int", cfg_delay_int, seti_args, "Changes a number with cfg.commit."),
    METHOD("cfg.set_delayed_string", cfg_delay_str, sets_args, "Changes a text with cfg.commit."),
    METHOD("cfg.del", cfg_back, which_args,
           "Takes a variable back to what the configuration says."),
    METHOD("cfg.reset", cfg_back, which_args,
           "Takes a variable back to what the configuration says."),
    METHOD("cfg.del_delayed", del_value_later, which_args,
           "Lets an instance have its group's value again, with cfg.commit."),
    { .name = "cfg.commit", .run = cfg_commit, .doc = "Makes all delayed changes." },
    { .name = "cfg.rollback", .run = cfg_rollback, .doc = "Forgets all delayed changes." },
    { .name = "cfg.get",
      .run = cfg_read,
      .args = get_args_fields,
      .args_size = sizeof(struct which_args),
      .doc = "The value of a variable or of a group." },
    METHOD("cfg.help", cfg_help, which_args, "What a variable is for."),
    { .name = "cfg.list",
      .run = cfg_list,
      ARGS(group_args),
      .array = true,
      .doc = "The variables that can be read and changed." },
    { .name = "cfg.diff", .run = cfg_diff, .doc = "The delayed changes." },
    { .name = "cfg.add_group_inst",
      .run = add_instance,
      ARGS(instance_args),
      .doc = "Makes an instance of a group, group[id], which may have values of its own." },
    { .name = "cfg.del_group_inst",
      .run = remove_instance,
      ARGS(instance_args),
      .doc = "Forgets an instance and its values." },
    { 0 },
};

const struct module module_cfg_rpc = {
    .abi = MODULE_ABI,
    .name = "cfg_rpc",
    .doc = "Reads and changes values while the server runs.",
    .slot = &self.slot,
    .methods = methods,
};
