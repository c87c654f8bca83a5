/* SPDX-License-Identifier: BSD-2-Clause */
/* Counters of scripts, and all statistics over cnt.*. */
#include "base/stat.h"
#include "control/rpc.h"
#include "core/call.h"
#include "script/value.h"
#include <stdlib.h>

struct counters_conf {
    struct str group;
    struct str_list counters;
};

extern const struct module module_counters;

static struct {
    struct module_slot slot;
} self;

/* "group.name" or "name" in the group of the parameter. */
struct counter_name {
    struct str group, name;
};

static struct counter_name name_of(struct str text, struct str group)
{
    size_t dot = str_find(text, '.');

    text = str_trim(text);
    if (dot < text.n)
        return (struct counter_name){ str_cut(text, 0, dot), str_skip(text, dot + 1) };
    return (struct counter_name){ group, text };
}

/* Statistics are never unregistered: a row lives as long as the process. */
static void declare(struct counter_name n, struct str doc)
{
    struct stat_decl *row;

    if (stat_find(n.group, n.name) != UINT32_MAX)
        return;
    row = mem_zalloc(MEM_MODULE, 2 * sizeof *row);
    row[0] = (struct stat_decl){ .group = mem_strdup(MEM_MODULE, n.group),
                                 .name = mem_strdup(MEM_MODULE, n.name),
                                 .doc = mem_strdup(MEM_MODULE, doc) };
    stat_register(row);
}

/* Each is "[group.]name [description]". */
static err_t check(struct load *l, void *conf)
{
    struct counters_conf *c = conf;

    for (size_t i = 0; i < c->counters.n; i++) {
        struct str text = str_trim(c->counters.items[i]), name = str_split(&text, ' ');
        struct counter_name n = name_of(name, c->group);

        if (n.name.n == 0 || n.group.n == 0)
            load_fault(l, "script_counter", "expected \"[group.]name [description]\"");
        else
            declare(n, str_trim(text).n ? str_trim(text) : STR("custom script counter."));
    }
    return ERR_OK;
}

/* Functions. */

struct count_args {
    struct str counter;
    int64_t n;
};

static unsigned id_of(struct str counter, struct str group)
{
    struct counter_name n = name_of(counter, group);

    return stat_find(n.group, n.name);
}

static int count(struct call *c, const struct count_args *a, int64_t n, bool reset)
{
    const struct counters_conf *conf = call_conf(c, &module_counters);
    unsigned id = id_of(a->counter, conf->group);

    if (id == UINT32_MAX)
        return SCRIPT_FALSE;
    if (reset)
        stat_reset(id);
    else
        stat_add(id, n);
    return SCRIPT_TRUE;
}

static int cnt_inc(struct call *c, const struct count_args *a)
{
    return count(c, a, 1, false);
}
EXPOSE(cnt_inc, count_args)

static int cnt_add(struct call *c, const struct count_args *a)
{
    return count(c, a, a->n, false);
}
EXPOSE(cnt_add, count_args)

static int cnt_reset(struct call *c, const struct count_args *a)
{
    return count(c, a, 0, true);
}
EXPOSE(cnt_reset, count_args)

/* Control methods. */

struct which_args {
    struct str group, name;
};
static const struct field which_args_fields[] = {
    FIELD(which_args, group, "The group."),
    FIELD(which_args, name, "The counter's name in it."),
    { 0 },
};
struct group_args {
    struct str group;
};
static const struct field group_args_fields[] = {
    FIELD(group_args, group, "The group."),
    { 0 },
};

static err_t find(struct rpc *r, const void *args, unsigned *id)
{
    const struct which_args *a = args;

    *id = stat_find(a->group, a->name);
    if (*id == UINT32_MAX)
        return rpc_fail(r, 400, "non-existent counter " STR_FMT "." STR_FMT, STR_ARG(a->group),
                        STR_ARG(a->name));
    return ERR_OK;
}

static err_t rpc_get(struct rpc *r, const void *args)
{
    unsigned id;
    err_t e = find(r, args, &id);

    if (!e)
        rpc_int(rpc_root(r), stat_read(id));
    return e;
}

static err_t rpc_reset(struct rpc *r, const void *args)
{
    unsigned id;
    err_t e = find(r, args, &id);

    if (!e)
        stat_reset(id);
    return e;
}

static err_t rpc_help(struct rpc *r, const void *args)
{
    unsigned id;
    err_t e = find(r, args, &id);

    if (!e)
        rpc_str(rpc_root(r), str_of(stat_at(id)->doc));
    return e;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The sorted names of a group, or of all groups, each once. */
static size_t sorted(struct rpc *r, struct str group, const char ***out)
{
    unsigned n = stat_count();
    const char **names = ARENA_ARRAY(rpc_arena(r), const char *, n + 1);
    size_t count_all = 0, kept = 0;

    for (unsigned id = 0; id < n; id++) {
        const struct stat_decl *s = stat_at(id);

        if (!group.p)
            names[count_all++] = s->group;
        else if (str_eq(str_of(s->group), group))
            names[count_all++] = s->name;
    }
    if (count_all)
        qsort(names, count_all, sizeof *names, by_text);
    for (size_t i = 0; i < count_all; i++)
        if (i == 0 || strcmp(names[i], names[kept - 1]) != 0)
            names[kept++] = names[i];
    *out = names;
    return kept;
}

static err_t rpc_groups(struct rpc *r, const void *args)
{
    const char **names;
    size_t n = sorted(r, STR_NONE, &names);

    (void)args;
    for (size_t i = 0; i < n; i++)
        rpc_str(rpc_root(r), str_of(names[i]));
    return ERR_OK;
}

static err_t rpc_names(struct rpc *r, const void *args)
{
    const char **names;
    size_t n = sorted(r, ((const struct group_args *)args)->group, &names);

    for (size_t i = 0; i < n; i++)
        rpc_str(rpc_root(r), str_of(names[i]));
    return ERR_OK;
}

static err_t rpc_values(struct rpc *r, const void *args)
{
    struct str group = ((const struct group_args *)args)->group;
    struct rpc_node *s = rpc_struct(rpc_root(r));
    const char **names;
    size_t n = sorted(r, group, &names);

    for (size_t i = 0; i < n; i++)
        rpc_put_int(s, names[i], stat_read(stat_find(group, str_of(names[i]))));
    return ERR_OK;
}

static const struct field params[] = {
    FIELD_NAMED(counters_conf, group, "script_cnt_grp_name",
                "Group of counters that are named without one.", .def = "script"),
    FIELD_NAMED(counters_conf, counters, "script_counter",
                "Declares a counter: [group.]name [description]; may be given many times.",
                .optional = true),
    { 0 },
};
#define COUNTER FIELD(count_args, counter, "The counter, [group.]name.", .literal = true)
static const struct field count_args_fields[] = { COUNTER, { 0 } };
static const struct field add_args_fields[] = {
    COUNTER,
    FIELD(count_args, n, "How much to add."),
    { 0 },
};
#define ROUTES (ROUTE_ANY & ~(unsigned)ROUTE_BRANCH)
static const struct func funcs[] = {
    FUNC(cnt_inc, count_args, "Adds one to a counter.", .routes = ROUTES),
    { .name = "cnt_add",
      .run = cnt_add_with_count_args,
      .args = add_args_fields,
      .args_size = sizeof(struct count_args),
      .doc = "Adds a number to a counter.",
      .routes = ROUTES },
    FUNC(cnt_reset, count_args, "Sets a counter to 0.", .routes = ROUTES),
    { 0 },
};
#define WHICH .args = which_args_fields, .args_size = sizeof(struct which_args)
#define GROUP .args = group_args_fields, .args_size = sizeof(struct group_args)
static const struct rpc_method methods[] = {
    { .name = "cnt.get", .run = rpc_get, WHICH, .doc = "The value of a counter." },
    { .name = "cnt.get_raw", .run = rpc_get, WHICH, .doc = "The value of a counter." },
    { .name = "cnt.reset", .run = rpc_reset, WHICH, .doc = "Sets a counter to 0." },
    { .name = "cnt.list_groups", .run = rpc_groups, .array = true, .doc = "All groups." },
    { .name = "cnt.grps_list", .run = rpc_groups, .array = true, .doc = "All groups." },
    { .name = "cnt.list_vars",
      .run = rpc_names,
      GROUP,
      .array = true,
      .doc = "The counters of a group." },
    { .name = "cnt.var_list",
      .run = rpc_names,
      GROUP,
      .array = true,
      .doc = "The counters of a group." },
    { .name = "cnt.get_vars", .run = rpc_values, GROUP, .doc = "All values of a group." },
    { .name = "cnt.grp_get_all", .run = rpc_values, GROUP, .doc = "All values of a group." },
    { .name = "cnt.help", .run = rpc_help, WHICH, .doc = "What a counter counts." },
    { 0 },
};

const struct module module_counters = {
    .abi = MODULE_ABI,
    .name = "counters",
    .doc = "Counters of scripts, and all statistics by group and name.",
    .slot = &self.slot,
    .conf_size = sizeof(struct counters_conf),
    .params = params,
    .funcs = funcs,
    .methods = methods,
    .check = check,
};
