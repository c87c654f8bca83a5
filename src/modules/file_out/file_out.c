/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines of scripts into files. Writing is the business of a thread of its own. */
#include "base/clock.h"
#include "base/log.h"
#include "core/call.h"
#include "modules/file_out/sink.h"
#include "rt/offload.h"
#include "script/value.h"
#include <stdatomic.h>

struct file_def {
    struct str name, extension;
    int64_t interval_s;
    const struct format *prefix;
};
struct file_out_conf {
    struct str base_folder;
    struct str_list file;
    int64_t worker_usleep;
    struct file_def *defs;
    size_t n_defs;
};

enum { WAITING_MAX = 100000 }; /* lines not written yet; further ones are dropped */

extern const struct module module_file_out;

static struct {
    struct module_slot slot;
    struct offload_queue *queue;
    struct sink *sinks; /* of the queue's thread */
    _Atomic(int64_t) waiting;
} self;

/* A line on its way to the thread. */
struct job {
    struct str path, extension, line;
    int64_t interval_s;
    char text[];
};

static struct str put(char **at, struct str s)
{
    struct str copy = { *at, s.n };

    if (s.n)
        memcpy(*at, s.p, s.n);
    *at += s.n;
    return copy;
}

static struct job *job_new(struct str path, const struct file_def *d, struct str line)
{
    struct job *j = mem_alloc(MEM_MODULE, sizeof *j + path.n + d->extension.n + line.n);
    char *at = j->text;

    j->path = put(&at, path);
    j->extension = put(&at, d->extension);
    j->line = put(&at, line);
    j->interval_s = d->interval_s;
    return j;
}

static struct sink *sink_for(const struct job *j)
{
    struct sink *s = self.sinks;

    while (s && !(str_eq(s->path, j->path) && str_eq(s->extension, j->extension)))
        s = s->next;
    if (!s) {
        s = mem_zalloc(MEM_MODULE, sizeof *s);
        s->path = mem_dup(MEM_MODULE, j->path);
        s->extension = mem_dup(MEM_MODULE, j->extension);
        s->fd = -1;
        s->next = self.sinks;
        self.sinks = s;
    }
    s->interval_s = j->interval_s;
    return s;
}

static void write_line(void *arg)
{
    struct job *j = arg;
    err_t e = sink_write(sink_for(j), j->line, clock_unix());

    if (e)
        log_error("file_out", STR_FMT " cannot be written: %s", STR_ARG(j->path), err_text(e));
    mem_free(MEM_MODULE, j);
    atomic_fetch_sub(&self.waiting, 1);
}

struct out_args {
    struct str name, text;
};

static int file_out(struct call *c, const struct out_args *a)
{
    const struct file_out_conf *conf = call_conf(c, &module_file_out);

    for (size_t i = 0; i < conf->n_defs; i++) {
        const struct file_def *d = &conf->defs[i];
        struct str line = a->text, path;

        if (!str_eq(d->name, a->name))
            continue;
        if (atomic_fetch_add(&self.waiting, 1) >= WAITING_MAX) {
            atomic_fetch_sub(&self.waiting, 1);
            log_error("file_out", "the disk is too slow: a line is lost");
            return SCRIPT_FALSE;
        }
        if (d->prefix) {
            struct str prefix = format_eval(c, d->prefix);

            line = arena_fmt(c->arena, STR_FMT STR_FMT, STR_ARG(prefix), STR_ARG(line));
        }
        path =
            arena_fmt(c->arena, STR_FMT "/" STR_FMT, STR_ARG(conf->base_folder), STR_ARG(d->name));
        offload_queue_post(self.queue, write_line, job_new(path, d, line));
        return SCRIPT_TRUE;
    }
    log_error("file_out", "no file \"" STR_FMT "\" is defined", STR_ARG(a->name));
    return SCRIPT_FALSE;
}
EXPOSE(file_out, out_args)

static err_t read_setting(struct load *l, struct file_def *d, struct str name, struct str value)
{
    if (str_ieq(name, STR("name")))
        d->name = value;
    else if (str_ieq(name, STR("extension")))
        d->extension = value;
    else if (str_ieq(name, STR("prefix")))
        return load_format(l, value, &d->prefix);
    else if (!str_ieq(name, STR("interval")) || str_to_i64(value, &d->interval_s) ||
             d->interval_s < 1)
        return ERR_SYNTAX;
    return ERR_OK;
}

static err_t check(struct load *l, void *data)
{
    struct file_out_conf *conf = data;

    conf->defs = ARENA_ARRAY(load_arena(l), struct file_def, conf->file.n + 1);
    for (size_t i = 0; i < conf->file.n; i++) {
        struct file_def *d = &conf->defs[conf->n_defs];
        struct str text = conf->file.items[i];
        err_t e = ERR_OK;

        *d = (struct file_def){ .extension = STR(".out"), .interval_s = 600 };
        while (text.n && !e) {
            struct str value = str_trim(str_split(&text, ';')), name;

            if (value.n == 0)
                continue;
            name = str_trim(str_split(&value, '='));
            e = read_setting(l, d, name, str_trim(value));
        }
        if (e || d->name.n == 0 || str_find(d->name, '/') < d->name.n ||
            str_find(d->extension, '/') < d->extension.n)
            load_fault(l, "file", "expected \"name=…;extension=.out;interval=600;prefix=…\"");
        else
            conf->n_defs++;
    }
    return ERR_OK;
}

static err_t start(const void *conf)
{
    (void)conf;
    self.queue = offload_queue_new("file_out");
    return ERR_OK;
}

static void stop(void)
{
    struct sink *s = NULL, *next;

    offload_queue_free(self.queue);
    self.queue = NULL;
    s = self.sinks;
    self.sinks = NULL;
    for (; s; s = next) {
        next = s->next;
        sink_close(s);
        mem_free(MEM_MODULE, (void *)(uintptr_t)s->path.p);
        mem_free(MEM_MODULE, (void *)(uintptr_t)s->extension.p);
        mem_free(MEM_MODULE, s);
    }
}

static const struct field params[] = {
    FIELD(file_out_conf, base_folder, "Folder of the files.", .def = "/var/log/kamailio/file_out"),
    FIELD(file_out_conf, file,
          "Defines a file: name=x;extension=.out;interval=600;prefix=…. May be given many times.",
          .optional = true,
          .differs = "the name of a file ends in the second in which it was begun"),
    FIELD(file_out_conf, worker_usleep, "How long the writer waits for lines.", .def = "10000",
          .inert = "lines are written when they come"),
    { 0 },
};
static const struct field out_args_fields[] = {
    FIELD(out_args, name, "Name of the file, as defined."),
    FIELD(out_args, text, "The line."),
    { 0 },
};
static const struct func funcs[] = {
    FUNC(file_out, out_args, "Writes a line to a file, without waiting for the disk.",
         .returns = (const struct outcome[]){ { 1, "it is on its way" },
                                              { -1, "no such file, or too many lines wait" },
                                              { 0 } }),
    { 0 },
};

const struct module module_file_out = {
    .abi = MODULE_ABI,
    .name = "file_out",
    .doc = "Lines of scripts into files.",
    .slot = &self.slot,
    .conf_size = sizeof(struct file_out_conf),
    .params = params,
    .funcs = funcs,
    .check = check,
    .start = start,
    .stop = stop,
};
