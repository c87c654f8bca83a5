/* SPDX-License-Identifier: BSD-2-Clause */
/* core.*: what this process is and what it does. */
#include "base/clock.h"
#include "base/log.h"
#include "control/methods.h"
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static const char *server_name(void)
{
    return control_host.name ? control_host.name : "tandem";
}

static err_t core_version(struct rpc *r, const void *args)
{
    (void)args;
    rpc_fmt(rpc_root(r), "%s " TANDEM_VERSION " (" TANDEM_SYSTEM ")", server_name());
    return ERR_OK;
}

static void put_time(struct rpc_node *at, const char *name, int64_t unix_s)
{
    time_t t = (time_t)unix_s;
    char text[32];

    ctime_r(&t, text);
    rpc_put_str(at, name, str_trim(str_of(text)));
}

static err_t core_uptime(struct rpc *r, const void *args)
{
    struct rpc_node *s = rpc_struct(rpc_root(r));
    int64_t now = clock_unix();

    (void)args;
    put_time(s, "now", now);
    put_time(s, "up_since", control_host.started_unix);
    rpc_put_int(s, "uptime", now - control_host.started_unix);
    return ERR_OK;
}

static const struct str features = STR_INIT(
    "USE_TCP, USE_TLS, USE_DNS_CACHE, USE_DNS_FAILOVER, USE_NAPTR, WORKER_THREADS, COROUTINES");

static err_t core_flags(struct rpc *r, const void *args)
{
    (void)args;
    rpc_str(rpc_root(r), features);
    return ERR_OK;
}

static err_t core_info(struct rpc *r, const void *args)
{
    struct rpc_node *s = rpc_struct(rpc_root(r));

    (void)args;
    rpc_put_fmt(s, "version", "%s " TANDEM_VERSION, server_name());
    rpc_put_str(s, "id", STR(TANDEM_VERSION));
    rpc_put_str(s, "compiler", STR(TANDEM_COMPILER));
    rpc_put_str(s, "compiled", STR_NONE); /* builds are reproducible: no date */
    rpc_put_str(s, "flags", features);
    return ERR_OK;
}

static err_t core_runinfo(struct rpc *r, const void *args)
{
    struct rpc_node *s = rpc_struct(rpc_root(r));
    int64_t now = clock_unix(), up = now - control_host.started_unix;

    (void)args;
    rpc_put_str(s, "name", str_of(server_name()));
    rpc_put_str(s, "version", STR(TANDEM_VERSION));
    rpc_put_str(s, "sourceid", STR(TANDEM_VERSION));
    rpc_put_str(s, "compiler", STR(TANDEM_COMPILER));
    rpc_put_str(s, "compiled", STR_NONE);
    put_time(s, "time_now", now);
    put_time(s, "time_started", control_host.started_unix);
    rpc_put_int(s, "uptime_secs", up);
    rpc_put_fmt(s, "utime_days", "%lldd %lldh %lldm %llds", (long long)(up / 86400),
                (long long)(up / 3600 % 24), (long long)(up / 60 % 60), (long long)(up % 60));
    return ERR_OK;
}

/* Threads, in the form in which processes are listed. */

struct thread_row {
    unsigned index;
    int id;
    char text[64];
};
struct thread_list {
    struct thread_row rows[WORKERS_MAX + 1];
    unsigned n;
};

static err_t add_worker(void *arg)
{
    struct thread_list *list = arg;
    struct thread_row *row = &list->rows[list->n];

    row->index = list->n++;
    row->id = (int)syscall(SYS_gettid);
    snprintf(row->text, sizeof row->text, "worker %u", worker_index(worker_self()));
    return ERR_OK;
}

static err_t list_threads(struct thread_list *list)
{
    list->n = 1;
    list->rows[0] = (struct thread_row){ .id = getpid(), .text = "main process" };
    return workers_each(add_worker, list);
}

static err_t each_thread(struct rpc *r,
                         void (*put)(struct rpc_node *root, const struct thread_row *row))
{
    struct thread_list *list = arena_zalloc(rpc_arena(r), sizeof *list);
    err_t e = list_threads(list);

    if (e)
        return e;
    for (unsigned i = 0; i < list->n; i++)
        put(rpc_root(r), &list->rows[i]);
    return ERR_OK;
}

static void put_plain(struct rpc_node *root, const struct thread_row *row)
{
    rpc_int(root, row->id);
    rpc_str(root, str_of(row->text));
}

static void put_short(struct rpc_node *root, const struct thread_row *row)
{
    struct rpc_node *s = rpc_struct(root);

    rpc_put_int(s, "IDX", row->index);
    rpc_put_int(s, "PID", row->id);
    rpc_put_str(s, "DSC", str_of(row->text));
}

static void put_whole(struct rpc_node *root, const struct thread_row *row)
{
    struct rpc_node *s = rpc_struct(root);

    rpc_put_int(s, "index", row->index);
    rpc_put_int(s, "pid", row->id);
    rpc_put_int(s, "status", 1);
    rpc_put_int(s, "rank", row->index);
    rpc_put_str(s, "description", str_of(row->text));
}

static err_t core_ps(struct rpc *r, const void *args)
{
    (void)args;
    return each_thread(r, put_plain);
}

static err_t core_psx(struct rpc *r, const void *args)
{
    (void)args;
    return each_thread(r, put_short);
}

static err_t core_psa(struct rpc *r, const void *args)
{
    (void)args;
    return each_thread(r, put_whole);
}

static err_t core_pwd(struct rpc *r, const void *args)
{
    char *folder = getcwd(NULL, 0);

    (void)args;
    if (!folder)
        return rpc_fail(r, 500, "the working folder is gone");
    rpc_str(rpc_root(r), str_of(folder));
    free(folder);
    return ERR_OK;
}

static err_t core_arg(struct rpc *r, const void *args)
{
    (void)args;
    for (int i = 0; i < control_host.argc; i++)
        rpc_str(rpc_root(r), str_of(control_host.argv[i]));
    return ERR_OK;
}

struct kill_args {
    int64_t signal;
};
static const struct field kill_args_fields[] = {
    FIELD(kill_args, signal, "The signal's number; 15 ends the server in good order.", .def = "15",
          .min = 1, .max = 31),
    { 0 },
};

static err_t core_kill(struct rpc *r, const void *args)
{
    const struct kill_args *a = args;

    if (kill(getpid(), (int)a->signal))
        return rpc_fail(r, 500, "the signal could not be sent");
    return ERR_OK;
}

static err_t core_modules(struct rpc *r, const void *args)
{
    size_t n = 0;
    const struct module *const *modules = control_host.modules ? control_host.modules(&n) : NULL;

    (void)args;
    while (n--) /* newest first */
        rpc_str(rpc_root(r), str_of(modules[n]->name));
    return ERR_OK;
}

/* Echoes, for trying out clients. */

struct int_args {
    int64_t n;
};
static const struct field int_args_fields[] = {
    FIELD(int_args, n, "The number to answer with."),
    { 0 },
};
struct str_args {
    struct str s;
};
static const struct field str_args_fields[] = {
    FIELD(str_args, s, "The string to answer with."),
    { 0 },
};

static err_t core_printi(struct rpc *r, const void *args)
{
    rpc_int(rpc_root(r), ((const struct int_args *)args)->n);
    return ERR_OK;
}

static err_t core_prints(struct rpc *r, const void *args)
{
    rpc_str(rpc_root(r), ((const struct str_args *)args)->s);
    return ERR_OK;
}

static err_t core_echo(struct rpc *r, const void *args)
{
    (void)args;
    for (size_t i = 0; i < rpc_arg_count(r); i++)
        rpc_str(rpc_root(r), rpc_arg_text(r, i));
    return ERR_OK;
}

struct delta_args {
    int64_t seconds;
    struct str_list rest;
};
static const struct field delta_args_fields[] = {
    FIELD(delta_args, seconds, "How long to wait before answering.", .min = 0, .max = 60),
    FIELD(delta_args, rest, "What to answer.", .rest = true),
    { 0 },
};

static err_t core_echo_delta(struct rpc *r, const void *args)
{
    const struct delta_args *a = args;
    err_t e = co_sleep(a->seconds * 1000);

    for (size_t i = 0; i < a->rest.n; i++)
        rpc_str(rpc_root(r), a->rest.items[i]);
    return e;
}

/* What the configuration's preprocessor knows. */

static void put_define(struct str name, struct str value, void *arg)
{
    (void)value;
    rpc_str(arg, name);
}

static void put_define_full(struct str name, struct str value, void *arg)
{
    struct rpc_node *s = rpc_struct(arg);

    rpc_put_str(s, "name", name);
    rpc_put_int(s, "type", 0);
    rpc_put_str(s, "value", value.n ? value : STR("none"));
}

static err_t each_define(struct rpc *r, void (*put)(struct str, struct str, void *))
{
    if (control_host.each_define)
        control_host.each_define(put, rpc_root(r));
    return ERR_OK;
}

static err_t core_ppdefines(struct rpc *r, const void *args)
{
    (void)args;
    return each_define(r, put_define);
}

static err_t core_ppdefines_full(struct rpc *r, const void *args)
{
    (void)args;
    return each_define(r, put_define_full);
}

const struct rpc_method methods_core[] = {
    { .name = "core.version", .run = core_version, .doc = "Name and version of the server." },
    { .name = "core.uptime", .run = core_uptime, .doc = "Since when the server has been running." },
    { .name = "core.info", .run = core_info, .doc = "How the server was built." },
    { .name = "core.runinfo",
      .run = core_runinfo,
      .doc = "How it was built and how long it runs." },
    { .name = "core.flags", .run = core_flags, .doc = "What was built in." },
    { .name = "core.ps",
      .run = core_ps,
      .array = true,
      .doc = "The process and its worker threads: number and description in turn." },
    { .name = "core.psx",
      .run = core_psx,
      .array = true,
      .doc = "The process and its worker threads, one structure each." },
    { .name = "core.psa",
      .run = core_psa,
      .array = true,
      .doc = "The process and its worker threads with all that is known of them." },
    { .name = "core.pwd", .run = core_pwd, .array = true, .doc = "The working folder." },
    { .name = "core.arg",
      .run = core_arg,
      .array = true,
      .doc = "The command line with which the server was started." },
    { .name = "core.kill",
      .run = core_kill,
      .args = kill_args_fields,
      .args_size = sizeof(struct kill_args),
      .doc = "Sends a signal to the server itself." },
    { .name = "core.modules",
      .run = core_modules,
      .array = true,
      .doc = "The loaded modules, the newest first." },
    { .name = "core.printi",
      .run = core_printi,
      .args = int_args_fields,
      .args_size = sizeof(struct int_args),
      .array = true,
      .doc = "Answers with the number given." },
    { .name = "core.prints",
      .run = core_prints,
      .args = str_args_fields,
      .args_size = sizeof(struct str_args),
      .array = true,
      .doc = "Answers with the string given." },
    { .name = "core.echo",
      .run = core_echo,
      .array = true,
      .doc = "Answers with its arguments, as strings." },
    { .name = "core.echo_delta",
      .run = core_echo_delta,
      .args = delta_args_fields,
      .args_size = sizeof(struct delta_args),
      .array = true,
      .doc = "Waits, then answers with its arguments; other work goes on." },
    { .name = "core.ppdefines",
      .run = core_ppdefines,
      .array = true,
      .doc = "The names that the configuration's preprocessor has defined." },
    { .name = "core.ppdefines_full",
      .run = core_ppdefines_full,
      .array = true,
      .doc = "The names that the preprocessor has defined, with their values." },
    { 0 },
};
