/* SPDX-License-Identifier: BSD-2-Clause */
/* metrics.*, stats: all statistics, as a tree and in the text form that Prometheus reads. */
#include "base/stat.h"
#include "control/methods.h"

/* A name of letters, digits and underscores. */
static void metric_name(struct buf *b, const struct stat_decl *s)
{
    buf_addz(b, "tandem_");
    for (const char *part = s->group; part; part = part == s->group ? s->name : NULL) {
        if (part == s->name && part != s->group)
            buf_char(b, '_');
        for (const char *c = part; *c; c++)
            buf_char(b, (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
                                (*c >= '0' && *c <= '9')
                            ? *c
                            : '_');
    }
}

static err_t metrics_text(struct rpc *r, const void *args)
{
    struct buf b;

    (void)args;
    buf_init(&b, MEM_CONTROL);
    for (unsigned id = 0; id < stat_count(); id++) {
        const struct stat_decl *s = stat_at(id);
        bool counter = !s->gauge && !s->read;

        buf_addz(&b, "# HELP ");
        metric_name(&b, s);
        buf_fmt(&b, "%s %s\n# TYPE ", counter ? "_total" : "", s->doc);
        metric_name(&b, s);
        buf_addz(&b, counter ? "_total counter\n" : " gauge\n");
        metric_name(&b, s);
        buf_fmt(&b, "%s %lld\n", counter ? "_total" : "", (long long)stat_read(id));
    }
    rpc_str(rpc_root(r), buf_str(&b));
    buf_free(&b);
    return ERR_OK;
}

static err_t stats_all(struct rpc *r, const void *args)
{
    struct rpc_node *s = rpc_struct(rpc_root(r)), *group = NULL;
    const char *last = "";

    (void)args;
    for (unsigned id = 0; id < stat_count(); id++) {
        const struct stat_decl *st = stat_at(id);

        if (!group || strcmp(st->group, last) != 0)
            group = rpc_put_struct(s, st->group);
        last = st->group;
        rpc_put_int(group, st->name, stat_read(id));
    }
    return ERR_OK;
}

static err_t workers_list(void *arg)
{
    struct rpc_node *s = rpc_struct(arg);
    struct worker_stats w = worker_stats(worker_self());
    struct co_stats c = co_stats();

    rpc_put_int(s, "worker", worker_index(worker_self()));
    rpc_put_int(s, "turns", (int64_t)w.turns);
    rpc_put_int(s, "posts", (int64_t)w.posts_in);
    rpc_put_int(s, "wakeups", (int64_t)w.wakeups);
    rpc_put_int(s, "busy_us", w.busy_us);
    rpc_put_int(s, "coroutines", (int64_t)c.live);
    rpc_put_int(s, "coroutines_peak", (int64_t)c.peak);
    rpc_put_int(s, "stack_high_water", (int64_t)c.stack_high_water);
    return ERR_OK;
}

static err_t core_workers(struct rpc *r, const void *args)
{
    (void)args;
    return workers_each(workers_list, rpc_root(r));
}

const struct rpc_method methods_metrics[] = {
    { .name = "metrics.text",
      .run = metrics_text,
      .doc = "All statistics in the text form that Prometheus reads." },
    { .name = "stats", .run = stats_all, .doc = "All statistics, by group." },
    { .name = "core.workers",
      .run = core_workers,
      .array = true,
      .doc = "What each worker has done, and how many coroutines it runs." },
    { 0 },
};
