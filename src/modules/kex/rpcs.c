/* SPDX-License-Identifier: BSD-2-Clause */
#include "modules/kex/rpcs.h"
#include "base/stat.h"
#include "control/memory.h"
#include <stdlib.h>
#include <unistd.h>

struct stat_args {
    struct str_list names;
};
static const struct field stat_args_fields[] = {
    FIELD(stat_args, names, "all, group: (all of a group), name, or group.name.", .rest = true),
    { 0 },
};

static bool is_wanted(const struct stat_decl *s, struct str name)
{
    struct str group = name;

    if (str_eq(name, STR("all")) || str_eq(name, str_of(s->name)))
        return true;
    if (str_ends(name, STR(":"))) {
        group.n--;
        return str_eq(group, str_of(s->group));
    }
    for (size_t i = 0; i < name.n; i++)
        if (name.p[i] == ':' || name.p[i] == '.')
            return str_eq(str_cut(name, 0, i), str_of(s->group)) &&
                   str_eq(str_skip(name, i + 1), str_of(s->name));
    return false;
}

static int by_name(const void *a, const void *b)
{
    const struct stat_decl *one = stat_at(*(const unsigned *)a),
                           *two = stat_at(*(const unsigned *)b);
    int order = strcmp(one->group, two->group);

    return order ? order : strcmp(one->name, two->name);
}

/* Calls fn for all that the arguments name, in order of their names. */
static err_t each(struct rpc *r, const void *args, void (*fn)(struct rpc_node *at, unsigned id),
                  struct rpc_node *at)
{
    const struct stat_args *a = args;
    unsigned n = stat_count(), found = 0;
    unsigned *ids = ARENA_ARRAY(rpc_arena(r), unsigned, n + 1);

    if (a->names.n == 0)
        return rpc_fail(r, 400, "name the statistics: all, group:, or a name");
    for (unsigned id = 0; id < n; id++)
        for (size_t i = 0; i < a->names.n; i++)
            if (is_wanted(stat_at(id), a->names.items[i])) {
                ids[found++] = id;
                break;
            }
    if (found)
        qsort(ids, found, sizeof *ids, by_name);
    for (unsigned i = 0; i < found; i++)
        fn(at, ids[i]);
    return ERR_OK;
}

static void put_line(struct rpc_node *at, unsigned id)
{
    const struct stat_decl *s = stat_at(id);

    rpc_fmt(at, "%s:%s = %lld", s->group, s->name, (long long)stat_read(id));
}

static const char *full_name(const struct stat_decl *s, char *space, size_t n)
{
    struct buf b;

    buf_fixed(&b, space, n - 1);
    buf_fmt(&b, "%s.%s", s->group, s->name);
    space[b.n] = '\0';
    return space;
}

static void put_text(struct rpc_node *at, unsigned id)
{
    char name[256];

    rpc_put_fmt(at, full_name(stat_at(id), name, sizeof name), "%lld", (long long)stat_read(id));
}

static void put_number(struct rpc_node *at, unsigned id)
{
    char name[256];

    rpc_put_int(at, full_name(stat_at(id), name, sizeof name), stat_read(id));
}

static void reset(struct rpc_node *at, unsigned id)
{
    (void)at;
    stat_reset(id);
}

static void put_and_reset(struct rpc_node *at, unsigned id)
{
    put_line(at, id);
    stat_reset(id);
}

static err_t stats_get(struct rpc *r, const void *args)
{
    return each(r, args, put_line, rpc_root(r));
}

static err_t stats_fetch(struct rpc *r, const void *args)
{
    return each(r, args, put_text, rpc_struct(rpc_root(r)));
}

static err_t stats_fetchn(struct rpc *r, const void *args)
{
    return each(r, args, put_number, rpc_struct(rpc_root(r)));
}

static err_t stats_reset(struct rpc *r, const void *args)
{
    return each(r, args, reset, NULL);
}

static err_t stats_clear(struct rpc *r, const void *args)
{
    return each(r, args, put_and_reset, rpc_root(r));
}

/* Memory is counted by subsystem, not by module. */

struct mod_args {
    struct str module, kind;
};
static const struct field mod_args_fields[] = {
    FIELD(mod_args, module, "A subsystem (mem.usage lists them), or all."),
    FIELD(mod_args, kind, "pkg, shm or all: all the same here.", .def = "all"),
    { 0 },
};

static err_t mod_stats(struct rpc *r, const void *args)
{
    struct str name = ((const struct mod_args *)args)->module;
    bool all = str_eq(name, STR("all")), found = false;

    for (int m = 0; m < MEM_COUNT; m++) {
        struct rpc_node *s;

        if (!all && !str_eq(name, str_of(mem_name((enum mem)m))))
            continue;
        rpc_fmt(rpc_root(r), "Module: %s", mem_name((enum mem)m));
        s = rpc_struct(rpc_root(r));
        rpc_put_int(s, "Total", (int64_t)mem_used((enum mem)m));
        found = true;
    }
    if (found)
        return ERR_OK;
    return rpc_fail(r, 404, "memory is counted by subsystem, not by module; mem.usage lists them");
}

static err_t pkg_stats(struct rpc *r, const void *args)
{
    struct rpc_node *s = rpc_struct(rpc_root(r));
    size_t total = memory_total(), real = memory_resident();

    (void)args; /* threads share all memory: one entry */
    rpc_put_int(s, "entry", 0);
    rpc_put_int(s, "pid", getpid());
    rpc_put_int(s, "rank", 0);
    rpc_put_int(s, "used", (int64_t)mem_used_all());
    rpc_put_int(s, "free", (int64_t)(total > real ? total - real : 0));
    rpc_put_int(s, "real_used", (int64_t)real);
    rpc_put_int(s, "total_size", (int64_t)total);
    rpc_put_int(s, "total_frags", 0);
    rpc_put_str(s, "desc", STR("the whole process"));
    return ERR_OK;
}

static err_t pkg_info(struct rpc *r, const void *args)
{
    struct rpc_node *s = rpc_struct(rpc_root(r));

    (void)args;
    rpc_put_str(s, "name", STR("system"));
    rpc_put_int(s, "size", (int64_t)memory_total());
    return ERR_OK;
}

#define STATS .args = stat_args_fields, .args_size = sizeof(struct stat_args)
#define MOD   .args = mod_args_fields, .args_size = sizeof(struct mod_args), .array = true
const struct rpc_method kex_methods[] = {
    { .name = "stats.get_statistics",
      .run = stats_get,
      STATS,
      .array = true,
      .doc = "Statistics as lines of text." },
    { .name = "stats.fetch", .run = stats_fetch, STATS, .doc = "Statistics as texts by name." },
    { .name = "stats.fetchn", .run = stats_fetchn, STATS, .doc = "Statistics as numbers by name." },
    { .name = "stats.reset_statistics", .run = stats_reset, STATS, .doc = "Sets counters to 0." },
    { .name = "stats.clear_statistics",
      .run = stats_clear,
      STATS,
      .doc = "Tells statistics, then sets counters to 0." },
    { .name = "mod.stats", .run = mod_stats, MOD, .doc = "Memory of a subsystem." },
    { .name = "mod.mem_stats", .run = mod_stats, MOD, .doc = "Memory of a subsystem." },
    { .name = "mod.mem_statsx", .run = mod_stats, MOD, .doc = "Memory of a subsystem." },
    { .name = "pkg.stats",
      .run = pkg_stats,
      .array = true,
      .doc = "Memory of the process, in the form of the packaged server's processes." },
    { .name = "pkg.info",
      .run = pkg_info,
      .doc = "Which allocator is used, and how much there is." },
    { 0 },
};
