/* SPDX-License-Identifier: BSD-2-Clause */
/* Statistics that scripts declare and change. */
#include "base/stat.h"
#include "core/call.h"
#include "script/value.h"

struct statistics_conf {
    struct str_list variable;
};

static struct {
    struct module_slot slot;
} self;

#define GROUP "script"

/* A row lives as long as the process: statistics are never unregistered. What is not to be reset is
 * a gauge. */
static void declare(struct str name, bool no_reset)
{
    struct stat_decl *rows;

    if (stat_find(STR(GROUP), name) != UINT32_MAX)
        return;
    rows = mem_zalloc(MEM_MODULE, 2 * sizeof *rows);
    rows[0] = (struct stat_decl){ .group = GROUP,
                                  .name = mem_strdup(MEM_MODULE, name),
                                  .doc = "Declared by the configuration.",
                                  .gauge = no_reset };
    stat_register(rows);
}

static err_t check(struct load *l, void *data)
{
    struct statistics_conf *conf = data;

    for (size_t i = 0; i < conf->variable.n; i++) {
        struct str rest = str_trim(conf->variable.items[i]), name = str_trim(str_split(&rest, '/'));
        bool no_reset = str_ieq(str_trim(rest), STR("no_reset"));

        if (name.n == 0 || (rest.n && !no_reset))
            load_fault(l, "variable", "expected \"name\" or \"name/no_reset\"");
        else
            declare(name, no_reset);
    }
    return ERR_OK;
}

struct stat_args {
    struct str variable, value;
};

/* By its name alone, as $stat() finds it; those of scripts first. */
static unsigned find(struct str name)
{
    unsigned id = stat_find(STR(GROUP), name);

    for (unsigned i = 0; id == UINT32_MAX && i < stat_count(); i++)
        if (str_eq(str_of(stat_at(i)->name), name))
            id = i;
    return id;
}

static err_t prepare(struct load *l, void *args)
{
    struct stat_args *a = args;

    if (a->variable.n && find(a->variable) == UINT32_MAX) {
        load_fault(l, "variable", "there is no statistic \"" STR_FMT "\"", STR_ARG(a->variable));
        return ERR_NOT_FOUND;
    }
    return ERR_OK;
}

static err_t prepare_update(struct load *l, void *args)
{
    struct stat_args *a = args;
    int64_t n;

    if (a->value.n && (str_to_i64(a->value, &n) || n == 0)) {
        load_fault(l, "value", "expected a number that is not 0");
        return ERR_RANGE;
    }
    return prepare(l, args);
}

static int update_stat(struct call *c, const struct stat_args *a)
{
    unsigned id = find(a->variable);
    int64_t n = 0;

    (void)c;
    if (id == UINT32_MAX)
        return SCRIPT_FALSE;
    if (str_to_i64(a->value, &n) == ERR_OK && n && !stat_at(id)->read)
        stat_add(id, n);
    return SCRIPT_TRUE;
}
EXPOSE(update_stat, stat_args)

static int reset_stat(struct call *c, const struct stat_args *a)
{
    unsigned id = find(a->variable);

    (void)c;
    if (id == UINT32_MAX)
        return SCRIPT_FALSE;
    stat_reset(id);
    return SCRIPT_TRUE;
}
EXPOSE(reset_stat, stat_args)

static const struct field params[] = {
    FIELD(statistics_conf, variable, "Declares a statistic: \"name\", or \"name/no_reset\".",
          .optional = true),
    { 0 },
};
static const struct field stat_args_fields[] = {
    FIELD(stat_args, variable, "The statistic."),
    FIELD(stat_args, value, "What to add; may be negative."),
    { 0 },
};
static const struct field reset_args_fields[] = {
    FIELD(stat_args, variable, "The statistic."),
    { 0 },
};
static const struct outcome outcomes[] = {
    { 1, "done" },
    { -1, "there is no such statistic" },
    { 0 },
};
static const struct func funcs[] = {
    FUNC(update_stat, stat_args, "Adds to a statistic.", .prepare = prepare_update,
         .returns = outcomes, .differs = "a number below 0 shows as such, not as a huge one"),
    { .name = "reset_stat",
      .run = reset_stat_with_stat_args,
      .doc = "Sets a statistic to 0, unless it was declared no_reset.",
      .args = reset_args_fields,
      .args_size = sizeof(struct stat_args),
      .prepare = prepare,
      .returns = outcomes,
      .routes = ROUTE_ANY & ~(unsigned)ROUTE_SEND },
    { 0 },
};

const struct module module_statistics = {
    .abi = MODULE_ABI,
    .name = "statistics",
    .doc = "Statistics that scripts declare and change.",
    .slot = &self.slot,
    .conf_size = sizeof(struct statistics_conf),
    .params = params,
    .funcs = funcs,
    .check = check,
};
